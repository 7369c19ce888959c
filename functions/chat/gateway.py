"""The outside: the queue of codes, the key of digests, and a language model."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chat.domain.improvising import MAX_QUESTION, accepted, instructions
from recado import queue, settings
from recado.conversation import Line
from recado.model import Language
from recado.observability import logger

KEY_LIFE_S = 300
"""How long the key is used without asking for it again."""
MODEL_SECONDS = 6
MODEL_TOKENS = 300
NO_MODEL = "none"


def code_queue() -> queue.Queue:
    """Where codes wait to be mailed."""
    return queue.Queue(settings.text("CODE_QUEUE_URL"), queue.client())


class ChatKey:
    """The secret that digests of claims and codes are made with."""

    def __init__(
        self, secret: str, secrets_manager: Any, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._secret = secret
        self._secrets_manager = secrets_manager
        self._clock = clock
        self._key = b""
        self._read_at = 0.0

    @classmethod
    def from_env(cls) -> "ChatKey":
        """The key of the deployed suite."""
        config = Config(
            retries={"mode": "standard", "max_attempts": 5}, connect_timeout=3, read_timeout=10
        )
        client = boto3.client("secretsmanager", config=config)
        return cls(settings.text("CHAT_KEY"), client)

    def __call__(self) -> bytes:
        """The key, not older than five minutes.

        Raises:
            settings.Misconfigured: the secret is empty.
        """
        if not self._key or self._clock() - self._read_at > KEY_LIFE_S:
            answer = self._secrets_manager.get_secret_value(SecretId=self._secret)
            self._key, self._read_at = answer["SecretString"].encode(), self._clock()
        if not self._key:
            raise settings.Misconfigured("the secret CHAT_KEY is empty: put a long random text in")
        return self._key


class LanguageModel:
    """A model on Bedrock. It gets one message and instructions, and no tool."""

    def __init__(self, model: str, bedrock: Any) -> None:
        self._model = model
        self._bedrock = bedrock

    @classmethod
    def from_env(cls) -> "LanguageModel | NoModel":
        """The model the setting LANGUAGE_MODEL names; with `none`, none."""
        model = settings.text("LANGUAGE_MODEL", NO_MODEL)
        return NoModel() if model == NO_MODEL else cls(model, _bedrock())

    def __call__(self, line: Line, language: Language) -> str | None:
        """An answer to a message out of scope; None where there is none of the form asked for."""
        try:
            answer = self._bedrock.converse(
                modelId=self._model,
                system=[{"text": instructions(language)}],
                messages=[{"role": "user", "content": [{"text": line.text[:MAX_QUESTION]}]}],
                inferenceConfig={"maxTokens": MODEL_TOKENS, "temperature": 0.2},
            )
            reply = "".join(part.get("text", "") for part in answer["output"]["message"]["content"])
        except (ClientError, BotoCoreError, KeyError) as error:
            logger.warning("the language model gave no answer", error=type(error).__name__)
            return None
        said = accepted(reply, language)
        if said is None:
            logger.warning("the language model's answer has another form", length=len(reply))
        return said


class NoModel:
    """No language model: the bot says its own phrase."""

    def __call__(self, line: Line, language: Language) -> None:
        """Nothing."""


@cache
def _bedrock() -> Any:
    config = Config(
        retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=MODEL_SECONDS
    )
    return boto3.client("bedrock-runtime", config=config)
