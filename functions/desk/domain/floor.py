"""The desk as it is stored: the policy's view, with what the policy does not ask about."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import Field

from desk.domain.desk import Desk
from desk.domain.dockets import Docket
from desk.domain.sla import Calendar
from desk.domain.tickets import Status
from recado.model import Frozen

USUAL_HANDLING = timedelta(minutes=5)
"""What a ticket is taken to need before any was closed; it weighs as much as five of them."""
_WEIGHT = 5


class Handling(Frozen):
    """How many tickets of a kind were closed, and how long their last owners had them in all."""

    tickets: int = Field(default=0, ge=0)
    seconds: float = Field(default=0, ge=0)

    @property
    def mean(self) -> timedelta:
        """The time one ticket takes."""
        usual = USUAL_HANDLING.total_seconds()
        return timedelta(seconds=(usual * _WEIGHT + self.seconds) / (_WEIGHT + self.tickets))


@dataclass(frozen=True)
class Floor:
    """Everything that is open: the desk, each ticket's docket, and the attendants' names."""

    desk: Desk
    dockets: dict[str, Docket]
    names: dict[str, str]
    handling: dict[str, Handling]
    calendar: Calendar

    def after(self, desk: Desk, changed: Iterable[Docket]) -> "Floor":
        """The floor once the desk is `desk`, with the dockets that this changed."""
        dockets = self.dockets | {docket.ticket.id: docket for docket in changed}
        return replace(self, desk=desk, dockets=dockets)

    def ahead(self, docket: Docket) -> int:
        """How many older tickets of its kind wait."""
        return sum(
            each.kind == docket.ticket.kind and each.age < docket.ticket.age
            for each in self.desk.waiting()
        )

    def wait(self, kind: str, ahead: int, now: datetime) -> timedelta | None:
        """How long a request of `kind` behind `ahead` others may wait; `None` if nobody is there.

        With all places taken, one falls free every mean handling time divided by their number.
        """
        able = [
            each
            for each in self.desk.attendants.values()
            if kind in each.skills and each.available and each.is_live(now)
        ]
        places = sum(each.capacity for each in able)
        if not places:
            return None
        free = sum(
            max(0, each.capacity - each.load)
            for each in able
            if self.desk.servers[each.server_id].has_room()
        )
        if ahead < free:
            return timedelta()
        return self.handling.get(kind, Handling()).mean * (ahead - free + 1) / places

    def owned_by(self, attendant_id: str) -> list[Docket]:
        """An attendant's tickets, oldest first."""
        return [self.dockets[each.id] for each in self.desk.owned_by(attendant_id)]

    def waiting(self, kind: str) -> list[Docket]:
        """The tickets of a kind without an owner, oldest first."""
        found = (
            each
            for each in self.dockets.values()
            if each.ticket.status is Status.WAITING and each.ticket.kind == kind
        )
        return sorted(found, key=lambda each: each.ticket.age)
