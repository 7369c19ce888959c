"""`make bench-lanes`: how long a bill waits for SES while a large marketing campaign runs.

Small billing campaigns are launched one after the other through a whole world, first alone, then
while marketing has far more to send than SES takes. Rows and a page's figures: docs/bench.md.
"""

import csv
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from loadtests import proof
from loadtests.concurrency import quantile
from loadtests.grounds import RESULTS, Ground, machine, opened
from loadtests.instruments import Simulator
from operations.client import Api
from operations.errors import Trouble
from operations.simulator import Pace
from operations.watching import follow
from recado.model import Lane

FILE = RESULTS / "lanes.csv"
GOAL_S = 5.0
"""The p95 a bill may wait, from its place on the queue to SES's acceptance."""
_PATIENCE_S = 120.0
console = Console()


@dataclass(frozen=True)
class Row:
    """One billing campaign; seconds from the start of its planning to SES's acceptance.

    Planning comes before the queue, so these are a little longer than the wait there.
    """

    machine: str
    quota: float
    beside: str
    people: int
    first_s: float
    last_s: float


def bills(
    api: Api, ses: Simulator, beside: str, audience: Path, people: int, rounds: int
) -> Iterator[tuple[Row, list[float]]]:
    """Billing campaigns one after the other: the row of each, and the wait of each mail."""
    for _ in range(rounds):
        campaign = proof.launch(api, Lane.BILLING, audience)
        for _ in follow(api, campaign, _PATIENCE_S):
            pass
        started = api.get(f"/v1/campaigns/{campaign}")["progress"]["started_at"]
        begun = datetime.fromisoformat(started).timestamp()
        waits = [moment - begun for moment in ses.accepted_at(campaign)]
        if len(waits) != people:
            raise Trouble(f"SES accepted {len(waits)} of {people} bills", "recado logs --errors")
        yield (
            Row(machine(), ses.quota(), beside, people, round(waits[0], 2), round(waits[-1], 2)),
            waits,
        )
        time.sleep(1)


def run(ground: Ground, people: int, rounds: int, marketing: int) -> dict[str, float]:
    """p95 of a bill's wait in seconds, alone and beside marketing."""
    folder = RESULTS / "lanes"
    for name in ("bills", "offers"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    few = proof.audience(people, folder / "bills")
    many = proof.audience(marketing, folder / "offers")
    ses = Simulator(ground.ses_url)
    p95: dict[str, float] = {}
    with Api.at(ground.api_url, ground.token, local=True) as api:
        list(bills(api, ses, "warm-up", few, people, 1))
        for beside in ("nothing", "marketing"):
            offers = proof.launch(api, Lane.MARKETING, many) if beside == "marketing" else ""
            time.sleep(5 if offers else 0)
            rows, waits = [], []
            for row, each in bills(api, ses, beside, few, people, rounds):
                rows.append(row)
                waits += each
            if offers and api.get(f"/v1/campaigns/{offers}")["status"] != "running":
                raise Trouble("marketing was over before the bills", "more MARKETING= people")
            if offers:
                api.post(f"/v1/campaigns/{offers}/cancel")
            keep(rows)
            p95[beside] = quantile(sorted(waits), 0.95)
    return p95


def keep(rows: list[Row]) -> None:
    """Append rows to those measured so far."""
    fresh = not FILE.exists()
    with FILE.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(asdict(rows[0])))
        if fresh:
            writer.writeheader()
        writer.writerows(map(asdict, rows))


def main(
    people: Annotated[int, typer.Option(help="Bills of each campaign.")] = 50,
    rounds: Annotated[int, typer.Option(help="Billing campaigns of each kind.")] = 8,
    marketing: Annotated[int, typer.Option(help="Recipients of the marketing campaign.")] = 20_000,
    quota: Annotated[float, typer.Option(help="SES's mails a second, in a fresh world.")] = 100,
) -> None:
    """Measure how long bills wait alone and beside marketing, in a local world."""
    try:
        with opened(Pace(max_send_rate=quota, latency_ms=50)) as ground:
            p95 = run(ground, people, rounds, marketing)
    except Trouble as trouble:
        console.print(f"[red]{trouble.problem}[/]\n    -> {trouble.remedy}")
        raise typer.Exit(trouble.code) from trouble
    for beside, seconds in p95.items():
        console.print(f"  p95 of {people * rounds} bills beside {beside:10}: {seconds:5.2f} s")
    console.print(f"rows {FILE}")
    if p95["marketing"] > GOAL_S:
        console.print(f"[red]a bill waited longer than {GOAL_S} s[/]")
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
