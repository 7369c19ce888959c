"""Who gets which ticket: oldest eligible first, specialists before generalists."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from desk.domain import attendants as attendant_rules
from desk.domain import servers as server_rules
from desk.domain.attendants import Attendant
from desk.domain.servers import Health, Server
from desk.domain.tickets import Ticket

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Assignment(NamedTuple):
    """A decision: this ticket to this attendant of this server."""

    ticket_id: str
    attendant_id: str
    server_id: str


def free(
    attendants: Iterable[Attendant], servers: Mapping[str, Server], now: datetime
) -> list[Attendant]:
    """The attendants who can be given a ticket, under their own cap and their server's."""
    return [
        each for each in attendants if each.has_room(now) and servers[each.server_id].has_room()
    ]


def attendant_for(
    ticket: Ticket, candidates: Iterable[Attendant], servers: Mapping[str, Server]
) -> Attendant | None:
    """The best of the `free` attendants who may serve the ticket where it waits, or None.

    Servers that are up come first, then specialists (fewest skills), the least loaded, the one
    longest without new work, the lowest id.
    """
    able = [
        each
        for each in candidates
        if ticket.kind in each.skills and ticket.server_id in (None, each.server_id)
    ]
    return min(able, key=lambda each: _preference(each, servers), default=None)


def _preference(
    attendant: Attendant, servers: Mapping[str, Server]
) -> tuple[bool, int, float, datetime, str]:
    return (
        servers[attendant.server_id].health is Health.FAILING,
        len(attendant.skills),
        attendant.load / attendant.capacity,
        attendant.idle_since or _LONG_AGO,
        attendant.id,
    )


def ticket_for(attendant: Attendant, waiting: Iterable[Ticket]) -> Ticket | None:
    """The oldest waiting ticket this attendant may serve, or None."""
    eligible = [
        each
        for each in waiting
        if each.kind in attendant.skills and each.server_id in (None, attendant.server_id)
    ]
    return min(eligible, key=lambda each: each.age, default=None)


def drain(
    waiting: Iterable[Ticket],
    attendants: Iterable[Attendant],
    servers: Mapping[str, Server],
    now: datetime,
) -> list[Assignment]:
    """Every assignment that can be made now, oldest ticket first.

    Afterwards no waiting ticket has a free attendant it may go to. To be called on every release,
    sign-in, recovery and arrival.
    """
    loads = dict(servers)
    candidates = {each.id: each for each in free(attendants, loads, now)}
    decided: list[Assignment] = []
    for ticket in sorted(waiting, key=lambda each: each.age) if candidates else ():
        chosen = attendant_for(ticket, candidates.values(), loads)
        if chosen is None:
            continue
        decided.append(Assignment(ticket.id, chosen.id, chosen.server_id))
        occupy(chosen, candidates, loads, now)
        if not candidates:
            break
    return decided


def occupy(
    chosen: Attendant, candidates: dict[str, Attendant], loads: dict[str, Server], now: datetime
) -> None:
    """Take one place of `chosen` and their server from working copies of `free` and the servers."""
    server = loads[chosen.server_id] = server_rules.given(loads[chosen.server_id])
    candidates[chosen.id] = attendant_rules.given(chosen, now)
    if not candidates[chosen.id].has_room(now):
        del candidates[chosen.id]
    if not server.has_room():
        for each in [other for other in candidates.values() if other.server_id == server.id]:
            del candidates[each.id]
