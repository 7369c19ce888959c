"""Blocking work of engines, on threads that are as many as the service has places.

A thread cannot be stopped from outside: work is handed `stopped`, asks it between its steps, and
gives up when nobody waits any more.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import TypeVar

T = TypeVar("T")


class _End(Enum):
    END = "end"


Stopped = Callable[[], bool]
_AHEAD = 32
"""Pieces that are made ahead of their reader."""


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
        made: asyncio.Queue[T | _End] = asyncio.Queue()
        room = threading.Semaphore(_AHEAD)

        def make() -> None:
            try:
                for piece in work(stop.is_set):
                    room.acquire()
                    if stop.is_set():
                        return
                    loop.call_soon_threadsafe(made.put_nowait, piece)
            finally:
                loop.call_soon_threadsafe(made.put_nowait, _End.END)

        making = loop.run_in_executor(self._pool, make)
        try:
            while not isinstance(piece := await made.get(), _End):
                room.release()
                yield piece
            await making
        finally:
            stop.set()
            room.release()
