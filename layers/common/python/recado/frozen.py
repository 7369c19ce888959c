"""Frozen audiences: pages that `campaigns` stores in S3, as other services read one row of them.

They are kept as long as links in mail live, because a link names a place in them and no person.
"""

import gzip
import json
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from recado import settings, table
from recado.contracts import Recipient
from recado.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def page_key(campaign_id: str, number: int) -> str:
    """Where a page of a campaign's frozen audience is."""
    return f"frozen/{campaign_id}/{number:06d}.json.gz"


class FrozenAudience:
    """Read access to the recipients of launched campaigns."""

    def __init__(self, bucket: str, s3: "S3Client") -> None:
        self._bucket = bucket
        self._s3 = s3

    @classmethod
    def from_env(cls) -> "FrozenAudience":
        """The bucket of the deployed suite."""
        s3 = boto3.client("s3", config=Config(retries={"mode": "standard", "max_attempts": 5}))
        return cls(settings.text("FILES_BUCKET"), s3)

    def recipient(self, campaign_id: str, page: int, row: int) -> Recipient:
        """Who stands in a row of a page.

        Raises:
            NotFound: the page is gone, or has no such row.
        """
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=page_key(campaign_id, page))["Body"]
            rows = json.loads(gzip.decompress(body.read()))["rows"]
            return Recipient.model_validate(rows[row])
        except ClientError as error:
            if table.error_code(error) != "NoSuchKey":
                raise
            raise NotFound(f"page {page} of campaign {campaign_id} is gone") from error
        except IndexError as error:
            raise NotFound(f"page {page} of campaign {campaign_id} has no row {row}") from error
