"""What a customer can do: begin, say, read, choose, end. Every adapter is over these.

`admit` gives the conversation to who has its key; the others take it from there. All of them may be
repeated: what was done already is not done again.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from chat.answering import Answering, Writes
from chat.domain import phrases
from chat.domain.arrivals import Message, take
from chat.domain.conversation import Head, Offer
from chat.domain.draft import Draft, Early, Received
from chat.domain.handover import Owner
from chat.ending import ended
from chat.racing import Pause, Stale, settled
from recado import ids
from recado.conversation import CallBackChosen, HandoffWithdrawn, Line
from recado.errors import Conflict, NotFound, RecadoError
from recado.model import Frozen, Language
from recado.observability import logger

PAGE = 50
"""Lines that come back with a message: those after it, as far as they are known."""
_NOBODYS = hashlib.sha256(b"").hexdigest()


class Store(Protocol):
    """Conversations, to read and begin (`chat.store`)."""

    def begin(self, head: Head, look_at: datetime) -> None: ...

    def head(self, conversation_id: str) -> Head: ...

    def lines(self, conversation_id: str, *, after: int, limit: int) -> tuple[Line, ...]: ...

    def received(self, conversation_id: str, client_message_id: str) -> Received | None: ...

    def early(self, head: Head) -> Mapping[int, Early]: ...


class Begun(Frozen):
    """A new conversation. The key is shown this once; only its digest is stored."""

    id: str
    key: str
    language: Language


class Receipt(Frozen):
    """A message is stored. `sequence` is its place, None while one before it is missing.

    `lines` are those after it so far: the answer, mostly.
    """

    client_message_id: str
    sequence: int | None
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Talking:
    """The use cases of a customer."""

    store: Store
    writes: Writes
    answering: Answering
    idle_after: timedelta
    pause: Pause = field(default=time.sleep)

    def begin(self, language: Language, at: datetime) -> Begun:
        """Begin a conversation."""
        key = secrets.token_urlsafe(32)
        head = Head(
            id=ids.new("cnv", at),
            key_digest=_digest(key),
            language=language,
            started_at=at,
            last_at=at,
        )
        self.store.begin(head, at + self.idle_after)
        return Begun(id=head.id, key=key, language=language)

    def admit(self, conversation_id: str, key: str) -> Head:
        """The conversation of that id, to who has its key.

        Raises:
            NotFound: there is none, or the key is another's; nobody learns which.
        """
        try:
            head = self.store.head(conversation_id)
        except NotFound:
            head = None
        expected = head.key_digest if head else _NOBODYS
        if not hmac.compare_digest(expected, _digest(key)) or head is None:
            raise NotFound("there is no conversation of this id with this key")
        return head

    def say(self, head: Head, message: Message, at: datetime) -> Receipt:
        """Store a message, then let the bot answer; stored is acknowledged, answered or not.

        Raises:
            Conflict: the conversation is over, or the id or number is another message's.
            Rejected: the number is too far ahead.
            Retryable: others kept changing the conversation; the message is not stored.
        """
        head, received = self._stored(head, message, at)
        try:
            self.answering.answer(head, at)
        except RecadoError as error:
            logger.warning("answer left to the schedule", error=type(error).__name__)
        sequence = received.sequence
        lines = self.lines_after(head, sequence, PAGE) if sequence is not None else ()
        return Receipt(client_message_id=message.client_message_id, sequence=sequence, lines=lines)

    def lines_after(self, head: Head, sequence: int, limit: int) -> tuple[Line, ...]:
        """At most `limit` lines after a sequence, in order."""
        return self.store.lines(head.id, after=sequence, limit=limit)

    def call_back(self, head: Head, phone: str, at: datetime) -> Head:
        """The customer waits for a call instead of in the chat, and keeps the place.

        Raises:
            Conflict: the customer is in no queue, or a call-back was not offered.
        """

        def attempt(head: Head) -> Head:
            if head.handed.phone == phone and not head.control.bot_may_speak:
                return head
            _refuse_unless_queued(head)
            if Offer.CALL_BACK not in head.handed.offers:
                raise Conflict("a call-back is not offered: wait, or go back to the bot")
            draft = Draft(head, at)
            draft.hand(phone=phone)
            draft.tell(CallBackChosen, phone=phone)
            return self.writes.write(draft)

        return settled(head, self.store.head, attempt, self.pause)

    def back_to_bot(self, head: Head, at: datetime) -> Head:
        """The customer leaves the queue and goes on with the bot.

        Raises:
            Conflict: an attendant has the conversation, or it is over.
        """

        def attempt(head: Head) -> Head:
            if head.control.bot_may_speak and not head.over:
                return head
            _refuse_unless_queued(head)
            draft = Draft(head, at)
            draft.tell(HandoffWithdrawn, why="bot")
            draft.give_back(head.control.handover, unread_after=draft.head.handed.told)
            draft.say(phrases.BACK[head.language])
            return self.writes.write(draft)

        return settled(head, self.store.head, attempt, self.pause)

    def end(self, head: Head, at: datetime) -> Head:
        """The customer leaves."""

        def attempt(head: Head) -> Head:
            if head.over:
                return head
            return self.writes.write(ended(self.store, head, at))

        return settled(head, self.store.head, attempt, self.pause)

    def _stored(self, head: Head, message: Message, at: datetime) -> tuple[Head, Received]:
        """The conversation with the message in it, stored now or before."""

        def attempt(head: Head) -> tuple[Head, Received]:
            try:
                draft = take(head, message, self.store.early(head), at)
                return self.writes.write(draft), draft.fresh[0]
            except (Stale, Conflict):
                before = self.store.received(head.id, message.client_message_id)
                if before is None:
                    raise
                _refuse_unless_same(before, message)
                return self.store.head(head.id), before

        return settled(head, self.store.head, attempt, self.pause)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _refuse_unless_queued(head: Head) -> None:
    if head.over:
        raise Conflict("this conversation is over: begin another one")
    if head.control.owner is not Owner.QUEUED:
        raise Conflict(f"nobody waits in a queue: the conversation is {head.control.owner}")


def _refuse_unless_same(before: Received, message: Message) -> None:
    if before.digest != message.digest:
        raise Conflict(
            f"client_message_id {message.client_message_id} belongs to another text: "
            "give each message an id of its own"
        )
