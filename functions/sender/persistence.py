"""Recording what SES answered although DynamoDB will not take it just now.

Only this process knows the answer. Recording again is harmless, for the ledger takes in the same
outcome twice; giving up leaves the chunk to be found UNKNOWN when its lease is over.
"""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from recado.errors import Retryable

PATIENCE_MS = 8_000
"""How long after the first failure another try may begin: well within the 15 seconds of its time
that `sender.worker` keeps in reserve for what comes after a call."""
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 2.0

T = TypeVar("T")


def insist(record: Callable[[], T], now: Callable[[], int], sleep: Callable[[float], None]) -> T:
    """Call `record` until it works, with growing pauses; after `PATIENCE_MS` its failure is raised.

    `now` is in milliseconds, `sleep` takes seconds.
    """
    pause, until = FIRST_PAUSE_S, 0
    while True:
        try:
            return record()
        except (Retryable, ClientError, BotoCoreError):
            until = until or now() + PATIENCE_MS
            if now() + pause * 1_000 > until:
                raise
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
