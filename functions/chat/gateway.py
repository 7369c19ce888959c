"""The outside: the queue of codes, SES, the key of digests, and a language model."""

import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.exceptions import ConnectionError as NeverConnected

from chat.domain.improvising import MAX_QUESTION, accepted, instructions
from recado import queue, settings, table
from recado.conversation import Line
from recado.errors import Rejected, Retryable
from recado.model import Language
from recado.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

KEY_LIFE_S = 300
"""How long the key is used without asking for it again."""
MODEL_SECONDS = 6
MODEL_TOKENS = 300
NO_MODEL = "none"
_THROTTLED = frozenset({
    "TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException",
    "SendingPausedException", "InternalFailure", "ServiceUnavailable",
})  # fmt: skip


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


class Mail:
    """SES, for mail to one person that cannot wait. One attempt: a retry could send it twice."""

    def __init__(self, ses: "SESV2Client", from_address: str, configuration_set: str) -> None:
        self._ses = ses
        self._from = from_address
        self._configuration_set = configuration_set

    @classmethod
    def from_env(cls) -> "Mail":
        """SES as the deployed suite uses it."""
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=3,
            read_timeout=settings.number("SES_READ_TIMEOUT", 15),
        )
        ses = boto3.client("sesv2", config=config)
        return cls(ses, settings.text("FROM_ADDRESS"), settings.text("CONFIGURATION_SET"))

    def send(self, address: str, subject: str, text: str, html: str) -> None:
        """Send a mail. Where the answer is lost it may have left, and is not sent again.

        Raises:
            Retryable: SES refused it for its rate, or was not reached: it did not leave.
            Rejected: SES will never take it; the message has no address.
        """
        try:
            self._ses.send_email(
                FromEmailAddress=self._from,
                Destination={"ToAddresses": [address]},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": "service", "Value": "chat"}, {"Name": "kind", "Value": "code"}],
                Content={
                    "Simple": {
                        "Subject": {"Data": subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": text, "Charset": "UTF-8"},
                            "Html": {"Data": html, "Charset": "UTF-8"},
                        },
                    }
                },
            )
        except ClientError as error:
            code = table.error_code(error)
            if code in _THROTTLED:
                raise Retryable(f"SES refused a mail for now: {code}") from None
            raise Rejected(f"SES refused a mail: {code}") from None
        except NeverConnected:
            raise Retryable("SES could not be reached") from None
        except BotoCoreError as error:
            logger.warning("SES's answer was lost", error=type(error).__name__)


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
