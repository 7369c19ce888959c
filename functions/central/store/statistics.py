"""The running totals, to read."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from central.domain.balance import CUSTOMERS, Daily, Tally
from recado import settings, table, wire
from recado.figures.lines import Line, Lines
from recado.figures.periods import Period

TOTALS = "STATS#"
"""What the partitions of running totals begin with."""
_TURNOVER, _OPEN = "TURNOVER", "OPEN"
"""What came in is read together, what is open by itself."""
_MONTHS = "MONTHS"


def total_key(name: str) -> table.Item:
    """The key of a running total: see `central.domain.balance.Daily.of` for names."""
    when, _, kind = name.partition("#")
    if name == CUSTOMERS:
        partition = f"{TOTALS}{CUSTOMERS}"
    else:
        month, day = when[:7], when[7:]
        group = _OPEN if kind == Daily.OPEN else _TURNOVER
        partition = _partition(group, month if day else _MONTHS)
    return table.to_item({"pk": partition, "sk": name})


def is_total(item: table.Item) -> bool:
    """Whether an item of central's table is a running total."""
    return str(item["pk"]["S"]).startswith(TOTALS)


def _partition(group: str, month: str) -> str:
    return f"{TOTALS}{group}#{month}"


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

    def of(self, *periods: Period) -> list[dict[Daily, Tally]]:
        """What came in during each period, by kind."""
        return [_by_kind(found) for found in self._lines(_TURNOVER).of(*periods)]

    def by_day(self, period: Period) -> dict[date, dict[Daily, Tally]]:
        """What came in on each day of a period on which there was anything."""
        found: dict[date, dict[Daily, Tally]] = {}
        for when, kind, item in self._lines(_TURNOVER).by_day(period):
            found.setdefault(date.fromisoformat(when), {})[Daily(kind)] = to_tally(item)
        return found

    def open_before(self, day: date, one_by_one: int) -> dict[date, Tally]:
        """Open invoices with a due date before `day`: of so many days before it by that date, of
        those before them by month, under a day of it."""
        late = day - timedelta(days=one_by_one)
        lines = self._lines(_OPEN)
        (old,) = lines.of(Period(date.min, late - timedelta(days=1)))
        recent = lines.by_day(Period(late, day - timedelta(days=1)))
        return {_begin(line.when): to_tally(line.item) for line in (*old, *recent)}

    def _lines(self, group: str) -> Lines:
        return Lines(
            self._table,
            self._dynamodb,
            _partition(group, _MONTHS),
            lambda month: _partition(group, month),
        )


def to_tally(item: Mapping[str, Any]) -> Tally:
    """A running total from the stored item."""
    values = table.from_item(item)
    return Tally(
        customers=int(values.get("customers", 0)),
        invoices=int(values.get("invoices", 0)),
        amount=values.get("amount", Tally().amount),
    )


def _by_kind(lines: Iterable[Line]) -> dict[Daily, Tally]:
    found = dict.fromkeys((Daily.NEW, Daily.BILLED, Daily.RECEIVED), Tally())
    for _, kind, item in lines:
        found[Daily(kind)] += to_tally(item)
    return found


def _begin(when: str) -> date:
    """The day, or a month's first."""
    return date.fromisoformat(f"{when}-01" if len(when) == len("2026-11") else when)
