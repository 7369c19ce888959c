"""Items that are kept for each day and each month: read by months where they are whole.

A day's items are in a partition of their month, so that a range of them is read at once anywhere;
a sort key is `<day or month>#<what it is about>`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from recado import table
from recado.figures.periods import Period, Pieces, month_of, pieces


class Line(NamedTuple):
    """An item of a day (`2026-11-22`) or a month (`2026-11`), and what it is about."""

    when: str
    about: str
    item: table.Item


def line_sort(when: str, about: str) -> str:
    """The sort key of a day's or a month's item."""
    return f"{when}#{about}"


@dataclass(frozen=True)
class Lines:
    """The items of days and months in one table."""

    table_name: str
    dynamodb: table.DynamoDB
    months: str
    """The partition of all months."""
    days_of: Callable[[str], str]
    """The partition of a month's days."""

    def of(self, *periods: Period) -> list[list[Line]]:
        """What makes up each period; periods side by side cost hardly more than one."""
        wanted = [pieces(period) for period in periods]
        months = [each.months for each in wanted if each.months]
        found = [line for days in self._stretches(wanted) for line in self.by_day(days)]
        if months:
            first, last = min(first for first, _ in months), max(last for _, last in months)
            found += self._between(self.months, first, last)
        return [[line for line in found if each.hold(line.when)] for each in wanted]

    def by_day(self, period: Period) -> Iterator[Line]:
        """The days of a period, one by one."""
        first, last = period.first.isoformat(), period.last.isoformat()
        for month in dict.fromkeys(map(month_of, period.each_day())):
            yield from self._between(self.days_of(month), first, last)

    def _stretches(self, wanted: Sequence[Pieces]) -> Iterator[Period]:
        """The days of all pieces, those of a month in one stretch."""
        by_month: dict[str, list[date]] = defaultdict(list)
        for day in sorted(day for each in wanted for days in each.days for day in days.each_day()):
            by_month[month_of(day)].append(day)
        return (Period(days[0], days[-1]) for days in by_month.values())

    def _between(self, partition: str, first: str, last: str) -> Iterator[Line]:
        for page in table.pages(
            self.dynamodb.query,
            TableName=self.table_name,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=table.to_item(
                {":pk": partition, ":first": f"{first}#", ":last": f"{last}#~"}
            ),
        ):
            for item in page:
                when, _, about = item["sk"]["S"].partition("#")
                yield Line(when, about, item)
