"""Deadlines of calls and of streams, on either side of the wire."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from typing import TypeVar

from assistant.domain.ports import TooLate

T = TypeVar("T")


def deadline_in(timeout: float) -> float:
    """The event loop's time so many seconds from now."""
    return asyncio.get_running_loop().time() + timeout


def seconds_left(deadline: float) -> float:
    """Seconds until the event loop's time is `deadline`; negative afterwards."""
    return deadline - asyncio.get_running_loop().time()


async def within(deadline: float, answer: Awaitable[T]) -> T:
    """The answer, if it comes before the deadline.

    Raises:
        TooLate: it does not, and is given up.
    """
    try:
        async with asyncio.timeout_at(deadline):
            return await answer
    except TimeoutError as error:
        raise _too_late() from error


async def pieces_within(deadline: float, pieces: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """The pieces, as long as they come before the deadline.

    Only the wait for a piece counts against it as it happens: a timer that ran on while the reader
    works on a piece would cancel the reader's own work.

    Raises:
        TooLate: one does not, and the rest is given up.
    """
    try:
        while True:
            try:
                piece = await within(deadline, anext(pieces))
            except StopAsyncIteration:
                return
            yield piece
    finally:
        await pieces.aclose()


def _too_late() -> TooLate:
    return TooLate("the model's answer did not come within the deadline")
