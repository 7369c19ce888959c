"""Facts that are written with the change they tell of, and published afterwards.

A process may end between its write and the bus. So a fact is an item of the same transaction; who
wrote it publishes it and removes it, and a sweep publishes what was left. A fact is therefore
told at least once, and readers pass over what they know.

What reports count is also listed by its day, for a while: the bus is not the only way to it.

Key formats, in the table of the service that uses it:

    pk OUTGOING        sk <id, which sorts by time>
    pk TOLD#<UTC day>  sk <id>   (`expires_at`)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from recado import ids, table
from recado.bus import stamped
from recado.contracts import Event
from recado.figures.facts import COUNTED, LISTED_FOR, UNLISTED

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
        return cls(ids.new(_PREFIX, at), stamped(event))


class Outgoing:
    """The facts of one service that may not have been published yet."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB, bus: Publisher) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._bus = bus

    def writes(self, facts: Iterable[Fact]) -> list[dict[str, Any]]:
        """The facts as items of the transaction that makes them true."""
        writes: list[dict[str, Any]] = []
        for fact in facts:
            item = table.to_item(_item(_PK, fact, fact.event.model_dump_json()))
            writes.append({"Put": {"TableName": self._table, "Item": item}})
            writes += listing(self._table, fact)
        return writes

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
        before = first_id(now - GRACE)
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


def listing(table_name: str, fact: Fact) -> list[dict[str, Any]]:
    """The write that lists a fact by its day, if reports count it; `Outgoing.writes` has it.

    For who has another way to tell a fact at least once.
    """
    if type(fact.event).__name__ not in COUNTED:
        return []
    made = ids.made_at(fact.id)
    detail = fact.event.model_dump_json(exclude=set(UNLISTED))
    expiry = {"expires_at": int((made + LISTED_FOR).timestamp())}
    item = table.to_item(_item(told_on(made.date()), fact, detail) | expiry)
    return [{"Put": {"TableName": table_name, "Item": item}}]


def told_on(day: date) -> str:
    """The partition that lists what was told on a day of UTC."""
    return f"TOLD#{day.isoformat()}"


class Told(NamedTuple):
    """A fact on a day's list."""

    id: str
    detail_type: str
    detail: str


def listed(
    table_name: str, dynamodb: table.DynamoDB, day: date, after: str = "", before: str = "~"
) -> Iterator[Told]:
    """What a service told on a day of UTC, by the facts' ids, between two of them."""
    for page in table.pages(
        dynamodb.query,
        TableName=table_name,
        KeyConditionExpression="pk = :pk AND sk BETWEEN :after AND :before",
        ExpressionAttributeValues=table.to_item(
            {":pk": told_on(day), ":after": after or " ", ":before": before}
        ),
        ConsistentRead=True,
    ):
        for item in page:
            if item["sk"]["S"] != after:
                yield Told(item["sk"]["S"], item["type"]["S"], item["detail"]["S"])


def first_id(at: datetime) -> str:
    """What sorts before every fact that is made at this moment or later."""
    return ids.new(_PREFIX, at, bytes(10))


def _item(pk: str, fact: Fact, detail: str) -> dict[str, Any]:
    return {"pk": pk, "sk": fact.id, "type": type(fact.event).__name__, "detail": detail}
