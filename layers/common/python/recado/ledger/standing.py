"""Where a campaign stands: its status and how many recipients are in each state."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from recado.ledger.states import State
from recado.model import Frozen


class Status(StrEnum):
    """Where a launched campaign stands.

    `completed`: every recipient is terminal and nobody FAILED or was HELD. `partial`: every
    recipient is terminal, but some FAILED or were HELD; a retry takes up exactly the failed ones.
    """

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    PARTIAL = "partial"

    @property
    def over(self) -> bool:
        """Whether nothing moves any more unless staff ask for it."""
        return self in {Status.CANCELLED, Status.COMPLETED, Status.PARTIAL}


class Progress(Frozen):
    """A campaign's status and its recipients by state; `total` grows while planning.

    `variants`: how many recipients were planned to get each variant of an experiment.
    `accepted_before` holds the counts at the last resume: what staff have seen and accepted.
    At `wakes_at` quiet hours end in the zone `wakes_in`, for chunks that wait for it.
    """

    status: Status
    reason: str = ""
    plan_done: bool
    total: int
    counts: dict[str, int]
    variants: dict[str, int] = Field(default_factory=dict)
    accepted_before: dict[str, int] = Field(default_factory=dict)
    wakes_at: datetime | None = None
    wakes_in: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def open(self) -> int:
        """Recipients that are not in a terminal state."""
        return sum(self.counts.get(state.counter, 0) for state in State if not state.terminal)
