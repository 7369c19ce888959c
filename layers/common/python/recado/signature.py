"""AWS Signature Version 4 for requests to paths of plain letters, without a query.

Source: "Create a signed AWS API request", AWS IAM user guide. The derived key of the day is kept.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from botocore.credentials import ReadOnlyCredentials

_ALGORITHM = "AWS4-HMAC-SHA256"


class Signer:
    """Signs requests to one endpoint of a service."""

    def __init__(self, endpoint: str, region: str, service: str) -> None:
        self._host = urlsplit(endpoint).netloc
        self._region = region
        self._service = service

    def sign(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        credentials: ReadOnlyCredentials,
        now: datetime,
    ) -> dict[str, str]:
        """The headers to send: those given (names in lower case), the date and the signature.

        `now` is in UTC.
        """
        moment = now.strftime("%Y%m%dT%H%M%SZ")
        sent = {**headers, "host": self._host, "x-amz-date": moment}
        if credentials.token:
            sent["x-amz-security-token"] = credentials.token
        names = ";".join(sorted(sent))
        lines = "".join(f"{name}:{sent[name]}\n" for name in sorted(sent))
        canonical = f"{method}\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{moment[:8]}/{self._region}/{self._service}/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        key = _key_of_day(credentials.secret_key, moment[:8], self._region, self._service)
        signature = _hmac(key, f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}").hex()
        sent["authorization"] = (
            f"{_ALGORITHM} Credential={credentials.access_key}/{scope},"
            f" SignedHeaders={names}, Signature={signature}"
        )
        return sent


@lru_cache(maxsize=4)
def _key_of_day(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
