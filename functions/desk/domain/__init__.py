"""The desk's policy: pure, so that Lambda and the simulator decide alike."""
