"""A campaign's life, and what staff may do to it at each point."""

from datetime import datetime, timedelta

from recado.contracts import Control
from recado.errors import Conflict
from recado.ledger.standing import Progress, Status
from recado.ledger.states import State
from recado.model import Frozen, Lane


class Campaign(Frozen):
    """A campaign under way: its status and how far its audience is planned.

    `planned_pages` pages are frozen and their chunks stand in the ledger; the chunks of the first
    `enqueued_pages` of them are known to be on the queue. `open_seen` and `open_seen_at` remember
    how many recipients were open when the schedule last saw that number change. `announced`: the
    bus has taken the news of its end. At `wakes_at` quiet hours end for some of its chunks.
    """

    id: str
    lane: Lane
    status: Status
    starts_at: datetime
    planned_pages: int = 0
    planned_chunks: int = 0
    enqueued_pages: int = 0
    cursor: str | None = None
    plan_done: bool = False
    open_seen: int = -1
    open_seen_at: datetime | None = None
    ended_at: datetime | None = None
    announced: bool = False
    wakes_at: datetime | None = None
    correlation_id: str | None = None

    @property
    def checkpoint(self) -> tuple[int, int]:
        """How far planning is; it changes with every step that is worth waiting for."""
        return self.planned_pages, self.enqueued_pages


_ALLOWED = {
    Control.PAUSE: {Status.RUNNING, Status.SCHEDULED},
    Control.RESUME: {Status.PAUSED},
    Control.CANCEL: {Status.RUNNING, Status.SCHEDULED, Status.PAUSED},
    Control.RETRY_FAILED: {Status.PARTIAL},
}


def after(control: Control, campaign: Campaign, now: datetime) -> Status:
    """The status an order leads to.

    Raises:
        Conflict: the order makes no sense in the campaign's present status.
    """
    if campaign.status not in _ALLOWED[control]:
        allowed = " or ".join(sorted(_ALLOWED[control]))
        raise Conflict(
            f"{control} needs a campaign that is {allowed}; this one is {campaign.status}"
        )
    match control:
        case Control.PAUSE:
            return Status.PAUSED
        case Control.CANCEL:
            return Status.CANCELLED
        case Control.RESUME | Control.RETRY_FAILED:
            return Status.SCHEDULED if campaign.starts_at > now else Status.RUNNING


def outcome(progress: Progress) -> Status | None:
    """How a campaign ended, or `None` while something is still open."""
    if not progress.plan_done or progress.open:
        return None
    unsent = progress.counts[State.FAILED.counter] + progress.counts[State.HELD.counter]
    return Status.PARTIAL if unsent else Status.COMPLETED


RESTORED = (
    "restored from a backup: what was sent after the snapshot is not in it; compare with SES's"
    " events, then resume or cancel"
)


def too_late(wanted_at: datetime, now: datetime, stale: timedelta) -> str:
    """Why a campaign that should have begun at `wanted_at` needs a new word of staff; or nothing.

    Mail that is late by more than `stale` may be wrong by now: a bill that was paid, an offer over.
    """
    if now - wanted_at <= stale:
        return ""
    hours = int((now - wanted_at) / timedelta(hours=1))
    return (
        f"it should have begun at {wanted_at:%Y-%m-%d %H:%M} UTC, {hours} hours before anything"
        " could begin it: resume it if the mail is still right, or cancel it"
    )
