"""Facts that are written with the change they tell of, and published afterwards.

A process may end between its write and the bus. So a fact is an item of the same transaction; who
wrote it publishes it and removes it, and a sweep publishes what was left. A fact is therefore
told at least once, and readers pass over what they know.

Key format, in the table of the service that uses it:

    pk OUTGOING   sk <id, which sorts by time>
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from recado import ids, table
from recado.contracts import Event

_PK = "OUTGOING"
_PREFIX = "out"
GRACE = timedelta(seconds=15)
"""How long the writer itself has to publish before the sweep does."""


class Publisher(Protocol):
    """The bus, or a fake."""

    def publish_raw(self, detail_type: str, detail: str) -> None: ...


@dataclass(frozen=True)
class Fact:
    """An event on its way; `id` names the item that keeps it until it is published."""

    id: str
    event: Event

    @classmethod
    def of(cls, event: Event, at: datetime) -> "Fact":
        """A fact to be written now."""
        return cls(ids.new(_PREFIX, at), event)


class Outgoing:
    """The facts of one service that may not have been published yet."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB, bus: Publisher) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._bus = bus

    def writes(self, facts: Iterable[Fact]) -> list[dict[str, Any]]:
        """The facts as items of the transaction that makes them true."""
        return [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": table.to_item(
                        {
                            "pk": _PK,
                            "sk": fact.id,
                            "type": type(fact.event).__name__,
                            "detail": fact.event.model_dump_json(),
                        }
                    ),
                }
            }
            for fact in facts
        ]

    def publish(self, facts: Sequence[Fact]) -> None:
        """Tell what has been written, in order.

        Raises:
            Retryable: the bus did not take one; it and those after it are left to the sweep.
        """
        for fact in facts:
            self._tell(fact.id, type(fact.event).__name__, fact.event.model_dump_json())

    def sweep(self, now: datetime) -> int:
        """Publish what somebody left behind; returns how many.

        Raises:
            Retryable: the bus did not take one; those after it wait for the next sweep.
        """
        before = ids.new(_PREFIX, now - GRACE, bytes(10))
        told = 0
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk < :before",
            ExpressionAttributeValues=table.to_item({":pk": _PK, ":before": before}),
            ConsistentRead=True,
        ):
            for item in page:
                self._tell(item["sk"]["S"], item["type"]["S"], item["detail"]["S"])
                told += 1
        return told

    def _tell(self, fact_id: str, detail_type: str, detail: str) -> None:
        self._bus.publish_raw(detail_type, detail)
        self._dynamodb.delete_item(
            TableName=self._table, Key=table.to_item({"pk": _PK, "sk": fact_id})
        )
