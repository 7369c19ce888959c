"""The run itself: events in continuous time, each decided by the desk's policy.

Attendants who work send a heartbeat every step; who fails falls silent, and the desk finds out by
the lease. Without a supervisor nobody takes their work back: it waits for them to be repaired, as
long as the customer bears it.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf

import pandas as pd

from desk.domain import events as on
from desk.domain.desk import after
from desk.domain.events import Event
from desk.domain.kinds import Stage
from desk.domain.trace import Trace
from desk_simulator.chance import Chance, Customer
from desk_simulator.records import Books, Flow, Person, Run, attendants_table
from desk_simulator.scenario import Scenario, moment


def simulate(scenario: Scenario) -> Run:
    """One run; the same scenario always gives the same."""
    return _Simulation(scenario).run()


class _Simulation:
    """The clock, the calendar of what is to come, and who is really at work."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.chance = Chance(scenario)
        self.opening = self.desk = scenario.desk()
        self.now = 0.0
        self._calendar: list[tuple[float, int, Callable[[], None]]] = []
        self._entries = 0
        self.working: set[str] = set()
        self.numbers = {name: number for number, name in enumerate(self.desk.attendants)}
        self.since = dict.fromkeys(self.desk.attendants, 0.0)
        self.customers: dict[str, Customer] = {}
        self.patient_until: dict[str, float] = {}
        self.waits: dict[str, tuple[str, float, float]] = {}
        self.books = Books({name: Person() for name in self.desk.attendants})
        self.events: list[Event] = []
        self.assignments: list[on.Assigned] = []

    def run(self) -> Run:
        for name in self.desk.attendants:
            self._starts(name)
        self._arrivals = self.chance.customers()
        self._next_arrival()
        for step in range(1, self.scenario.timesteps + 1):
            self._at(float(step), self._tick)
        while self._calendar and self._calendar[0][0] <= self.scenario.timesteps:
            self.now, _, action = heappop(self._calendar)
            action()
        for name in self.desk.attendants:
            self._spent(name)
        return Run(
            scenario=self.scenario,
            steps=pd.DataFrame(self.books.steps),
            servers=pd.DataFrame(self.books.servers),
            attendants=attendants_table(self.desk, self.books.people),
            total=self.books.total,
            waits=pd.DataFrame(self.waits.values(), columns=["kind", "arrived", "wait"]),
            trace=Trace(opening=self.opening, events=tuple(self.events)),
            assignments=tuple(self.assignments),
        )

    def _at(self, time: float, action: Callable[[], None]) -> None:
        if time < inf:
            self._entries += 1
            heappush(self._calendar, (time, self._entries, action))

    def _happen(self, event: Event) -> tuple[on.Fact, ...]:
        self.events.append(event)
        self.desk, facts = after(self.desk, event)
        for fact in facts:
            match fact:
                case on.Assigned():
                    self.assignments.append(fact)
                    self._served(fact)
                case on.Requeued():
                    self.books.count(Flow.REQUEUED)
                case on.Moved():
                    self.books.count(Flow.MOVED)
        return facts

    def _next_arrival(self) -> None:
        customer = next(self._arrivals)
        self._at(customer.at, lambda: self._arrives(customer))

    def _arrives(self, customer: Customer) -> None:
        self._next_arrival()
        self.books.count(Flow.ARRIVED)
        self.customers[customer.id] = customer
        moment_now = moment(self.now)
        facts = self._happen(on.Arrived(at=moment_now, ticket_id=customer.id, kind=customer.kind))
        if isinstance(facts[0], on.Refused):
            self._turned_away(Flow.REFUSED)
            return
        assert isinstance(facts[0], on.Admitted)
        if facts[0].stage is Stage.DEFLECT and customer.takes_bot:
            self._happen(on.ChoseBot(at=moment_now, ticket_id=customer.id))
            self._turned_away(Flow.DEFLECTED)
        elif facts[0].stage in {Stage.CALL_BACK, Stage.DEFLECT} and customer.takes_call_back:
            self._happen(on.ChoseCallBack(at=moment_now, ticket_id=customer.id))
            self.books.count(Flow.CALL_BACKS)
        else:
            self._may_leave(customer.id, 0, customer.patience)

    def _turned_away(self, flow: Flow) -> None:
        self.books.count(flow)
        self.books.count(Flow.REJECTED)

    def _may_leave(self, ticket_id: str, token: int, patience: float) -> None:
        """The customer gives up after `patience`, unless a later owner serves them by then."""

        until = self.patient_until[ticket_id] = self.now + patience

        def leave() -> None:
            ticket = self.desk.tickets.get(ticket_id)
            if ticket is None or ticket.call_back or ticket.token != token:
                return
            if ticket.owner not in self.working and self.patient_until[ticket_id] == until:
                self._happen(on.GaveUp(at=moment(self.now), ticket_id=ticket_id))
                self.books.count(Flow.FAILED)

        self._at(until, leave)

    def _served(self, fact: on.Assigned) -> None:
        """A new owner starts at once if they are really there; who is not keeps silent."""
        customer = self.customers[fact.ticket_id]
        if fact.token == 1:
            self.waits[customer.id] = (customer.kind, customer.at, self.now - customer.at)
        else:
            self.books.count(Flow.REDIRECTED)
        if fact.attendant_id in self.working:
            service = customer.service if fact.token == 1 else self.chance.service_again()
            self._serve(fact, service)
        else:
            self._interrupted(fact)

    def _serve(self, fact: on.Assigned, service: float) -> None:
        ticket_id, attendant_id, token = fact.ticket_id, fact.attendant_id, fact.token
        started = self.since[attendant_id]

        def reply() -> None:
            if self._is_theirs(fact):
                self._happen(
                    on.Replied(
                        at=moment(self.now),
                        ticket_id=ticket_id,
                        attendant_id=attendant_id,
                        token=token,
                    )
                )

        def close() -> None:
            works_on = attendant_id in self.working and self.since[attendant_id] == started
            if self._is_theirs(fact) and works_on:
                self._happen(
                    on.Closed(
                        at=moment(self.now),
                        ticket_id=ticket_id,
                        attendant_id=attendant_id,
                        token=token,
                        outcome="solved",
                    )
                )
                self.books.count(Flow.PROCESSED)
                self.books.people[attendant_id].processed += 1

        self._at(self.now, reply)
        self._at(self.now + service, close)

    def _is_theirs(self, fact: on.Assigned) -> bool:
        ticket = self.desk.tickets.get(fact.ticket_id)
        return ticket is not None and ticket.owner is not None and ticket.token == fact.token

    def _interrupted(self, fact: on.Assigned) -> None:
        self._may_leave(fact.ticket_id, fact.token, self.chance.patience_again())

    def _starts(self, name: str) -> None:
        """The attendant signs in, first or repaired, and goes on with what is still theirs."""
        self._spent(name)
        self.working.add(name)
        mine = self.desk.owned_by(name)
        self._happen(on.SignedIn(at=moment(self.now), attendant_id=name))
        for ticket in mine:
            fact = on.Assigned(
                ticket_id=ticket.id,
                attendant_id=name,
                server_id=self.desk.attendants[name].server_id,
                token=ticket.token,
                at=moment(self.now),
            )
            self._serve(fact, self.chance.service_again())
        self._at(self.now + self.chance.works(self.numbers[name]), lambda: self._fails(name))

    def _fails(self, name: str) -> None:
        self._spent(name)
        self.working.discard(name)
        person = self.books.people[name]
        person.failures += 1
        for ticket in self.desk.owned_by(name):
            person.interrupted += 1
            self._may_leave(ticket.id, ticket.token, self.chance.patience_again())
        self._at(self.now + self.chance.repairs(self.numbers[name]), lambda: self._starts(name))

    def _spent(self, name: str) -> None:
        person, time = self.books.people[name], self.now - self.since[name]
        if name in self.working:
            person.worked += time
        else:
            person.broken += time
        self.since[name] = self.now

    def _tick(self) -> None:
        """A step ends: who works shows it, the supervisor looks around, the books are closed."""
        for name in sorted(self.working):
            self._happen(on.HeartBeat(at=moment(self.now), attendant_id=name))
        self._happen(on.Swept(at=moment(self.now)))
        self.books.close_step(self.desk, self.working)
