"""The staffing advisor for a scenario of both kinds; the advice itself is the desk's own."""

from collections.abc import Callable

from desk.domain.advice import staffing
from desk.domain.advice.day import Day
from desk.domain.advice.staffing import WANTED_DAYS as WANTED_SEEDS
from desk.domain.advice.staffing import Advice, Target
from desk.domain.kinds import SALES, TECHNICAL
from desk_simulator.scenario import Scenario

_OTHER_DAYS = 500_000
"""Seeds from here on are Sales's, whose customers are not the Technical ones again."""

__all__ = ["WANTED_SEEDS", "Advice", "Target", "advise", "days_met", "first_guess"]


def advise(
    day: Scenario,
    target: Target,
    seeds: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Advice]:
    """For each kind, the fewest specialists who meet the target on 95 % of the days.

    `day` says arrivals, their mix, service, failures and the length of the day.
    """
    found = []
    for kind, share in ((TECHNICAL.id, day.technical), (SALES.id, 1 - day.technical)):
        if share > 0:
            tell(kind)
            other = 0 if kind == TECHNICAL.id else _OTHER_DAYS
            part = _day(day, day.arrival_rate * share, day.seed + other)
            found.append(staffing.fewest(part, kind, target, seeds))
    return found


def first_guess(day: Scenario, target: Target) -> int:
    """Erlang C's answer for all of a day's requests, divided by availability."""
    return staffing.first_guess(_day(day, day.arrival_rate, day.seed), target)


def days_met(day: Scenario, attendants: int, target: Target, seeds: int) -> float:
    """The share of days on which so many attendants meet the target, were all requests alike."""
    return staffing.days_met(_day(day, day.arrival_rate, day.seed), attendants, target, seeds)


def _day(scenario: Scenario, arrivals: float, seed: int) -> Day:
    return Day(
        timesteps=scenario.timesteps,
        arrivals=arrivals,
        service=scenario.service,
        failure_rate=scenario.failure_rate,
        repair=scenario.repair,
        seed=seed,
    )
