"""`make proof N=100000`: a campaign through a whole embedded world while things go wrong.

Senders are killed in mid-run and messages delivered again; at the end every recipient must be in a
terminal state, the states must add up to the audience, and SES must have accepted nobody twice
(marketing; a billing campaign may repeat the mails a killed sender had in its hands, at most 50 a
kill). The peak memory of planner and senders is sampled all the while.
"""

import csv
import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from rich.console import Console
from rich.table import Table

from loadtests.grounds import world_of_its_own
from operations import journey, simulator, tokens, uploads
from operations.client import Api
from operations.local import LocalWorld
from operations.places import ROOT
from operations.simulator import Pace
from operations.watching import Standing
from recado.auth import Role
from recado.model import Lane

QUICK = {
    "VisibilitySeconds": "20",
    "LeaseSeconds": "15",
    "UnknownSeconds": "30",
    "ReconcileSeconds": "5",
}
"""Recovery in seconds instead of minutes; the order of the first three is that of the defaults."""
EXCEPTIONS = ["BOUNCE", "COMPLAINT", "REJECT"]
console = Console()


@dataclass
class Memory:
    """The most memory any process of each function ever held, in bytes."""

    world: LocalWorld
    peak: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def sample(self) -> None:
        """Look at every function process once."""
        for name, process in self.world.workers():
            with suppress(psutil.NoSuchProcess):
                self.peak[name] = max(self.peak[name], process.memory_info().rss)

    def processes(self, function: str) -> list[psutil.Process]:
        """The function's processes that are alive."""
        return [process for name, process in self.world.workers() if name == function]


@contextmanager
def sampling(memory: Memory) -> Iterator[None]:
    """Sample memory four times a second until the block ends."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.25):
            memory.sample()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield
    over.set()
    watcher.join()


def address_of(customer_id: str) -> str:
    """The address of a person of `audience`."""
    return f"cliente{customer_id.removeprefix('C-')}@example.com"


def audience(recipients: int, folder: Path) -> Path:
    """An NDJSON file of so many people."""
    file = folder / "audience.ndjson"
    with file.open("w", encoding="utf-8") as lines:
        for number in range(recipients):
            row = {
                "id": f"C-{number:07d}",
                "email": address_of(f"C-{number:07d}"),
                "first_name": f"Cliente {number}",
                "invoice": f"F-{number:07d}",
                "invoices": 1,
                "amount": f"{50 + number % 200}.90",
                "due_date": "2026-10-10",
                "days_overdue": 42,
                "plan": "Fibra 500",
                "name": f"Cliente {number}",
                "city": "Recife",
                "customer_id": f"C-{number:07d}",
            }
            lines.write(json.dumps(row) + "\n")
    return file


def launch(api: Api, lane: Lane, file: Path) -> str:
    """Upload the audience and launch a campaign to it; returns the campaign's id."""
    template = journey.OFFER if lane is Lane.MARKETING else journey.TEMPLATE
    journey.put_template(api, template)
    campaign = api.post(
        "/v1/campaigns",
        {
            "name": "Proof",
            "lane": lane,
            "template_id": template,
            "audience": {"file": uploads.upload_audience(api, file)},
        },
    )
    api.post(f"/v1/campaigns/{campaign['id']}/launch")
    return str(campaign["id"])


@dataclass
class Trouble:
    """What is done to the suite while it works."""

    world: LocalWorld
    memory: Memory
    lane: Lane
    chance: random.Random
    killed: int = 0
    redelivered: int = 0

    def kill_a_sender(self) -> None:
        """End one sender process as a crash would, if one is at work."""
        alive = self.memory.processes(f"Sender{self.lane.title()}")
        if alive:
            self.chance.choice(alive).kill()
            self.killed += 1

    def redeliver(self) -> None:
        """Put copies of a few waiting chunks on the queue."""
        sqs = self.world.client("sqs")
        queue = self.world.outputs()[f"Send{self.lane.title()}Url"]
        waiting = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0
        ).get("Messages", [])
        for message in waiting:
            sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
        self.redelivered += len(waiting)


def follow(api: Api, campaign_id: str, trouble: Trouble, kills: int, limit: float) -> Standing:
    """Watch the campaign to its end, making trouble on the way."""
    begun = time.monotonic()
    told = 0.0
    while True:
        standing = Standing.of(api.get(f"/v1/campaigns/{campaign_id}"))
        done = standing.total - standing.sum("pending", "unknown")
        share = done / standing.total if standing.total else 0
        if standing.plan_done and share < 0.9 and trouble.killed < kills:
            if share > (trouble.killed + 0.5) / (kills + 1):
                trouble.kill_a_sender()
            trouble.redeliver()
        elapsed = time.monotonic() - begun
        if elapsed - told >= 10:
            told = elapsed
            console.print(
                f"  {elapsed:5.0f} s  {standing.status:9} {done:>9,} of {standing.total:,}"
            )
        if standing.status in {"completed", "partial", "cancelled"} or elapsed > limit:
            return standing
        time.sleep(0.5)


def judge(
    standing: Standing, ledger: dict[str, Any], trouble: Trouble, recipients: int
) -> list[str]:
    """What the run disproved; empty when the guarantee held."""
    allowed = 0 if trouble.lane is Lane.MARKETING else 50 * trouble.killed
    lost = recipients - standing.sum("held") - ledger["unique_recipients"]
    claims = {
        f"{standing.sum('pending', 'unknown')} recipients are not in a terminal state": (
            standing.sum("pending", "unknown") == 0
        ),
        f"the states add up to {sum(standing.counts.values())}, the audience is {recipients}": (
            standing.adds_up and standing.total == recipients
        ),
        f"{ledger['duplicates']} mails were repeats; {allowed} may be": (
            ledger["duplicates"] <= allowed
        ),
        f"{lost} recipients are neither in SES's ledger nor held": lost <= 0,
    }
    return [claim for claim, holds in claims.items() if not holds]


def report(rows: dict[str, object]) -> None:
    """Print what was measured, and keep it as a row."""
    table = Table(show_header=False, box=None)
    for name, value in rows.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    console.print(table)
    file = ROOT / ".recado" / "proof.csv"
    fresh = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows))
        if fresh:
            writer.writeheader()
        writer.writerow(rows)


def prove(
    recipients: Annotated[int, typer.Option(help="How many people the campaign has.")] = 10_000,
    lane: Annotated[Lane, typer.Option(help="The campaign's class.")] = Lane.MARKETING,
    kills: Annotated[int, typer.Option(help="How many senders are killed in mid-run.")] = 3,
    rate: Annotated[float, typer.Option(help="SES's mails a second.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Decides who is killed.")] = 1,
    limit: Annotated[float, typer.Option(help="Seconds after which the run gives up.")] = 1_800,
    events: Annotated[bool, typer.Option(help="Whether SES reports every Send.")] = True,
) -> None:
    """Send a campaign through a whole embedded world, kill senders, and check every recipient."""
    kinds = ["SEND", *EXCEPTIONS] if events else EXCEPTIONS
    with world_of_its_own(Pace(max_send_rate=rate, latency_ms=20), QUICK, kinds) as world:
        memory = Memory(world)
        trouble = Trouble(world, memory, lane, random.Random(seed))  # noqa: S311
        token = tokens.create(world, Role.ADMIN, "proof")
        with Api.at(world.api_url, token, local=True) as api, sampling(memory):
            begun = time.monotonic()
            campaign_id = launch(api, lane, audience(recipients, world.places.home))
            standing = follow(api, campaign_id, trouble, kills, limit)
            seconds = time.monotonic() - begun
        ledger = simulator.ledger(world.ses_url, campaign_id)
        problems = judge(standing, ledger, trouble, recipients)
        report(
            {
                "recipients": recipients,
                "lane": str(lane),
                "status": standing.status,
                "seconds": round(seconds, 1),
                "mails a second": round(recipients / seconds),
                "senders killed": trouble.killed,
                "messages redelivered": trouble.redelivered,
                "accepted by SES": ledger["accepted"],
                "repeats": ledger["duplicates"],
                **{f"state {name}": number for name, number in standing.counts.items()},
                "planner peak MB": round(memory.peak["CampaignsWorker"] / 1e6, 1),
                "sender peak MB": round(memory.peak[f"Sender{lane.title()}"] / 1e6, 1),
                "seed": seed,
            }
        )
    for problem in problems:
        console.print(f"[red]not proved:[/] {problem}")
    if problems:
        raise typer.Exit(1)
    console.print("[green]proved:[/] nobody lost, and nobody written to twice beyond the guarantee")


if __name__ == "__main__":
    typer.run(prove)
