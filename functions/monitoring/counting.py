"""The use cases of facts: count what the bus brings, and what it lost.

Services list what they tell (`recado.outgoing`). Each list is read on from where it was read to, so
a fact that the bus lost is counted a quarter of an hour later at most, and nothing is read twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from monitoring.domain.counting import Entry, entry_of
from recado import ids
from recado.contracts import Event
from recado.figures.facts import COUNTED, LISTED_FOR
from recado.observability import logger
from recado.outgoing import Told, first_id

AT_ONCE = 100


class Counts(Protocol):
    """Where facts are counted (`monitoring.store.book`)."""

    def count(self, entries: Iterable[Entry], now: datetime) -> int: ...

    def uncounted(self, entries: Sequence[Entry]) -> list[Entry]: ...

    def read_to(self, source: str) -> str | None: ...

    def note_read_to(self, source: str, fact_id: str) -> None: ...


class Source(Protocol):
    """What a service told on a day, between two ids (`recado.outgoing`)."""

    def __call__(self, day: date, after: str, before: str) -> Iterable[Told]: ...


@dataclass(frozen=True)
class Reconciling:
    """Counts what services say they told, by the names of their tables.

    `lag` is how long a fact is left to the bus; whoever lists it has ended by then.
    """

    counts: Counts
    sources: dict[str, Source]
    zone: str
    lag: timedelta

    def catch_up(self, now: datetime, in_time: Callable[[], bool]) -> int:
        """Read every list on; returns how many facts had been lost."""
        return sum(self._catch_up(source, now, in_time) for source in self.sources)

    def of_day(self, day: date) -> list[Entry]:
        """All entries of an operator's day that the lists have; zones are less than a day apart."""
        found = [
            entry_of(_fact(told), self.zone)
            for source in self.sources.values()
            for nearby in (day - timedelta(days=1), day, day + timedelta(days=1))
            for told in source(nearby, "", "~")
        ]
        return [entry for entry in found if entry.day == day]

    def _catch_up(self, source: str, now: datetime, in_time: Callable[[], bool]) -> int:
        begin = self.counts.read_to(source) or first_id(now - LISTED_FOR)
        before, lost, waiting = first_id(now - self.lag), 0, []
        for day in _days(ids.made_at(begin), now):
            for told in self.sources[source](day, begin, before):
                waiting.append(told)
                if len(waiting) == AT_ONCE:
                    lost += self._take(source, waiting, now)
                    waiting = []
                    if not in_time():
                        return lost
        if waiting:
            lost += self._take(source, waiting, now)
        elif begin < before:
            self.counts.note_read_to(source, before)
        return lost

    def _take(self, source: str, told: list[Told], now: datetime) -> int:
        entries = [entry_of(_fact(each), self.zone) for each in told]
        missing = self.counts.uncounted(entries)
        if missing:
            logger.warning("the bus lost facts", source=source, number=len(missing))
        counted = self.counts.count(missing, now)
        self.counts.note_read_to(source, told[-1].id)
        return counted


def _fact(told: Told) -> Event:
    return COUNTED[told.detail_type].model_validate_json(told.detail)


def _days(begin: datetime, now: datetime) -> list[date]:
    first, last = begin.astimezone(UTC).date(), now.astimezone(UTC).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
