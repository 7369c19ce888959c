"""The files that Firehose makes of what SES says about every mail."""

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from recado import settings, table
from recado.errors import Rejected

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def named_in(notification: dict[str, Any]) -> list[str]:
    """The files S3 speaks of.

    Raises:
        Rejected: it speaks of none.
    """
    try:
        return [unquote_plus(record["s3"]["object"]["key"]) for record in notification["Records"]]
    except (KeyError, TypeError) as error:
        raise Rejected(f"neither SES nor S3 writes so: {error!r}") from error


class EventFiles:
    """Files of SES's events, as Firehose writes them."""

    def __init__(self, bucket: str, s3: "S3Client") -> None:
        self._bucket = bucket
        self._s3 = s3

    @classmethod
    def from_env(cls) -> "EventFiles":
        """The bucket of the deployed suite."""
        s3 = boto3.client("s3", config=Config(retries={"mode": "standard", "max_attempts": 5}))
        return cls(settings.text("FILES_BUCKET"), s3)

    def read(self, file: str) -> str:
        """The text of a file.

        Raises:
            Rejected: it is not there, or no text.
        """
        try:
            with self._s3.get_object(Bucket=self._bucket, Key=file)["Body"] as body:
                return body.read().decode()
        except UnicodeDecodeError as error:
            raise Rejected(f"{file} is no text: {error}") from error
        except ClientError as error:
            if table.error_code(error) != "NoSuchKey":
                raise
            raise Rejected(f"{file} is gone") from error
