"""The outside but for the mailbox: the bucket and the queue of letters."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from recado import queue, settings, table
from recado.errors import Rejected

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def letter_queue() -> queue.Queue:
    """Where letters wait to be sent."""
    return queue.Queue(settings.text("LETTER_QUEUE_URL"), queue.client)


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
