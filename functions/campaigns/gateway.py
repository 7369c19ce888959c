"""The files and queues of campaigns: uploaded and frozen audiences, commands, chunks."""

import gzip
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from campaigns.domain.plan import Page
from recado import queue, settings, table
from recado.audience import MAX_ROW_BYTES
from recado.errors import NotFound, Rejected
from recado.frozen import page_key
from recado.model import Lane

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_page = TypeAdapter(Page)
_READ_AHEAD = 256 * 1024
KEPT = MAX_ROW_BYTES + 2
"""Enough of a line to tell that it is too long."""


class Line(NamedTuple):
    """One line with its line end: its first `KEPT` bytes, and how long it really is."""

    text: bytes
    length: int


def split_lines(blocks: Iterable[bytes]) -> Iterator[Line]:
    """Lines of a stream; however long one is, no more than a block of it is held."""
    kept, length = b"", 0
    for block in blocks:
        for piece in block.splitlines(keepends=True):
            kept, length = (kept + piece)[:KEPT], length + len(piece)
            if piece.endswith(b"\n"):
                yield Line(kept, length)
                kept, length = b"", 0
    if length:
        yield Line(kept, length)


class AudienceFile:
    """A file in S3, read line by line from a byte offset in constant memory."""

    def __init__(self, bucket: str, file: str, s3: "S3Client") -> None:
        self._bucket = bucket
        self.file = file
        self._s3 = s3

    def lines(self, offset: int) -> Iterator[Line]:
        """Lines from `offset` bytes on.

        Raises:
            Rejected: there is no such file.
        """
        try:
            body = self._s3.get_object(
                Bucket=self._bucket, Key=self.file, Range=f"bytes={offset}-"
            )["Body"]
        except ClientError as error:
            if table.error_code(error) == "InvalidRange":
                return
            if table.error_code(error) == "NoSuchKey":
                message = (
                    f"there is no uploaded file {self.file}: upload it with POST /v1/audiences"
                )
                raise Rejected(message, field="audience.file") from error
            raise
        with body:
            yield from split_lines(body.iter_chunks(_READ_AHEAD))


class Files:
    """The bucket as campaigns use it."""

    def __init__(self, bucket: str, s3: "S3Client") -> None:
        self._bucket = bucket
        self._s3 = s3
        self._recent_page = lru_cache(maxsize=2)(self._read_page)

    @classmethod
    def from_env(cls) -> "Files":
        """The bucket of the deployed suite."""
        s3 = boto3.client("s3", config=Config(retries={"mode": "standard", "max_attempts": 5}))
        return cls(settings.text("FILES_BUCKET"), s3)

    def audience(self, file: str) -> AudienceFile:
        """An uploaded audience."""
        return AudienceFile(self._bucket, file, self._s3)

    def freeze(self, campaign_id: str, number: int, page: Page) -> Page:
        """Store a page of the audience once and for all; whoever comes second gets the first's."""
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=page_key(campaign_id, number),
                Body=gzip.compress(page.model_dump_json().encode(), compresslevel=1),
                ContentType="application/json",
                ContentEncoding="gzip",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if table.error_code(error) not in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise
            return self._read_page(campaign_id, number)
        return page

    def frozen(self, campaign_id: str, number: int) -> Page | None:
        """A frozen page, if it was stored before."""
        try:
            return self._recent_page(campaign_id, number)
        except NotFound:
            return None

    def _read_page(self, campaign_id: str, number: int) -> Page:
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=page_key(campaign_id, number))[
                "Body"
            ]
        except ClientError as error:
            if table.error_code(error) == "NoSuchKey":
                raise NotFound(f"page {number} of campaign {campaign_id} is not frozen") from error
            raise
        return _page.validate_json(gzip.decompress(body.read()))


def plan_queue() -> queue.Queue:
    """Where campaigns leaves commands for itself."""
    return queue.Queue(settings.text("PLAN_QUEUE_URL"), queue.client)


def feedback_queue() -> queue.Queue:
    """Where SES's events wait to be read by the senders' side."""
    return queue.Queue(settings.text("FEEDBACK_QUEUE_URL"), queue.client)


def send_queues() -> dict[Lane, queue.Queue]:
    """The senders' queues, one a lane."""
    return {
        lane: queue.Queue(settings.text(f"SEND_{lane.name}_URL"), queue.client) for lane in Lane
    }
