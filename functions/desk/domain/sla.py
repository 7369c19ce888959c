"""The SLA clock: time runs only in business hours, outside holidays and pauses."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from recado.errors import Rejected
from recado.model import Frozen

Span = tuple[datetime, datetime]
"""From a moment to a later one, both with a time zone."""

HORIZON = timedelta(days=366)
"""How far ahead a deadline is looked for."""


class Hours(Frozen):
    """Open from `opens` to `closes`, local time; a `closes` of midnight is the day's end."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.closes != time.min and self.opens >= self.closes:
            raise ValueError("`opens` must be before `closes`: split what passes midnight")
        return self


class Calendar(Frozen):
    """When a desk works.

    `week` has the hours of each weekday, 0 is Monday; a day left out is closed. `holidays` are
    closed all day. The hours of a day must not overlap.
    """

    zone: str
    week: dict[int, tuple[Hours, ...]]
    holidays: frozenset[date] = Field(default_factory=frozenset)

    @model_validator(mode="after")
    def _hours_are_apart(self) -> Self:
        for day, hours in self.week.items():
            if day not in range(7):
                raise ValueError(f"weekday {day}: use 0 (Monday) to 6 (Sunday)")
            ordered = sorted(hours, key=lambda each: each.opens)
            for first, second in pairwise(ordered):
                if first.closes == time.min or second.opens < first.closes:
                    raise ValueError(f"the hours of weekday {day} overlap")
        return self


def elapsed(
    calendar: Calendar, start: datetime, end: datetime, pauses: Iterable[Span] = ()
) -> timedelta:
    """The time on the clock between two moments; zero if `end` is not after `start`."""
    return sum(
        (last - first for first, last in _running(calendar, start, end, pauses)), timedelta()
    )


def due(
    calendar: Calendar, start: datetime, target: timedelta, pauses: Iterable[Span] = ()
) -> datetime:
    """The first moment (UTC) at which `target` is on the clock.

    Raises:
        Rejected: the calendar has not that much time within a year.
    """
    left = target
    if left <= timedelta():
        return start.astimezone(UTC)
    for first, last in _running(calendar, start, start + HORIZON, pauses):
        if last - first >= left:
            return first + left
        left -= last - first
    raise Rejected(
        f"the calendar has no {target} of business hours in a year: open more hours", field="week"
    )


def _running(
    calendar: Calendar, start: datetime, end: datetime, pauses: Iterable[Span]
) -> Iterator[Span]:
    """The spans (UTC, in order, apart) in which the clock runs between two moments."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    stopped = sorted((first.astimezone(UTC), last.astimezone(UTC)) for first, last in pauses)
    for opens, closes in _open(calendar, start, end):
        yield from _minus((max(opens, start), min(closes, end)), stopped)


def _open(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Span]:
    zone = ZoneInfo(calendar.zone)
    day, last_day = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last_day:
        if day not in calendar.holidays:
            for hours in sorted(calendar.week.get(day.weekday(), ()), key=lambda each: each.opens):
                closing_day = day if hours.closes != time.min else day + timedelta(days=1)
                opens = datetime.combine(day, hours.opens, zone).astimezone(UTC)
                closes = datetime.combine(closing_day, hours.closes, zone).astimezone(UTC)
                yield opens, closes
        day += timedelta(days=1)


def _minus(span: Span, stopped: Sequence[Span]) -> Iterator[Span]:
    begins, ends = span
    for first, last in stopped:
        if first > begins:
            yield from _if_any(begins, min(first, ends))
        begins = max(begins, last)
    yield from _if_any(begins, ends)


def _if_any(begins: datetime, ends: datetime) -> Iterator[Span]:
    if begins < ends:
        yield begins, ends
