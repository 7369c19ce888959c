"""The outside but for the mailbox: the bucket, the queue of letters, SES, suppressed addresses."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.exceptions import ConnectionError as NeverConnected

from recado import queue, settings, table
from recado.errors import Rejected, Retryable
from recado.observability import logger
from signup.domain.letters import Letter

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client

_THROTTLED = frozenset({
    "TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException",
    "SendingPausedException", "InternalFailure", "ServiceUnavailable",
})  # fmt: skip


def letter_queue() -> queue.Queue:
    """Where letters wait to be sent."""
    return queue.Queue(settings.text("LETTER_QUEUE_URL"), queue.client())


class Files:
    """The bucket as signup uses it."""

    def __init__(self, bucket: str, s3: "S3Client") -> None:
        self._bucket = bucket
        self._s3 = s3

    @classmethod
    def from_env(cls) -> "Files":
        """The bucket of the deployed suite."""
        s3 = boto3.client("s3", config=Config(retries={"mode": "standard", "max_attempts": 5}))
        return cls(settings.text("FILES_BUCKET"), s3)

    def size(self, file: str) -> int:
        """How many bytes a file has.

        Raises:
            Rejected: it is not there.
        """
        try:
            return int(self._s3.head_object(Bucket=self._bucket, Key=file)["ContentLength"])
        except ClientError as error:
            raise _missing(file, error) from error

    def read(self, file: str, most: int) -> bytes:
        """The first `most` bytes of a file.

        Raises:
            Rejected: it is not there.
        """
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=file, Range=f"bytes=0-{most - 1}")
        except ClientError as error:
            if table.error_code(error) in {"InvalidRange", "416"}:
                return b""  # S3 has no first byte of an empty file
            raise _missing(file, error) from error
        with answer["Body"] as body:
            return body.read()

    def put(self, file: str, content: bytes) -> None:
        """Store a file."""
        self._s3.put_object(
            Bucket=self._bucket, Key=file, Body=content, ContentType="application/x-ndjson"
        )


def _missing(file: str, error: ClientError) -> Exception:
    if table.error_code(error) in {"NoSuchKey", "404", "NotFound"}:
        return Rejected(f"the file {file} is not there: upload it first", field="file")
    return error


class Post:
    """SES, for letters to one person. One attempt: a retry by the SDK could send twice."""

    def __init__(self, ses: "SESV2Client", from_address: str, configuration_set: str) -> None:
        self._ses = ses
        self._from = from_address
        self._configuration_set = configuration_set

    @classmethod
    def from_env(cls) -> "Post":
        """SES as the deployed suite uses it."""
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=3,
            read_timeout=settings.number("SES_READ_TIMEOUT", 15),
        )
        ses = boto3.client("sesv2", config=config)
        return cls(ses, settings.text("FROM_ADDRESS"), settings.text("CONFIGURATION_SET"))

    def send(self, letter: Letter) -> None:
        """Send a letter. Where the answer is lost it may have left, and is not sent again.

        Raises:
            Retryable: SES refused it for its rate, or was not reached: it did not leave.
            Rejected: SES will never take it; the message has no address.
        """
        try:
            self._ses.send_email(
                FromEmailAddress=self._from,
                ReplyToAddresses=[letter.reply_to] if letter.reply_to else [],
                Destination={"ToAddresses": [letter.to]},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[
                    {"Name": "service", "Value": "signup"},
                    {"Name": "kind", "Value": letter.kind},
                ],
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
                raise Retryable(f"SES refused a letter for now: {code}") from None
            raise Rejected(f"SES refused a letter: {code}") from None
        except NeverConnected:
            raise Retryable("SES could not be reached") from None
        except BotoCoreError as error:
            logger.warning("SES's answer was lost", error=type(error).__name__)
