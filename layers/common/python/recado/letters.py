"""SES, for a mail to one person outside a campaign. One attempt: a retry could send it twice."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.exceptions import ConnectionError as NeverConnected
from pydantic import Field

from recado import settings, table
from recado.errors import Rejected, Retryable
from recado.model import Frozen
from recado.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_THROTTLED = frozenset({
    "TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException",
    "SendingPausedException", "InternalFailure", "ServiceUnavailable",
})  # fmt: skip


class Letter(Frozen):
    """A mail, whoever gets it; `reply_to` is empty where answers go to the sender."""

    subject: str
    text: str
    html: str
    reply_to: str = ""
    headers: dict[str, str] = Field(default_factory=dict)


class Letters:
    """Sends letters from the suite's own address."""

    def __init__(self, ses: "SESV2Client", from_address: str, configuration_set: str) -> None:
        self._ses = ses
        self._from = from_address
        self._configuration_set = configuration_set

    @classmethod
    def from_env(cls) -> "Letters":
        """SES as the deployed suite uses it."""
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=3,
            read_timeout=settings.number("SES_READ_TIMEOUT", 15),
        )
        ses = boto3.client("sesv2", config=config)
        return cls(ses, settings.text("FROM_ADDRESS"), settings.text("CONFIGURATION_SET"))

    def send(self, address: str, letter: Letter, tags: Mapping[str, str]) -> None:
        """Send a letter. Where the answer is lost it may have left, and is not sent again.

        Raises:
            Retryable: SES refused it for its rate, or was not reached: it did not leave.
            Rejected: SES will never take it; the message has no address.
        """
        try:
            self._ses.send_email(
                FromEmailAddress=self._from,
                ReplyToAddresses=[letter.reply_to] if letter.reply_to else [],
                Destination={"ToAddresses": [address]},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
                Content={
                    "Simple": {
                        "Subject": {"Data": letter.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": letter.text, "Charset": "UTF-8"},
                            "Html": {"Data": letter.html, "Charset": "UTF-8"},
                        },
                        "Headers": [
                            {"Name": name, "Value": value} for name, value in letter.headers.items()
                        ],
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
