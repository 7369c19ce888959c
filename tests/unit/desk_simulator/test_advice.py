"""The advisor's fast day is the simulator's day, which runs the desk's policy."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from desk.domain.advice.chance import Chance as OwnChance
from desk.domain.advice.day import LEASE, Day, waits
from desk.domain.advice.staffing import Target, days_met
from desk.domain.erlang import erlang_c
from desk.domain.rules import Rules
from desk_simulator.chance import Chance
from desk_simulator.engine import simulate
from desk_simulator.scenario import STEP, Scenario


class Recorded:
    """The simulator's own draws, for the fast day."""

    def __init__(self, scenario: Scenario) -> None:
        self._chance = Chance(scenario)
        self.works, self.repairs = self._chance.works, self._chance.repairs
        self.service_again = self._chance.service_again

    def requests(self) -> Iterator[tuple[float, float]]:
        for customer in self._chance.customers():
            yield customer.at, customer.service


@settings(max_examples=60, deadline=None)
@given(
    attendants=st.integers(1, 9),
    load=st.floats(0.2, 1.4),
    failure_rate=st.sampled_from([0.0, 0.02, 0.1, 0.4]),
    service=st.sampled_from([0.5, 2.0, 5.0]),
    repair=st.sampled_from([0.5, 1.2, 5.0]),
    seed=st.integers(0, 10_000),
)
def test_both_come_to_the_same_waits_of_the_same_customers(
    attendants: int, load: float, failure_rate: float, service: float, repair: float, seed: int
) -> None:
    scenario = Scenario(
        timesteps=40,
        servers=(attendants,),
        load=load,
        failure_rate=failure_rate,
        service=service,
        repair=repair,
        seed=seed,
        technical=1.0,
        skills=(frozenset({"technical"}),),
        buffer=None,
        patience=None,
    )
    day = Day(40, scenario.arrival_rate, service, failure_rate, repair, seed)
    run = simulate(scenario)
    fast, came = waits(day, attendants, Recorded(scenario))
    assert came == run.total["arrived"]
    assert fast == list(run.waits["wait"])


def test_the_fast_day_has_the_lease_of_the_rules() -> None:
    assert Rules().lease / STEP == LEASE


def test_its_own_chance_agrees_with_erlang_c() -> None:
    """Mean wait of M/M/5 with a load of 4, twenty days of 800 steps, the first requests unread."""
    means = []
    for seed in range(20):
        day = Day(timesteps=800, arrivals=4.0, service=1.0, seed=seed)
        waited, _ = waits(day, 5, OwnChance(day))
        means.append(sum(waited[300:]) / len(waited[300:]))
    exact = erlang_c(5, 4.0, 1.0).wait
    assert abs(sum(means) / len(means) - exact) < 0.1


def test_more_attendants_face_the_same_customers() -> None:
    day = Day(timesteps=50, arrivals=2.0, service=2.0, failure_rate=0.1)
    assert waits(day, 3, OwnChance(day))[1] == waits(day, 9, OwnChance(day))[1]


def test_more_attendants_meet_the_target_on_more_days() -> None:
    day = Day(timesteps=60, arrivals=1.0, service=2.0)
    shares = [days_met(day, number, Target(wait=1.0), 20) for number in (1, 2, 4, 8)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1
