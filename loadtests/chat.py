"""`make load-chat`: how fast the bot answers while a large campaign is sent, and how fast alone.

Customers talk to the bot, first with nothing else to do in the world, then while a campaign runs at
SES's quota. The emulator and two cores serve both, so their share is told apart: the health route,
which reads nothing and shares no table, queue or function with the campaign, is measured in the
same minutes by the same users. With `EVENTS=no` SES reports exceptions only.
"""

import csv
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from loadtests import proof
from loadtests.grounds import RESULTS, Ground, machine, opened
from loadtests.load import judge
from loadtests.traffic import Traffic
from operations import simulator
from operations.client import Api
from operations.errors import Trouble
from operations.simulator import Pace
from operations.watching import Standing, follow
from recado.model import Lane

FILE = RESULTS / "chat.csv"
GOAL = 1.2
"""How many times as long as alone an answer may take at p95 while the campaign runs."""
SAY, YARDSTICK = "say", "health"
_SETTLE_S = 75.0
"""From the launch until senders are up: thirty cold starts on two cores take most of a minute."""
_PATIENCE_S = 300.0
console = Console()


@dataclass(frozen=True)
class Row:
    """One route in one phase; times in milliseconds."""

    machine: str
    phase: str
    route: str
    users: int
    requests: int
    failures: int
    p50: float
    p95: float


def measured(phase: str, customers: Traffic, ground: Ground) -> dict[str, Row]:
    """Let customers talk, and return what was measured by route."""
    with customers.flowing(ground.api_url, ground.token):
        pass
    return {
        route.name: Row(
            machine(),
            phase,
            route.name,
            customers.users,
            route.requests,
            route.failures,
            route.p50,
            route.p95,
        )
        for route in customers.routes()
    }


def run(ground: Ground, users: int, seconds: int, people: int) -> list[str]:
    """Measure both phases on a world and report; returns what the run disproved."""
    folder = RESULTS / "chat"
    folder.mkdir(parents=True, exist_ok=True)
    audience = proof.audience(people, folder)
    measured("warm-up", Traffic("Customer", users, 20, folder / "warm-up"), ground)
    alone = measured("alone", Traffic("Customer", users, seconds, folder / "alone"), ground)
    with Api.at(ground.api_url, ground.token, local=True) as api:
        campaign = proof.launch(api, Lane.MARKETING, audience)
        time.sleep(_SETTLE_S)
        begun = Standing.of(api.get(f"/v1/campaigns/{campaign}"))
        beside = measured("beside", Traffic("Customer", users, seconds, folder / "beside"), ground)
        over = Standing.of(api.get(f"/v1/campaigns/{campaign}"))
        sent = (over.total - over.sum("pending")) - (begun.total - begun.sum("pending"))
        standing = list(follow(api, campaign, _PATIENCE_S))[-1]
    keep([*alone.values(), *beside.values()])
    show(alone, beside)
    console.print(f"while customers talked the campaign sent {sent / seconds:.0f} mails a second")
    failures = alone["Aggregated"].failures + beside["Aggregated"].failures
    problems = judge(standing, simulator.ledger(ground.ses_url, campaign), people, failures)
    if over.status != "running":
        problems.append("the campaign was over before the customers were: more PEOPLE")
    return problems + too_slow(alone, beside)


def too_slow(alone: dict[str, Row], beside: dict[str, Row]) -> list[str]:
    """The goal on the bot's answers, if it is missed.

    What the yardstick takes longer, the emulator and the two cores do to every call, so that much
    is not the campaign's doing to the chat.
    """
    if unmeasured := {SAY, YARDSTICK} - (alone.keys() & beside.keys()):
        return [f"nothing was measured of {', '.join(sorted(unmeasured))}: more SECONDS or USERS"]
    ratio = beside[SAY].p95 / alone[SAY].p95
    emulator = max(1.0, beside[YARDSTICK].p95 / alone[YARDSTICK].p95)
    if ratio <= GOAL * emulator:
        return []
    problem = (
        f"answers take {ratio:.2f} times as long at p95, health {emulator:.2f}:"
        f" {ratio / emulator:.2f} without the emulator's share, over {GOAL}"
    )
    return [problem]


def show(alone: dict[str, Row], beside: dict[str, Row]) -> None:
    """Print both phases, route by route."""
    heads = ("route", "requests", "failed", "p50 alone", "beside", "p95 alone", "beside", "ratio")
    table = Table(*heads, box=box.SIMPLE_HEAD)
    for name in sorted(alone.keys() & beside.keys()):
        one, other = alone[name], beside[name]
        ratio = f"{other.p95 / one.p95:.2f}" if one.p95 else "-"
        counts = (one.requests + other.requests, one.failures + other.failures)
        table.add_row(name, *map(str, (*counts, one.p50, other.p50, one.p95, other.p95)), ratio)
    console.print(table)


def keep(rows: list[Row], file: Path = FILE) -> None:
    """Append rows to those measured so far."""
    fresh = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(asdict(rows[0])))
        if fresh:
            writer.writeheader()
        writer.writerows(map(asdict, rows))


def main(
    users: Annotated[int, typer.Option(help="Customers in the chat at once.")] = 10,
    seconds: Annotated[int, typer.Option(help="How long each phase takes.")] = 120,
    people: Annotated[int, typer.Option(help="Recipients of the campaign.")] = 100_000,
    quota: Annotated[float, typer.Option(help="SES's mails a second, in a fresh world.")] = 300,
    events: Annotated[bool, typer.Option(help="Whether SES reports every mail.")] = True,
) -> None:
    """Measure the bot's answers alone and beside a campaign, in a local world."""
    try:
        kinds = simulator.EVENT_TYPES if events else proof.EXCEPTIONS
        pace = Pace(max_send_rate=quota, latency_ms=50, file_seconds=10)
        with opened(pace, kinds) as ground:
            problems = run(ground, users, seconds, people)
    except Trouble as trouble:
        console.print(f"[red]{trouble.problem}[/]\n    -> {trouble.remedy}")
        raise typer.Exit(trouble.code) from trouble
    console.print(f"rows {FILE}")
    for problem in problems:
        console.print(f"[red]not as it should be:[/] {problem}")
    if problems:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
