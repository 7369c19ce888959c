"""One day of one kind of request on one server, as the desk's policy lets it go.

With one kind, one server and nobody giving up, the policy comes down to this: the oldest request to
whoever is free for longest; who fails falls silent, is still given work until the lease ends, and
what they have is taken back by the next sweep, with its age. That is some sixty times faster than
the policy itself, and the tests hold it against the simulator, which runs the policy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from math import floor, inf, log
from typing import Protocol

from desk.domain.rules import Rules

STEP_S = 60
"""A step is a minute: heartbeats and sweeps come once a step."""
LEASE = Rules().lease.total_seconds() / STEP_S


@dataclass(frozen=True)
class Day:
    """Requests of one kind; times in steps, rates per step.

    failure_rate: the chance that an attendant at work fails within a step, below 1; repair: mean
    steps until they are back. service: mean steps a request takes.
    """

    timesteps: int
    arrivals: float
    service: float
    failure_rate: float = 0.0
    repair: float = 5.0
    seed: int = 1

    @property
    def mtbf(self) -> float:
        """Mean steps an attendant works before failing."""
        return inf if self.failure_rate == 0 else -1 / log(1 - self.failure_rate)

    @property
    def availability(self) -> float:
        """The share of time an attendant works in the long run."""
        return 1.0 if self.mtbf == inf else self.mtbf / (self.mtbf + self.repair)


class Draws(Protocol):
    """The day's chance."""

    def requests(self) -> Iterator[tuple[float, float]]:
        """When each request comes, in order, and how long it takes, without end."""

    def works(self, attendant: int) -> float:
        """Steps until this attendant fails."""

    def repairs(self, attendant: int) -> float:
        """Steps until a failed attendant is back."""

    def service_again(self) -> float:
        """Steps to serve a request whose attendant failed before."""


@dataclass
class _Request:
    """A request under way; `token` counts its owners."""

    at: float
    service: float
    token: int = 0
    owner: "_Person | None" = None


@dataclass
class _Person:
    """An attendant; `since` is when they last began or failed, `sign` their last sign of life."""

    number: int
    at_work: bool = False
    since: float = 0.0
    sign: float = 0.0
    idle_since: float = 0.0
    has: _Request | None = None

    def is_live(self, now: float) -> bool:
        """Whether the desk takes them to be there."""
        return self.at_work or now < self.sign + LEASE


def waits(day: Day, attendants: int, draws: Draws) -> tuple[list[float], int]:
    """How long those who were served waited for their first attendant, and how many came."""
    course = _Course(day, [_Person(number) for number in range(attendants)], draws)
    course.run()
    return course.waits, len(course.requests)


class _Course:
    """The day under way: a calendar of what is to come, and who has what."""

    def __init__(self, day: Day, people: list[_Person], draws: Draws) -> None:
        self.day, self.people, self.draws = day, people, draws
        self.now = 0.0
        self.requests: list[_Request] = []
        self.waits: list[float] = []
        self._waiting: list[tuple[float, int, _Request]] = []
        self._calendar: list[tuple[float, int, Callable[[], None]]] = []
        self._entries = 0
        self._free: list[tuple[float, int]] = []
        self._coming = draws.requests()

    def run(self) -> None:
        """Let the day pass."""
        for person in self.people:
            self._begins(person)
        self._expect()
        for step in range(1, self.day.timesteps + 1):
            self._plan(float(step), self._sweep)
        while self._calendar and self._calendar[0][0] <= self.day.timesteps:
            self.now, _, happens = heappop(self._calendar)
            happens()

    def _plan(self, at: float, happens: Callable[[], None]) -> None:
        if at < inf:
            self._entries += 1
            heappush(self._calendar, (at, self._entries, happens))

    def _expect(self) -> None:
        at, service = next(self._coming)
        self._plan(at, lambda: self._comes(_Request(at, service)))

    def _comes(self, request: _Request) -> None:
        self._expect()
        self.requests.append(request)
        self._wait(request)
        self._settle()

    def _wait(self, request: _Request) -> None:
        self._entries += 1
        heappush(self._waiting, (request.at, self._entries, request))

    def _settle(self) -> None:
        """The oldest that waits to whoever is idle for longest, as long as there are both."""
        while self._waiting:
            person = self._next_free()
            if person is None:
                return
            request = heappop(self._waiting)[2]
            request.token += 1
            request.owner, person.has, person.idle_since = person, request, self.now
            if request.token == 1:
                self.waits.append(self.now - request.at)
            if person.at_work:
                first = request.token == 1
                self._serve(person, request.service if first else self.draws.service_again())

    def _release(self, person: _Person) -> None:
        person.has = None
        heappush(self._free, (person.idle_since, person.number))

    def _next_free(self) -> _Person | None:
        """Who is idle for longest; entries of who is busy or gone by now are passed over."""
        while self._free:
            idle_since, number = heappop(self._free)
            person = self.people[number]
            is_theirs = person.has is None and person.idle_since == idle_since
            if is_theirs and person.is_live(self.now):
                return person
        return None

    def _serve(self, person: _Person, service: float) -> None:
        person.sign = self.now
        request, started = person.has, person.since
        token = request.token if request else 0

        def close() -> None:
            theirs = request and request.owner is person and request.token == token
            if request and theirs and person.at_work and person.since == started:
                request.owner = None
                self._release(person)
                self._settle()

        self._plan(self.now + service, close)

    def _begins(self, person: _Person) -> None:
        kept = person.has
        person.at_work = True
        person.since = person.sign = person.idle_since = self.now
        if kept is None:
            self._release(person)
        self._settle()
        if kept:
            self._serve(person, self.draws.service_again())
        self._plan(self.now + self.draws.works(person.number), lambda: self._fails(person))

    def _fails(self, person: _Person) -> None:
        """They fall silent; their last heartbeat was with the last step."""
        person.at_work = False
        person.since, person.sign = self.now, max(person.sign, floor(self.now))
        self._plan(self.now + self.draws.repairs(person.number), lambda: self._begins(person))

    def _sweep(self) -> None:
        """What the gone still have waits again, with its age."""
        for person in self.people:
            if person.has and not person.is_live(self.now):
                person.has.owner = None
                self._wait(person.has)
                person.has = None
        self._settle()
