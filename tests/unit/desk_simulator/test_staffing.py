"""The staffing advisor and the comparison."""

from dataclasses import replace

import pytest

from desk_simulator.comparison import compare
from desk_simulator.scenario import Scenario
from desk_simulator.staffing import WANTED_SEEDS, Target, advise, days_met, first_guess

DAY = Scenario(timesteps=60, arrivals=1.6, technical=0.75, service=2.0, failure_rate=0.0)
TARGET = Target(wait=1.0, share=0.8)


def test_the_plan_meets_its_target_on_19_days_of_20_and_one_attendant_fewer_does_not() -> None:
    advice = advise(DAY, TARGET, 20)
    assert [(each.kind, each.arrivals) for each in advice] == [
        ("technical", pytest.approx(1.2)),
        ("sales", pytest.approx(0.4)),
    ]
    for each in advice:
        assert each.met >= WANTED_SEEDS
        assert each.confirmed >= WANTED_SEEDS
        assert each.met_with_one_fewer < WANTED_SEEDS
    assert advice[0].attendants > advice[1].attendants


def test_a_kind_nobody_asks_for_needs_nobody() -> None:
    assert [
        each.kind for each in advise(replace(DAY, technical=1.0, timesteps=20), TARGET, 20)
    ] == ["technical"]


def test_attendants_who_fail_make_the_first_guess_larger() -> None:
    failing = replace(DAY, failure_rate=0.1)
    assert first_guess(failing, TARGET) > first_guess(DAY, TARGET)


def test_no_attendants_to_speak_of_meet_no_target() -> None:
    assert days_met(replace(DAY, buffer=None, patience=None), 1, TARGET, 6) == 0.0


def test_the_comparison_is_paired_and_favours_the_supervisor_where_attendants_fail() -> None:
    day = Scenario(timesteps=80, servers=(3, 4))
    rows = compare(day, 8, rates=(0.0, 0.1)).set_index("failure_rate")
    assert list(rows["seeds"]) == [8, 8]
    calm, failing = rows.loc[0.0], rows.loc[0.1]
    assert abs(calm["saved"]) <= calm["saved_half"] + 1
    assert failing["saved"] - failing["saved_half"] > 0
