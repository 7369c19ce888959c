"""Chance without numpy: streams of their own for requests, failures and repeated service.

Requests are the same however many attendants there are, so that plans face one and the same day.
"""

from collections.abc import Iterator
from math import inf
from random import Random

from desk.domain.advice.day import Day


class Chance:
    """Everything drawn in one day."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._requests = Random(f"{day.seed}/requests")  # noqa: S311
        self._again = Random(f"{day.seed}/again")  # noqa: S311
        self._lives: dict[int, Random] = {}

    def requests(self) -> Iterator[tuple[float, float]]:
        """When each request comes, and how long it takes, without end."""
        now, draw, day = 0.0, self._requests, self._day
        while True:
            now += draw.expovariate(day.arrivals)
            yield now, draw.expovariate(1 / day.service)

    def works(self, attendant: int) -> float:
        """Steps until the attendant of this number fails."""
        mtbf = self._day.mtbf
        return mtbf if mtbf == inf else self._life(attendant).expovariate(1 / mtbf)

    def repairs(self, attendant: int) -> float:
        """Steps until a failed attendant is back."""
        return self._life(attendant).expovariate(1 / self._day.repair)

    def service_again(self) -> float:
        """Steps to serve a request whose attendant failed before: from the start."""
        return self._again.expovariate(1 / self._day.service)

    def _life(self, attendant: int) -> Random:
        if attendant not in self._lives:
            self._lives[attendant] = Random(f"{self._day.seed}/{attendant}")  # noqa: S311
        return self._lives[attendant]
