"""What can become of a turn."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of a turn."""

    ANSWERED = "answered"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    FAILED = "failed"
