"""The whole desk as one value, and what each event changes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self, TypeVar

from desk.domain import attendants as people
from desk.domain import events as on
from desk.domain import servers as groups
from desk.domain import supervisor, tickets
from desk.domain.assignment import Assignment, drain
from desk.domain.attendants import Attendant
from desk.domain.events import Event, Fact
from desk.domain.kinds import Kind, Stage, stage
from desk.domain.rules import Rules
from desk.domain.servers import Server
from desk.domain.supervisor import Reason
from desk.domain.tickets import Status, Ticket
from recado.errors import Conflict, NotFound

_Thing = TypeVar("_Thing", Kind, Ticket, Attendant, Server)


@dataclass(frozen=True)
class Desk:
    """Kinds, servers, attendants and open tickets by id; the mappings are never changed in place.

    Tickets that ended are no longer in it. (A dataclass, since it is copied with every change and
    pydantic's copies take ten times as long.)
    """

    rules: Rules
    kinds: dict[str, Kind]
    servers: dict[str, Server]
    attendants: dict[str, Attendant]
    tickets: dict[str, Ticket]

    @classmethod
    def opened(
        cls,
        rules: Rules,
        kinds: Iterable[Kind],
        servers: Iterable[Server],
        attendants: Iterable[Attendant],
    ) -> Self:
        """A desk without tickets."""
        return cls(
            rules=rules,
            kinds={each.id: each for each in kinds},
            servers={each.id: each for each in servers},
            attendants={each.id: each for each in attendants},
            tickets={},
        )

    def waiting(self) -> list[Ticket]:
        """The tickets without an owner, in the order they came."""
        return [each for each in self.tickets.values() if each.status is Status.WAITING]

    def owned_by(self, attendant_id: str) -> list[Ticket]:
        """An attendant's tickets, oldest first."""
        mine = (each for each in self.tickets.values() if each.owner == attendant_id)
        return sorted(mine, key=lambda each: each.age)


def after(desk: Desk, event: Event) -> tuple[Desk, tuple[Fact, ...]]:
    """The desk after an event and everything it leads to, and the facts in their order.

    Raises:
        Conflict: the event is refused (an old token, a ticket that ended, an attendant who is
            signed out); the desk stays as it was.
        NotFound: it names nothing the desk has.
    """
    changed, facts = received(desk, event)
    if not unsettles(desk, event):
        return changed, facts
    changed, consequences = settled(changed, event.at)
    return changed, facts + consequences


def received(desk: Desk, event: Event) -> tuple[Desk, tuple[Fact, ...]]:
    """The desk after an event alone, before it is `settled`; raises as `after` does."""
    facts: tuple[Fact, ...] = ()
    match event:
        case on.Arrived():
            desk, facts = _admit(desk, event)
        case on.ChoseCallBack():
            desk = _put(desk, tickets.called_back(_ticket(desk, event.ticket_id)))
        case on.ChoseBot():
            desk = _without(desk, tickets.deflected(_ticket(desk, event.ticket_id)))
        case on.GaveUp():
            desk = _give_up(desk, event.ticket_id)
        case on.SignedIn():
            person = _attendant(desk, event.attendant_id)
            desk = _seat(desk, people.signed_in(person, desk.rules, event.at))
        case on.HeartBeat():
            person = _attendant(desk, event.attendant_id)
            desk = _seat(desk, people.renewed(person, desk.rules, event.at))
        case on.SignedOut():
            desk, facts = _sign_out(desk, event.attendant_id)
        case on.Replied():
            desk = _reply(desk, event)
        case on.Transferred():
            desk, facts = _transfer(desk, event)
        case on.Closed():
            ticket = _ticket(desk, event.ticket_id)
            ended = tickets.closed(ticket, event.attendant_id, event.token, event.outcome)
            desk = _without(_relieve(desk, ticket), ended)
        case on.Swept():
            desk, facts = _sweep(desk, event.at)
    return desk, facts


def unsettles(desk: Desk, event: Event) -> bool:
    """Whether an event that finds the desk like this may let somebody have a ticket."""
    match event:
        case on.ChoseCallBack() | on.ChoseBot():
            return False
        case on.HeartBeat():
            return not _attendant(desk, event.attendant_id).is_live(event.at)
        case _:
            return True


def settled(desk: Desk, now: datetime) -> tuple[Desk, tuple[Fact, ...]]:
    """The desk after every move and assignment that can be made now; settling again adds none."""
    waiting = desk.waiting()
    if not waiting:
        return desk, ()
    facts: list[Fact] = []
    everybody = list(desk.attendants.values())
    for move in supervisor.moves(waiting, everybody, desk.servers, desk.rules, now):
        ticket = desk.tickets[move.ticket_id]
        desk = _put(desk, tickets.moved(ticket, move.target, now))
        facts.append(on.Moved(**move._asdict()))
    for decided in drain(desk.waiting(), everybody, desk.servers, now):
        desk, fact = _assign(desk, decided, now)
        facts.append(fact)
    return desk, tuple(facts)


def _admit(desk: Desk, event: on.Arrived) -> tuple[Desk, tuple[Fact, ...]]:
    kind = _find(desk.kinds, event.kind, "kind of request")
    if event.ticket_id in desk.tickets:
        raise Conflict(f"ticket {event.ticket_id} is already at the desk")
    ticket = Ticket(id=event.ticket_id, kind=kind.id, created_at=event.requested_at or event.at)
    waiting = [each for each in desk.waiting() if each.kind == kind.id]
    offer = stage(kind, len(waiting))
    everybody = desk.attendants.values()
    place = supervisor.home(kind.id, desk.waiting(), everybody, desk.servers, event.at)
    queued = _put(desk, ticket.model_copy(update={"server_id": place}))
    if offer is not Stage.QUEUE and settled(queued, event.at)[0].tickets[ticket.id].owner:
        offer = Stage.QUEUE
    if offer is Stage.REFUSE:
        return desk, (on.Refused(ticket_id=ticket.id, kind=kind.id),)
    return queued, (on.Admitted(ticket_id=ticket.id, stage=offer),)


def _give_up(desk: Desk, ticket_id: str) -> Desk:
    ticket = _ticket(desk, ticket_id)
    return _without(_relieve(desk, ticket), tickets.abandoned(ticket))


def _sign_out(desk: Desk, attendant_id: str) -> tuple[Desk, tuple[Fact, ...]]:
    person = _attendant(desk, attendant_id)
    desk = _seat(desk, people.signed_out(person))
    facts: list[Fact] = []
    for ticket in desk.owned_by(attendant_id):
        desk, fact = _take_back(desk, ticket, Reason.SIGNED_OUT)
        facts.append(fact)
    return desk, tuple(facts)


def _reply(desk: Desk, event: on.Replied) -> Desk:
    ticket = _ticket(desk, event.ticket_id)
    desk = _put(desk, tickets.replied(ticket, event.attendant_id, event.token))
    person = _attendant(desk, event.attendant_id)
    return _seat(desk, people.renewed(person, desk.rules, event.at))


def _transfer(desk: Desk, event: on.Transferred) -> tuple[Desk, tuple[Fact, ...]]:
    _find(desk.kinds, event.kind, "kind of request")
    ticket = _ticket(desk, event.ticket_id)
    passed = tickets.transferred(ticket, event.attendant_id, event.token, event.kind)
    desk = _put(_relieve(desk, ticket), passed)
    fact = on.Requeued(
        ticket_id=ticket.id, attendant_id=event.attendant_id, reason=Reason.TRANSFERRED
    )
    return desk, (fact,)


def _sweep(desk: Desk, now: datetime) -> tuple[Desk, tuple[Fact, ...]]:
    everybody = desk.attendants.values()
    facts: list[Fact] = []
    for server in desk.servers.values():
        state = groups.health(server, everybody, desk.rules, now)
        if state is not server.health:
            desk = _house(desk, server.model_copy(update={"health": state}))
    if not desk.rules.supervised:
        return desk, ()
    for found in supervisor.recoveries(desk.tickets.values(), desk.attendants, now):
        if found.reason is Reason.NO_FIRST_REPLY:
            desk = _seat(desk, people.silent(desk.attendants[found.attendant_id]))
        desk, fact = _take_back(desk, desk.tickets[found.ticket_id], found.reason)
        facts.append(fact)
    return desk, tuple(facts)


def _assign(desk: Desk, decided: Assignment, now: datetime) -> tuple[Desk, Fact]:
    ticket = tickets.assigned(
        desk.tickets[decided.ticket_id],
        decided.attendant_id,
        decided.server_id,
        desk.rules,
        now,
    )
    desk = _put(desk, ticket)
    desk = _seat(desk, people.given(desk.attendants[decided.attendant_id], now))
    desk = _house(desk, groups.given(desk.servers[decided.server_id]))
    return desk, on.Assigned(**decided._asdict(), token=ticket.token, at=now)


def _take_back(desk: Desk, ticket: Ticket, reason: Reason) -> tuple[Desk, Fact]:
    owner = ticket.owner or ""
    desk = _put(_relieve(desk, ticket), tickets.requeued(ticket))
    return desk, on.Requeued(ticket_id=ticket.id, attendant_id=owner, reason=reason)


def _relieve(desk: Desk, ticket: Ticket) -> Desk:
    """The loads without this ticket, if somebody has it."""
    if ticket.owner is None:
        return desk
    owner = desk.attendants[ticket.owner]
    desk = _seat(desk, people.relieved(owner))
    return _house(desk, groups.relieved(desk.servers[owner.server_id]))


def _put(desk: Desk, ticket: Ticket) -> Desk:
    return replace(desk, tickets={**desk.tickets, ticket.id: ticket})


def _without(desk: Desk, ticket: Ticket) -> Desk:
    kept = {key: each for key, each in desk.tickets.items() if key != ticket.id}
    return replace(desk, tickets=kept)


def _seat(desk: Desk, attendant: Attendant) -> Desk:
    return replace(desk, attendants={**desk.attendants, attendant.id: attendant})


def _house(desk: Desk, server: Server) -> Desk:
    return replace(desk, servers={**desk.servers, server.id: server})


def _ticket(desk: Desk, ticket_id: str) -> Ticket:
    return _find(desk.tickets, ticket_id, "open ticket")


def _attendant(desk: Desk, attendant_id: str) -> Attendant:
    return _find(desk.attendants, attendant_id, "attendant")


def _find(things: dict[str, _Thing], key: str, name: str) -> _Thing:
    found = things.get(key)
    if found is None:
        raise NotFound(f"no {name} {key}")
    return found
