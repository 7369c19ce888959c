"""The running totals, to read."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from central.domain.balance import CUSTOMERS, Daily, Tally
from recado import settings, table, wire
from recado.figures.periods import Period

TOTALS = "STATS#"
"""What the partitions of running totals begin with."""


def total_key(name: str) -> table.Item:
    """The key of a running total: the days of a kind and a year are together.

    Open invoices are together in all years, because they are always read from the oldest.
    """
    kind, _, day = name.partition("#")
    return table.to_item({"pk": _partition(kind, day[:4]), "sk": name})


def is_total(item: table.Item) -> bool:
    """Whether an item of central's table is a running total."""
    return str(item["pk"]["S"]).startswith(TOTALS)


def _partition(kind: str, year: str) -> str:
    return f"{TOTALS}{kind}" if kind in {CUSTOMERS, Daily.OPEN} else f"{TOTALS}{kind}#{year}"


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
        return to_tally(item).customers if item else 0

    def of(self, what: Daily, period: Period) -> dict[date, Tally]:
        """The totals of a period's days on which there was anything."""
        return dict(self._between(what, period.first, period.last))

    def open_before(self, day: date) -> dict[date, Tally]:
        """Open invoices by due date, for the due dates before `day`."""
        return dict(self._between(Daily.OPEN, date.min, day - timedelta(days=1)))

    def _between(self, what: Daily, first: date, last: date) -> Iterator[tuple[date, Tally]]:
        years = range(first.year, last.year + 1)
        for partition in dict.fromkeys(_partition(what, f"{year:04}") for year in years):
            for page in table.pages(
                self._dynamodb.query,
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues=table.to_item(
                    {":pk": partition, ":first": what.on(first), ":last": what.on(last)}
                ),
            ):
                for item in page:
                    yield date.fromisoformat(item["sk"]["S"].partition("#")[2]), to_tally(item)


def to_tally(item: Mapping[str, Any]) -> Tally:
    """A running total from the stored item."""
    values = table.from_item(item)
    return Tally(
        customers=int(values.get("customers", 0)),
        invoices=int(values.get("invoices", 0)),
        amount=values.get("amount", Tally().amount),
    )
