"""The fewest attendants of a skill for a target wait, found by simulating days."""

from collections.abc import Callable
from dataclasses import replace
from math import ceil

from pydantic import Field

from desk.domain.advice.chance import Chance
from desk.domain.advice.day import Day, waits
from desk.domain.erlang import answered_within
from recado.errors import Rejected
from recado.model import Frozen

WANTED_DAYS = 0.95
"""The share of simulated days on which the target has to be met."""
_FRESH = 1_000_000
"""Seeds from here on confirm a plan that was chosen with others."""


class Target(Frozen):
    """`share` of a day's requests answered within `wait` steps."""

    wait: float = Field(ge=0)
    share: float = Field(default=0.8, gt=0, le=1)


class Advice(Frozen):
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


def fewest(
    day: Day, kind: str, target: Target, seeds: int, goes_on: Callable[[], bool] = lambda: True
) -> Advice:
    """The fewest specialists of a kind who meet the target on 95 % of the days.

    The search begins at Erlang C's answer, divided by the attendants' availability. What it finds
    is tried again with as many new seeds, and raised until it holds there too, since the seeds it
    was chosen with flatter it.

    Raises:
        Rejected: `goes_on` said no before it was found.
    """
    known: dict[int, float] = {0: 0.0}

    def tried(of: Day, attendants: int) -> float:
        return days_met(of, attendants, target, seeds, goes_on)

    def met(attendants: int) -> float:
        if attendants not in known:
            known[attendants] = tried(day, attendants)
        return known[attendants]

    attendants = first_guess(day, target)
    while met(attendants) < WANTED_DAYS:
        attendants += 1
    while attendants > 1 and met(attendants - 1) >= WANTED_DAYS:
        attendants -= 1
    fresh = replace(day, seed=day.seed + _FRESH)
    fewer_confirmed = 1.0
    while (confirmed := tried(fresh, attendants)) < WANTED_DAYS:
        attendants += 1
        fewer_confirmed = confirmed
    fewer = min(met(attendants - 1), fewer_confirmed)
    return Advice(
        kind=kind,
        arrivals=day.arrivals,
        attendants=attendants,
        met=met(attendants),
        confirmed=confirmed,
        met_with_one_fewer=fewer,
    )


def first_guess(day: Day, target: Target) -> int:
    """Erlang C's answer for attendants who never fail, divided by their availability."""
    attendants = 1
    while answered_within(attendants, day.arrivals, day.service, target.wait) < target.share:
        attendants += 1
    return ceil(attendants / max(day.availability, 0.05))


def days_met(
    day: Day,
    attendants: int,
    target: Target,
    seeds: int,
    goes_on: Callable[[], bool] = lambda: True,
) -> float:
    """The share of days on which so many attendants meet the target.

    Who still waits at the day's end counts with those who were not answered in time.

    Raises:
        Rejected: `goes_on` said no before the last day.
    """
    met = 0
    for number in range(seeds):
        if not goes_on():
            raise Rejected(
                "takes too long to find out: ask for fewer days, or for one kind at a time",
                field="days",
            )
        one = replace(day, seed=day.seed + number)
        waited, came = waits(one, attendants, Chance(one))
        met += sum(each <= target.wait for each in waited) >= target.share * came
    return met / seeds
