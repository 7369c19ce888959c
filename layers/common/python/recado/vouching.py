"""A service's word that a text is its own: the assistant's answers go into chat's conversation.

A customer's client sends messages, and so does the assistant in the customer's name. Only the
assistant may send an answer with one, or anybody could write lines that read as the operator's.

    voucher = HMAC-SHA256(key, conversation, message's id, SHA-256 of its text, answer), in hex

with a line break between the parts (RFC 2104). The key is the secret that `ASSISTANT_KEY` names.
"""

import hashlib
import hmac

from pydantic import Field

from recado.conversation import MAX_TEXT
from recado.model import Frozen


class Vouched(Frozen):
    """An answer of the assistant, with its word for it."""

    text: str = Field(min_length=1, max_length=MAX_TEXT)
    voucher: str = Field(pattern=r"^[0-9a-f]{64}$")


class Subject(Frozen):
    """What an answer belongs to: a message in a conversation."""

    conversation_id: str
    message_id: str
    text: str


def vouched(answer: str, subject: Subject, key: bytes) -> Vouched:
    """An answer that chat takes."""
    return Vouched(text=answer, voucher=_mac(answer, subject, key))


def genuine(answer: Vouched, subject: Subject, key: bytes) -> bool:
    """Whether the assistant gave this answer to this message."""
    return hmac.compare_digest(answer.voucher, _mac(answer.text, subject, key))


def _mac(answer: str, subject: Subject, key: bytes) -> str:
    said = hashlib.sha256(subject.text.encode()).hexdigest()
    parts = (subject.conversation_id, subject.message_id, said, answer)
    return hmac.new(key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()
