"""The desk as its functions have it, on moto, with a clock that the test turns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.attending import Attending, Mine
from desk.domain import desk as policy
from desk.domain.dockets import Docket, Turn
from desk.domain.floor import Floor
from desk.domain.news import News
from desk.domain.rules import Rules
from desk.domain.staff import Profile
from desk.hearing import Hearing
from desk.office import Office
from desk.store.floor import FloorStore
from desk.store.papers import PapersStore
from desk.store.staff import StaffStore
from recado import table
from recado.conversation import (
    FROM_DESK,
    CallBackChosen,
    ChatMessage,
    HandoffRequested,
    HandoffWithdrawn,
    HandoverEvent,
    Line,
    Packet,
    Speaker,
    TicketEnded,
    ticket_id,
)
from recado.errors import Retryable
from recado.model import Language
from recado.outgoing import Outgoing
from tests.integration.conftest import Suite

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Watched:
    """A client that tells of each call before it is made, so that a test may come between."""

    def __init__(self, client: Any, before: Callable[[str], None] = lambda _: None) -> None:
        self._client = client
        self.before = before

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)

        def told(**request: Any) -> Any:
            self.before(operation)
            return call(**request)

        return told


@dataclass
class Told:
    """The bus: what chat was told, in order, and what reports were; `broken` refuses everything."""

    facts: list[HandoverEvent] = field(default_factory=list)
    ended: list[TicketEnded] = field(default_factory=list)
    broken: bool = False
    before: Callable[[], None] = lambda: None

    def publish_raw(self, detail_type: str, detail: str) -> None:
        self.before()
        if self.broken:
            raise Retryable("the bus does not take anything")
        if detail_type == TicketEnded.__name__:
            self.ended.append(TicketEnded.model_validate_json(detail))
        else:
            self.facts.append(FROM_DESK[detail_type].model_validate_json(detail))

    def of(self, conversation: str) -> list[HandoverEvent]:
        """What chat makes of it: each number once, in order."""
        mine = {each.number: each for each in self.facts if each.conversation_id == conversation}
        return [mine[number] for number in sorted(mine)]

    def names(self, conversation: str) -> list[str]:
        """The kinds of fact about a conversation, in order."""
        return [type(each).__name__ for each in self.of(conversation)]


@dataclass
class Heard:
    """The listener: what attendants were told at once."""

    news: list[tuple[str, News]] = field(default_factory=list)

    def hear(self, attendant_id: str, news: News) -> None:
        self.news.append((attendant_id, news))


@dataclass
class Queue:
    """The desk's own queue."""

    asked: int = 0

    def settle_later(self) -> None:
        self.asked += 1


class World:
    """The desk with everything around it; it sweeps only when told to, unless it is `watchful`."""

    def __init__(self, table_name: str, dynamodb: Any, *, watchful: bool = False) -> None:
        self.table = table_name
        self.dynamodb = dynamodb
        self.now = NINE
        self.bus, self.heard, self.queue = Told(), Heard(), Queue()
        self.slept: list[float] = []
        self.outgoing = Outgoing(table_name, dynamodb, self.bus)
        self.papers = PapersStore(table_name, dynamodb, timedelta(days=90))
        self.store = FloorStore(table_name, dynamodb, self.outgoing, self.papers, "UTC")
        self.staff = StaffStore(table_name, dynamodb)
        self.office = Office(
            self.store,
            self.outgoing,
            self.queue,
            self.heard,
            self.clock,
            self.slept.append,
            watchful=watchful,
        )
        people = (self.store, self.papers, self.staff, self.clock, self.slept.append)
        self.desk = Attending(self.office, *people)
        self.hearing = Hearing(self.office, self.store, self.papers, self.clock, self.slept.append)

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def open(self, *people: Profile, servers: dict[str, int] | None = None, **rules: Any) -> None:
        """Servers with room for ten, unless told otherwise, and these people, signed out."""
        names = {each.server_id: 10 for each in people}
        for server, capacity in (names | (servers or {})).items():
            self.staff.put_server(server, capacity)
        for each in people:
            self.staff.put_profile(each, None)
        if rules:
            self.staff.put_rules(Rules(**rules))

    def request(self, conversation: str, kind: str = "technical") -> str:
        """A customer is handed over; the ticket's id."""
        self.hearing.hear(requested(conversation, self.now, kind))
        return ticket_id(conversation, 1)

    def sign_in(self, *names: str) -> None:
        for name in names:
            self.desk.sign_in(token_of(name))

    def mine(self, name: str) -> list[Mine]:
        return list(self.desk.presence(token_of(name)).tickets)

    def floor(self) -> Floor:
        return self.store.floor()

    def docket(self, ticket: str) -> Docket:
        found = self.store.docket(ticket)
        assert found is not None
        return found

    def turns(self, ticket: str) -> list[Turn]:
        return self.papers.turns(ticket)

    def check(self, *, settled: bool = True) -> None:
        """Loads are what is owned, under every cap; nobody waits for somebody free."""
        desk = self.floor().desk
        for person in desk.attendants.values():
            assert len(desk.owned_by(person.id)) == person.load <= person.capacity
        for server in desk.servers.values():
            owned = [t for t in desk.tickets.values() if t.owner and t.server_id == server.id]
            assert len(owned) == server.load <= server.capacity
        if settled:
            assert policy.settled(desk, self.now)[1] == ()


def token_of(name: str) -> str:
    """The id of an attendant's API token."""
    return name.encode().hex()[:12].ljust(12, "0")


def person(name: str, *skills: str, server: str = "north", capacity: int = 1) -> Profile:
    """An attendant, for technical requests unless told otherwise."""
    return Profile(
        id=name,
        name=name.title(),
        server_id=server,
        skills=frozenset(skills or ("technical",)),
        capacity=capacity,
        token_id=token_of(name),
    )


def requested(conversation: str, at: datetime, kind: str = "technical") -> HandoffRequested:
    """What chat says first of a handover."""
    line = Line(sequence=1, speaker=Speaker.CUSTOMER, text="a internet caiu", at=at)
    packet = Packet(
        kind=kind,
        reason="asked",
        language=Language.PORTUGUESE,
        intent="slow_connection",
        confidence=0.9,
        transcript=(line,),
    )
    return HandoffRequested(
        conversation_id=conversation, handover=1, number=1, at=at, packet=packet
    )


def wrote(conversation: str, number: int, text: str, at: datetime = NINE) -> ChatMessage:
    """The customer writes; chat's line number is one more than the fact's."""
    line = Line(sequence=number + 1, speaker=Speaker.CUSTOMER, text=text, at=at)
    return ChatMessage(conversation_id=conversation, handover=1, number=number, at=at, line=line)


def wants_call(conversation: str, number: int, at: datetime = NINE) -> CallBackChosen:
    """The customer would rather be called."""
    return CallBackChosen(
        conversation_id=conversation, handover=1, number=number, at=at, phone="+55 81 5555-0101"
    )


def withdrawn(
    conversation: str, number: int, why: Any = "left", at: datetime = NINE
) -> HandoffWithdrawn:
    """The customer wants nobody any more."""
    return HandoffWithdrawn(conversation_id=conversation, handover=1, number=number, at=at, why=why)


@pytest.fixture
def dynamodb(suite: Suite) -> Watched:
    return Watched(table.client())


@pytest.fixture
def world(suite: Suite, dynamodb: Watched) -> Iterator[World]:
    made = World(suite.outputs["DeskTable"], dynamodb)
    yield made
    made.check(settled=False)
