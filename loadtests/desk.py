"""`make bench-desk N=10000 CLAIMERS=50`: attendants race for requests while some of them vanish.

Requests are put on the desk's queue as the bus would, a share of the messages twice and out of
order. Each claimer is a thread with a token of its own that works over HTTP: asks for the next
ticket, replies, closes, now and then transfers. Some fall silent in mid-work and come back after
their lease; what they then say with their old token must be refused. At the end the truth is read
from the table: `loadtests.desk_reckoning` says whether what was promised held.
"""

import csv
import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import psutil
import typer
from rich.console import Console

from desk.domain.dockets import Author
from desk.store.papers import PapersStore
from loadtests.desk_feeding import KINDS, LINES, Feeder
from loadtests.desk_reckoning import Story, Verdict, judge
from loadtests.grounds import RESULTS, machine, world_of_its_own
from operations import tokens
from operations.client import Api
from operations.errors import ApiRefused, Trouble
from operations.simulator import Pace
from operations.world import World
from recado.auth import Role

FILE = RESULTS / "desk.csv"
LEASE_S = 20
SWEEP_S = 60
console = Console()


@dataclass(frozen=True)
class Plan:
    """How a run goes; shares are from 0 to 1, `patience` in seconds."""

    requests: int
    claimers: int
    seed: int
    troubled: float
    killed: float
    patience: float


@dataclass
class Tally:
    """What happened, as the claimers saw it."""

    closed: set[str] = field(default_factory=set)
    killed: int = 0
    late_refused: int = 0
    late_accepted: int = 0
    transferred: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Claimer:
    """An attendant of the run."""

    id: str
    server_id: str
    skills: tuple[str, ...]
    capacity: int


def claimers(number: int) -> tuple[list[Claimer], dict[str, int]]:
    """So many attendants on three servers, and the servers' capacities, a little below what their
    attendants could serve together."""
    staff = [
        Claimer(
            id=f"a{place:03}",
            server_id=f"s{place % 3}",
            skills=KINDS if place % 5 == 0 else (KINDS[place % 2],),
            capacity=1 + place % 2,
        )
        for place in range(number)
    ]
    together = {
        server: sum(each.capacity for each in staff if each.server_id == server)
        for server in sorted({each.server_id for each in staff})
    }
    return staff, {server: max(1, room - room // 10) for server, room in together.items()}


def set_up(world: World, api: Api, plan: Plan) -> tuple[dict[str, Claimer], dict[str, int]]:
    """Make the desk; returns the attendants by their tokens, and the servers."""
    staff, servers = claimers(plan.claimers)
    api.put("/v1/desk/rules", {"lease": f"PT{LEASE_S}S", "first_reply": "PT60S"})
    for kind in KINDS:
        api.put(f"/v1/desk/kinds/{kind}", {"buffer": 5_000})
    for server, capacity in servers.items():
        api.put(f"/v1/desk/servers/{server}", {"capacity": capacity})
    known: dict[str, Claimer] = {}
    for each in staff:
        token = tokens.create(world, Role.ATTENDANT, each.id)
        known[token] = each
        api.put(
            f"/v1/desk/attendants/{each.id}",
            {
                "name": each.id,
                "server_id": each.server_id,
                "skills": list(each.skills),
                "capacity": each.capacity,
                "token_id": token.split("_")[1],
            },
        )
    return known, servers


@dataclass
class Shift:
    """One claimer's work until everything is closed."""

    api: Api
    plan: Plan
    tally: Tally
    over: threading.Event
    chance: random.Random
    beaten: float = 0.0

    def run(self) -> None:
        """Work; what fails on the way is counted and tried again."""
        self._try("/v1/desk/sign-in")
        while not self.over.is_set():
            self._beat()
            answer = self._try("/v1/desk/next")
            mine = answer.get("ticket") if answer else None
            if mine is None:
                self.over.wait(0.1 + self.chance.random() / 10)
            else:
                self._serve(mine)

    def _serve(self, mine: dict[str, Any]) -> None:
        ticket, token = f"/v1/desk/tickets/{mine['id']}", {"token": mine["token"]}
        if self.chance.random() < self.plan.killed:
            self._vanish(ticket, token)
            return
        message = {"message_id": f"m-{mine['token']}", "text": "Bom dia!"}
        self._try(f"{ticket}/replies", token | message)
        if self.chance.random() < 0.02:
            note = {"kind": self.chance.choice(KINDS), "note": "outra vez"}
            self.tally.transferred += self._try(f"{ticket}/transfer", token | note) is not None
        elif self._try(f"{ticket}/close", token | {"outcome": "solved"}) is not None:
            self.tally.closed.add(mine["id"])

    def _vanish(self, ticket: str, token: dict[str, Any]) -> None:
        """Fall silent with the ticket, come back when others have it, and reply too late."""
        self.tally.killed += 1
        self.over.wait(LEASE_S + SWEEP_S + 5)
        late = token | {"message_id": f"late-{token['token']}", "text": "voltei"}
        try:
            self.api.post(f"{ticket}/replies", late)
        except ApiRefused as refusal:
            self.tally.late_refused += refusal.status == 409
        except Trouble:
            self.tally.failed += 1
        else:
            self.tally.late_accepted += not self.over.is_set()
        self._try("/v1/desk/sign-in")

    def _beat(self) -> None:
        if time.monotonic() - self.beaten > LEASE_S / 4:
            self.beaten = time.monotonic()
            if self._try("/v1/desk/heartbeat") is None:
                self._try("/v1/desk/sign-in")

    def _try(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
        try:
            return self.api.post(path, body)
        except Trouble as trouble:
            refused = isinstance(trouble, ApiRefused) and trouble.status == 409
            self.tally.failed += not refused
            return None


@contextmanager
def at_work(shifts: list[Shift], feeder: Feeder) -> Iterator[None]:
    """Claimers and the feeder work until the block ends."""
    jobs = [feeder.run, *(shift.run for shift in shifts)]
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for shift in shifts:
            shift.over.set()
        for thread in threads:
            thread.join()


def stories(papers: PapersStore, asked: dict[str, datetime]) -> list[Story]:
    """What the table has of every request."""
    found = []
    for ticket, at in asked.items():
        entries = papers.entries(ticket, 0)
        found.append(
            Story(
                ticket_id=ticket,
                asked_at=at,
                known=papers.papers(ticket).heard == 1 + len(LINES),
                ended=papers.ended(ticket) is not None,
                turns=tuple(papers.turns(ticket)),
                texts=tuple(each.text for each in entries if each.author is Author.CUSTOMER),
                sent=LINES,
            )
        )
    return found


def race(world: World, plan: Plan) -> tuple[dict[str, object], list[str]]:
    """Run it; returns the row and what it disproved."""
    outputs, over, tally = world.outputs(), threading.Event(), Tally()
    admin = tokens.create(world, Role.ADMIN, "bench")
    with Api.at(world.api_url, admin, local=True) as api:
        staff, servers = set_up(world, api, plan)
    shifts = [
        Shift(
            Api.at(world.api_url, token, local=True),
            plan,
            tally,
            over,
            random.Random(f"{plan.seed}/{each.id}"),  # noqa: S311
        )
        for token, each in staff.items()
    ]
    feeder = Feeder(
        world.client("sqs"),
        outputs["DeskQueueUrl"],
        plan.requests,
        plan.troubled,
        3 * plan.claimers,
        plan.seed,
        tally.closed,
    )
    begun = time.monotonic()
    with at_work(shifts, feeder):
        _until_all_closed(plan, tally)
    seconds = time.monotonic() - begun
    papers = PapersStore(outputs["DeskTable"], world.client("dynamodb"), timedelta(days=90))
    capacities = {each.id: each.capacity for each in staff.values()}
    verdict: Verdict = judge(stories(papers, feeder.asked), capacities, servers)
    row = {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "machine": machine(),
        "load": round(psutil.getloadavg()[0], 1),
        "requests": plan.requests,
        "claimers": plan.claimers,
        "seed": plan.seed,
        "seconds": round(seconds, 1),
        "closed": len(tally.closed),
        "transferred": tally.transferred,
        "killed": tally.killed,
        "late_refused": tally.late_refused,
        "late_accepted": tally.late_accepted,
        "repeated": feeder.repeated,
        "calls_failed": tally.failed,
        **{name: _rounded(value) for name, value in asdict(verdict).items()},
    }
    broken = verdict.broken
    if tally.late_accepted:
        broken.append(f"{tally.late_accepted} late replies accepted")
    return row, broken


def _rounded(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


def _until_all_closed(plan: Plan, tally: Tally) -> None:
    """Wait; gives up when nothing was closed for `patience` seconds."""
    seen, since = -1, time.monotonic()
    while len(tally.closed) < plan.requests and time.monotonic() - since < plan.patience:
        if len(tally.closed) != seen:
            seen, since = len(tally.closed), time.monotonic()
        time.sleep(0.2)


def keep(row: dict[str, object]) -> None:
    """Print a run, and add it to those measured so far."""
    for name, value in row.items():
        console.print(f"  {name:20} {value}")
    fresh = not FILE.exists()
    with FILE.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def main(
    requests: Annotated[int, typer.Option(help="How many customers ask for a person.")] = 10_000,
    claimers: Annotated[int, typer.Option(help="How many attendants race for them.")] = 50,
    seed: Annotated[int | None, typer.Option(help="Of everything random; none: a new one.")] = None,
    troubled: Annotated[float, typer.Option(help="Share of messages twice, out of order.")] = 0.05,
    killed: Annotated[float, typer.Option(help="Share of tickets whose owner vanishes.")] = 0.005,
    patience: Annotated[float, typer.Option(help="Seconds without progress to give up.")] = 240,
) -> None:
    """Let attendants race for requests in a world of its own, and read the truth from the table."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    console.print(f"SEED={seed}")
    plan = Plan(requests, claimers, seed, troubled, killed, patience)
    with world_of_its_own(Pace()) as world:
        row, broken = race(world, plan)
    keep(row)
    for promise in broken:
        console.print(f"[red]broken:[/] {promise}")
    if broken:
        raise typer.Exit(1)
    console.print("[green]held:[/] one owner each, nobody over their cap, nothing stranded or lost")


if __name__ == "__main__":
    typer.run(main)
