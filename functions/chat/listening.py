"""What the desk tells, heard once each and in the desk's order, however it arrives."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chat.answering import Answering, Writes
from chat.domain.conversation import Head
from chat.domain.desk_facts import hear
from chat.racing import Pause, settled
from recado.conversation import HandoverEvent


class Store(Protocol):
    """Conversations, to read (`chat.store`)."""

    def head(self, conversation_id: str) -> Head: ...

    def parked(self, head: Head) -> Mapping[int, HandoverEvent]: ...


@dataclass(frozen=True)
class Listening:
    """Hears facts of the desk."""

    store: Store
    writes: Writes
    answering: Answering
    pause: Pause = field(default=time.sleep)

    def hear(self, fact: HandoverEvent, at: datetime) -> None:
        """Apply a fact, or park it; then the bot answers what it has to.

        Raises:
            NotFound: the conversation is not there.
            Rejected: the fact is of a handover that was never asked for.
            Retryable: others kept changing the conversation.
        """
        head = self._heard(self.store.head(fact.conversation_id), fact, at)
        while after := self.store.parked(head).get(head.handed.heard + 1):
            head = self._heard(head, after, at)
        self.answering.answer(head, at)

    def _heard(self, head: Head, fact: HandoverEvent, at: datetime) -> Head:
        def attempt(head: Head) -> Head:
            draft = hear(head, fact, self.store.parked(head), at)
            return head if draft is None else self.writes.write(draft)

        return settled(head, self.store.head, attempt, self.pause)
