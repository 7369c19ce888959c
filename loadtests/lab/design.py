"""The experiment's design: which cells there are, and in which order their runs are made.

A block holds one run of every cell in an order of its own, so that what drifts on the machine while
the experiment lasts falls on all arms alike (a randomised complete block design). The order follows
from the seed and is kept with every row.
"""

import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from loadtests.lab.scenarios import SCENARIOS, SIMPLE, Scenario, named

PROTOCOLS = ("grpc", "thrift", "rest-raw", "rest-json")
FAILS_AFTER_S = 20.0
"""When a turn counts as timed out, on every protocol; the published experiment used 6 s."""


_AROUND_S = 0.4
"""What starting and ending the processes of a run takes."""


class Part(StrEnum):
    """What stands behind the protocol; parts are never compared with each other."""

    EMULATED = "emulated"
    """Models that wait their declared time: the protocols under the published load."""
    ECHO = "echo"
    """Models that take no time, one user a generator: what the protocol itself adds to a turn."""
    CACHED = "cached"
    """As emulated, with the answers remembered by the server."""
    TINY = "tiny"
    """pocketsphinx, grounded answers and espeak-ng: real work on this machine's processor."""


class Loop(StrEnum):
    """How load arises."""

    CLOSED = "closed"
    """So many users, each asking again when answered."""
    OPEN = "open"
    """So many turns a second, whether the ones before are answered or not."""


@dataclass(frozen=True)
class Times:
    """Seconds of a run: load that is not measured, then load that is."""

    warm_up: float
    """At least; in a closed loop also until every user has had a turn."""
    window: float


@dataclass(frozen=True)
class Cell:
    """One combination that is measured `runs` times.

    `load` is how many users there are (closed) or how many turns a second begin (open).
    """

    part: Part
    loop: Loop
    scenario: str
    protocol: str
    load: float
    times: Times

    @property
    def name(self) -> str:
        """The cell's key."""
        return f"{self.part}/{self.loop}/{self.scenario}/{self.protocol}"


@dataclass(frozen=True)
class Run:
    """One measurement of a cell: the `number`-th of it, the `place`-th of all."""

    cell: Cell
    number: int
    place: int

    @property
    def key(self) -> str:
        """What the row is found by when an interrupted experiment goes on."""
        return f"{self.cell.name}/{self.number}"


@dataclass(frozen=True)
class Size:
    """How large an experiment is: `users` of the closed loop, `rates` of the open one."""

    name: str
    scenarios: tuple[str, ...]
    runs: int
    users: int
    rates: dict[str, float]
    closed: dict[str, Times]
    open: dict[str, Times]
    echo: Times
    echo_users: int
    cached: Times
    tiny: Times
    tiny_users: int
    connections: int
    """Open loop: how many connections each generator keeps."""


_CORES = len(os.sched_getaffinity(0))
GENERATORS = max(2, _CORES // 2)
"""Processes that make the load: half of the cores'."""
SERVERS = max(2, _CORES // 2)
"""Processes that serve each protocol: the other half."""
_ALL = tuple(scenario.name for scenario in SCENARIOS)
FULL = Size(
    "full",
    _ALL,
    runs=15,
    users=1_000,
    rates={"simple": 400, "traditional": 120, "complex": 60},
    closed={
        "simple": Times(1.0, 2.0),
        "traditional": Times(1.2, 2.5),
        "complex": Times(2.0, 4.0),
    },
    open={
        "simple": Times(0.6, 1.5),
        "traditional": Times(0.8, 1.5),
        "complex": Times(1.4, 2.0),
    },
    echo=Times(0.2, 0.6),
    echo_users=GENERATORS,
    cached=Times(0.6, 1.2),
    tiny=Times(1.0, 1.5),
    tiny_users=2,
    connections=100,
)
SMALL = Size(
    "small",
    _ALL,
    runs=2,
    users=20,
    rates={"simple": 40, "traditional": 20, "complex": 10},
    closed={
        "simple": Times(0.2, 0.8),
        "traditional": Times(0.5, 0.9),
        "complex": Times(1.1, 1.1),
    },
    open={
        "simple": Times(0.2, 0.8),
        "traditional": Times(0.5, 0.9),
        "complex": Times(1.1, 1.1),
    },
    echo=Times(0.1, 0.4),
    echo_users=GENERATORS,
    cached=Times(0.2, 0.6),
    tiny=Times(0.5, 1.5),
    tiny_users=2,
    connections=20,
)


def cells(size: Size, parts: Iterable[Part] = tuple(Part)) -> list[Cell]:
    """Every cell of the parts, in no order that matters."""
    wanted = set(parts)
    return [cell for part in Part if part in wanted for cell in _CELLS[part](size)]


def _scenarios(size: Size) -> list[Scenario]:
    return [named(name) for name in size.scenarios]


def _emulated(size: Size) -> list[Cell]:
    return [
        Cell(Part.EMULATED, loop, scenario.name, protocol, load, times)
        for scenario in _scenarios(size)
        for loop, load, times in (
            (Loop.CLOSED, size.users, size.closed[scenario.name]),
            (Loop.OPEN, size.rates[scenario.name], size.open[scenario.name]),
        )
        for protocol in PROTOCOLS
    ]


def _echo(size: Size) -> list[Cell]:
    return [
        Cell(Part.ECHO, Loop.CLOSED, scenario.name, protocol, size.echo_users, size.echo)
        for scenario in _scenarios(size)
        for protocol in PROTOCOLS
    ]


def _cached(size: Size) -> list[Cell]:
    return [
        Cell(Part.CACHED, Loop.CLOSED, SIMPLE.name, protocol, size.users, size.cached)
        for protocol in PROTOCOLS
    ]


def _tiny(size: Size) -> list[Cell]:
    return [
        Cell(Part.TINY, Loop.CLOSED, "complex", protocol, size.tiny_users, size.tiny)
        for protocol in PROTOCOLS
    ]


_CELLS = {
    Part.EMULATED: _emulated,
    Part.ECHO: _echo,
    Part.CACHED: _cached,
    Part.TINY: _tiny,
}


def order(all_cells: Sequence[Cell], runs: int, seed: int) -> list[Run]:
    """All runs, block after block, each block shuffled by the seed."""
    chance = random.Random(seed)  # noqa: S311
    found: list[Run] = []
    for number in range(1, runs + 1):
        block = chance.sample(all_cells, len(all_cells))
        found += [Run(cell, number, len(found) + place) for place, cell in enumerate(block, 1)]
    return found


def seconds(runs: Iterable[Run]) -> float:
    """About how long the runs take, where nothing queues for long."""
    return sum(
        run.cell.times.warm_up
        + run.cell.times.window
        + named(run.cell.scenario).service_ms / 1000
        + _AROUND_S
        for run in runs
    )
