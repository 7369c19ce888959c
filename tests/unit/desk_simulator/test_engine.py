"""The simulator: nothing lost, the same each time, and the policy's own assignments."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.domain.trace import read, replay
from desk_simulator.engine import simulate
from desk_simulator.records import STEP_COLUMNS, Flow
from desk_simulator.scenario import Impossible, Scenario

SMALL = Scenario(timesteps=30, servers=(2, 3), buffer=6, load=0.8)

scenarios = st.builds(
    Scenario,
    timesteps=st.integers(1, 30),
    failure_rate=st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    servers=st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
    buffer=st.sampled_from([None, 0, 1, 5]),
    seed=st.integers(0, 1000),
    supervised=st.booleans(),
    load=st.floats(0.1, 3),
    patience=st.sampled_from([None, 0.5, 10.0]),
)


@settings(max_examples=60, deadline=None)
@given(scenarios)
def test_every_request_is_in_one_place_at_every_step(scenario: Scenario) -> None:
    steps = simulate(scenario).steps
    assert tuple(steps.columns) == STEP_COLUMNS
    assert list(steps["step"]) == list(range(1, scenario.timesteps + 1))
    sums = steps.cumsum()
    ended = sums["processed"] + sums["failed"] + sums["rejected"]
    assert (sums["arrived"] == ended + steps["buffered"] + steps["in_service"]).all()
    assert (steps["in_service"] <= sum(scenario.servers)).all()


@settings(max_examples=25, deadline=None)
@given(scenarios)
def test_a_trace_read_back_leads_to_the_same_assignments(scenario: Scenario) -> None:
    run = simulate(scenario)
    assert replay(read(run.trace.lines())) == list(run.assignments)


def test_a_seed_gives_the_same_run_and_another_seed_another() -> None:
    first, again = simulate(SMALL), simulate(SMALL)
    assert first.steps.equals(again.steps)
    assert first.attendants.equals(again.attendants)
    assert not first.steps.equals(simulate(replace(SMALL, seed=2)).steps)


def test_both_policies_face_the_same_customers_and_the_same_failures() -> None:
    day = replace(SMALL, timesteps=60, failure_rate=0.2)
    with_it, without = simulate(day), simulate(replace(day, supervised=False))
    assert list(with_it.steps["arrived"]) == list(without.steps["arrived"])
    assert list(with_it.attendants["failures"]) == list(without.attendants["failures"])
    assert list(with_it.attendants["worked"]) == list(without.attendants["worked"])


def test_without_failures_nothing_is_redirected_and_everybody_works_all_day() -> None:
    run = simulate(replace(SMALL, failure_rate=0.0))
    assert run.total[Flow.REDIRECTED] == 0
    assert (run.attendants["availability"] == 1.0).all()
    assert run.attendants["processed"].sum() == run.total[Flow.PROCESSED]


def test_when_everybody_fails_at_once_nothing_is_processed() -> None:
    run = simulate(replace(SMALL, failure_rate=1.0))
    assert run.total[Flow.PROCESSED] == 0
    assert run.total[Flow.FAILED] > 0


def test_without_a_supervisor_nobody_elses_work_is_taken_over() -> None:
    run = simulate(replace(SMALL, failure_rate=0.3, supervised=False))
    assert run.total[Flow.REDIRECTED] == run.total[Flow.REQUEUED] == run.total[Flow.MOVED] == 0


def test_a_full_buffer_refuses_and_never_holds_more() -> None:
    crowd = replace(SMALL, failure_rate=0.0, load=3.0, deflection=0.0, call_back=0.0)
    run = simulate(crowd)
    assert run.total[Flow.REFUSED] > 0
    assert run.steps["buffered"].max() == 6


@pytest.mark.parametrize(
    ("setting", "value"),
    [("timesteps", 0), ("failure_rate", 1.5), ("servers", ()), ("servers", (3, 0)), ("buffer", -1)],
)
def test_a_scenario_that_makes_no_sense_names_the_setting(setting: str, value: object) -> None:
    with pytest.raises(Impossible, match=setting) as refused:
        replace(SMALL, **{setting: value})  # type: ignore[arg-type]
    assert refused.value.setting == setting
