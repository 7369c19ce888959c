"""How many attendants a desk needs: the question staff ask, and the answer in time."""

import time
from collections.abc import Callable
from typing import Annotated, Self

from pydantic import Field, model_validator

from desk.domain.advice.day import Day
from desk.domain.advice.staffing import Advice, Target, fewest
from recado.model import Frozen, Identifier

MAX_WORK = 400_000
"""Requests that may come in all the days of a question together."""
MAX_LOAD = 150
"""The most requests that may be in service at once on average."""
ANSWER_WITHIN_S = 22.0
"""Well below what API Gateway waits."""

Minutes = Annotated[float, Field(gt=0, le=240)]


class Question(Frozen):
    """Times in minutes; `demand` is requests a minute, by kind."""

    demand: dict[Identifier, Annotated[float, Field(gt=0, le=100)]] = Field(
        min_length=1, max_length=10
    )
    handling: Minutes = Field(default=5.0, description="Mean minutes a request takes.")
    target_wait: float = Field(default=1.0, ge=0, le=240)
    share: float = Field(default=0.8, ge=0.01, le=0.99)
    failure_rate: float = Field(
        default=0.0, ge=0, le=0.5, description="Chance a minute that an attendant fails."
    )
    repair: Minutes = Field(default=5.0, description="Mean minutes until they are back.")
    minutes: int = Field(default=480, ge=30, le=1_440, description="The length of a day.")
    days: int = Field(default=40, ge=20, le=200, description="Days a plan is tried on.")
    seed: int = Field(default=1, ge=0, le=400_000)

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        work = sum(self.demand.values()) * self.minutes * self.days
        if work > MAX_WORK:
            raise ValueError(
                f"demand: {work:,.0f} requests in {self.days} days are more than {MAX_WORK:,}:"
                " ask for fewer days or shorter ones"
            )
        load = max(self.demand.values()) * self.handling
        if load > MAX_LOAD:
            raise ValueError(
                f"demand: a kind has {load:.0f} requests in service at once, more than {MAX_LOAD}"
            )
        return self


class Answer(Frozen):
    """The plan: specialists of each kind."""

    items: tuple[Advice, ...]


def advise(question: Question, now: Callable[[], float] = time.monotonic) -> Answer:
    """The fewest attendants of each kind who meet the target on 95 % of the days.

    Raises:
        Rejected: it cannot be found out within `ANSWER_WITHIN_S` seconds.
    """
    until = now() + ANSWER_WITHIN_S
    target = Target(wait=question.target_wait, share=question.share)
    found = []
    for place, (kind, arrivals) in enumerate(sorted(question.demand.items())):
        day = Day(
            timesteps=question.minutes,
            arrivals=arrivals,
            service=question.handling,
            failure_rate=question.failure_rate,
            repair=question.repair,
            seed=question.seed + place * 10_000_000,
        )
        found.append(fewest(day, kind, target, question.days, lambda: now() < until))
    return Answer(items=tuple(found))
