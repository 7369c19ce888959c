"""What the benchmark of concurrency makes of a campaign."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from loadtests import concurrency
from loadtests.concurrency import quantile, row_of
from loadtests.instruments import Call

from operations.errors import Trouble

FIXED = {
    "world": "embedded",
    "machine": "2 cores",
    "limit": 5,
    "people": 101,
    "quota": 50.0,
    "latency_ms": 50.0,
}
CAMPAIGN = {
    "status": "completed",
    "launched_at": "1970-01-01T00:00:10Z",
    "progress": {"ended_at": "1970-01-01T00:00:20Z"},
}
LEDGER = {"accepted": 101, "duplicates": 0, "max_in_one_second": 49}
MOMENTS = [12 + number / 25 for number in range(101)]
"""A hundred and one mails in four seconds, the first two seconds after the launch."""


def row(calls: list[Call], moments: list[float] = MOMENTS, **campaign: Any) -> concurrency.Row:
    return row_of(FIXED, CAMPAIGN | campaign, moments, calls, LEDGER)


def test_the_rate_is_that_of_the_time_between_the_first_and_the_last_mail() -> None:
    measured = row([Call(50, 50, "ok")])
    assert (measured.sending_s, measured.whole_s) == (4.0, 10.0)
    assert measured.rate == pytest.approx(101 / 4, abs=0.1)
    assert measured.quota_used == pytest.approx(101 / 4 / 50, abs=0.001)


def test_waits_are_counted_from_the_launch() -> None:
    measured = row([Call(50, 50, "ok")])
    assert (measured.first_s, measured.p50_s, measured.p95_s) == (2.0, 4.0, 5.8)


def test_throttled_calls_are_counted() -> None:
    calls = [Call(50, 50, "ok"), Call(50, 0, "throttled"), Call(50, 0, "throttle")]
    assert (row(calls).throttled_calls, row(calls).calls) == (2, 3)


def test_a_campaign_of_which_nothing_was_accepted_is_trouble() -> None:
    with pytest.raises(Trouble, match="accepted 0 mails"):
        row([], [])


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([1, 2, 3, 4], 0.5, 2), ([1, 2, 3, 4], 0.95, 4), ([7], 0.95, 7), (range(1, 101), 0.95, 95)],
)
def test_a_quantile_is_the_nearest_rank(values: Any, share: float, expected: int) -> None:
    assert quantile(values, share) == expected


def test_rows_are_kept_one_by_one_each_with_its_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrency, "FILE", tmp_path / "concurrency.csv")
    measured = row([Call(50, 50, "ok")])
    for world in ("embedded", "localstack"):
        concurrency.keep(replace(measured, world=world))
    with concurrency.FILE.open(newline="", encoding="utf-8") as lines:
        kept = list(csv.DictReader(lines))
    assert [line["world"] for line in kept] == ["embedded", "localstack"]
    assert {line["rate"] for line in kept} == {str(measured.rate)}


@pytest.mark.parametrize(("people", "limits"), [(0, [5]), (200_001, [5]), (100, [1])])
def test_a_benchmark_out_of_bounds_is_refused(people: int, limits: list[int]) -> None:
    with pytest.raises(typer.Exit):
        concurrency.main(people, 1_000, 50, limits)
