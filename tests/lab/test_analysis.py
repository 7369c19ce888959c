"""What is said of a measure."""

import numpy as np
import pandas as pd
from loadtests.lab.statistics.analysis import analyse

from tests.lab.datasets import drawn, tooth_growth

MEANS = {
    ("simple", "grpc"): 100.0,
    ("simple", "rest"): 104.0,
    ("complex", "grpc"): 900.0,
    ("complex", "rest"): 900.0,
}


def said(table: pd.DataFrame) -> str:
    return "\n".join(analyse(table, "latency_ms").words)


def test_equal_variances_let_the_plain_f_be_read() -> None:
    words = said(drawn(MEANS))
    assert "Nothing speaks against equal variances" in words
    assert "with HC3" not in words


def test_unequal_variances_send_the_reader_to_the_tests_that_bear_them() -> None:
    table = drawn(MEANS)
    wild = np.where(table["protocol"] == "rest", 30.0, 1.0)
    means = table.groupby(["scenario", "protocol"])["latency_ms"].transform("mean")
    words = said(table.assign(latency_ms=means + wild * (table["latency_ms"] - means)))
    assert "The cells' variances differ" in words
    assert "F(1, 56)" in words
    assert "with HC3" in words


def test_the_protocols_that_differ_are_named_with_by_how_much() -> None:
    words = said(drawn(MEANS))
    assert "simple: Welch F(1, " in words
    assert "grpc below rest by 4." in words or "grpc below rest by 3." in words
    assert "complex: Welch F(1, " in words
    assert "no two protocols can be told apart" in words


def test_a_value_that_never_varies_is_not_taken_for_a_measurement() -> None:
    table = drawn(MEANS)
    stuck = (table["scenario"] == "complex") & (table["protocol"] == "rest")
    words = said(table.assign(latency_ms=table["latency_ms"].mask(stuck, 6_000.0)))
    assert "complex: no Welch ANOVA, all 15 runs of rest have 6000" in words
    assert "simple: Welch" in words


def test_nothing_but_constants_is_not_tested_at_all() -> None:
    found = analyse(drawn(MEANS).assign(latency_ms=5.0), "latency_ms")
    assert (found.factorial, found.welch, found.pairs) == ([], [], [])
    assert "nothing to test against" in found.words[0]


def test_a_cell_that_was_not_run_leaves_the_scenarios_to_be_compared_alone() -> None:
    table = drawn({key: mean for key, mean in MEANS.items() if key != ("complex", "rest")})
    found = analyse(table, "latency_ms")
    assert found.factorial == []
    assert [each.scenario for each in found.welch] == ["simple"]
    assert "No factorial ANOVA" in found.words[0]


def test_one_scenario_is_analysed_by_its_protocols_alone() -> None:
    table = drawn({key: mean for key, mean in MEANS.items() if key[0] == "simple"})
    found = analyse(table, "latency_ms")
    assert [each.term for each in found.factorial] == ["protocol", "residual"]


def test_two_runs_a_cell_are_analysed_without_promising_much() -> None:
    words = said(drawn(MEANS, runs=2))
    assert "Two runs of a cell do not show whether variances differ" in words


def test_the_size_of_an_effect_is_said_in_a_word() -> None:
    words = said(tooth_growth())
    assert "protocol: F(2, 54) = 92.00, p < 0.001" in words
    assert "partial omega squared 0.752 (large)" in words
    assert "scenario x protocol: F(2, 54) = 4.11, p = 0.022" in words
