"""`make bench-concurrency`: what the limit of marketing senders at once is worth.

One campaign at each limit goes through a whole world: API, planner, SQS, senders, SES simulator.
The limit is changed through the Lambda API, as operators change it. `RECADO_WORLD` chooses the
world. Rows and each world's last chart are kept under `.recado/load/`; `docs/load.md` says what
each column means.
"""

import csv
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from loadtests import charts, proof
from loadtests.grounds import RESULTS, Ground, machine, opened
from loadtests.instruments import Call, Sender, Simulator
from operations import simulator
from operations.client import Api
from operations.errors import Trouble
from operations.simulator import Pace
from operations.watching import follow
from recado.model import Lane

LIMITS = (2, 5, 10, 20)
FILE = RESULTS / "concurrency.csv"
WARM_UP = 500
_MOST_PEOPLE = 200_000
_LEAST_LIMIT = 2
_PATIENCE_S = 400.0
"""A message stays hidden for 360 s (`VisibilitySeconds`) after a sender ran out of time."""
console = Console()


@dataclass(frozen=True)
class Row:
    """One campaign at one limit. Times in seconds, rates in e-mails a second.

    `sending_s` is from the first to the last mail SES accepted, and `rate` what that means;
    `first_s`, `p50_s` and `p95_s` are from the launch to SES's acceptance of the first mail, of
    half of them, and of 95 %.
    """

    world: str
    machine: str
    limit: int
    people: int
    quota: float
    latency_ms: float
    status: str
    accepted: int
    repeats: int
    whole_s: float
    sending_s: float
    rate: float
    quota_used: float
    first_s: float
    p50_s: float
    p95_s: float
    calls: int
    throttled_calls: int
    busiest_second: int


def quantile(sorted_values: Sequence[float], share: float) -> float:
    """The value that a share of all values does not exceed (nearest rank)."""
    rank = max(1, -(-len(sorted_values) * round(share * 100) // 100))
    return sorted_values[rank - 1]


def row_of(
    fixed: dict[str, Any],
    campaign: dict[str, Any],
    moments: Sequence[float],
    calls: Sequence[Call],
    ledger: dict[str, Any],
) -> Row:
    """A campaign as a row: from the API's last word on it and what SES saw.

    Raises:
        Trouble: SES accepted nothing.
    """
    if len(moments) < 2:
        raise Trouble(f"SES accepted {len(moments)} mails of the campaign", "recado logs --errors")
    begun = datetime.fromisoformat(campaign["launched_at"]).timestamp()
    ended = datetime.fromisoformat(campaign["progress"]["ended_at"]).timestamp()
    sending = moments[-1] - moments[0]
    rate = len(moments) / sending
    return Row(
        **fixed,
        status=campaign["status"],
        accepted=ledger["accepted"],
        repeats=ledger["duplicates"],
        whole_s=round(ended - begun, 2),
        sending_s=round(sending, 2),
        rate=round(rate, 1),
        quota_used=round(rate / fixed["quota"], 3),
        first_s=round(moments[0] - begun, 2),
        p50_s=round(statistics.median(moments) - begun, 2),
        p95_s=round(quantile(moments, 0.95) - begun, 2),
        calls=len(calls),
        throttled_calls=sum(call.outcome in {"throttled", "throttle"} for call in calls),
        busiest_second=ledger["max_in_one_second"],
    )


def measure(
    ground: Ground, api: Api, ses: Simulator, limit: int, audience: Path, people: int
) -> Row:
    """Run one campaign and measure it."""
    _, last = ses.calls(0)
    campaign_id = proof.launch(api, Lane.MARKETING, audience)
    for _ in follow(api, campaign_id, _PATIENCE_S):
        pass
    calls, _ = ses.calls(last)
    fixed = {
        "world": ground.world.name,
        "machine": machine(),
        "limit": limit,
        "people": people,
        "quota": ses.quota(),
        "latency_ms": ses.latency_ms(),
    }
    return row_of(
        fixed,
        api.get(f"/v1/campaigns/{campaign_id}"),
        ses.accepted_at(campaign_id),
        calls,
        simulator.ledger(ground.ses_url, campaign_id),
    )


def run(ground: Ground, limits: Sequence[int], people: int) -> list[Row]:
    """A campaign at each limit, after a short one that warms the world up; each row is kept."""
    folder = RESULTS / "audiences"
    (folder / "warm").mkdir(parents=True, exist_ok=True)
    ses, sender = Simulator(ground.ses_url), Sender.of(ground)
    rows: list[Row] = []
    with Api.at(ground.api_url, ground.token, local=True) as api, sender.kept():
        sender.set_limit(max(limits))
        measure(ground, api, ses, max(limits), proof.audience(WARM_UP, folder / "warm"), WARM_UP)
        audience = proof.audience(people, folder)
        for limit in limits:
            sender.set_limit(limit)
            row = measure(ground, api, ses, limit, audience, people)
            rows.append(row)
            keep(row)
            console.print(
                f"  limit {limit:3}: {row.rate:7.1f} e-mails a second, "
                f"{row.quota_used:.0%} of the quota, {row.throttled_calls} calls throttled"
            )
    return rows


def keep(row: Row) -> None:
    """Append a row to those measured so far."""
    fresh = not FILE.exists()
    with FILE.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(asdict(row)))
        if fresh:
            writer.writeheader()
        writer.writerow(asdict(row))


def show(rows: Sequence[Row]) -> None:
    """Print the rows, with the rate beside the first one's."""
    table = Table(
        *("limit", "mails/s", "ratio", "of quota", "first s", "p50 s", "p95 s"),
        *("throttled", "repeats"),
        box=box.SIMPLE_HEAD,
    )
    for row in rows:
        table.add_row(
            str(row.limit),
            f"{row.rate:.0f}",
            f"{row.rate / rows[0].rate:.2f}",
            f"{row.quota_used:.0%}",
            f"{row.first_s:.1f}",
            f"{row.p50_s:.1f}",
            f"{row.p95_s:.1f}",
            f"{row.throttled_calls} of {row.calls}",
            str(row.repeats),
        )
    console.print(table)


def _check(people: int, limits: Sequence[int]) -> None:
    if not 0 < people <= _MOST_PEOPLE or min(limits) < _LEAST_LIMIT:
        raise Trouble(
            f"{people} people at the limits {', '.join(map(str, limits))} is out of bounds",
            f"at most {_MOST_PEOPLE} people; Lambda's least limit is {_LEAST_LIMIT}",
            code=2,
        )


def main(
    people: Annotated[int, typer.Option(help="Recipients of each campaign.")] = 5_000,
    quota: Annotated[float, typer.Option(help="SES's mails a second, in a fresh world.")] = 1_000,
    latency: Annotated[float, typer.Option(help="Milliseconds a call, in a fresh world.")] = 50,
    limit: Annotated[list[int] | None, typer.Option(help="A limit; repeat for more.")] = None,
) -> None:
    """Measure a campaign at each limit of marketing senders at once, in a local world."""
    limits = tuple(limit or LIMITS)
    try:
        _check(people, limits)
        with opened(Pace(max_send_rate=quota, latency_ms=latency)) as ground:
            rows = run(ground, limits, people)
    except Trouble as trouble:
        console.print(f"[red]{trouble.problem}[/]\n    -> {trouble.remedy}")
        raise typer.Exit(trouble.code) from trouble
    show(rows)
    first = rows[0]
    chart = FILE.with_name(f"concurrency-{first.world}.png")
    charts.concurrency(
        [row.limit for row in rows],
        [row.rate for row in rows],
        [(row.p50_s, row.p95_s) for row in rows],
        first.quota,
        f"{first.people:,} e-mails on the {first.world} world, {first.latency_ms:.0f} ms a call"
        f"   ({first.machine})",
        chart,
    )
    console.print(f"rows {FILE}, chart {chart}")
    unfinished = [row for row in rows if row.status != "completed" or row.repeats]
    if unfinished:
        console.print("[red]not as it should be:[/] a campaign did not reach everybody once")
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
