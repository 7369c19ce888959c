"""After a write: who has to know of it. Nothing here can undo or fail what was written."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chat.domain.codes import CodeMail
from chat.domain.conversation import Head
from chat.domain.draft import Draft
from chat.store.conversations import Conversations, Written
from chat.store.lists import Lists
from recado.conversation import Line
from recado.errors import Retryable
from recado.observability import logger
from recado.outgoing import Outgoing
from recado.queue import Outbox


class Watchers(Protocol):
    """Who looks at conversations right now, such as customers on a WebSocket.

    Called after a write that adds lines or puts the conversation into other hands, in any process
    that writes. It must not raise: the lines are stored, and whoever missed them reads them by
    their sequence.
    """

    def told(self, head: Head, lines: Sequence[Line], /) -> None: ...


class Nobody:
    """No watchers."""

    def told(self, head: Head, lines: Sequence[Line], /) -> None:
        """Nobody has to know."""


class Telling:
    """Writes a change, and tells it to the bus, the queue of codes and the watchers."""

    def __init__(
        self,
        conversations: Conversations,
        outgoing: Outgoing,
        lists: Lists,
        codes: Outbox,
        watchers: Watchers,
    ) -> None:
        self._conversations = conversations
        self._outgoing = outgoing
        self._lists = lists
        self._codes = codes
        self._watchers = watchers

    def write(self, draft: Draft) -> Head:
        """Write a change and tell it; what cannot be told now is told by the schedule.

        Raises:
            Stale: the conversation changed since it was read; nothing is written or told.
        """
        written = self._conversations.write(draft)
        self._publish(written)
        if draft.lines or _changed_hands(draft):
            self._watchers.told(written.head, tuple(draft.lines))
        try:
            self.mail(draft.codes)
        except (Retryable, ClientError, BotoCoreError) as error:
            logger.warning("codes left to the schedule", error=type(error).__name__)
        return written.head

    def mail(self, codes: Iterable[CodeMail]) -> int:
        """Put codes on the queue; returns how many."""
        sent = 0
        for code in codes:
            self._codes.send([code])
            self._lists.queued(code)
            sent += 1
        return sent

    def _publish(self, written: Written) -> None:
        try:
            self._outgoing.publish(written.facts)
        except (Retryable, ClientError, BotoCoreError) as error:
            logger.warning("facts left to the schedule", error=type(error).__name__)


def _changed_hands(draft: Draft) -> bool:
    """Whether somebody else has the conversation now, or nobody any more."""
    before, after = draft.read, draft.head
    return (before.control.owner, before.over) != (after.control.owner, after.over)
