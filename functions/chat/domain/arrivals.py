"""What a message of the customer does to a conversation: joins it, or waits for one before it.

A client may number the customer's messages (1, 2, 3 …, all of them); then deliveries that overtook
each other are put right. A message without a number is the next one.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from chat.domain.conversation import Head, Hint
from chat.domain.draft import Draft, Early, Received
from recado.errors import Conflict, Rejected
from recado.intent import Intent
from recado.model import Frozen

MAX_AHEAD = 20
"""How far a message may be ahead of the one that is missing."""


class Message(Frozen):
    """What a client sends; `answer` is the assistant's own, where it had one.

    `intent` is what it is about, where the client knows: by a button, or by rules of its own.
    """

    client_message_id: str
    text: str
    number: int | None = None
    answer: str = ""
    intent: Intent | None = None

    @property
    def digest(self) -> str:
        """What tells a repeat from another message under the same id."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def take(head: Head, message: Message, early: Mapping[int, Early], at: datetime) -> Draft:
    """Store a message; `early` are those that wait, by number.

    Raises:
        Conflict: the conversation is over, or its number belongs to another message.
        Rejected: it is too far ahead.
    """
    number = head.next_number if message.number is None else message.number
    _check(head, number, early)
    draft = Draft(head, at)
    if number > head.next_number:
        _park(draft, message, number)
        return draft
    line = draft.hear(message.text)
    draft.fresh.append(_received(message.client_message_id, message.digest, number, line.sequence))
    line_at, number = line.sequence, number + 1
    while waiting := early.get(number):
        line = draft.hear(waiting.text)
        draft.joined.append(
            _received(waiting.client_message_id, waiting.digest, number, line.sequence)
        )
        number += 1
    draft.set(next_number=number, early=head.early - len(draft.joined))
    if message.intent:
        draft.set(hint=Hint(sequence=line_at, intent=message.intent))
    if message.answer and not draft.joined:
        draft.answer(message.answer)
    return draft


def _check(head: Head, number: int, early: Mapping[int, Early]) -> None:
    if head.over:
        raise Conflict("this conversation is over: begin another one")
    if number < head.next_number or number in early:
        raise Conflict(
            f"number {number} belongs to another message: the next one is {head.next_number}"
        )
    if number > head.next_number + MAX_AHEAD:
        raise Rejected(
            f"is more than {MAX_AHEAD} ahead: message {head.next_number} is missing, send it first",
            field="number",
        )


def _park(draft: Draft, message: Message, number: int) -> None:
    draft.early = Early(
        client_message_id=message.client_message_id,
        digest=message.digest,
        number=number,
        text=message.text,
    )
    draft.fresh.append(_received(message.client_message_id, message.digest, number, None))
    draft.set(early=draft.head.early + 1)


def _received(client_message_id: str, digest: str, number: int, sequence: int | None) -> Received:
    return Received(
        client_message_id=client_message_id, digest=digest, number=number, sequence=sequence
    )
