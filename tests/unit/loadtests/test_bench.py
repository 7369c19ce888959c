"""What the benches make of their measurements, and the tables of the page."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from loadtests import charts, scale
from loadtests.bench import budget, cold, cost, page, parallel, peer, quota, results
from loadtests.bench import scale as scale_bench
from loadtests.fleet import Delivered
from loadtests.metering import item_size, read_units, write_units

from operations.errors import Trouble
from recado.figures import costs

PNG = b"\x89PNG"
LINE = parallel.Series("bulk", 50, 1_000, chunks=8, each=1)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rows of a test stay in its own folder."""
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    return tmp_path


def found(people: int = 400, seconds: float = 4.0, unique: int = 400) -> Delivered:
    moments = tuple(seconds * (number + 1) / people for number in range(people))
    return Delivered(people, people, unique, people - unique, moments, cpu_s=0.1)


def test_a_perfect_crowd_is_linear_until_the_quotas_share() -> None:
    assert [parallel.expected(100, senders, 1_000) for senders in (1, 4, 16)] == [100, 400, 970]


def test_a_row_says_how_much_time_the_crowd_saves_and_how_near_it_is_to_linear() -> None:
    row = parallel.row_of(LINE, 4, found(), alone=30, baseline=5)
    assert (row.rate, row.per_hour, row.saved) == (100.0, 360_000, 0.95)
    assert row.of_expected == pytest.approx(100 / 120, abs=0.001)
    assert (row.p50_s, row.p95_s, row.cpu_us) == (2.0, 3.8, 250)


def test_the_first_row_saves_nothing_and_is_what_is_expected_of_it() -> None:
    row = parallel.row_of(LINE, 1, found(unique=396), alone=0, baseline=0)
    assert (row.saved, row.of_expected, row.success, row.duplicates) == (0.0, 1.0, 0.99, 4)


def test_a_run_has_its_ramp_up_its_settling_and_its_last_chunks_told_apart() -> None:
    moments = [100 + number / 50 for number in range(4_000)]
    phases = quota.phases(moments, 130.0)
    assert [phase.name for phase in phases] == [
        *("ramp-up", "full", "settling", "halved", "last chunks")
    ]
    assert [phase.ended for phase in phases] == [105.0, 130.0, 140.0, 150.0, moments[-1]]
    assert all(one.ended == next_one.begun for one, next_one in pairwise(phases))


def test_of_a_run_that_is_too_short_no_phase_ends_before_it_begins() -> None:
    phases = quota.phases([100.0, 101.0, 102.0], 101.0)
    assert all(phase.begun <= phase.ended for phase in phases)


def test_a_phase_counts_its_own_mails_and_throttled_calls() -> None:
    phase = quota.Phase("full", 100, 10.0, 20.0)
    calls = [{"at_ms": 15_000, "outcome": outcome} for outcome in ("ok", "throttled", "partial")]
    row = quota.row_of(
        phase,
        5.0,
        [9.9, *([15.0] * 950), 20.0],
        [*calls, {"at_ms": 25_000, "outcome": "throttled"}],
        0,
    )
    assert (row.mails, row.used, row.calls, row.throttled_calls) == (950, 0.95, 3, 2)
    assert (row.p50_s, row.throttled_share) == (10.0, pytest.approx(2 / 3, abs=1e-5))


def spent(mails: int, us: int, steps: dict[str, int]) -> list[budget.Row]:
    """What a stopwatch said in the first run, where boto3's call took 629 us."""
    return budget.of_run(1, {"mails": mails, "us": us, "yardstick": 629.0, "steps": steps})


def test_what_no_step_took_is_everything_else() -> None:
    rows = spent(10, 1_000, {"render": 300, "SES call": 500})
    assert [(row.step, row.us) for row in rows] == [
        ("render", 30.0),
        ("SES call", 50.0),
        ("everything else", 20.0),
        (budget.YARDSTICK, 629.0),
    ]


def test_imports_are_read_from_pythons_report() -> None:
    report = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:  120 |  500 |   a.b.c\n"
        "import time: 30 | 30 | a.b.d\n"
        "noise\n"
    )
    assert cold.by_package(cold.parse(report)) == {"a.b": 150}


def test_units_are_priced_for_a_million() -> None:
    (row,) = cost.priced("ours", 2_000, {("SQS", "request"): 100})
    assert (row.units_per_million, row.usd_per_million) == (50_000, 0.02)


def test_every_price_has_a_source_and_a_date() -> None:
    lines = costs.PRICES.read_text().splitlines()
    assert all(line.count("https://aws.amazon.com/") == 1 for line in lines[1:])
    assert set(cost.one_message_each()) | set(cost.sample()) <= set(cost.prices())


def test_waiting_for_a_low_quota_costs_more_than_waiting_for_a_high_one() -> None:
    assert cost.waiting_usd(14, 6) == pytest.approx(1e6 / 14 * 6 * 0.5 * 0.0000166667)
    assert cost.waiting_usd(14, 6) > cost.waiting_usd(200, 6)


def test_processor_time_is_stretched_and_waits_are_not() -> None:
    assert cost.lambda_ms(50, 0) == 50
    assert cost.lambda_ms(0, 10) == 35


def test_sizes_and_units_follow_dynamodbs_rules() -> None:
    item = {
        "pk": {"S": "é"},
        "n": {"N": "-12.5"},
        "b": {"BOOL": True},
        "m": {"M": {"a": {"S": "x"}}},
    }
    assert item_size(item) == (2 + 2) + (1 + 3) + (1 + 1) + (1 + 3 + 2 + 1)
    assert [write_units(size) for size in (0, 1_024, 1_025)] == [1, 1, 2]
    assert write_units(1_025, transactional=True) == 4
    assert [read_units(size, consistent=True) for size in (0, 4_096, 4_097)] == [1, 1, 2]
    assert read_units(1, consistent=False) == 0.5


SERVICE = scale.Service(wait_s=0.2, cpu_s=0.01, item_bytes=1_500)


def all_limits(**changes: Any) -> list[scale.Limit]:
    terms = {"vcpu": 0.25, "ses_quota": 1e6, "planner_rate": 1e6, "batch": 5} | changes
    return scale.limits(SERVICE, 1_000, **terms)


def test_throughput_is_littles_law_until_the_bound() -> None:
    assert scale.throughput(4, 0.2) == 1_000
    assert scale.throughput(4, 0.2, bound=600) == 600


def test_a_smaller_part_of_a_processor_stretches_only_its_time() -> None:
    assert SERVICE.seconds(0.25) == pytest.approx(0.24)


@pytest.mark.parametrize(
    ("change", "first"), [({"ses_quota": 14}, "SES"), ({"planner_rate": 10}, "planner")]
)
def test_the_lowest_limit_is_named_first(change: dict[str, float], first: str) -> None:
    limits = all_limits(**change)
    assert limits[0].name.startswith(first)
    assert [limit.rate for limit in limits] == sorted(limit.rate for limit in limits)


def test_one_counts_item_takes_two_units_a_chunk() -> None:
    rates = {limit.name: limit.rate for limit in all_limits()}
    assert rates["DynamoDB: writes to one COUNTS item"] == 25_000
    assert rates["DynamoDB: a campaign in one partition"] == 5_000


def test_lambda_needs_minutes_to_run_a_thousand_senders() -> None:
    assert scale.ramp_minutes(1_000) == pytest.approx(3.32, abs=0.01)
    assert scale.ramp_minutes(2) == 0


def test_tables_are_made_anew_between_their_marks_and_nothing_else_is_touched() -> None:
    around = {"machine": "2 cores", "date": "2026-11-22", "load_before": "0.10"}
    results.keep(
        "budget",
        spent(1, 9, {"render": 4}),
        around,
    )
    text = "Before.\n<!-- table budget -->\nold\n<!-- end -->\nAfter.\n"
    once = page.filled(text)
    assert once.startswith("Before.\n<!-- table budget -->\n| step |")
    assert once.endswith("<!-- end -->\nAfter.\n")
    assert "| everything else | 5.0 |" in once
    assert page.filled(once) == once


def test_a_table_without_rows_says_so() -> None:
    assert page.NOT_RUN in page.filled("<!-- table parallel -->\n<!-- end -->\n")


def test_a_table_that_nothing_makes_is_trouble() -> None:
    with pytest.raises(Trouble, match="weather"):
        page.filled("<!-- table weather -->\n<!-- end -->\n")


def test_the_page_of_the_repository_has_every_table() -> None:
    text = page.PAGE.read_text()
    assert all(f"<!-- table {name} -->" in text for name in page.TABLES)


def test_the_charts_of_the_benches_are_pictures(tmp_path: Path) -> None:
    file = tmp_path / "chart.png"
    for draw in (
        lambda: charts.scaling({"bulk": [(1, 10), (2, 19)]}, [100], "Senders", file),
        lambda: charts.bars(
            ["a", "b"], {"x": [1, 2], "y": [0, 1]}, "us", "Bars", file, ("goal", 3)
        ),
        lambda: charts.over_time([0, 1], [5, 4], [6, 6], "Seconds", file),
    ):
        file.unlink(missing_ok=True)
        draw()
        assert file.read_bytes().startswith(PNG)


AROUND = {"machine": "2 cores", "date": "2026-11-22 00:00", "load_before": "0.10"}


def keep_everything() -> None:
    """Rows of every piece, as a run would leave them."""
    lines = [
        parallel.row_of(parallel.Series(mode, 50, 1_000, 8, 1), senders, found(seconds=s), a, b)
        for mode, senders, s, a, b in (
            ("sequence", 1, 20.0, 0, 0),
            ("single", 1, 4.0, 0, 20),
            ("single", 16, 0.5, 100, 20),
        )
    ]
    results.keep("parallel", lines, AROUND)
    moments = [second / 90 for second in range(90 * 30)] + [40 + n / 48 for n in range(48 * 60)]
    stretches = quota.phases(moments, 30.0)
    calls = [{"at_ms": 15_000, "outcome": "ok"}]
    results.keep("quota", [quota.row_of(p, 0.0, moments, calls, 0) for p in stretches], AROUND)
    results.keep(
        "peer",
        [
            peer.Row("celery common", 0, 2, 100, 1, 1, 1_000, 100, 0, 0),
            peer.Row("celery tuned", 0, 2, 100, 1, 1, 150, 100, 0, 0),
            peer.Row("recado bulk", 0, 2, 100, 1, 1, 180, 100, 0, 0),
            peer.Row("celery common", 5, 2, 100, 1, 1, 0, 95, 5, 0),
            peer.Row("recado bulk", 5, 0, 100, 1, 0, 0, 100, 0, 0),
        ],
        AROUND,
    )
    steps = {"render": 30, "SES call": 60, "claim": 20}
    results.keep(
        "budget",
        spent(1, 120, steps),
        AROUND,
    )
    results.keep("cold", [cold.Row(1, 300, 350, 420, 1.4)], AROUND)
    results.keep_plain("cold-imports", [{"package": "babel.dates", "self_us": 2_000}], AROUND)
    units = {("SQS", "request"): 1_000, ("SNS", "publish"): 2_000}
    designs = (cost.BARE, cost.SENT, cost.DELIVERED)
    rows = [row for design in designs for row in cost.priced(design, 2_000, units)]
    results.keep("cost", rows, AROUND)
    results.keep("cost-lambda", [cost.Time("planner", 2_000, 1, 1_000, 500.0)], AROUND)


def test_each_goal_is_judged_by_the_rows() -> None:
    keep_everything()
    told = {line.split(" | ")[0].strip("| "): line for line in page.goals().splitlines()[2:]}
    assert told["16 senders with single sends save 97 % of the time"].endswith("| 97.5 % | yes |")
    assert "**no**" in told["90 % of linear until the quota"]
    assert told["95 % of the quota is used"].endswith("| at least 90.0 % | **no** |")
    assert told["at most 1/5 of the common peer's CPU"].endswith("| 18.0 % | yes |")
    assert told["no more CPU than the tuned peer"].endswith("| 120.0 % | **no** |")
    assert told["150 us of CPU an e-mail"].endswith("| 120 us | yes |")
    assert told["25 us but render and SES"].endswith("| 30 us | **no** |")
    assert told["cold start 1.3 times boto3 with its clients"].endswith("| 1.40 | **no** |")


def test_scale_checks_the_model_and_names_the_first_limit(folder: Path) -> None:
    keep_everything()
    scale_bench.run(1)
    (check,) = results.kept("scale-checks")
    assert (check["predicted"], check["measured"], check["error"]) == ("970.0", "800.0", "0.212")
    limits = results.kept("scale")
    assert limits[0]["limit"].startswith("planner")
    assert float(limits[0]["rate"]) == 2_000
    assert (folder / "scale.png").read_bytes().startswith(PNG)


def test_the_whole_page_is_filled_when_everything_has_run() -> None:
    keep_everything()
    scale_bench.run(1)
    assert page.NOT_RUN not in page.filled(page.PAGE.read_text())


def test_scale_asks_for_the_pieces_it_reads() -> None:
    with pytest.raises(Trouble, match="parallel, budget and cost"):
        scale_bench.run(1)
