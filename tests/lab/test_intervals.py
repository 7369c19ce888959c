"""Intervals over runs."""

import numpy as np
import pytest
from loadtests.lab.statistics.intervals import of_mean, of_percentile
from scipy import stats


def test_the_interval_of_a_mean_is_students() -> None:
    found = of_mean([9.0, 10.0, 11.0, 14.0])
    expected = stats.ttest_1samp([9.0, 10.0, 11.0, 14.0], 0).confidence_interval(0.95)
    assert found.value == 11.0
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_one_run_has_no_interval() -> None:
    assert np.isnan([of_mean([3.0]).low, of_percentile([np.array([1.0, 2.0])], 95, 1).high]).all()


def test_a_percentile_is_of_all_runs_together() -> None:
    runs = [np.arange(1.0, 51.0), np.arange(51.0, 101.0)]
    assert [of_percentile(runs, each, 1).value for each in (50, 95, 99)] == [50, 95, 99]


def test_runs_that_are_alike_leave_nothing_to_doubt() -> None:
    found = of_percentile([np.arange(100.0)] * 15, 99, 1)
    assert found.low == found.value == found.high


def test_the_interval_widens_with_the_difference_between_runs_not_with_their_turns() -> None:
    chance = np.random.default_rng(5)
    alike = [chance.normal(100, 5, 400) for _ in range(15)]
    apart = [chance.normal(100 + 20 * (place % 3), 5, 400) for place in range(15)]
    narrow, wide = of_percentile(alike, 95, 1), of_percentile(apart, 95, 1)
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)
    many = of_percentile([np.tile(run, 5) for run in apart], 95, 1)
    assert many.high - many.low == pytest.approx(wide.high - wide.low, rel=0.1)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(8)
    truth = float(stats.norm(100, np.hypot(3, 5)).ppf(0.95))
    covered = 0
    for place in range(40):
        levels = chance.normal(100, 3, 15)
        found = of_percentile([chance.normal(level, 5, 60) for level in levels], 95, place)
        covered += found.low <= truth <= found.high
    assert covered >= 31  # the percentile bootstrap of 15 runs is a little too narrow


def test_the_same_seed_gives_the_same_interval() -> None:
    runs = [np.random.default_rng(place).normal(10, 1, 50) for place in range(5)]
    assert of_percentile(runs, 99, 3) == of_percentile(runs, 99, 3)
