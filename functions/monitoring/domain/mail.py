"""What a campaign's mail adds to the figures: the difference between two looks at its counters."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import Field

from recado.figures.names import Figures, part, total
from recado.ledger.reach import Engagement, Kind
from recado.ledger.states import State
from recado.model import Frozen, Lane

WATCHED_FOR = timedelta(days=14)
"""How long a campaign is looked at after anything last moved; bounces and opens come late."""


class Snapshot(Frozen):
    """A campaign as it was last looked at; `version` grows with every change."""

    campaign_id: str
    lane: Lane
    figures: dict[str, int] = Field(default_factory=dict)
    version: int = 0
    moved_at: datetime

    def watched_at(self, now: datetime) -> bool:
        """Whether it may still move."""
        return now < self.moved_at + WATCHED_FOR


def figures_of(counts: dict[str, int], engagement: Iterable[Engagement]) -> dict[str, int]:
    """A campaign's counters: recipients by state, and people by what they did."""
    states = {state.counter: counts.get(state.counter, 0) for state in State}
    reached = ({kind.value: getattr(each, kind.value) for kind in Kind} for each in engagement)
    return total([states, *reached])


def by_lane(lane: Lane, figures: Figures) -> dict[str, int]:
    """A campaign's counters as they go into the figures of mail: in all, and by lane."""
    return total([figures, {part("lane", lane, name): number for name, number in figures.items()}])
