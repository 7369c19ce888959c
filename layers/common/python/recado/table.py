"""DynamoDB as every store uses it: one client, attribute values, pages and transactions."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError

from recado.errors import Retryable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
"""An item with DynamoDB's attribute values: `{"pk": {"S": "…"}}`."""

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize
_CONFLICT_ATTEMPTS = 12
CONNECT_TIMEOUT = 3
READ_TIMEOUT = 10
CONNECTIONS = 32


class DynamoDB(Protocol):
    """The operations of a sender's stores: boto3's client has them, and `recado.wire` does."""

    @property
    def get_item(self) -> Callable[..., Any]: ...

    @property
    def batch_get_item(self) -> Callable[..., Any]: ...

    @property
    def put_item(self) -> Callable[..., Any]: ...

    @property
    def query(self) -> Callable[..., Any]: ...

    @property
    def update_item(self) -> Callable[..., Any]: ...

    @property
    def delete_item(self) -> Callable[..., Any]: ...

    @property
    def transact_write_items(self) -> Callable[..., Any]: ...


@cache
def client() -> "DynamoDBClient":
    """The process's DynamoDB client."""
    return boto3.client(
        "dynamodb",
        config=Config(
            retries={"mode": "standard", "max_attempts": 5},
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=CONNECTIONS,
        ),
    )


def to_item(values: Mapping[str, Any]) -> Item:
    """Python values as attribute values; `None` is left out."""
    return {name: _serialize(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute values as Python values; numbers come as `Decimal`."""
    return {name: _deserialize(value) for name, value in item.items()}


def error_code(error: ClientError) -> str:
    """The service's name of a failure, such as `ConditionalCheckFailedException`."""
    return error.response["Error"]["Code"]


def condition_failed(error: ClientError) -> bool:
    """Whether a single write's condition did not hold."""
    return error_code(error) == "ConditionalCheckFailedException"


def pages(operation: Callable[..., Any], **request: Any) -> Iterator[list[Item]]:
    """Every page of a query, one at a time."""
    while True:
        answer = operation(**request)
        yield answer.get("Items", [])
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


class TransactionRefused(Exception):
    """A condition of a transaction did not hold; `reasons` has one code per item, in order."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(f"transaction refused: {reasons}")
        self.reasons = reasons


def transact(writes: list[dict[str, Any]], *, dynamodb: DynamoDB | None = None) -> None:
    """Write all or nothing (at most 100 items).

    A collision with another transaction on the same item (the campaign's counters are shared by
    every sender) is tried again with growing, jittered pauses, about four seconds in all.

    Raises:
        TransactionRefused: a condition failed.
        Retryable: the collisions did not end.
    """
    writer: DynamoDB = dynamodb or client()
    for attempt in range(_CONFLICT_ATTEMPTS):
        try:
            writer.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if error_code(error) != "TransactionCanceledException":
                raise
            reasons = [
                reason.get("Code", "None") for reason in error.response["CancellationReasons"]
            ]
            if "ConditionalCheckFailed" in reasons:
                raise TransactionRefused(reasons) from error
            if not {
                "TransactionConflict",
                "ThrottlingError",
                "ProvisionedThroughputExceeded",
            } & set(reasons):
                raise
            time.sleep(random.uniform(0.5, 1) * min(0.005 * 2**attempt, 0.5))  # noqa: S311
        else:
            return
    raise Retryable("DynamoDB kept refusing a transaction because others touched the same items")
