"""`make bench-desk N=10000 CLAIMERS=50 HANDLING=0`: attendants at work while some of them vanish.

Requests are put on the desk's queue as the bus would, a share of the messages twice and out of
order. Each claimer is a thread with a token of its own, at a station (`loadtests.desk_stations`):
asks for the next ticket, replies, closes, now and then transfers. Some fall silent in mid-work and
come back after their lease; what they then say with their old token must be refused. At the end the
truth is read from the table: `loadtests.desk_reckoning` says whether what was promised held.

Without `HANDLING` nobody talks and everybody grabs what they can: a race for correctness, whose
times are those of a machine that is always full. With it the desk works as desks do, and the time
from a release to the next assignment is the desk's own.
"""

import csv
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Annotated

import psutil
import typer
from rich.console import Console

from desk.domain.dockets import Author
from desk.store.papers import PapersStore
from loadtests.desk_feeding import KINDS, LINES, Feeder
from loadtests.desk_reckoning import Story, Verdict, judge
from loadtests.desk_scenes import LEASE_S, SWEEP_S, Claimer, Scene, deployed, on_the_table
from loadtests.desk_stations import Failed, Refused, Station, Ticket
from loadtests.grounds import RESULTS, machine
from operations.errors import Trouble

FILE = RESULTS / "desk.csv"
TELL_S = 30
_RUSH = 1.5
"""How many times as fast as attendants can talk requests come, until enough of them wait."""
console = Console()


@dataclass(frozen=True)
class Plan:
    """How a run goes; shares are from 0 to 1, `handling` (a mean) and `patience` in seconds."""

    requests: int
    claimers: int
    seed: int
    troubled: float
    killed: float
    handling: float
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


@dataclass
class Shift:
    """One claimer's work until everything is closed."""

    station: Station
    plan: Plan
    tally: Tally
    over: threading.Event
    chance: random.Random
    beaten: float = 0.0

    def run(self) -> None:
        """Work; what fails on the way is counted and tried again."""
        self._try(self.station.sign_in)
        while not self.over.is_set():
            self._beat()
            self.station.bell.clear()
            mine = self._next()
            if mine is not None:
                self._serve(mine)
            else:
                self.station.bell.wait(self.station.patience * (0.5 + self.chance.random()))

    def _next(self) -> Ticket | None:
        found: list[Ticket | None] = [None]
        self._try(lambda: found.append(self.station.next()))
        return found[-1]

    def _serve(self, mine: Ticket) -> None:
        if self.chance.random() < self.plan.killed:
            self._vanish(mine)
            return
        self._try(lambda: self.station.reply(mine, f"m-{mine['token']}", "Bom dia!"))
        self._talk()
        if self.chance.random() < 0.02:
            kind = self.chance.choice(KINDS)
            passed = self._try(lambda: self.station.transfer(mine, kind, "outra vez"))
            self.tally.transferred += passed
        elif self._try(lambda: self.station.close(mine, "solved")):
            self.tally.closed.add(mine["id"])

    def _talk(self) -> None:
        """Be busy with a customer, sometimes long, mostly short."""
        busy = self.plan.handling and self.chance.expovariate(1 / self.plan.handling)
        until = time.monotonic() + busy
        while not self.over.is_set() and (left := until - time.monotonic()) > 0:
            self._beat()
            self.over.wait(min(left, LEASE_S / 4))

    def _vanish(self, mine: Ticket) -> None:
        """Fall silent with the ticket, come back when others have it, and reply too late."""
        self.tally.killed += 1
        self.over.wait(LEASE_S + SWEEP_S + 5)
        try:
            self.station.reply(mine, f"late-{mine['token']}", "voltei")
        except Refused:
            self.tally.late_refused += 1
        except Failed:
            self.tally.failed += 1
        else:
            self.tally.late_accepted += not self.over.is_set()
        self._try(self.station.sign_in)

    def _beat(self) -> None:
        if time.monotonic() - self.beaten > LEASE_S / 4:
            self.beaten = time.monotonic()
            if not self._try(self.station.heartbeat):
                self._try(self.station.sign_in)

    def _try(self, action: Callable[[], object]) -> bool:
        """Whether it worked."""
        try:
            action()
        except Refused:
            return False
        except Failed:
            self.tally.failed += 1
            return False
        return True


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
            shift.station.bell.set()
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


def race(scene: Scene, plan: Plan) -> tuple[dict[str, object], list[str]]:
    """Run it; returns the row and what it disproved."""
    over, tally = threading.Event(), Tally()
    staff, servers = claimers(plan.claimers)
    shifts = [
        Shift(station, plan, tally, over, random.Random(f"{plan.seed}/{place}"))  # noqa: S311
        for place, station in enumerate(scene.staff(staff, servers))
    ]
    ahead = 2 * plan.claimers
    pause = plan.handling / plan.claimers / _RUSH
    feeder = Feeder(scene.tell, plan.requests, plan.troubled, ahead, pause, plan.seed, tally.closed)
    begun = time.monotonic()
    with at_work(shifts, feeder):
        _until_all_closed(plan, tally)
    seconds = time.monotonic() - begun
    capacities = {each.id: each.capacity for each in staff}
    verdict: Verdict = judge(stories(scene.papers(), feeder.asked), capacities, servers)
    row = {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "machine": machine(),
        "load": round(psutil.getloadavg()[0], 1),
        "requests": plan.requests,
        "claimers": plan.claimers,
        "on": scene.name,
        "handling": plan.handling,
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
    seen, since, told = -1, time.monotonic(), time.monotonic()
    while len(tally.closed) < plan.requests and time.monotonic() - since < plan.patience:
        if len(tally.closed) != seen:
            seen, since = len(tally.closed), time.monotonic()
        if time.monotonic() - told > TELL_S:
            told = time.monotonic()
            console.print(f"  {seen} of {plan.requests} closed")
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
    handling: Annotated[float, typer.Option(help="Mean seconds of a talk; 0: a race.")] = 0,
    patience: Annotated[float, typer.Option(help="Seconds without progress to give up.")] = 240,
    embedded: Annotated[bool, typer.Option(help="In the embedded world, over its API.")] = False,
) -> None:
    """Let attendants race for requests, and read the truth from the table."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    console.print(f"SEED={seed}")
    plan = Plan(requests, claimers, seed, troubled, killed, handling, patience)
    try:
        with (deployed if embedded else on_the_table)() as scene:
            row, broken = race(scene, plan)
    except Trouble as trouble:
        console.print(f"[red]{trouble.problem}[/]\n    -> {trouble.remedy}")
        raise typer.Exit(trouble.code) from trouble
    keep(row)
    for promise in broken:
        console.print(f"[red]broken:[/] {promise}")
    if broken:
        raise typer.Exit(1)
    console.print("[green]held:[/] one owner each, nobody over their cap, nothing stranded or lost")


if __name__ == "__main__":
    typer.run(main)
