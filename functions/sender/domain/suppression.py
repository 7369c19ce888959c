"""Why an address is not written to, and in which lanes.

An address may have several reasons at once; withdrawing one leaves the others as they are. Only a
person's own opt-out can be withdrawn by that person: what SES reported, staff have to lift.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from recado.model import Frozen, Lane


class Reason(StrEnum):
    """Why; the first of several is the one that is told."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    STAFF = "staff"
    OPT_OUT = "opt_out"
    SOFT_BOUNCES = "soft_bounces"

    @property
    def lanes(self) -> frozenset[Lane]:
        """What it stops: an opt-out never stops an invoice, a hard bounce stops everything."""
        return _LANES[self]


_LANES = {
    Reason.HARD_BOUNCE: frozenset(Lane),
    Reason.COMPLAINT: frozenset({Lane.MARKETING, Lane.BILLING}),
    Reason.STAFF: frozenset({Lane.MARKETING}),
    Reason.OPT_OUT: frozenset({Lane.MARKETING}),
    Reason.SOFT_BOUNCES: frozenset({Lane.MARKETING}),
}


class Suppression(Frozen):
    """One reason for one address, in lower case; `source` says who told us."""

    email: str
    reason: Reason
    lanes: frozenset[Lane]
    detail: str
    source: str


class Entry(Frozen):
    """A suppression as it is kept."""

    reason: Reason
    lanes: tuple[Lane, ...]
    detail: str
    source: str
    at: datetime


def told(entries: Iterable[Entry], lane: Lane) -> str | None:
    """What to say of an address that is not written to in a lane; `None` if it may be."""
    stopping = [entry for entry in entries if lane in entry.lanes]
    weightiest = min(stopping, key=lambda entry: list(Reason).index(entry.reason), default=None)
    return weightiest.detail if weightiest else None


@dataclass(frozen=True)
class SoftBounceRule:
    """So many days with a transient bounce within a window of days stop marketing.

    Mailbox providers take repeated deferrals of one sender as a sign of a bad list; the numbers
    are settings (SOFT_BOUNCES, SOFT_BOUNCE_DAYS).
    """

    bounces: int = 3
    window_days: int = 30

    def stale(self, days: Collection[str], today: str) -> set[str]:
        """Days (ISO dates) that do not count any more."""
        first = date.fromisoformat(today) - timedelta(days=self.window_days - 1)
        return {day for day in days if date.fromisoformat(day) < first}

    def suppression(self, email: str, days: Collection[str]) -> Suppression | None:
        """What so many days lead to; `days` are without the stale ones."""
        if len(days) < self.bounces:
            return None
        return Suppression(
            email=email,
            reason=Reason.SOFT_BOUNCES,
            lanes=Reason.SOFT_BOUNCES.lanes,
            detail=f"bounce: Transient on {len(days)} days within {self.window_days}",
            source="ses",
        )


def opted_out(email: str) -> Suppression:
    """A person's own wish to get no marketing."""
    return Suppression(
        email=email.lower(),
        reason=Reason.OPT_OUT,
        lanes=Reason.OPT_OUT.lanes,
        detail="opted out of marketing",
        source="recipient",
    )
