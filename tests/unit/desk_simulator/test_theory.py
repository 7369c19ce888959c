"""The simulator against queueing theory, and against Ciw, a simulator of somebody else's.

Each estimate is the mean over independent runs; the exact value has to lie in its 95 % interval.
The seeds are fixed, so a test passes or fails for good.
"""

from collections.abc import Callable
from functools import cache

import ciw
import pytest

from desk.domain.erlang import erlang_a, erlang_c, mmck
from desk.domain.kinds import TECHNICAL
from desk_simulator.engine import simulate
from desk_simulator.intervals import Interval, interval
from desk_simulator.records import Flow, Run
from desk_simulator.scenario import Scenario

SEEDS = range(101, 121)
WARM_UP = 60


def one_queue(seed: int, **changes: object) -> Scenario:
    """Five attendants of one skill, service of mean 1, no failures, 400 steps."""
    settings: dict[str, object] = {
        "timesteps": 400,
        "failure_rate": 0.0,
        "servers": (5,),
        "arrivals": 4.0,
        "service": 1.0,
        "patience": None,
        "buffer": None,
        "technical": 1.0,
        "call_back": 0.0,
        "deflection": 0.0,
        "skills": (frozenset({TECHNICAL.id}),),
    }
    return Scenario(seed=seed, **{**settings, **changes})  # type: ignore[arg-type]


@cache
def runs(changes: frozenset[tuple[str, object]]) -> list[Run]:
    return [simulate(one_queue(seed, **dict(changes))) for seed in SEEDS]


def estimate(measure: Callable[[Run], float], **changes: object) -> Interval:
    return interval([measure(run) for run in runs(frozenset(changes.items()))])


def mean_wait(run: Run) -> float:
    settled = run.waits[run.waits["arrived"] > WARM_UP]
    return float(settled["wait"].mean())


def delayed(run: Run) -> float:
    settled = run.waits[run.waits["arrived"] > WARM_UP]
    return float((settled["wait"] > 0).mean())


def mean_queue(run: Run) -> float:
    return float(run.steps["buffered"].iloc[WARM_UP:].mean())


def share(flow: Flow) -> Callable[[Run], float]:
    def measure(run: Run) -> float:
        settled = run.steps.iloc[WARM_UP:]
        return float(settled[flow].sum() / settled["arrived"].sum())

    return measure


def test_without_failures_waits_are_erlang_c() -> None:
    wanted = erlang_c(5, 4.0, 1.0)
    assert wanted.wait in estimate(mean_wait)
    assert wanted.delayed in estimate(delayed)


def test_with_impatient_customers_queue_and_abandonment_are_erlang_a() -> None:
    wanted = erlang_a(5, 6.0, 1.0, 2.0)
    impatient = {"arrivals": 6.0, "patience": 2.0}
    assert wanted.abandoned in estimate(share(Flow.FAILED), **impatient)
    assert wanted.queue in estimate(mean_queue, **impatient)


def test_with_a_bounded_buffer_losses_and_queue_are_m_m_c_k() -> None:
    wanted = mmck(5, 6.0, 1.0, 4)
    bounded = {"arrivals": 6.0, "buffer": 4}
    assert wanted.lost in estimate(share(Flow.REJECTED), **bounded)
    assert wanted.queue in estimate(mean_queue, **bounded)


@pytest.mark.parametrize("failure_rate", [0.05, 0.1, 0.3])
def test_availability_is_mtbf_over_mtbf_plus_mttr(failure_rate: float) -> None:
    def availability(run: Run) -> float:
        return float(run.attendants["availability"].mean())

    wanted = one_queue(1, failure_rate=failure_rate, repair=5.0).availability
    shares = estimate(
        availability, failure_rate=failure_rate, repair=5.0, timesteps=600, arrivals=0.1
    )
    assert wanted in shares
    assert shares.half < 0.03


def test_ciw_sees_the_same_waits_losses_and_abandonments() -> None:
    def by_ciw(seed: int, arrivals: float, **network: object) -> ciw.Simulation:
        ciw.seed(seed)
        queue = ciw.Simulation(
            ciw.create_network(
                arrival_distributions=[ciw.dists.Exponential(rate=arrivals)],
                service_distributions=[ciw.dists.Exponential(rate=1.0)],
                number_of_servers=[5],
                **network,
            )
        )
        queue.simulate_until_max_time(400)
        return queue

    def wait(queue: ciw.Simulation) -> float:
        records = [each for each in queue.get_all_records() if each.arrival_date > WARM_UP]
        return sum(each.waiting_time for each in records) / len(records)

    def kind_of_end(queue: ciw.Simulation, kind: str) -> float:
        records = [each for each in queue.get_all_records() if each.arrival_date > WARM_UP]
        return sum(each.record_type == kind for each in records) / len(records)

    waits = interval([wait(by_ciw(seed, 4.0)) for seed in SEEDS])
    assert waits.overlaps(estimate(mean_wait))
    losses = interval(
        [kind_of_end(by_ciw(seed, 6.0, queue_capacities=[4]), "rejection") for seed in SEEDS]
    )
    assert losses.overlaps(estimate(share(Flow.REJECTED), arrivals=6.0, buffer=4))
    patience = {"reneging_time_distributions": [ciw.dists.Exponential(rate=0.5)]}
    left = interval([kind_of_end(by_ciw(seed, 6.0, **patience), "renege") for seed in SEEDS])
    assert left.overlaps(estimate(share(Flow.FAILED), arrivals=6.0, patience=2.0))
