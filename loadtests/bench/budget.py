"""CPU budget: where a sender's processor time goes, in microseconds an e-mail."""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from loadtests import charts, fleet
from loadtests.bench import results
from operations.places import ROOT
from operations.simulator import Pace

NAME = "budget"
GOAL_US = 150
GOAL_REST_US = 25
WORK = ("render", "SES call")
"""The steps that no design can leave out; everything else has a goal of its own."""
YARDSTICK = "yardstick: one update_item of boto3's"
YARDSTICK_US = 629
"""What that took when the goals were set (DESIGN, section 3)."""
_RUNS = 3


@dataclass(frozen=True)
class Row:
    """One step of one run; `us` is processor time an e-mail, or of the yardstick's one call."""

    run: int
    mails: int
    step: str
    us: float


def measure(chunks: int) -> list[Row]:
    """Three runs of one sender in bulk, with an SES and a DynamoDB that answer at once."""
    rows: list[Row] = []
    for number in range(1, _RUNS + 1):
        with fleet.opened(Pace(max_send_rate=1e6, latency_ms=0), cloud_ms=0) as cloud:
            campaign = fleet.tasks("cmp_budget", 50 * chunks)
            queue = f"{cloud.url}/budget"
            fleet.plan(cloud, campaign)
            fleet.enqueue(cloud, campaign, queue)
            told = subprocess.run(  # noqa: S603
                [sys.executable, "-m", "loadtests.stopwatch", "--queue", queue],
                env=cloud.environment(queue) | {"TRANSPORT": "bulk"},
                cwd=ROOT,
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        rows += of_run(number, json.loads(told))
    return rows


def of_run(number: int, told: dict[str, Any]) -> list[Row]:
    """What the stopwatch said, an e-mail; what no step took is `everything else`."""
    mails = told["mails"]
    steps = dict(told["steps"])
    steps["everything else"] = told["us"] - sum(steps.values())
    rows = [Row(number, mails, step, round(us / mails, 1)) for step, us in steps.items()]
    return [*rows, Row(number, mails, YARDSTICK, round(told["yardstick"], 1))]


def medians(rows: list[results.Row]) -> dict[str, float]:
    """The median of the runs for each step, the dearest first; the yardstick is none of them."""
    steps = dict.fromkeys(row["step"] for row in rows if row["step"] != YARDSTICK)
    found = {
        step: statistics.median(float(row["us"]) for row in rows if row["step"] == step)
        for step in steps
    }
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def yardstick(rows: list[results.Row]) -> float:
    """Microseconds of one of boto3's `update_item` calls, the median of the runs."""
    return statistics.median(float(row["us"]) for row in rows if row["step"] == YARDSTICK)


def run(scale: float) -> None:
    """Measure, keep the rows, draw the chart."""
    around = results.surroundings()
    results.keep(NAME, measure(max(50, round(300 * scale))), around)
    rows = results.kept(NAME)
    found = medians(rows)
    charts.bars(
        list(found),
        {"CPU": list(found.values())},
        "microseconds of processor an e-mail",
        f"CPU of a sender: {sum(found.values()):.0f} us an e-mail\n{results.told(rows[0])}",
        results.picture(NAME),
    )
