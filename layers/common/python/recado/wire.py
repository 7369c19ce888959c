"""DynamoDB for the hot path: its JSON protocol over a `recado.connection`.

A `Wire` takes and returns what boto3's client does for these operations, without binary values, and
raises botocore's errors likewise.

Source: "DynamoDB low-level API", Amazon DynamoDB developer guide.
"""

import random
import time
import uuid
import zlib
from functools import cache
from typing import Any

import orjson
from botocore.credentials import Credentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
)

from recado import table
from recado.connection import DYNAMODB, Connection, refusal
from recado.exchange import Limits

LIMITS = Limits(table.CONNECTIONS, table.CONNECT_TIMEOUT, table.READ_TIMEOUT)
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

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    def at(cls, endpoint: str, region: str, credentials: Credentials) -> "Wire":
        """A wire to an address, whatever the environment says."""
        return cls(Connection(DYNAMODB, endpoint, region, credentials, LIMITS))

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
        body = orjson.dumps(request)
        attempt = 1
        while True:
            try:
                return self._once(operation, body)
            except (ClientError, EndpointConnectionError, HTTPClientError) as error:
                if attempt == ATTEMPTS or not _passing(error):
                    raise
            time.sleep(random.uniform(0, _FIRST_PAUSE * 2**attempt))  # noqa: S311
            attempt += 1

    def _once(self, operation: str, body: bytes) -> Answer:
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"DynamoDB_20120810.{operation}",
        }
        response = self._connection.send("POST", "/", headers, body)
        _check(response.headers.get("x-amz-crc32"), response.data)
        if response.status == 200:
            answer: Answer = orjson.loads(response.data)
            return answer
        raise refusal(operation, response)


@cache
def client() -> Wire:
    """The process's wire.

    Raises:
        Misconfigured: there are no credentials, or there is no region.
    """
    return Wire(Connection.to(DYNAMODB, LIMITS))


def _check(crc32: str | None, content: bytes) -> None:
    if crc32 is not None and int(crc32) != zlib.crc32(content):
        raise HTTPClientError(error="DynamoDB's answer was damaged on its way")


def _passing(error: BotoCoreError | ClientError) -> bool:
    if not isinstance(error, ClientError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return table.error_code(error) in _PASSING or status >= 500
