"""Randomness: streams of their own for customers, failures and repeated service.

Customers and failures are the same whatever the policy does, so that two policies with one seed
face one and the same day.
"""

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

import numpy as np

from desk.domain.kinds import SALES, TECHNICAL
from desk_simulator.scenario import Scenario


class Customer(NamedTuple):
    """A request to come: when, of what kind, how long it takes, how long it waits (in steps)."""

    id: str
    at: float
    kind: str
    service: float
    patience: float
    takes_call_back: bool
    takes_bot: bool


class Chance:
    """Everything drawn in one run."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        customers, again, *lives = np.random.SeedSequence(scenario.seed).spawn(
            2 + sum(scenario.servers)
        )
        self._customers = np.random.default_rng(customers)
        self._again = np.random.default_rng(again)
        self._lives = [np.random.default_rng(each) for each in lives]

    def customers(self) -> Iterator[Customer]:
        """The customers in the order they come, without end."""
        draw, scenario = self._customers, self._scenario
        now, number = 0.0, 0
        patience = scenario.patience
        while True:
            number += 1
            now += float(draw.exponential(1 / scenario.arrival_rate))
            kind, call_back, bot = draw.random(3)
            service, waits = draw.exponential(size=2)
            yield Customer(
                id=f"ticket-{number:06}",
                at=now,
                kind=TECHNICAL.id if kind < scenario.technical else SALES.id,
                service=float(service) * scenario.service,
                patience=float(waits) * patience if patience is not None else inf,
                takes_call_back=bool(call_back < scenario.call_back),
                takes_bot=bool(bot < scenario.deflection),
            )

    def works(self, attendant: int) -> float:
        """Steps until the attendant of this number fails."""
        mtbf = self._scenario.mtbf
        return mtbf if mtbf in {0.0, inf} else float(self._lives[attendant].exponential(mtbf))

    def repairs(self, attendant: int) -> float:
        """Steps until a failed attendant is back."""
        return float(self._lives[attendant].exponential(self._scenario.repair))

    def service_again(self) -> float:
        """Steps to serve a request whose attendant failed before: from the start."""
        return float(self._again.exponential(self._scenario.service))

    def patience_again(self) -> float:
        """Steps a customer bears a silent attendant, or a second wait."""
        patience = self._scenario.patience
        return inf if patience is None else float(self._again.exponential(patience))
