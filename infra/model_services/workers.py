"""Blocking work of engines, on threads that are as many as the service has places.

A thread cannot be stopped from outside: work is handed `stopped`, asks it between its steps, and
gives up when nobody waits any more.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
Stopped = Callable[[], bool]
_AHEAD = 32


class Workers:
    """Threads for one engine."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="engine")

    async def run(self, work: Callable[[Stopped], T]) -> T:
        """What the work returns; when the caller is cancelled, the work is told to stop."""
        stop = threading.Event()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, work, stop.is_set)
        finally:
            stop.set()

    async def stream(self, work: Callable[[Stopped], Iterator[T]]) -> AsyncGenerator[T]:
        """What the work yields, as it does; a reader who leaves stops it at its next piece."""
        loop = asyncio.get_running_loop()
        stop = threading.Event()
        made: asyncio.Queue[T] = asyncio.Queue()
        room = threading.Semaphore(_AHEAD)

        def make() -> None:
            for piece in work(stop.is_set):
                room.acquire()
                if stop.is_set():
                    return
                loop.call_soon_threadsafe(made.put_nowait, piece)

        making = asyncio.ensure_future(loop.run_in_executor(self._pool, make))
        try:
            async for piece in _until(making, made):
                room.release()
                yield piece
        finally:
            stop.set()
            room.release()
            making.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await making


async def _until(making: "asyncio.Future[None]", made: "asyncio.Queue[T]") -> AsyncGenerator[T]:
    """The pieces in the queue until the work has ended; then its error, if it had one."""
    while True:
        next_piece = asyncio.ensure_future(made.get())
        try:
            await asyncio.wait({making, next_piece}, return_when=asyncio.FIRST_COMPLETED)
            if not next_piece.done():
                break
            yield next_piece.result()
        finally:
            next_piece.cancel()
    while not made.empty():
        yield made.get_nowait()
    making.result()
