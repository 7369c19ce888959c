"""The bucket: upload and download links, and files read or written in constant memory."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from recado import queue, settings, table
from recado.errors import Rejected
from recado.model import Frozen

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

LINK_LIFE = timedelta(minutes=15)
_READ_BYTES = 1_048_576
_WRITE_BYTES = 5_242_880
"""S3's smallest part of a multipart upload, except for the last."""
_NDJSON = "application/x-ndjson"


class Link(Frozen):
    """A link that works without a token until `expires_at`."""

    url: str
    expires_at: datetime


class Block(NamedTuple):
    """A stretch of a file, and the ETag and size of the file it is from."""

    content: bytes
    etag: str
    size: int


class Files:
    """The bucket as central uses it."""

    def __init__(self, bucket: str, s3: "S3Client") -> None:
        self._bucket = bucket
        self._s3 = s3

    @classmethod
    def from_env(cls) -> "Files":
        """The bucket of the deployed suite; a world with its own endpoint gets path-style links."""
        local = "AWS_ENDPOINT_URL" in os.environ
        config = Config(
            signature_version="s3v4",
            retries={"mode": "standard", "max_attempts": 5},
            s3={"addressing_style": "path" if local else "virtual"},
        )
        return cls(settings.text("FILES_BUCKET"), boto3.client("s3", config=config))

    def upload_link(self, file: str, now: datetime) -> Link:
        """Where to PUT a file."""
        return self._link("put_object", file, now)

    def download_link(self, file: str, now: datetime) -> Link:
        """Where to GET a file."""
        return self._link("get_object", file, now)

    def blocks(self, file: str, offset: int, etag: str | None = None) -> Iterator[Block]:
        """A file from `offset` on, a mebibyte at a time; each stretch is a request of its own.

        Raises:
            Rejected: it is not there, or (with `etag`) no longer the same file.
        """
        while block := self._read(file, offset, etag):
            yield block
            offset, etag = offset + len(block.content), block.etag
            if offset >= block.size:
                return

    def put(self, file: str, content: bytes) -> None:
        """Store a small file."""
        self._s3.put_object(Bucket=self._bucket, Key=file, Body=content, ContentType=_NDJSON)

    def join(self, files: Iterable[str], into: str) -> None:
        """Store the contents of several files as one."""
        portions = self._portions(files)
        first = next(portions)
        second = next(portions, None)
        if second is None:
            self.put(into, first)
        else:
            self._put_portions(into, chain((first, second), portions))

    def _put_portions(self, into: str, portions: Iterator[bytes]) -> None:
        upload = self._s3.create_multipart_upload(
            Bucket=self._bucket, Key=into, ContentType=_NDJSON
        )["UploadId"]
        parts: list[CompletedPartTypeDef] = []
        for number, content in enumerate(portions, start=1):
            answer = self._s3.upload_part(
                Bucket=self._bucket, Key=into, UploadId=upload, PartNumber=number, Body=content
            )
            parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        self._s3.complete_multipart_upload(
            Bucket=self._bucket, Key=into, UploadId=upload, MultipartUpload={"Parts": parts}
        )

    def _portions(self, files: Iterable[str]) -> Iterator[bytes]:
        held = bytearray()
        for file in files:
            for block in self.blocks(file, 0):
                held += block.content
                if len(held) >= _WRITE_BYTES:
                    yield bytes(held)
                    held.clear()
        yield bytes(held)

    def _read(self, file: str, offset: int, etag: str | None) -> Block | None:
        same = {"IfMatch": etag} if etag else {}
        try:
            answer = self._s3.get_object(
                Bucket=self._bucket,
                Key=file,
                Range=f"bytes={offset}-{offset + _READ_BYTES - 1}",
                **same,  # type: ignore[arg-type]
            )
        except ClientError as error:
            code = table.error_code(error)
            if code in {"InvalidRange", "416"}:
                return None
            if code in {"NoSuchKey", "404"}:
                raise Rejected(f"the file {file} is not there: upload it first") from error
            if code in {"PreconditionFailed", "412"}:
                raise Rejected(
                    "the file was replaced while it was read: start a new import"
                ) from error
            raise
        with answer["Body"] as body:
            content = body.read()
        whole = answer.get("ContentRange", f"/{len(content)}")
        return Block(content, answer["ETag"], int(whole.rpartition("/")[2])) if content else None

    def _link(self, operation: str, file: str, now: datetime) -> Link:
        url = self._s3.generate_presigned_url(
            operation,
            Params={"Bucket": self._bucket, "Key": file},
            ExpiresIn=int(LINK_LIFE.total_seconds()),
        )
        return Link(url=url, expires_at=now + LINK_LIFE)


def plan_queue() -> queue.Queue:
    """Where `campaigns` takes its commands from."""
    return queue.Queue(settings.text("PLAN_QUEUE_URL"), queue.client)


def import_queue() -> queue.Queue:
    """Where central leaves itself a note to read a file on."""
    return queue.Queue(settings.text("IMPORT_QUEUE_URL"), queue.client)
