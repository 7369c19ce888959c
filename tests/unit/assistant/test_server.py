"""The server's process: what it says when it cannot start."""

import os
import subprocess
import sys

from operations.places import ROOT


def test_without_chats_address_the_server_says_which_setting_is_missing() -> None:
    places = [ROOT / "functions", ROOT / "layers" / "common" / "python"]
    ended = subprocess.run(
        [sys.executable, "-m", "assistant.server"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, places))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("the environment variable CHAT_URL is not set")
