"""The outside: the queue of codes, and a language model."""

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

MODEL_SECONDS = 6
MODEL_TOKENS = 300
NO_MODEL = "none"


def code_queue() -> queue.Queue:
    """Where codes wait to be mailed."""
    return queue.Queue(settings.text("CODE_QUEUE_URL"), queue.client)


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
