"""The keys that sign links: one secret in Secrets Manager, kept in the process for five minutes.

    {"current": "k2", "k1": "…", "k2": "…"}

The stack makes it with `k1`. To rotate, add a key and name it `current`; take the old one out when
the last link signed with it has expired. docs/reaching.md has the commands.
"""

import json
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from recado import settings
from recado.links import Keys, Purpose, Reference, UnknownKey, verify

LINK_KEYS = "LINK_KEYS"
LIFE_S = 300
"""How long keys are used without asking again; a key that was taken out is refused after this."""
PATIENCE_S = 10
"""An unknown key asks for the newest keys, but made-up key ids do not ask more often than this."""


class Keyring:
    """The keys as this process knows them."""

    def __init__(
        self,
        secret: str,
        secrets_manager: Any,
        clock: Callable[[], float] = time.monotonic,
        setting: str = LINK_KEYS,
    ) -> None:
        self._secret = secret
        self._setting = setting
        self._secrets_manager = secrets_manager
        self._clock = clock
        self._keys: Keys | None = None
        self._read_at = 0.0

    @classmethod
    def from_env(cls, setting: str = LINK_KEYS) -> "Keyring":
        """The keys of the deployed suite that a setting names."""
        config = Config(
            retries={"mode": "standard", "max_attempts": 5}, connect_timeout=3, read_timeout=10
        )
        client = boto3.client("secretsmanager", config=config)
        return cls(settings.text(setting), client, setting=setting)

    def keys(self, *, not_older_than: float = LIFE_S) -> Keys:
        """The keys, read again when those at hand are older than so many seconds.

        Raises:
            settings.Misconfigured: the secret does not have the form above.
        """
        if self._keys is None or self._clock() - self._read_at > not_older_than:
            answer = self._secrets_manager.get_secret_value(SecretId=self._secret)
            self._keys, self._read_at = parse(answer["SecretString"], self._setting), self._clock()
        return self._keys

    def verified(self, token: str, purpose: Purpose, now: int) -> Reference:
        """What a token was made for, with the newest keys if it needs them.

        Raises:
            recado.links.BadLink: it was not made by us, for this, or is too old.
        """
        try:
            return verify(token, purpose, now, self.keys())
        except UnknownKey:
            return verify(token, purpose, now, self.keys(not_older_than=PATIENCE_S))


def parse(text: str, setting: str = LINK_KEYS) -> Keys:
    """The keys in a secret's text.

    Raises:
        settings.Misconfigured: it is not of the form above; the message holds nothing of it.
    """
    try:
        stored = json.loads(text)
        current = stored.pop("current")
        secrets = {name: str(secret).encode() for name, secret in stored.items()}
        keys = Keys(current, secrets) if secrets[current] else None
    except (ValueError, KeyError, AttributeError, TypeError):
        keys = None
    if keys is None:
        raise settings.Misconfigured(
            f'the secret {setting} must read {{"current": "k1", "k1": "…"}},'
            " with a key of that name"
        )
    return keys


@cache
def keyring() -> Keyring:
    """The process's keys."""
    return Keyring.from_env()
