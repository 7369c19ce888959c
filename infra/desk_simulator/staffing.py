"""The fewest attendants of each skill for a target wait, found by simulating days."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

from desk.domain.erlang import answered_within
from desk.domain.kinds import SALES, TECHNICAL
from desk_simulator.engine import simulate
from desk_simulator.scenario import Scenario

WANTED_SEEDS = 0.95
"""The share of simulated days on which the target has to be met."""

_OTHER_DAYS = 500_000
"""Seeds from here on are Sales's, whose customers are not the Technical ones again."""

_FRESH = 1_000_000
"""Seeds from here on confirm a plan that was chosen with others."""


@dataclass(frozen=True)
class Target:
    """`share` of a day's requests answered within `wait` steps."""

    wait: float
    share: float = 0.8


@dataclass(frozen=True)
class Advice:
    """`attendants` of one skill, and the shares of days on which they meet the target.

    `met` on the days of the search, `confirmed` on as many new ones; `met_with_one_fewer` is the
    lower of the two shares for one attendant less.
    """

    kind: str
    arrivals: float
    attendants: int
    met: float
    confirmed: float
    met_with_one_fewer: float


def advise(
    day: Scenario,
    target: Target,
    seeds: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Advice]:
    """For each kind, the fewest specialists who meet the target on 95 % of the days.

    `day` says arrivals, their mix, service, failures and the length of the day. The search begins
    at Erlang C's answer, divided by the attendants' availability. What it finds is tried again with
    as many new seeds, and raised until it holds there too, since the seeds it was chosen with
    flatter it.
    """
    found = []
    for kind, share in ((TECHNICAL.id, day.technical), (SALES.id, 1 - day.technical)):
        if share > 0:
            tell(kind)
            found.append(_fewest(_only(day, kind, share), kind, target, seeds))
    return found


def _only(day: Scenario, kind: str, share: float) -> Scenario:
    """The part of the day that is of one kind: a queue of its own, without a limit."""
    return replace(
        day,
        seed=day.seed + (0 if kind == TECHNICAL.id else _OTHER_DAYS),
        arrivals=day.arrival_rate * share,
        technical=1.0 if kind == TECHNICAL.id else 0.0,
        skills=(frozenset({kind}),),
        buffer=None,
        patience=None,
    )


def _fewest(day: Scenario, kind: str, target: Target, seeds: int) -> Advice:
    known: dict[int, float] = {0: 0.0}

    def met(attendants: int) -> float:
        if attendants not in known:
            known[attendants] = days_met(day, attendants, target, seeds)
        return known[attendants]

    attendants = first_guess(day, target)
    while met(attendants) < WANTED_SEEDS:
        attendants += 1
    while attendants > 1 and met(attendants - 1) >= WANTED_SEEDS:
        attendants -= 1
    fresh = replace(day, seed=day.seed + _FRESH)
    fewer_confirmed = 1.0
    while (confirmed := days_met(fresh, attendants, target, seeds)) < WANTED_SEEDS:
        attendants += 1
        fewer_confirmed = confirmed
    fewer = min(met(attendants - 1), fewer_confirmed)
    return Advice(kind, day.arrival_rate, attendants, met(attendants), confirmed, fewer)


def first_guess(day: Scenario, target: Target) -> int:
    """Erlang C's answer for attendants who never fail, divided by their availability."""
    attendants = 1
    while answered_within(attendants, day.arrival_rate, day.service, target.wait) < target.share:
        attendants += 1
    return ceil(attendants / max(day.availability, 0.05))


def days_met(day: Scenario, attendants: int, target: Target, seeds: int) -> float:
    """The share of days on which so many attendants on one server meet the target.

    Who still waits at the day's end counts with those who were not answered in time.
    """
    met = 0
    for number in range(seeds):
        run = simulate(replace(day, servers=(attendants,), seed=day.seed + number))
        in_time = int((run.waits["wait"] <= target.wait).sum())
        met += in_time >= target.share * run.total["arrived"]
    return met / seeds
