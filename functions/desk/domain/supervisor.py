"""The supervisor: takes work back from who is gone, and moves requests between servers."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from desk.domain.assignment import attendant_for, free, occupy
from desk.domain.attendants import Attendant
from desk.domain.rules import Rules
from desk.domain.servers import Health, Server
from desk.domain.tickets import Status, Ticket


class Reason(StrEnum):
    """Why a ticket was taken back or moved."""

    LEASE_EXPIRED = "lease_expired"
    NO_FIRST_REPLY = "no_first_reply"
    SIGNED_OUT = "signed_out"
    TRANSFERRED = "transferred"
    SERVER_FULL = "server_full"
    SERVER_FAILING = "server_failing"


class Recovery(NamedTuple):
    """A decision: take this ticket from this attendant."""

    ticket_id: str
    attendant_id: str
    reason: Reason


class Move(NamedTuple):
    """A decision: let this ticket wait at another server; None is the common queue."""

    ticket_id: str
    source: str
    target: str | None
    reason: Reason


def recoveries(
    tickets: Iterable[Ticket], attendants: Mapping[str, Attendant], now: datetime
) -> list[Recovery]:
    """The tickets whose owner's lease or first-reply deadline has passed, oldest first."""
    found: list[Recovery] = []
    for ticket in sorted(tickets, key=lambda each: each.age):
        if ticket.status is not Status.ASSIGNED or ticket.owner is None:
            continue
        if not attendants[ticket.owner].is_live(now):
            found.append(Recovery(ticket.id, ticket.owner, Reason.LEASE_EXPIRED))
        elif ticket.reply_by is not None and now >= ticket.reply_by:
            found.append(Recovery(ticket.id, ticket.owner, Reason.NO_FIRST_REPLY))
    return found


def moves(
    waiting: Iterable[Ticket],
    attendants: Iterable[Attendant],
    servers: Mapping[str, Server],
    rules: Rules,
    now: datetime,
) -> list[Move]:
    """Which waiting tickets leave their server's queue, oldest first; empty unless `supervised`.

    A ticket whose server has no place for it goes to a free one elsewhere, if there is any (on an
    idle server); one whose server is failing goes to the common queue at the latest. Who was moved
    within `move_cooldown`, or `max_moves` times, goes to the common queue as well and stays there
    until served: no ticket bounces between servers (chatwoot PR #14495), and none is stuck.
    Every free place is promised once, in the order `drain` will fill them.
    """
    loads = dict(servers)
    candidates = {each.id: each for each in free(attendants, loads, now)}
    a_server_fails = any(each.health is Health.FAILING for each in servers.values())
    if not rules.supervised or not (candidates or a_server_fails):
        return []
    decided: list[Move] = []
    for ticket in sorted(waiting, key=lambda each: each.age):
        home = ticket.server_id
        chosen = attendant_for(ticket, candidates.values(), loads)
        if chosen is None and home is not None:
            anywhere = ticket.model_copy(update={"server_id": None})
            chosen = attendant_for(anywhere, candidates.values(), loads)
            failing = servers[home].health is Health.FAILING
            reason = Reason.SERVER_FAILING if failing else Reason.SERVER_FULL
            if chosen is not None:
                target = chosen.server_id if _may_move(ticket, rules, now) else None
                decided.append(Move(ticket.id, home, target, reason))
            elif failing:
                decided.append(Move(ticket.id, home, None, reason))
        if chosen is not None:
            occupy(chosen, candidates, loads, now)
    return decided


def _may_move(ticket: Ticket, rules: Rules, now: datetime) -> bool:
    rested = ticket.moved_at is None or now - ticket.moved_at >= rules.move_cooldown
    return rested and ticket.moves < rules.max_moves


def home(
    kind: str,
    waiting: Collection[Ticket],
    attendants: Collection[Attendant],
    servers: Mapping[str, Server],
    now: datetime,
) -> str | None:
    """The server a new request of `kind` waits at: one with a free place, or the shortest queue.

    Queues are compared by tickets waiting or served per place. Only servers whose attendants have
    the skill count, those that are up first; with none, it is the common queue (None).
    """
    newcomer = Ticket(id="", kind=kind, created_at=now)
    chosen = attendant_for(newcomer, free(attendants, servers, now), servers)
    if chosen is not None:
        return chosen.server_id
    skilled = {each.server_id for each in attendants if each.is_signed_in() and kind in each.skills}
    return min(skilled, key=lambda each: _queue(servers[each], waiting), default=None)


def _queue(server: Server, waiting: Collection[Ticket]) -> tuple[bool, float, str]:
    queued = sum(each.server_id == server.id for each in waiting)
    crowd = (queued + server.load) / server.capacity
    return server.health is Health.FAILING, crowd, server.id
