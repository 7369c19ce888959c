"""What a message means, what to do about it, and who may speak: pure."""
