"""Periods: whole days, and the months and days whose figures make them up."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from recado.errors import Rejected

LONGEST = 3 * 366
"""Days of a period; a longer one is asked for in parts."""

_WRITTEN_OUT = re.compile(r"2\d{3}-\d{2}-\d{2}")


def written_out(day: object) -> object:
    """A day as staff write it, such as `2026-11-22`; pydantic would take a number for one as well.

    Raises:
        ValueError: it is written otherwise, or before the year 2000.
    """
    if isinstance(day, str) and not _WRITTEN_OUT.fullmatch(day):
        raise ValueError("write a day since 2000 as YYYY-MM-DD")
    return day


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, first: date, last: date) -> "Period":
        """A period that staff ask for.

        Raises:
            Rejected: it ends before it begins, or is longer than `LONGEST`.
        """
        if last < first:
            raise Rejected(f"the period ends before {first}: give a later day", field="to")
        if (last - first).days >= LONGEST:
            raise Rejected(f"a period has at most {LONGEST} days: ask for less", field="from")
        return cls(first, last)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def previous(self) -> "Period":
        """The period of the same length right before."""
        length = timedelta(days=self.days)
        return Period(self.first - length, self.last - length)

    def each_day(self) -> Iterator[date]:
        """Its days, in order."""
        return (self.first + timedelta(days=number) for number in range(self.days))


@dataclass(frozen=True)
class Pieces:
    """What a period is made of: whole months in a row, and days before and after them."""

    months: tuple[str, str] | None
    """The first and the last month, such as `2026-01`; `None` without a whole one."""
    days: tuple[Period, ...]

    def hold(self, when: str) -> bool:
        """Whether they have a day or a month, written as `2026-11-22` or `2026-11`."""
        if len(when) == len("2026-11"):
            return self.months is not None and self.months[0] <= when <= self.months[1]
        return any(f"{days.first}" <= when <= f"{days.last}" for days in self.days)


def pieces(period: Period) -> Pieces:
    """The fewest items that have the figures of a period."""
    first = _month_begin(period.first)
    if first < period.first:
        first = _next_month(first)
    end = _month_begin(period.last + timedelta(days=1))
    if first >= end:
        return Pieces(None, (period,))
    last_month = _month_begin(end - timedelta(days=1))
    edges = []
    if period.first < first:
        edges.append(Period(period.first, first - timedelta(days=1)))
    if end <= period.last:
        edges.append(Period(end, period.last))
    return Pieces((month_of(first), month_of(last_month)), tuple(edges))


def month_of(day: date) -> str:
    """The month of a day, as `2026-10`."""
    return day.isoformat()[:7]


def whole_month(month: str) -> Period:
    """The days of a month, given as `2026-10`."""
    first = date.fromisoformat(f"{month}-01")
    return Period(first, first.replace(day=monthrange(first.year, first.month)[1]))


def _month_begin(day: date) -> date:
    return day.replace(day=1)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
