"""What a decision changes in the store: one ticket at a time, each step all or nothing.

A step never holds more than one ticket, one attendant and one server, however many an event
touches; so a crash between two steps leaves tickets that are still owned by somebody who is gone,
which the next sweep finds, and nothing half done.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desk.domain import events as on
from desk.domain import tickets
from desk.domain.desk import Desk
from desk.domain.dockets import Docket, Record, recorded
from desk.domain.events import Fact
from desk.domain.floor import Floor
from desk.domain.kinds import Stage
from desk.domain.supervisor import Reason
from desk.domain.tickets import Ticket
from recado.contracts import Event
from recado.conversation import (
    AttendantReplied,
    HandoffRequested,
    TicketAssigned,
    TicketClosed,
    TicketEnded,
    TicketQueued,
    TicketRefused,
    TicketRequeued,
)


@dataclass(frozen=True)
class Claim:
    """An attendant gets the ticket: they must have room, be there and know its kind."""

    attendant_id: str
    server_id: str
    kind: str
    token: int
    at: datetime


@dataclass(frozen=True)
class Release:
    """An attendant has the ticket no more. `only_if_gone`: their lease must have ended by `at`.

    `silenced`: they get nothing new until they sign in again.
    """

    attendant_id: str
    server_id: str
    token: int
    at: datetime
    reason: str
    only_if_gone: bool = False
    silenced: bool = False

    @property
    def by_themselves(self) -> bool:
        """Whether the attendant gave it away."""
        return self.reason in {"closed", Reason.TRANSFERRED, Reason.SIGNED_OUT}


@dataclass(frozen=True)
class Renewal:
    """An attendant showed a sign of life; they must be signed in."""

    attendant_id: str
    until: datetime


@dataclass(frozen=True)
class Step:
    """One ticket's change. `before` None: it is new; `after` None: it left the desk."""

    before: Docket | None
    after: Docket | None
    at: datetime
    claim: Claim | None = None
    release: Release | None = None
    renewal: Renewal | None = None
    record: Record | None = None
    tells: tuple[Event, ...] = ()


def arrived(
    floor: Floor, desk: Desk, facts: Iterable[Fact], request: HandoffRequested, now: datetime
) -> Step:
    """The step of a request that was admitted or refused."""
    address = _address(request, 1, now)
    for fact in facts:
        if isinstance(fact, on.Admitted) and fact.stage is not Stage.REFUSE:
            docket = Docket(
                ticket=desk.tickets[fact.ticket_id],
                conversation_id=request.conversation_id,
                handover=request.handover,
                told=1,
            )
            ahead = floor.ahead(docket)
            wait = floor.wait(docket.ticket.kind, ahead, now)
            offer: Any = fact.stage.value
            queued = TicketQueued(stage=offer, ahead=ahead, wait=wait, **address)
            return Step(None, docket, now, tells=(queued,))
    return Step(None, None, now, tells=(TicketRefused(kind=request.packet.kind, **address),))


def steps(floor: Floor, desk: Desk, facts: Iterable[Fact], now: datetime) -> list[Step]:
    """The steps by which `floor` becomes `desk`, for tickets that stay open, in their order."""
    made: dict[str, Step] = {}
    for fact in facts:
        match fact:
            case on.Moved():
                docket = floor.dockets[fact.ticket_id]
                moved = docket.with_ticket(desk.tickets[fact.ticket_id])
                made[fact.ticket_id] = Step(docket, moved, now)
            case on.Assigned():
                made.pop(fact.ticket_id, None)
                made[fact.ticket_id] = _given(floor, desk, fact, now)
            case on.Requeued():
                made[fact.ticket_id] = _taken(floor, desk, fact, now)
    return list(made.values())


def _given(floor: Floor, desk: Desk, fact: on.Assigned, now: datetime) -> Step:
    docket, ticket = floor.dockets[fact.ticket_id], desk.tickets[fact.ticket_id]
    after = docket.with_ticket(
        ticket, assigned_at=now, first_assigned_at=docket.first_assigned_at or now
    )
    after, number = _telling(after)
    told = TicketAssigned(
        attendant_id=fact.attendant_id,
        attendant_name=floor.names.get(fact.attendant_id, fact.attendant_id),
        server_id=fact.server_id,
        token=fact.token,
        **_address(docket, number, now),
    )
    claim = Claim(fact.attendant_id, fact.server_id, ticket.kind, fact.token, now)
    return Step(docket, after, now, claim=claim, tells=(told,))


def _taken(floor: Floor, desk: Desk, fact: on.Requeued, now: datetime) -> Step:
    docket = floor.dockets[fact.ticket_id]
    after, number = _telling(docket.with_ticket(desk.tickets[fact.ticket_id], assigned_at=None))
    told = TicketRequeued(
        token=docket.ticket.token,
        reason=fact.reason,
        **_address(docket, number, now),
    )
    release = _released(
        docket.ticket,
        now,
        fact.reason,
        only_if_gone=fact.reason is Reason.LEASE_EXPIRED,
        silenced=fact.reason is Reason.NO_FIRST_REPLY,
    )
    return Step(docket, after, now, release=release, tells=(told,))


def called_back(floor: Floor, desk: Desk, event: on.ChoseCallBack) -> Step:
    """The step of a customer who would rather be called."""
    docket = floor.dockets[event.ticket_id]
    after = docket.with_ticket(desk.tickets[event.ticket_id], call_back_at=event.at)
    return Step(docket, after, event.at)


def left(floor: Floor, event: on.ChoseBot | on.GaveUp) -> Step:
    """The step of a customer who wants nobody any more."""
    docket = floor.dockets[event.ticket_id]
    to_bot = isinstance(event, on.ChoseBot)
    ended = (tickets.deflected if to_bot else tickets.abandoned)(docket.ticket)
    record = _record(floor, docket, ended, event.at)
    return Step(
        docket,
        None,
        event.at,
        release=_released(docket.ticket, event.at, "bot" if to_bot else "left"),
        record=record,
        tells=(_ended(record),),
    )


def replied(floor: Floor, desk: Desk, event: on.Replied, message_id: str, text: str) -> Step:
    """The step of an owner's reply."""
    docket = floor.dockets[event.ticket_id]
    ticket = desk.tickets[event.ticket_id]
    after, number = _telling(
        docket.with_ticket(ticket, first_reply_at=docket.first_reply_at or event.at)
    )
    told = AttendantReplied(
        attendant_id=event.attendant_id,
        token=event.token,
        message_id=message_id,
        text=text,
        **_address(docket, number, event.at),
    )
    renewal = Renewal(event.attendant_id, event.at + desk.rules.lease)
    return Step(docket, after, event.at, renewal=renewal, tells=(told,))


def closed(floor: Floor, event: on.Closed, heard: int) -> Step:
    """The step of an owner who ends a ticket, with chat's facts applied up to `heard`."""
    docket = floor.dockets[event.ticket_id]
    ticket = docket.ticket
    ended = tickets.closed(ticket, event.attendant_id, event.token, event.outcome)
    told = TicketClosed(
        kind=ticket.kind,
        attendant_id=event.attendant_id,
        outcome=event.outcome,
        waited=_between(ticket.created_at, docket.first_assigned_at),
        handled=_between(docket.assigned_at, event.at),
        heard=heard,
        **_address(docket, docket.told + 1, event.at),
    )
    record = _record(floor, docket, ended, event.at)
    return Step(
        docket,
        None,
        event.at,
        release=_released(ticket, event.at, "closed"),
        record=record,
        tells=(told, _ended(record)),
    )


def _record(floor: Floor, docket: Docket, ended: Ticket, now: datetime) -> Record:
    return recorded(docket, ended, floor.calendar, now, floor.desk.rules.answer_within)


def _ended(record: Record) -> TicketEnded:
    kept = set(TicketEnded.model_fields)
    return TicketEnded.model_validate(record.model_dump(include=kept))


def _released(
    ticket: Ticket,
    now: datetime,
    reason: str,
    *,
    only_if_gone: bool = False,
    silenced: bool = False,
) -> Release | None:
    if ticket.owner is None or ticket.server_id is None:
        return None
    return Release(
        ticket.owner, ticket.server_id, ticket.token, now, reason, only_if_gone, silenced
    )


def _address(of: Docket | HandoffRequested, number: int, now: datetime) -> dict[str, Any]:
    return {
        "conversation_id": of.conversation_id,
        "handover": of.handover,
        "number": number,
        "at": now,
    }


def _telling(docket: Docket) -> tuple[Docket, int]:
    """The docket with one more fact told, and that fact's number."""
    number = docket.told + 1
    return docket.model_copy(update={"told": number}), number


def _between(start: datetime | None, end: datetime | None) -> timedelta:
    return max(timedelta(), end - start) if start and end else timedelta()
