"""What holds after everything that may happen at a desk, in any order."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from desk.domain import events as on
from desk.domain.assignment import free
from desk.domain.attendants import Attendant
from desk.domain.desk import Desk, after
from desk.domain.kinds import SALES, TECHNICAL
from desk.domain.rules import Rules
from desk.domain.servers import Server
from desk.domain.tickets import Status
from desk.domain.trace import Trace, read, replay
from recado.errors import Conflict
from tests.unit.desk.staff import NINE

SKILLS = [frozenset({"technical"}), frozenset({"sales"}), frozenset({"technical", "sales"})]
RULES = Rules(move_cooldown=timedelta(minutes=2), max_moves=2)

people = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(SKILLS), st.integers(1, 3)),
    min_size=1,
    max_size=6,
)


class DeskMachine(RuleBasedStateMachine):
    """Customers, attendants and the supervisor, each doing what they like."""

    @initialize(people=people, capacities=st.tuples(*[st.integers(1, 4)] * 3))
    def open(
        self, people: list[tuple[str, frozenset[str], int]], capacities: tuple[int, ...]
    ) -> None:
        attendants = [
            Attendant(id=f"p{number}", server_id=server, skills=skills, capacity=capacity)
            for number, (server, skills, capacity) in enumerate(people)
        ]
        servers = [Server(id=i, capacity=c) for i, c in zip("abc", capacities, strict=True)]
        kinds = [kind.model_copy(update={"buffer": 6}) for kind in (TECHNICAL, SALES)]
        self.desk = self.opening = Desk.opened(RULES, kinds, servers, attendants)
        self.now = NINE
        self.arrived: dict[str, datetime] = {}
        self.tokens: dict[str, int] = {}
        self.events: list[on.Event] = []
        self.assignments: list[on.Assigned] = []

    def happen(self, event: on.Event) -> None:
        self.events.append(event)
        self.desk, facts = after(self.desk, event)
        for fact in facts:
            if isinstance(fact, on.Assigned):
                self._check_assignment(fact)
            if isinstance(fact, on.Refused):
                waiting = [t for t in self.desk.waiting() if t.kind == fact.kind]
                assert len(waiting) >= self.desk.kinds[fact.kind].buffer

    def _check_assignment(self, fact: on.Assigned) -> None:
        """The oldest first, and never an old token."""
        self.assignments.append(fact)
        assert fact.token > self.tokens.get(fact.ticket_id, 0)
        self.tokens[fact.ticket_id] = fact.token
        skills = self.desk.attendants[fact.attendant_id].skills
        given = (self.arrived[fact.ticket_id], fact.ticket_id)
        for ticket in self.desk.waiting():
            assert ticket.kind not in skills or ticket.age > given

    @rule(kind=st.sampled_from(["technical", "sales"]))
    def arrive(self, kind: str) -> None:
        name = f"t{len(self.arrived):03}"
        self.arrived[name] = self.now
        self.happen(on.Arrived(at=self.now, ticket_id=name, kind=kind))

    @rule(seconds=st.integers(1, 200))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(seconds=st.integers(1, 200))
    def sweep(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.happen(on.Swept(at=self.now))
        for ticket in self.desk.tickets.values():
            assert not ticket.owner or self.desk.attendants[ticket.owner].is_live(self.now)

    @rule(data=st.data())
    def sign_in(self, data: st.DataObject) -> None:
        self.happen(on.SignedIn(at=self.now, attendant_id=self._anybody(data)))

    @rule(data=st.data())
    def sign_out(self, data: st.DataObject) -> None:
        name = self._anybody(data)
        self.happen(on.SignedOut(at=self.now, attendant_id=name))
        assert self.desk.owned_by(name) == []

    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        name = self._anybody(data)
        if self.desk.attendants[name].is_signed_in():
            self.happen(on.HeartBeat(at=self.now, attendant_id=name))

    @precondition(lambda self: self.desk.tickets)
    @rule(
        data=st.data(), old=st.booleans(), what=st.sampled_from(["reply", "close", "pass", "leave"])
    )
    def act(self, data: st.DataObject, what: str, *, old: bool) -> None:
        ticket = self.desk.tickets[data.draw(st.sampled_from(sorted(self.desk.tickets)))]
        if what == "leave":
            self.happen(on.GaveUp(at=self.now, ticket_id=ticket.id))
            return
        owner = ticket.owner or "p0"
        named = {"at": self.now, "ticket_id": ticket.id, "attendant_id": owner}
        token = ticket.token - old
        event: on.Event = on.Replied(token=token, **named)
        if what == "close":
            event = on.Closed(token=token, outcome="solved", **named)
        elif what == "pass":
            event = on.Transferred(token=token, kind="sales", **named)
        before = self.desk
        try:
            self.happen(event)
        except Conflict:
            assert self.desk is before
            assert old or ticket.owner is None
        else:
            assert not old
            assert ticket.owner is not None

    def _anybody(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.desk.attendants)))

    @invariant()
    def loads_are_what_is_owned_and_under_every_cap(self) -> None:
        owned = [t for t in self.desk.tickets.values() if t.status is Status.ASSIGNED]
        for person in self.desk.attendants.values():
            load = sum(ticket.owner == person.id for ticket in owned)
            assert load == person.load <= person.capacity
        for server in self.desk.servers.values():
            load = sum(ticket.server_id == server.id for ticket in owned)
            assert load == server.load <= server.capacity

    @invariant()
    def nobody_waits_for_somebody_free(self) -> None:
        idle = free(self.desk.attendants.values(), self.desk.servers, self.now)
        skills = frozenset().union(*[each.skills for each in idle])
        assert not [t for t in self.desk.waiting() if t.kind in skills]

    @invariant()
    def ages_are_kept_and_nobody_bounces(self) -> None:
        for ticket in self.desk.tickets.values():
            assert ticket.created_at == self.arrived[ticket.id]
            assert ticket.moves <= RULES.max_moves + 1

    def teardown(self) -> None:
        if hasattr(self, "opening"):
            trace = Trace(opening=self.opening, events=tuple(self.events))
            assert replay(read(trace.lines())) == self.assignments


DeskMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestLaws = DeskMachine.TestCase
