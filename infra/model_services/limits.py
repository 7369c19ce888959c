"""How many requests are worked on and how many may wait: the same for every protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from assistant.domain.ports import Overloaded


class Places:
    """`pool` requests are worked on, `queue` more wait; whoever comes then is refused at once."""

    def __init__(self, pool: int, queue: int) -> None:
        self._pool = pool
        self._queue = queue
        self._free = asyncio.Semaphore(pool)
        self.busy = 0
        self.waiting = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place, after waiting for it.

        Raises:
            Overloaded: as many as may wait already do.
        """
        if self._free.locked() and self.waiting >= self._queue:
            raise Overloaded(
                f"the model service works on {self.busy} requests and {self.waiting} wait:"
                " try again in a moment"
            )
        self.waiting += 1
        try:
            await self._free.acquire()
        finally:
            self.waiting -= 1
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1
            self._free.release()
