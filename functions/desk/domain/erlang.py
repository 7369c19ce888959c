"""Steady-state formulas of queues with c attendants, Poisson arrivals and exponential service.

Every rate is per the same unit of time; `load` is arrivals times mean service (in erlangs).
Sources: Erlang B and C, M/M/c/K: Gross, Shortle, Thompson and Harris, Fundamentals of Queueing
Theory, 4th ed., sections 2.3 to 2.5. Erlang A (M/M/c+M): Mandelbaum and Zeltyn, Service Engineering
in Action: The Palm/Erlang-A Queue (2007): the birth-and-death chain whose deaths are
c/service + (n-c)/patience.
"""

from collections.abc import Callable
from itertools import count
from math import exp
from typing import NamedTuple

from recado.errors import Rejected

_NEGLIGIBLE = 1e-12


class Steady(NamedTuple):
    """A queue in its steady state.

    delayed: share of those admitted who find everybody busy. wait: mean time an admitted customer
    waits, served or not. queue: mean number waiting. lost: share of all arrivals turned away.
    abandoned: share of those admitted who give up.
    """

    delayed: float
    wait: float
    queue: float
    lost: float = 0.0
    abandoned: float = 0.0


def erlang_b(attendants: int, load: float) -> float:
    """The share of requests lost when nobody may wait."""
    blocking = 1.0
    for number in range(1, attendants + 1):
        blocking = load * blocking / (number + load * blocking)
    return blocking


def erlang_c(attendants: int, arrivals: float, service: float) -> Steady:
    """M/M/c: everybody waits as long as it takes. `service` is the mean time of one.

    Raises:
        Rejected: there are too few attendants for the queue to settle.
    """
    load = arrivals * service
    if load >= attendants:
        raise Rejected(
            f"{attendants} attendants cannot keep up with a load of {load:.2f}", field="attendants"
        )
    blocking = erlang_b(attendants, load)
    delayed = attendants * blocking / (attendants - load * (1 - blocking))
    wait = delayed * service / (attendants - load)
    return Steady(delayed=delayed, wait=wait, queue=arrivals * wait)


def answered_within(attendants: int, arrivals: float, service: float, target: float) -> float:
    """M/M/c: the share who wait at most `target`; 0 when the queue does not settle."""
    load = arrivals * service
    if load >= attendants:
        return 0.0
    delayed = erlang_c(attendants, arrivals, service).delayed
    return 1 - delayed * exp(-(attendants - load) * target / service)


def erlang_a(attendants: int, arrivals: float, service: float, patience: float) -> Steady:
    """M/M/c+M: who waits gives up after an exponential time of mean `patience`."""

    def deaths(number: int) -> float:
        return min(number, attendants) / service + max(0, number - attendants) / patience

    return _birth_and_death(attendants, arrivals, deaths, room=None, patience=patience)


def mmck(attendants: int, arrivals: float, service: float, buffer: int) -> Steady:
    """M/M/c/K with K = attendants + `buffer`: who finds the buffer full is turned away."""
    return _birth_and_death(
        attendants, arrivals, lambda number: min(number, attendants) / service, room=buffer
    )


def _birth_and_death(
    attendants: int,
    arrivals: float,
    deaths: Callable[[int], float],
    *,
    room: int | None,
    patience: float | None = None,
) -> Steady:
    chances = [1.0]
    for number in count(1):
        if room is not None and number > attendants + room:
            break
        chances.append(chances[-1] * arrivals / deaths(number))
        beyond = room is None and number > attendants and deaths(number) > arrivals
        if beyond and chances[-1] < _NEGLIGIBLE * max(chances):
            break
    total = sum(chances)
    queue = sum(max(0, n - attendants) * chance for n, chance in enumerate(chances)) / total
    lost = chances[-1] / total if room is not None else 0.0
    busy = sum(chances[attendants:]) / total - lost
    admitted = arrivals * (1 - lost)
    return Steady(
        delayed=busy / (1 - lost),
        wait=queue / admitted,
        queue=queue,
        lost=lost,
        abandoned=queue / patience / admitted if patience is not None else 0.0,
    )
