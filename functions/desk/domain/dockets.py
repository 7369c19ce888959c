"""What the desk keeps of a ticket beside the policy's own view of it, and of one that ended."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from desk.domain import sla
from desk.domain.sla import Calendar, Span
from desk.domain.tickets import Status, Ticket
from recado.model import Frozen, Identifier


class Docket(Frozen):
    """An open ticket with its times.

    `version` grows with every change that is stored; `told` is how many facts chat was told of it.
    `assigned_at` is the present owner's, `first_assigned_at` the first one's.
    """

    ticket: Ticket
    conversation_id: Identifier
    handover: int = Field(ge=1)
    version: int = Field(default=1, ge=1)
    told: int = Field(default=0, ge=0)
    assigned_at: datetime | None = None
    first_assigned_at: datetime | None = None
    first_reply_at: datetime | None = None
    call_back_at: datetime | None = None

    def with_ticket(self, ticket: Ticket, **times: datetime | None) -> "Docket":
        """The docket's next version."""
        return self.model_copy(update={"ticket": ticket, "version": self.version + 1, **times})

    def pauses(self, now: datetime) -> list[Span]:
        """When the SLA clock stands still: from the choice of a call-back to the first owner."""
        if self.call_back_at is None:
            return []
        return [(self.call_back_at, max(self.call_back_at, self.first_assigned_at or now))]

    def waited(self, calendar: Calendar, now: datetime) -> timedelta:
        """The wait for the first owner on the SLA clock, so far or in all."""
        end = self.first_assigned_at or now
        return sla.elapsed(calendar, self.ticket.created_at, end, self.pauses(now))

    def unanswered(self, calendar: Calendar, now: datetime) -> timedelta:
        """The wait for the first reply on the SLA clock, so far or in all."""
        end = self.first_reply_at or now
        return sla.elapsed(calendar, self.ticket.created_at, end, self.pauses(now))


class Record(Frozen):
    """A ticket that ended. The waits are on the SLA clock, `None` where it never came to that.

    `server_id` is where it was served or waited last, `in_time` whether the wait kept to the rules'
    `answer_within`.
    """

    ticket_id: str
    kind: str
    status: Status
    outcome: str | None
    attendant_id: str | None
    created_at: datetime
    ended_at: datetime
    first_assigned_at: datetime | None
    first_reply_at: datetime | None
    waited: timedelta | None
    first_reply_after: timedelta | None
    requeues: int
    moves: int
    server_id: str | None = None
    in_time: bool | None = None


def recorded(
    docket: Docket, ended: Ticket, calendar: Calendar, now: datetime, answer_within: timedelta
) -> Record:
    """The final record of a ticket that ends as `ended`."""
    served, answered = docket.first_assigned_at, docket.first_reply_at
    waited = docket.waited(calendar, now) if served else None
    return Record(
        ticket_id=ended.id,
        kind=ended.kind,
        status=ended.status,
        outcome=ended.outcome,
        attendant_id=docket.ticket.owner,
        created_at=ended.created_at,
        ended_at=now,
        first_assigned_at=served,
        first_reply_at=answered,
        waited=waited,
        first_reply_after=docket.unanswered(calendar, now) if answered else None,
        requeues=ended.requeues,
        moves=ended.moves,
        server_id=docket.ticket.server_id,
        in_time=waited <= answer_within if waited is not None else None,
    )


class Author(StrEnum):
    """Who wrote an entry; a note is from one attendant to the next and never sent."""

    CUSTOMER = "customer"
    ATTENDANT = "attendant"
    NOTE = "note"


class Entry(Frozen):
    """A line of a ticket since it came to the desk; `number` counts from 1 in the desk's order."""

    number: int = Field(ge=1)
    author: Author
    text: str
    at: datetime
    attendant_id: str | None = None
    message_id: str | None = None


class Turn(Frozen):
    """One attendant's time with a ticket; `released_at` is `None` while it lasts."""

    token: int
    attendant_id: str
    server_id: str
    assigned_at: datetime
    released_at: datetime | None = None
    reason: str | None = None


class Papers(Frozen):
    """How far a ticket's papers go: chat's facts applied, entries written, where to call back."""

    heard: int = Field(default=0, ge=0)
    entries: int = Field(default=0, ge=0)
    phone: str | None = None
