"""What the published experiment said, and the faults of it that this one has to do without.

The figures are of other machines: they are goals, not something to compare a difference with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loadtests.lab.design import FAILS_AFTER_S, Loop, Part
from loadtests.lab.summary import Cell

SIMPLE_MEAN_MS = 280.0
SIMPLE_RATE = 3_564.0
USERS = 1_000
BROKEN_ROWS, ROWS = 65, 135


@dataclass(frozen=True)
class Fault:
    """A fault of the published experiment, what is done here, and how these rows show it."""

    theirs: str
    here: str
    seen: str


@dataclass(frozen=True)
class Goal:
    """A published figure and what one protocol did here; `met` compares the figures alone."""

    goal: str
    protocol: str
    measured: str
    met: bool


def faults(cells: Sequence[Cell]) -> list[Fault]:
    """The checklist, with what the rows at hand have to say."""
    return [
        Fault(theirs, here, seen(cells))
        for theirs, here, seen in (
            (
                "caps of concurrency that differ by protocol (1000, 100 and 50)",
                "the same places and queue over every protocol, more of them than users",
                lambda found: f"{sum(cell.refused for cell in found)} turns were refused",
            ),
            (
                "caches that differ by protocol",
                "no cache, but in a part of its own, where every protocol has the same one",
                _about_caches,
            ),
            (
                "three new connections for each Thrift request",
                "connections are made in the warm-up and kept, in every arm as many",
                lambda found: (
                    f"{sum(cell.reconnected for cell in found if cell.loop == 'closed')} "
                    "connections of the closed loop were made inside a window"
                ),
            ),
            (
                "time-outs counted as successes (complex over REST: 15 of 15 runs at 6 s)",
                f"turns have {FAILS_AFTER_S:g} s; failed ones are counted apart, in no latency",
                _about_failures,
            ),
            (
                f"throughput that breaks Little's law ({BROKEN_ROWS} of {ROWS} rows)",
                "every run is checked: L = X * R within 5 %, over every turn",
                lambda found: (
                    f"{sum(cell.lawful for cell in found)} of {sum(cell.runs for cell in found)} "
                    "runs hold"
                ),
            ),
            (
                'a "Welch ANOVA" computed as a plain one-way ANOVA',
                "Welch's by pingouin, tested against R's oneway.test",
                lambda _: "its second degrees of freedom are fractions in the tables below",
            ),
            (
                "figures of client and server mixed",
                "servers and generators are separate process trees, each measured from outside",
                _about_sides,
            ),
        )
    ]


def _about_caches(cells: Sequence[Cell]) -> str:
    cached = [cell for cell in cells if cell.part == "cached"]
    return f"{len(cached)} cells of the part cached, in tables of their own"


def _about_failures(cells: Sequence[Cell]) -> str:
    late, failed = sum(cell.timed_out for cell in cells), sum(cell.failed for cell in cells)
    return f"{late} time-outs and {failed} failures in {sum(cell.turns for cell in cells):,} turns"


def _about_sides(cells: Sequence[Cell]) -> str:
    emulated = [cell for cell in cells if cell.part == "emulated" and cell.loop == "closed"]
    if not emulated:
        return "two columns"
    servers = sum(cell.cpu_percent for cell in emulated) / len(emulated)
    clients = sum(cell.client_cpu_percent for cell in emulated) / len(emulated)
    return (
        f"under the closed loop servers use {servers:.0f} % of a core, generators {clients:.0f} %"
    )


def goals(cells: Sequence[Cell]) -> list[Goal]:
    """The published figures beside each protocol's, of the emulated part's closed loop.

    Only runs with as many users say anything about them.
    """
    found = []
    for cell in cells:
        if (cell.part, cell.loop, cell.load) != (Part.EMULATED, Loop.CLOSED, USERS):
            continue
        for name, value, met in _GOALS.get(cell.scenario, ()):
            found.append(Goal(name, cell.protocol, value(cell), met(cell)))
    return sorted(found, key=lambda goal: goal.goal)


Judged = tuple[str, Callable[[Cell], str], Callable[[Cell], bool]]
_GOALS: dict[str, tuple[Judged, ...]] = {
    "simple": (
        (
            f"simple: mean under {SIMPLE_MEAN_MS:.0f} ms at {USERS:,} users",
            lambda cell: f"{cell.mean.value:,.0f} ms",
            lambda cell: cell.mean.value < SIMPLE_MEAN_MS,
        ),
        (
            f"simple: over {SIMPLE_RATE:,.0f} requests/s at {USERS:,} users",
            lambda cell: f"{cell.throughput.value:,.0f}/s",
            lambda cell: cell.throughput.value > SIMPLE_RATE,
        ),
    ),
    "complex": (
        (
            "complex: no time-outs",
            lambda cell: f"{cell.timed_out} of {cell.turns:,}",
            lambda cell: cell.timed_out == 0,
        ),
    ),
}
