"""Attendants: what they can do, how much at once, and whether they are there."""

from datetime import datetime

from pydantic import Field

from desk.domain.rules import Rules
from recado.errors import Conflict
from recado.model import Frozen


class Attendant(Frozen):
    """A person at the desk.

    `skills` are kinds of request; `load` of at most `capacity` tickets are theirs at once.
    `lease_until` is None when signed out; each sign of life moves it. `available` turns false when
    a first reply was missed, and true again when they sign in. `idle_since` is when they last
    signed in or were given work.
    """

    id: str
    server_id: str
    skills: frozenset[str]
    capacity: int = Field(default=1, ge=1)
    load: int = Field(default=0, ge=0)
    lease_until: datetime | None = None
    available: bool = True
    idle_since: datetime | None = None

    def is_signed_in(self) -> bool:
        """Whether they signed in and did not sign out, however long ago."""
        return self.lease_until is not None

    def is_live(self, now: datetime) -> bool:
        """Whether they showed a sign of life within the lease."""
        return self.lease_until is not None and now < self.lease_until

    def is_gone(self, now: datetime) -> bool:
        """Whether they signed in and then fell silent for longer than the lease."""
        return self.lease_until is not None and now >= self.lease_until

    def has_room(self, now: datetime) -> bool:
        """Whether they can be given one more ticket."""
        return self.load < self.capacity and self.available and self.is_live(now)


def signed_in(attendant: Attendant, rules: Rules, now: datetime) -> Attendant:
    """The attendant present and available; what they still own stays theirs."""
    return attendant.model_copy(
        update={"lease_until": now + rules.lease, "available": True, "idle_since": now}
    )


def renewed(attendant: Attendant, rules: Rules, now: datetime) -> Attendant:
    """The attendant after a sign of life.

    Raises:
        Conflict: they are signed out.
    """
    if not attendant.is_signed_in():
        raise Conflict(f"attendant {attendant.id} is signed out: sign in first")
    return attendant.model_copy(update={"lease_until": now + rules.lease})


def signed_out(attendant: Attendant) -> Attendant:
    """The attendant after they left; their tickets have to be requeued."""
    return attendant.model_copy(update={"lease_until": None})


def silent(attendant: Attendant) -> Attendant:
    """The attendant after a missed first reply: nothing new until they sign in again."""
    return attendant.model_copy(update={"available": False})


def given(attendant: Attendant, now: datetime) -> Attendant:
    """The attendant with one ticket more.

    Raises:
        Conflict: they are at their cap.
    """
    if attendant.load >= attendant.capacity:
        raise Conflict(f"attendant {attendant.id} already has {attendant.capacity} tickets")
    return attendant.model_copy(update={"load": attendant.load + 1, "idle_since": now})


def relieved(attendant: Attendant) -> Attendant:
    """The attendant with one ticket less."""
    return attendant.model_copy(update={"load": attendant.load - 1})
