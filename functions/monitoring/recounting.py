"""The use case of a recount: the figures that are shown, against everything they were made from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from monitoring.counting import AT_ONCE, Reconciling
from monitoring.domain.comparing import Difference, differences, missing
from monitoring.domain.counting import Entry, entry_of, summed
from monitoring.domain.mail import by_lane
from monitoring.mail import MailWatch
from monitoring.sources import Sources
from monitoring.store.book import Book
from recado.errors import Rejected
from recado.figures.board import FiguresBoard
from recado.figures.facts import LISTED_FOR
from recado.figures.names import Service, total
from recado.figures.periods import Period, month_of, whole_month

_OF_FACTS = (Service.CHAT, Service.DESK, Service.OFFERS, Service.SIGNUP, Service.ASSISTANT)
_ONLY_TOLD = ("messages", "first_answers", "first_answer_ms")
"""What is told of a conversation and not in its head."""

Found = dict[tuple[date, Service], list[Difference]]
"""Differences of a service's figures on a day, or in the month that begins on it."""


@dataclass(frozen=True)
class Recount:
    """Compares, and mends."""

    sources: Sources
    reconciling: Reconciling
    book: Book
    board: FiguresBoard
    mail_watch: MailWatch
    zone: str

    def compare(self, period: Period, today: date) -> list[Difference]:
        """Every difference on a period's days, in its months, and of all campaigns.

        Raises:
            Rejected: the services do not list any more what they told when it began.
        """
        if period.first <= today - LISTED_FOR:
            raise Rejected(
                f"services list what they told for {LISTED_FOR.days} days: begin later",
                field="from",
            )
        days = [self._facts(period), self._mail(period), self._months(period)]
        found = [each for group in days for found in group.values() for each in found]
        return found + [each for campaign in self._campaigns() for each in campaign]

    def mend(self, period: Period, now: datetime) -> None:
        """Count what is missing, then put right what still differs.

        What happens meanwhile may be taken for missing: mend days that are over.
        """
        for entries in self._entries(period).values():
            for start in range(0, len(entries), AT_ONCE):
                self.book.count(self.book.uncounted(entries[start : start + AT_ONCE]), now)
        for campaign_id, lane in self.sources.campaigns():
            self.book.watch(campaign_id, lane, now)
            self.mail_watch.look_at(campaign_id, now)
        for (day, service), found in (self._facts(period) | self._mail(period)).items():
            if found:
                self.book.correct(day, service, missing(found))
        for (day, service), found in self._months(period).items():
            if found:
                self.book.correct_month(month_of(day), service, missing(found))

    # ─── what differs ──────────────────────────────────────────────────────────────────────────

    def _facts(self, period: Period) -> Found:
        counted = summed(each for day in self._entries(period).values() for each in day)
        shown = self.board.by_day(period)
        return {
            (day, service): differences(
                f"{day} {service}",
                shown.get(day, {}).get(service, {}),
                counted.get((day, service), {}),
            )
            for day in period.each_day()
            for service in _OF_FACTS
        }

    def _mail(self, period: Period) -> Found:
        """A day's mail against what the day added to each campaign."""
        counted: dict[date, dict[str, int]] = defaultdict(dict)
        for campaign_id, lane in self.sources.campaigns():
            for day, added in self.board.campaign_days(campaign_id).items():
                counted[day] = total([counted[day], by_lane(lane, added)])
        shown = self.board.by_day(period)
        return {
            (day, Service.MAIL): differences(
                f"{day} mail", shown.get(day, {}).get(Service.MAIL, {}), counted[day]
            )
            for day in period.each_day()
        }

    def _months(self, period: Period) -> Found:
        """Every whole month against its days."""
        found: Found = {}
        for month in sorted({month_of(day) for day in period.each_day()}):
            whole = whole_month(month)
            by_day = self.board.by_day(whole).values()
            (shown,) = self.board.of(whole)
            for service in Service:
                days = total(day.get(service, {}) for day in by_day)
                found[whole.first, service] = differences(
                    f"{month} {service}", shown[service], days
                )
        return found

    def _campaigns(self) -> Iterable[list[Difference]]:
        for campaign_id, _ in self.sources.campaigns():
            days = total(self.board.campaign_days(campaign_id).values())
            counted = total([self.sources.mail(campaign_id)])
            yield differences(f"campaign {campaign_id}", days, counted)

    # ─── what it is made from ──────────────────────────────────────────────────────────────────

    def _entries(self, period: Period) -> dict[date, list[Entry]]:
        """What happened on each day: told, but for what is read from where it is stored."""
        told = {
            each.identity: each
            for day in period.each_day()
            for each in self.reconciling.of_day(day)
        }
        stored = [entry_of(fact, self.zone) for fact in self.sources.tickets()]
        for fact in self.sources.chats():
            entry = entry_of(fact, self.zone)
            stored.append(_with_told(entry, told.get(entry.identity)))
        of_facts = [
            each for each in told.values() if not each.identity.startswith(("chat:", "ticket:"))
        ]
        by_day: dict[date, list[Entry]] = {day: [] for day in period.each_day()}
        for entry in [*stored, *of_facts]:
            if entry.day in by_day:
                by_day[entry.day].append(entry)
        return by_day


def _with_told(entry: Entry, told: Entry | None) -> Entry:
    if told is None:
        return entry
    also = {name: told.figures[name] for name in _ONLY_TOLD if name in told.figures}
    return Entry(entry.identity, entry.service, entry.day, {**entry.figures, **also})
