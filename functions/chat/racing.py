"""Writing without locks: who comes second reads again and decides again.

A conversation changes only where its version is still the one that was read. Many who write at
once each need a turn, so they wait a little, at random, between two attempts; nobody holds
anything that a crash could leave held.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from chat.domain.conversation import Head
from recado.errors import Retryable

ATTEMPTS = 60
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.25

T = TypeVar("T")
Pause = Callable[[float], None]
"""Waits so many seconds."""


class Stale(Exception):
    """The conversation is no longer the one that was read: read it again."""


def settled(
    head: Head, read: Callable[[str], Head], attempt: Callable[[Head], T], pause: Pause = time.sleep
) -> T:
    """What `attempt` returns for the state at hand or, while that proves stale, for a newer one.

    Raises:
        Retryable: it stayed stale for about seven seconds.
    """
    for number in range(ATTEMPTS):
        if number:
            pause(random.uniform(0, min(_FIRST_PAUSE * 2**number, _LONGEST_PAUSE)))  # noqa: S311
            head = read(head.id)
        try:
            return attempt(head)
        except Stale:
            continue
    raise Retryable("others kept changing this conversation: send it again in a moment")
