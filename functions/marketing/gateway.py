"""The bucket, where audiences lie for campaigns."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from recado import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SERVICE = "marketing"
"""How this service calls itself to others."""


class Audiences:
    """Audience files; writing one again gives the same file."""

    def __init__(self, bucket: str, s3: "S3Client") -> None:
        self._bucket = bucket
        self._s3 = s3

    @classmethod
    def from_env(cls) -> "Audiences":
        """The bucket of the deployed suite."""
        config = Config(retries={"mode": "standard", "max_attempts": 5})
        return cls(settings.text("FILES_BUCKET"), boto3.client("s3", config=config))

    def put(self, campaign_id: str, rows: Iterable[Mapping[str, Any]]) -> str:
        """Store a campaign's audience; returns the file's key."""
        file = f"audiences/{campaign_id}/offers.ndjson"
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        self._s3.put_object(
            Bucket=self._bucket,
            Key=file,
            Body="".join(lines).encode(),
            ContentType="application/x-ndjson",
        )
        return file
