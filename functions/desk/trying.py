"""Trying again after somebody else was faster."""

import random
from collections.abc import Callable, Iterator
from typing import TypeVar

from desk.store.floor import Overtaken
from recado.errors import Retryable

T = TypeVar("T")
Sleep = Callable[[float], None]
ATTEMPTS = 10
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.4


def pauses(first: float = _FIRST_PAUSE) -> Iterator[float]:
    """How long to wait before each further attempt, in seconds, with jitter."""
    for attempt in range(ATTEMPTS):
        yield random.uniform(0, min(_LONGEST_PAUSE, first * 2**attempt))  # noqa: S311


def persistently(action: Callable[[], T], sleep: Sleep) -> T:
    """What `action` returns, as soon as nobody overtakes it.

    Raises:
        Retryable: others were faster every time.
    """
    for pause in pauses():
        try:
            return action()
        except Overtaken:
            sleep(pause)
    raise Retryable("others kept changing the same ticket: try again")
