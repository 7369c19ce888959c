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


class Sight(NamedTuple):
    """One campaign: as it was last looked at, whether it moved since, its unknown outcomes."""

    before: Snapshot | None
    moved: bool
    unknown: int

    def is_still(self, now: datetime) -> bool:
        """Whether nothing moved for so long that nothing will."""
        return not self.moved and (self.before is None or not self.before.watched_at(now))


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
        seen = {name: self.look_at(name, now) for name in self.book.watched()}
        for name, sight in seen.items():
            if name not in going and sight.is_still(now):
                self.book.unwatch(name)
        return Looked(
            campaigns=len(seen),
            moved=sum(sight.moved for sight in seen.values()),
            unknown=sum(sight.unknown for sight in seen.values()),
        )

    def look_at(self, campaign_id: str, now: datetime) -> Sight:
        """Look at one campaign, and add what it moved by unless somebody else did."""
        before = self.book.snapshot(campaign_id)
        if before is None:
            return Sight(None, moved=False, unknown=0)
        figures = self.figures(campaign_id)
        unknown = figures.get(State.UNKNOWN.counter, 0)
        return Sight(before, moved=self._moved(before, figures, now), unknown=unknown)

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

    def _moved(self, before: Snapshot, figures: dict[str, int], now: datetime) -> bool:
        moved = difference(before.figures, figures)
        if not moved:
            return False
        after = before.model_copy(
            update={"figures": figures, "version": before.version + 1, "moved_at": now}
        )
        return self.book.move(after, day_of(now, self.zone), moved)
