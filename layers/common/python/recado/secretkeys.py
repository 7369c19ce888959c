"""A key that is a secret of its own in Secrets Manager, kept in the process for five minutes."""

import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from recado import settings

LIFE_S = 300
"""How long a key is used without asking for it again."""


class SecretKey:
    """The key that a setting names."""

    def __init__(
        self,
        setting: str,
        secret: str,
        secrets_manager: Any,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._setting = setting
        self._secret = secret
        self._secrets_manager = secrets_manager
        self._clock = clock
        self._key = b""
        self._read_at = 0.0

    @classmethod
    def from_env(cls, setting: str) -> "SecretKey":
        """The key of the deployed suite."""
        config = Config(
            retries={"mode": "standard", "max_attempts": 5}, connect_timeout=3, read_timeout=10
        )
        client = boto3.client("secretsmanager", config=config)
        return cls(setting, settings.text(setting), client)

    def __call__(self) -> bytes:
        """The key, not older than five minutes.

        Raises:
            settings.Misconfigured: the secret is empty.
        """
        if not self._key or self._clock() - self._read_at > LIFE_S:
            answer = self._secrets_manager.get_secret_value(SecretId=self._secret)
            self._key, self._read_at = answer["SecretString"].encode(), self._clock()
        if not self._key:
            raise settings.Misconfigured(
                f"the secret {self._setting} is empty: put a long random text in"
            )
        return self._key
