"""The use case of mail: look at every campaign that may move, and add what it moved by.

The ledger counts with every chunk; nothing is added to the sender's work. The difference to the
last look goes to the day it is seen on, together with the look itself or not at all.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from monitoring.domain.counting import day_of
from monitoring.domain.mail import Snapshot, figures_of
from monitoring.store.book import Book
from recado.figures.names import difference
from recado.ledger.engagement import EngagementBook
from recado.ledger.launches import Launched, Launches
from recado.ledger.states import State
from recado.ledger.store import Ledger

RECENT = timedelta(days=2)
"""How far back a campaign is looked for that began and ended between two looks."""


class Looked(NamedTuple):
    """How many campaigns were looked at and moved, and recipients whose outcome is unknown."""

    campaigns: int
    moved: int
    unknown: int


@dataclass(frozen=True)
class MailWatch:
    """Looks at campaigns."""

    book: Book
    launches: Launches
    ledger: Ledger
    engagement: EngagementBook
    zone: str

    def look(self, now: datetime) -> Looked:
        """Look at every campaign that may have moved since the last time."""
        active = set(self.launches.active())
        self._watch(active, now)
        going = {campaign.campaign_id for campaign in active}
        seen = [self._look_at(name, now, name in going) for name in self.book.watched()]
        return Looked(
            campaigns=len(seen),
            moved=sum(moved for moved, _ in seen),
            unknown=sum(unknown for _, unknown in seen),
        )

    def look_at(self, campaign_id: str, now: datetime) -> bool:
        """Add what one campaign moved by; whether it did, and nobody else added it meanwhile."""
        before = self.book.snapshot(campaign_id)
        return before is not None and self._moved(before, self.figures(campaign_id), now)

    def figures(self, campaign_id: str) -> dict[str, int]:
        """A campaign's counters as they are now."""
        return figures_of(self.ledger.counts(campaign_id), self.engagement.of(campaign_id))

    def _watch(self, active: set[Launched], now: datetime) -> None:
        last = now.astimezone(UTC).date()
        days = [last - timedelta(days=number) for number in range(RECENT.days + 1)]
        known = set(self.book.watched())
        for campaign in active | {each for day in days for each in self.launches.on(day)}:
            if campaign.campaign_id not in known:
                self.book.watch(campaign.campaign_id, campaign.lane, now)

    def _look_at(self, campaign_id: str, now: datetime, goes_on: bool) -> tuple[bool, int]:
        before = self.book.snapshot(campaign_id)
        if before is None:
            return False, 0
        figures = self.figures(campaign_id)
        moved = self._moved(before, figures, now)
        if not (moved or goes_on or before.watched_at(now)):
            self.book.unwatch(campaign_id)
        return moved, figures.get(State.UNKNOWN.counter, 0)

    def _moved(self, before: Snapshot, figures: dict[str, int], now: datetime) -> bool:
        moved = difference(before.figures, figures)
        if not moved:
            return False
        after = before.model_copy(
            update={"figures": figures, "version": before.version + 1, "moved_at": now}
        )
        return self.book.move(after, day_of(now, self.zone), moved)
