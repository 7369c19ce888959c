"""`make load`: staff and customers are at work while a campaign has to reach everybody once.

Customers talk to the bot over REST, and as many on WebSockets where the world has any.

Writes Locust's report and rows, a chart and a table of ratios under `.recado/load/`. It fails if a
request failed, or if the campaign did not reach each of its people once.
"""

import csv
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from loadtests import charts, proof
from loadtests.grounds import RESULTS, Ground, machine, opened
from loadtests.traffic import SPAWN_RATE, Route, Traffic
from operations import journey, sample, simulator, uploads
from operations.client import Api
from operations.errors import Trouble
from operations.local import LocalWorld
from operations.simulator import Pace
from operations.watching import Standing, follow
from recado.model import Lane

QUIET_S = 10
"""How long the health route is measured with one user, before there is any load."""
_SETTLE_S = 5.0
"""How long all of the staff work before the campaign is launched."""
_PATIENCE_S = 180.0
_CUSTOMERS = 500
console = Console()


def furnish(api: Api, folder: Path) -> None:
    """Import a sample operator, unless the world has customers already."""
    if api.get("/v1/customers", limit=1)["items"]:
        return
    customers, invoices = sample.make(_CUSTOMERS, journey.today()).write(folder)
    for kind, file in (("customers", customers), ("invoices", invoices)):
        last = list(uploads.follow_import(api, uploads.start_import(api, kind, file)))[-1]
        if last["status"] != "done" or last["rejected"]:
            raise Trouble(f"the sample's {kind} were not all accepted", "recado logs --errors")


def judge(standing: Standing, accepted: dict[str, int], people: int, failures: int) -> list[str]:
    """What the run disproved; empty when all held."""
    claims = {
        f"{failures} requests failed": failures == 0,
        f"the campaign is {standing.status}, not completed": standing.status == "completed",
        f"its states add up to {sum(standing.counts.values())} of {people}": (
            standing.adds_up and standing.total == people
        ),
        f"SES accepted {accepted['accepted']} mails to {accepted['unique_recipients']} people": (
            accepted["accepted"] == accepted["unique_recipients"] == people
        ),
    }
    return [claim for claim, holds in claims.items() if not holds]


def show(routes: list[Route], health: Route) -> None:
    """Print times, and what part of them is not the emulator's own."""
    table = Table(
        *("route", "requests", "failed", "per s", "p50 ms", "p95 ms", "p50 : health"),
        box=box.SIMPLE_HEAD,
    )
    for route in routes:
        values = (route.requests, route.failures, f"{route.rate:.1f}", route.p50, route.p95)
        ratio = f"{route.p50 / health.p50:.1f}" if health.p50 else "-"
        table.add_row(route.name, *map(str, values), ratio)
    console.print(table)


def keep(row: dict[str, object]) -> None:
    """Append a row to the runs measured so far."""
    file = RESULTS / "runs.csv"
    fresh = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def talking(ground: Ground, users: int, seconds: int) -> list[Traffic]:
    """Customers in the chat of a world, in each way it has."""
    if not users:
        return []
    found = [Traffic("Customer", users, seconds, RESULTS / "customers")]
    api_id = ground.world.outputs().get("ChatSocketId")
    if api_id and isinstance(ground.world, LocalWorld):
        endpoint = ground.world.endpoint.replace("http", "ws", 1)
        socket = f"{endpoint}/_aws/execute-api/{api_id}/v"
        found.append(Traffic("Talker", users, seconds, RESULTS / "talkers", socket))
    return found


def run(
    ground: Ground, api: Api, staff: Traffic, customers: list[Traffic], people: int
) -> list[str]:
    """Put the load on a world and report it; returns what it disproved."""
    folder = staff.files.parent
    furnish(api, folder)
    quiet = Traffic("Quiet", 1, QUIET_S, folder / "quiet")
    with quiet.flowing(ground.api_url, ground.token):
        audience = proof.audience(people, folder)
    with ExitStack() as together:
        for each in (staff, *customers):
            together.enter_context(each.flowing(ground.api_url, ground.token))
        time.sleep(staff.users / SPAWN_RATE + _SETTLE_S)
        begun = time.time()
        campaign_id = proof.launch(api, Lane.MARKETING, audience)
        standing = list(follow(api, campaign_id, _PATIENCE_S))[-1]
        ended = time.time()
    accepted = simulator.ledger(ground.ses_url, campaign_id)
    routes = staff.routes()
    total = routes[-1]
    health = next(route for route in routes if route.name == "health")
    show(routes, health)
    for each in customers:
        show(each.routes(), health)
    alone = quiet.routes()[0]
    console.print(
        f"health alone, with one user: p50 {alone.p50:.0f} ms, p95 {alone.p95:.0f} ms; "
        f"under this load {health.p50:.0f} and {health.p95:.0f} ms"
    )
    title = (
        f"{staff.users} staff on the {ground.world.name} world, a campaign to {people:,} people"
        f"   ({machine()})"
    )
    charts.traffic(staff.history, (begun, ended), title, folder / "staff.png")
    keep(
        {
            "world": ground.world.name,
            "machine": machine(),
            "users": staff.users,
            "seconds": staff.seconds,
            "requests": total.requests,
            "failures": total.failures,
            "requests a second": round(total.rate, 1),
            "p50 ms": total.p50,
            "p95 ms": total.p95,
            "health p50 ms": health.p50,
            "quiet health p50 ms": alone.p50,
            "people": people,
            "campaign seconds": round(ended - begun, 1),
            "accepted": accepted["accepted"],
            "repeats": accepted["duplicates"],
        }
    )
    console.print(f"report {staff.page}, chart {folder / 'staff.png'}")
    failures = total.failures + sum(each.routes()[-1].failures for each in customers)
    return judge(standing, accepted, people, failures)


def main(
    users: Annotated[int, typer.Option(help="Staff at work at once.")] = 20,
    customers: Annotated[int, typer.Option(help="In the chat at once, each way it has.")] = 5,
    seconds: Annotated[int, typer.Option(help="How long they work.")] = 60,
    people: Annotated[int, typer.Option(help="Recipients of the campaign; 0 < people.")] = 2_000,
    rate: Annotated[float, typer.Option(help="SES's mails a second, in a fresh world.")] = 200,
) -> None:
    """Put staff's load on a local world while a campaign runs in it."""
    try:
        RESULTS.mkdir(parents=True, exist_ok=True)
        staff = Traffic("Staff", users, seconds, RESULTS / "staff")
        with (
            opened(Pace(max_send_rate=rate)) as ground,
            Api.at(ground.api_url, ground.token, local=True) as api,
        ):
            talkers = talking(ground, customers, seconds)
            problems = run(ground, api, staff, talkers, people)
    except Trouble as trouble:
        console.print(f"[red]{trouble.problem}[/]\n    -> {trouble.remedy}")
        raise typer.Exit(trouble.code) from trouble
    for problem in problems:
        console.print(f"[red]not as it should be:[/] {problem}")
    if problems:
        raise typer.Exit(1)
    console.print("[green]held:[/] no request failed, and SES has everybody exactly once")


if __name__ == "__main__":
    typer.run(main)
