"""Small desks and moments for the tests."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from desk.domain.attendants import Attendant
from desk.domain.desk import Desk
from desk.domain.events import SignedIn
from desk.domain.kinds import SALES, TECHNICAL, Kind
from desk.domain.rules import Rules
from desk.domain.servers import Server

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def attendant(
    name: str, *skills: str, server: str = "north", capacity: int = 1, present: bool = True
) -> Attendant:
    return Attendant(
        id=name,
        server_id=server,
        skills=frozenset(skills or ("technical",)),
        capacity=capacity,
        lease_until=at(90) if present else None,
        idle_since=NINE,
    )


def desk_of(
    *people: Attendant,
    rules: Rules | None = None,
    kinds: Iterable[Kind] = (TECHNICAL, SALES),
    capacity: int = 10,
) -> Desk:
    names = sorted({each.server_id for each in people})
    servers = [Server(id=name, capacity=capacity) for name in names]
    return Desk.opened(rules or Rules(), kinds, servers, people)


def sign_in(name: str, seconds: float) -> SignedIn:
    return SignedIn(at=at(seconds), attendant_id=name)
