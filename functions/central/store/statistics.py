"""The running totals, to read."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from central.domain.balance import CUSTOMERS, Daily, Tally
from recado import settings, table, wire
from recado.figures.periods import Period


def total_key(name: str) -> table.Item:
    """The key of a running total: those of a kind are together, one a day."""
    return table.to_item({"pk": _partition(name), "sk": name})


def _partition(name: str) -> str:
    return f"STATS#{name.partition('#')[0]}"


class Statistics:
    """Totals that the writes of customers and invoices keep."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Statistics":
        """The totals of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), wire.client())

    def customers(self) -> int:
        """How many customers there are."""
        item = self._dynamodb.get_item(TableName=self._table, Key=total_key(CUSTOMERS)).get("Item")
        return _to_tally(item).customers if item else 0

    def of(self, what: Daily, period: Period) -> dict[date, Tally]:
        """The totals of a period's days on which there was anything."""
        return dict(self._between(what, period.first, period.last))

    def every(self) -> dict[str, Tally]:
        """All totals, by the names they are stored under; those of nothing are left out."""
        found = {
            item["sk"]["S"]: _to_tally(item)
            for kind in (CUSTOMERS, *Daily)
            for page in table.pages(
                self._dynamodb.query,
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=table.to_item({":pk": _partition(kind)}),
                ConsistentRead=True,
            )
            for item in page
        }
        return {name: tally for name, tally in found.items() if tally != Tally()}

    def open_before(self, day: date) -> dict[date, Tally]:
        """Open invoices by due date, for the due dates before `day`."""
        return dict(self._between(Daily.OPEN, date.min, day - timedelta(days=1)))

    def _between(self, what: Daily, first: date, last: date) -> Iterator[tuple[date, Tally]]:
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=table.to_item(
                {":pk": _partition(what), ":first": what.on(first), ":last": what.on(last)}
            ),
        ):
            for item in page:
                yield date.fromisoformat(item["sk"]["S"].partition("#")[2]), _to_tally(item)


def _to_tally(item: Mapping[str, Any]) -> Tally:
    values = table.from_item(item)
    return Tally(
        customers=int(values.get("customers", 0)),
        invoices=int(values.get("invoices", 0)),
        amount=values.get("amount", Tally().amount),
    )
