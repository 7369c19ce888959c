"""The analyses of variance against what R says of its own data sets, and by properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loadtests.lab.statistics import assumptions, variance
from loadtests.lab.statistics.variance import Effect
from scipy import stats

from tests.lab.datasets import INSECT_SPRAYS, drawn, insect_sprays, tooth_growth


def effects() -> dict[str, Effect]:
    table = tooth_growth()
    return {each.term: each for each in variance.factorial(variance.model(table, "latency_ms"))}


def test_a_factorial_anova_is_as_r_computes_it_for_tooth_growth() -> None:
    found = effects()
    # summary(aov(len ~ supp * factor(dose), ToothGrowth)): balanced, so every type agrees
    expected = {
        "scenario": (205.35, 1, 15.572, 0.000231),
        "protocol": (2426.43, 2, 92.000, 4.05e-18),
        "scenario x protocol": (108.32, 2, 4.107, 0.021860),
    }
    for term, (squares, df, f, p) in expected.items():
        effect = found[term]
        assert effect.sum_of_squares == pytest.approx(squares, abs=0.01)
        assert effect.df == df
        assert effect.f == pytest.approx(f, abs=0.001)
        assert effect.p == pytest.approx(p, rel=0.01)
    assert found["residual"].sum_of_squares == pytest.approx(712.11, abs=0.01)
    assert found["residual"].df == 54


def test_effect_sizes_follow_from_the_sums_of_squares() -> None:
    dose = effects()["protocol"]
    error = 712.106 / 54
    assert dose.partial_eta_squared == pytest.approx(2426.434 / (2426.434 + 712.106), abs=1e-5)
    above = 2426.434 - 2 * error
    assert dose.partial_omega_squared == pytest.approx(above / (2426.434 + 58 * error), abs=1e-5)
    assert np.isnan(effects()["residual"].partial_eta_squared)


def test_welchs_anova_is_as_r_computes_it_for_insect_sprays() -> None:
    (found,) = variance.welch(insect_sprays(), "latency_ms")
    # oneway.test(count ~ spray, InsectSprays)
    assert found.f == pytest.approx(36.0654, abs=0.0001)
    assert found.df_between == 5
    assert found.df_within == pytest.approx(30.043, abs=0.001)
    assert found.p == pytest.approx(7.999e-12, rel=0.001)


def test_welchs_anova_is_not_the_plain_one() -> None:
    (found,) = variance.welch(insect_sprays(), "latency_ms")
    plain = stats.f_oneway(*INSECT_SPRAYS.values())
    assert plain.statistic == pytest.approx(34.702, abs=0.001)
    assert abs(found.f - plain.statistic) > 1
    assert found.df_within != 66


def test_variances_are_compared_as_r_does_for_insect_sprays() -> None:
    # car::leveneTest(count ~ spray, InsectSprays): around the median
    found = assumptions.equal_variances(insect_sprays(), "latency_ms")
    assert found.statistic == pytest.approx(3.8214, abs=0.0001)
    assert found.p == pytest.approx(0.004223, abs=0.000001)
    assert found.rejects


def test_games_and_howell_of_two_groups_is_welchs_t_test() -> None:
    table = drawn({("simple", "a"): 10.0, ("simple", "b"): 11.0})
    (pair,) = variance.games_howell(table, "latency_ms")
    groups = [table.loc[table["protocol"] == name, "latency_ms"] for name in "ab"]
    welch = stats.ttest_ind(*groups, equal_var=False)
    assert pair.p == pytest.approx(welch.pvalue, rel=1e-6)
    ends = welch.confidence_interval(0.95)
    assert (pair.low, pair.high) == pytest.approx((ends.low, ends.high), rel=0.002)


def test_games_and_howell_find_the_sprays_that_differ() -> None:
    pairs = {
        (each.a, each.b): each for each in variance.games_howell(insect_sprays(), "latency_ms")
    }
    assert len(pairs) == 15
    weak, strong = set("CDE"), set("ABF")
    for (a, b), pair in pairs.items():
        assert (pair.p < 0.05) == (bool({a, b} & weak) and bool({a, b} & strong)), (a, b)
        assert (pair.low > 0 or pair.high < 0) == (pair.p < 0.05)


def test_hedges_g_is_the_difference_in_standard_deviations_corrected_for_few_rows() -> None:
    table = drawn({("simple", "a"): 10.0, ("simple", "b"): 11.0})
    (pair,) = variance.games_howell(table, "latency_ms")
    a, b = (table.loc[table["protocol"] == name, "latency_ms"].to_numpy() for name in "ab")
    pooled = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    correction = 1 - 3 / (4 * (len(a) + len(b)) - 9)
    assert pair.hedges_g == pytest.approx((a.mean() - b.mean()) / pooled * correction, rel=1e-3)


@settings(max_examples=15)
@given(shift=st.floats(-1_000, 1_000), scale=st.floats(0.1, 1_000))
def test_neither_the_unit_nor_the_origin_changes_a_test(shift: float, scale: float) -> None:
    table = insect_sprays()
    moved = table.assign(latency_ms=shift + scale * table["latency_ms"])
    (before,), (after,) = variance.welch(table, "latency_ms"), variance.welch(moved, "latency_ms")
    assert after.f == pytest.approx(before.f, rel=1e-6)
    assert after.df_within == pytest.approx(before.df_within, rel=1e-6)


def test_p_values_of_several_scenarios_are_adjusted_together() -> None:
    means = {(scenario, protocol): 10.0 for scenario in "xyz" for protocol in "ab"}
    found = variance.welch(drawn(means), "latency_ms")
    ordered = sorted(found, key=lambda each: each.p)
    assert ordered[0].p_holm == pytest.approx(min(1.0, 3 * ordered[0].p))
    assert all(each.p_holm >= each.p for each in found)


def test_hardly_varying_rows_have_no_robust_f_instead_of_a_wrong_one() -> None:
    table = drawn({(scenario, protocol): 10.0 for scenario in "xy" for protocol in "ab"}, runs=3)
    stuck = table.assign(
        latency_ms=np.where(table["run"] == "0", table["latency_ms"].round(), 10.0)
    )
    found = variance.factorial(variance.model(stuck, "latency_ms"))
    assert {each.term for each in found} >= {"scenario", "protocol", "scenario x protocol"}
