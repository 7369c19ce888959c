"""What is simulated: the desk, its customers and how its attendants fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, inf, log

from desk.domain.attendants import Attendant
from desk.domain.desk import Desk
from desk.domain.kinds import SALES, TECHNICAL, Kind
from desk.domain.rules import Rules
from desk.domain.servers import Server

OPENING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEP = timedelta(minutes=1)
_NO_LIMIT = 10**9
SKILLS = (
    frozenset({TECHNICAL.id}),
    frozenset({SALES.id}),
    frozenset({TECHNICAL.id, SALES.id}),
    frozenset({TECHNICAL.id}),
    frozenset({SALES.id}),
)
"""The skills of a server's attendants, over and over: two of five serve technical requests alone,
two sales alone, one both."""


class Impossible(ValueError):
    """A scenario that makes no sense; `setting` names what to mend."""

    def __init__(self, message: str, setting: str) -> None:
        super().__init__(message)
        self.setting = setting


@dataclass(frozen=True)
class Scenario:
    """A day at the desk. Times are in steps, rates per step.

    servers: each one's capacity; it has as many attendants, who serve one request at a time.
    buffer: how many requests may wait, shared out to the kinds as they arrive; None for no limit.
    (One whose attendant failed is taken back even into a full buffer: only newcomers are refused.)
    failure_rate: the chance that an attendant who works fails within a step; repair: mean steps
    until they are back. load: requests offered per place that could be served if nobody failed
    (`arrivals`, requests a step, says it outright). technical: share of technical requests.
    service, patience: means of exponential times; patience None waits for ever.
    call_back, deflection: chance that a customer accepts what is offered as the buffer fills.
    """

    timesteps: int = 100
    failure_rate: float = 0.1
    servers: tuple[int, ...] = (5, 7, 10)
    buffer: int | None = 50
    seed: int = 1
    supervised: bool = True
    load: float = 0.5
    arrivals: float | None = None
    technical: float = 0.5
    service: float = 5.0
    patience: float | None = 10.0
    repair: float = 5.0
    call_back: float = 0.2
    deflection: float = 0.2
    skills: Sequence[frozenset[str]] = SKILLS

    def __post_init__(self) -> None:
        checks = (
            ("timesteps", self.timesteps >= 1, "at least 1"),
            ("failure_rate", 0 <= self.failure_rate <= 1, "from 0 to 1"),
            (
                "servers",
                bool(self.servers) and min(self.servers) >= 1,
                "capacities, each 1 or more",
            ),
            ("buffer", self.buffer is None or self.buffer >= 0, "0 or more"),
            ("seed", self.seed >= 0, "0 or more"),
            ("load", self.load > 0, "above 0"),
            ("arrivals", self.arrivals is None or self.arrivals > 0, "above 0"),
            ("technical", 0 <= self.technical <= 1, "from 0 to 1"),
            ("service", self.service > 0, "above 0"),
            ("patience", self.patience is None or self.patience > 0, "above 0"),
            ("repair", self.repair > 0, "above 0"),
            ("call_back", 0 <= self.call_back <= 1, "from 0 to 1"),
            ("deflection", 0 <= self.deflection <= 1, "from 0 to 1"),
        )
        for setting, fine, wanted in checks:
            if not fine:
                raise Impossible(f"{setting} is {getattr(self, setting)}, not {wanted}", setting)

    @property
    def arrival_rate(self) -> float:
        """Requests a step."""
        if self.arrivals is not None:
            return self.arrivals
        return self.load * sum(self.servers) / self.service

    @property
    def mtbf(self) -> float:
        """Mean steps an attendant works before failing: the exponential time with this chance."""
        if self.failure_rate == 0:
            return inf
        return -1 / log(1 - self.failure_rate) if self.failure_rate < 1 else 0.0

    @property
    def availability(self) -> float:
        """The share of time an attendant works in the long run: MTBF / (MTBF + MTTR)."""
        return 1.0 if self.mtbf == inf else self.mtbf / (self.mtbf + self.repair)

    def kinds(self) -> tuple[Kind, ...]:
        """Technical and Sales, each with its part of the buffer."""
        size = self.buffer if self.buffer is not None else _NO_LIMIT
        technical = ceil(size * self.technical)
        parts = ((TECHNICAL, technical), (SALES, size - technical))
        return tuple(kind.model_copy(update={"buffer": part}) for kind, part in parts)

    def desk(self) -> Desk:
        """The desk before anybody signed in."""
        servers = [
            Server(id=f"server-{number}", capacity=capacity)
            for number, capacity in enumerate(self.servers, start=1)
        ]
        attendants = [
            Attendant(
                id=f"attendant-{server.id.removeprefix('server-')}-{number + 1:02}",
                server_id=server.id,
                skills=self.skills[number % len(self.skills)],
            )
            for server in servers
            for number in range(server.capacity)
        ]
        rules = Rules(supervised=self.supervised)
        return Desk.opened(rules, self.kinds(), servers, attendants)


def moment(steps: float) -> datetime:
    """A time of the simulation as a moment of the desk's clock."""
    return OPENING + steps * STEP
