"""DynamoDB for the hot path: its JSON protocol over a pool of connections.

A sender makes four calls for every chunk, and what boto3's client does around each (validation,
models, endpoint rules, user agent) costs several times the call itself; docs/bench.md has the
figures. A `Wire` takes and returns what boto3's client does for these operations, without
binary values, and raises botocore's errors likewise.

Source: "DynamoDB low-level API", Amazon DynamoDB developer guide.
"""

import json
import os
import random
import time
import uuid
import zlib
from functools import cache
from typing import Any

import boto3
import urllib3
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, HTTPClientError
from botocore.httpsession import get_cert_path
from urllib3.exceptions import HTTPError

from recado import clock, settings, table
from recado.signature import Signer

ATTEMPTS = 5
_FIRST_PAUSE = 0.05
_PASSING = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
"""What DynamoDB answers when the same request may succeed a moment later."""

Answer = dict[str, Any]


class Wire:
    """One endpoint of DynamoDB, with the connections to it."""

    def __init__(self, endpoint: str, region: str, credentials: Credentials) -> None:
        self._credentials = credentials
        self._signer = Signer(endpoint, region, "dynamodb")
        secure = {"ca_certs": _authorities()} if endpoint.startswith("https") else {}
        self._pool = urllib3.connection_from_url(
            endpoint,
            maxsize=table.CONNECTIONS,
            timeout=urllib3.Timeout(connect=table.CONNECT_TIMEOUT, read=table.READ_TIMEOUT),
            retries=False,
            **secure,
        )

    def get_item(self, **request: Any) -> Answer:
        """GetItem."""
        return self._call("GetItem", request)

    def batch_get_item(self, **request: Any) -> Answer:
        """BatchGetItem."""
        return self._call("BatchGetItem", request)

    def put_item(self, **request: Any) -> Answer:
        """PutItem."""
        return self._call("PutItem", request)

    def query(self, **request: Any) -> Answer:
        """Query."""
        return self._call("Query", request)

    def update_item(self, **request: Any) -> Answer:
        """UpdateItem."""
        return self._call("UpdateItem", request)

    def delete_item(self, **request: Any) -> Answer:
        """DeleteItem."""
        return self._call("DeleteItem", request)

    def transact_write_items(self, **request: Any) -> Answer:
        """TransactWriteItems; a repeat of the same call after a lost answer changes nothing."""
        return self._call("TransactWriteItems", {"ClientRequestToken": str(uuid.uuid4())} | request)

    def _call(self, operation: str, request: dict[str, Any]) -> Answer:
        body = json.dumps(request).encode()
        attempt = 1
        while True:
            try:
                return self._once(operation, body)
            except (ClientError, HTTPClientError) as error:
                if attempt == ATTEMPTS or not _passing(error):
                    raise
            time.sleep(random.uniform(0, _FIRST_PAUSE * 2**attempt))  # noqa: S311
            attempt += 1

    def _once(self, operation: str, body: bytes) -> Answer:
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"DynamoDB_20120810.{operation}",
        }
        credentials = self._credentials.get_frozen_credentials()
        signed = self._signer.sign(headers, body, credentials, clock.now())
        try:
            response = self._pool.urlopen("POST", "/", body=body, headers=signed)
        except HTTPError as error:
            raise HTTPClientError(error=error) from error
        _check(response.headers.get("x-amz-crc32"), response.data)
        if response.status == 200:
            answer: Answer = json.loads(response.data)
            return answer
        raise _refusal(operation, response.status, response.data)


@cache
def client() -> Wire:
    """The process's wire, to where boto3's client would go and with its credentials.

    Raises:
        Misconfigured: there are no credentials.
    """
    known = table.client().meta
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise settings.Misconfigured("there are no AWS credentials for DynamoDB")
    return Wire(known.endpoint_url, known.region_name, credentials)


def _authorities() -> str:
    return os.environ.get("AWS_CA_BUNDLE") or str(get_cert_path(verify=True))


def _check(crc32: str | None, content: bytes) -> None:
    if crc32 is not None and int(crc32) != zlib.crc32(content):
        raise HTTPClientError(error="DynamoDB's answer was damaged on its way")


def _refusal(operation: str, status: int, content: bytes) -> ClientError:
    """The error boto3's client would raise; what else the answer holds stands beside it."""
    try:
        answer = json.loads(content)
    except ValueError:
        answer = {}
    kind, first, second = (answer.pop(name, "") for name in ("__type", "message", "Message"))
    told: Any = {
        "Error": {"Code": kind.rpartition("#")[2] or str(status), "Message": first or second},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(told | answer, operation)


def _passing(error: ClientError | HTTPClientError) -> bool:
    if isinstance(error, HTTPClientError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return table.error_code(error) in _PASSING or status >= 500
