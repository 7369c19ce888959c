"""The tables of a report as rows of text, the same for its page and for docs/lab.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from loadtests.lab.published import Fault, Goal
from loadtests.lab.statistics.analysis import Analysis
from loadtests.lab.statistics.intervals import Interval
from loadtests.lab.statistics.wording import amount, p_value
from loadtests.lab.summary import Cell


@dataclass(frozen=True)
class Table:
    """Heads and lines; `name` is its place in docs/lab.md."""

    name: str
    title: str
    heads: tuple[str, ...]
    lines: list[tuple[str, ...]]

    def markdown(self) -> str:
        """As a page of docs has it."""
        rows = [self.heads, tuple("---" for _ in self.heads), *self.lines]
        return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def times(name: str, title: str, cells: Sequence[Cell]) -> Table:
    """Latency and throughput of each cell with 95 % intervals, and what was not answered."""
    return Table(
        name,
        title,
        (
            *("scenario", "protocol", "runs", "mean ms", "p50 ms", "p95 ms", "p99 ms"),
            *("answered/s", "turns", "timed out", "refused", "failed", "L = X R"),
        ),
        [
            (
                cell.scenario,
                cell.protocol,
                str(cell.runs),
                interval(cell.mean),
                *(interval(each) for each in cell.percentiles.values()),
                interval(cell.throughput),
                f"{cell.turns:,}",
                str(cell.timed_out),
                str(cell.refused),
                str(cell.failed),
                f"{cell.lawful} of {cell.runs}",
            )
            for cell in cells
        ],
    )


def costs(name: str, title: str, cells: Sequence[Cell]) -> Table:
    """What servers and generators used; 100 % is one core."""
    return Table(
        name,
        title,
        (
            *("scenario", "protocol", "server CPU %", "server CPU ms a turn", "server RSS MiB"),
            *("generator CPU %", "begun late ms"),
        ),
        [
            (
                cell.scenario,
                cell.protocol,
                f"{cell.cpu_percent:.0f}",
                interval(cell.cpu_ms_a_turn),
                f"{cell.memory_mb:.0f}",
                f"{cell.client_cpu_percent:.0f}",
                f"{cell.late_ms:.2f}",
            )
            for cell in cells
        ],
    )


def overheads(echo: Sequence[Cell], declared_ms: dict[str, float]) -> Table:
    """What each protocol adds to a turn on an idle server, and its share of the declared turn."""
    return Table(
        "overhead",
        "What the protocol adds to a turn (echo: no model time, one user a generator)",
        ("scenario", "protocol", "added ms", "models ms", "share of a turn", "models for 1 %"),
        [
            (
                cell.scenario,
                cell.protocol,
                interval(cell.mean),
                f"{declared_ms[cell.scenario]:,.0f}",
                f"{share(cell.mean.value, declared_ms[cell.scenario]):.2%}".replace("%", " %"),
                f"{cell.mean.value * 99:,.0f} ms",
            )
            for cell in echo
        ],
    )


def share(added_ms: float, models_ms: float) -> float:
    """The protocol's part of a whole turn."""
    return added_ms / (added_ms + models_ms)


def goals(found: Sequence[Goal]) -> Table:
    """The published figures; met or not on another machine."""
    return Table(
        "goals",
        "Beside the published figures, which are of other machines",
        ("goal", "protocol", "here", "met"),
        [
            (each.goal, each.protocol, each.measured, "yes" if each.met else "**no**")
            for each in found
        ],
    )


def faults(found: Sequence[Fault]) -> Table:
    """The checklist."""
    return Table(
        "faults",
        "Faults of the published experiment",
        ("there", "here", "as these rows show it"),
        [(each.theirs, each.here, each.seen) for each in found],
    )


def factorial(name: str, analysis: Analysis) -> Table:
    """The factorial ANOVA of one measure."""
    return Table(
        name,
        f"Factorial ANOVA of {analysis.measure} (type III; {analysis.rows} runs)",
        (
            *("effect", "sum of squares", "df", "F", "p", "partial eta²", "partial omega²"),
            *("F with HC3", "p with HC3"),
        ),
        [
            (
                each.term,
                f"{each.sum_of_squares:,.4g}",
                f"{each.df:.0f}",
                number(each.f),
                p(each.p),
                number(each.partial_eta_squared, 3),
                number(each.partial_omega_squared, 3),
                number(each.f_robust),
                p(each.p_robust),
            )
            for each in analysis.factorial
        ],
    )


def welch(name: str, analysis: Analysis) -> Table:
    """Welch's ANOVA of each scenario."""
    return Table(
        name,
        f"Welch's ANOVA of {analysis.measure} over the protocols",
        ("scenario", "F", "df between", "df within", "p", "p after Holm", "eta²"),
        [
            (
                each.scenario,
                number(each.f),
                f"{each.df_between:.0f}",
                f"{each.df_within:.2f}",
                p(each.p),
                p(each.p_holm),
                number(each.eta_squared, 3),
            )
            for each in analysis.welch
        ],
    )


def pairs(name: str, analysis: Analysis) -> Table:
    """Games and Howell's comparisons."""
    return Table(
        name,
        f"Games-Howell comparisons of {analysis.measure}",
        ("scenario", "a", "b", "mean a", "mean b", "a - b (95 % interval)", "p", "Hedges' g"),
        [
            (
                each.scenario,
                each.a,
                each.b,
                f"{each.mean_a:,.5g}",
                f"{each.mean_b:,.5g}",
                interval(Interval(each.difference, each.low, each.high)),
                p(each.p),
                f"{each.hedges_g:.2f}",
            )
            for each in analysis.pairs
        ],
    )


def interval(found: Interval) -> str:
    """A value and the ends of its interval, with as many digits as the value needs."""
    if isnan(found.value):
        return "-"
    if isnan(found.low):
        return amount(found.value)
    low, high = (amount(end, like=found.value) for end in (found.low, found.high))
    return f"{amount(found.value)} ({low} to {high})"


def number(value: float, digits: int = 2) -> str:
    """A number, or a dash where there is none."""
    return "-" if isnan(value) else f"{value:,.{digits}f}"


def p(value: float) -> str:
    """A p, or a dash where there is none."""
    return "-" if isnan(value) else p_value(value).removeprefix("p ").removeprefix("= ")
