"""The suite's tables, for a turn that must not wait for one: each call has a time limit."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from assistant.domain.financial.questions import Depth
from assistant.domain.ports import Unreachable
from assistant.store import TurnStore
from recado.clock import Clock
from recado.directory import Directory
from recado.model import Invoice

T = TypeVar("T")


class CustomerBills:
    """The customers' invoices, as central has them."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def of(self, customer_id: str, timeout: float) -> Sequence[Invoice]:
        """All of a customer's invoices.

        Raises:
            Unreachable: central's table cannot be read.
        """
        return await _kept(timeout, lambda: self._directory.invoices(customer_id))


class Remembering:
    """What was asked before it was known who is asking."""

    def __init__(self, store: TurnStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def asked(self, conversation_id: str, timeout: float) -> Depth | None:
        """What was asked in a conversation, if that is not answered yet."""
        return await _kept(timeout, lambda: self._store.asked(conversation_id, self._clock()))

    async def remember(self, conversation_id: str, depth: Depth | None, timeout: float) -> None:
        """Remember what was asked, or that it has been answered."""
        await _kept(timeout, lambda: self._store.remember(conversation_id, depth, self._clock()))


async def _kept(timeout: float, read: Callable[[], T]) -> T:
    """What a blocking call returns; one that takes too long is left to end by itself."""
    try:
        async with asyncio.timeout(timeout):
            return await asyncio.to_thread(read)
    except (ClientError, BotoCoreError, TimeoutError) as error:
        raise Unreachable(
            f"a table of the suite cannot be used ({type(error).__name__}): see the function's role"
        ) from error
