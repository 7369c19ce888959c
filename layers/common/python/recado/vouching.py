"""A service's word that a text is its own: the assistant's answers go into chat's conversation.

A customer's client sends messages, and so does the assistant in the customer's name. Only the
assistant may send an answer with one, or anybody could write lines that read as the operator's.

    voucher = HMAC-SHA256(key, conversation, message's id, SHA-256 of its text, answer), in hex

with a line break between the parts (RFC 2104). Pure, but for `Key`, which reads the secret.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from pydantic import Field

from recado import settings
from recado.conversation import MAX_TEXT
from recado.model import Frozen

KEY_LIFE_S = 300
"""How long a key is used without asking for it again."""


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


class Key:
    """The secret that the assistant vouches with and chat checks by."""

    def __init__(
        self, secret: str, secrets_manager: Any, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._secret = secret
        self._secrets_manager = secrets_manager
        self._clock = clock
        self._key = b""
        self._read_at = 0.0

    @classmethod
    def from_env(cls) -> "Key":
        """The key of the deployed suite."""
        config = Config(
            retries={"mode": "standard", "max_attempts": 5}, connect_timeout=3, read_timeout=10
        )
        return cls(settings.text("ASSISTANT_KEY"), boto3.client("secretsmanager", config=config))

    def __call__(self) -> bytes:
        """The key, not older than five minutes.

        Raises:
            settings.Misconfigured: the secret is empty.
        """
        if not self._key or self._clock() - self._read_at > KEY_LIFE_S:
            answer = self._secrets_manager.get_secret_value(SecretId=self._secret)
            self._key, self._read_at = answer["SecretString"].encode(), self._clock()
        if not self._key:
            raise settings.Misconfigured(
                "the secret ASSISTANT_KEY is empty: put a long random text in"
            )
        return self._key


def _mac(answer: str, subject: Subject, key: bytes) -> str:
    said = hashlib.sha256(subject.text.encode()).hexdigest()
    parts = (subject.conversation_id, subject.message_id, said, answer)
    return hmac.new(key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()
