"""`make chaos N=100000 SEED=`: a campaign while messages repeat, senders die and events are lost.

A share of the chunks is put on the queue twice. A share of the calls to SES is accepted and then
left without a reply, until the process that waits for it is killed. A share of SES's events is
never published. At the end every recipient is looked up in both ledgers; `loadtests.reckoning`
says whether the promise of the mail's class held.
"""

import csv
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Annotated

import psutil
import typer
from rich.console import Console

from campaigns.domain.plan import task
from campaigns.gateway import Files
from loadtests import proof
from loadtests.grounds import machine, world_of_its_own
from loadtests.instruments import Simulator
from loadtests.reckoning import Fate, Reckoning, Terms, broken_promises, reckon
from operations import tokens
from operations.client import Api
from operations.local import LocalWorld
from operations.places import ROOT
from operations.simulator import Pace
from operations.watching import Standing, follow
from recado.auth import Role
from recado.ledger.states import State
from recado.ledger.store import Ledger
from recado.model import Lane
from recado.queue import Queue

FILE = ROOT / "docs" / "chaos.csv"
HANG_S = 30.0
"""How long SES keeps a call waiting: longer than it takes to find and kill the one that waits."""
LATENCY_MS = 20
QUIET_S = 10.0
_POLL_S = 0.05
_PAGE = 100
console = Console()


@dataclass(frozen=True)
class Shares:
    """How much goes wrong, each from 0 to 1."""

    redelivered: float
    killed: float
    lost: float


@dataclass
class Killer:
    """Ends each sender process whose call SES accepted and does not answer."""

    world: LocalWorld
    ses: Simulator
    function: str
    calls: set[int] = field(default_factory=set)
    """The calls whose sender was killed while it waited."""

    def look(self) -> None:
        """Kill whoever waits now."""
        for call, port in self.ses.waiting().items():
            for name, process in self.world.workers():
                if name == self.function and call not in self.calls and _talks_from(process, port):
                    process.kill()
                    self.calls.add(call)


@dataclass
class Repeater:
    """Puts a share of a campaign's chunks on the queue once more, as soon as they are planned."""

    ledger: Ledger
    files: Files
    queue: Queue
    lane: Lane
    campaign_id: str
    share: float
    chance: random.Random
    seen: int = 0
    repeated: int = 0

    def look(self) -> None:
        """Repeat some of the chunks that were planned since the last look."""
        while fresh := self.ledger.chunks_from(self.campaign_id, self.seen, _PAGE):
            self.seen += len(fresh)
            for chunk in fresh:
                page = self.files.frozen(self.campaign_id, chunk.page)
                if page is not None and self.chance.random() < self.share:
                    self.queue.send([task(chunk, page, self.lane)])
                    self.repeated += 1


def _talks_from(process: psutil.Process, port: int) -> bool:
    with suppress(psutil.Error):
        return any(c.laddr and c.laddr.port == port for c in process.net_connections("tcp"))
    return False


@contextmanager
def making_trouble(*makers: Killer | Repeater) -> Iterator[None]:
    """Each of them looks around twenty times a second until the block ends."""
    over = threading.Event()

    def keep_looking(maker: Killer | Repeater) -> None:
        while not over.wait(_POLL_S):
            maker.look()

    threads = [threading.Thread(target=keep_looking, args=(maker,)) for maker in makers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def fates(ledger: Ledger, ses: Simulator, campaign_id: str, killed: set[int]) -> list[Fate]:
    """What became of every recipient, from both ledgers."""
    accepted, in_flight = Counter[str](), Counter[str]()
    for mail in ses.messages(campaign_id):
        accepted[mail["to"][0]] += 1
        in_flight[mail["to"][0]] += mail["call"] in killed
    unheard = {event["address"] for event in ses.lost_events(campaign_id)}
    found: list[Fate] = []
    for chunk in ledger.chunks(campaign_id):
        for place, (person, letter) in enumerate(
            zip(chunk.recipient_ids, chunk.states, strict=True)
        ):
            address = proof.address_of(person)
            found.append(
                Fate(
                    state=State(letter),
                    accepted=accepted[address],
                    in_flight=in_flight[address],
                    event_lost=address in unheard,
                    ruled="it is held" in chunk.reasons.get(place, ""),
                )
            )
    return found


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


def until_quiet(ses: Simulator, events: Queue, api: Api, campaign_id: str) -> Standing:
    """The campaign's last word: all events are out and read, and no state changed for a while."""
    ses.flush()
    before = Standing.of(api.get(f"/v1/campaigns/{campaign_id}"))
    while True:
        time.sleep(QUIET_S)
        standing = Standing.of(api.get(f"/v1/campaigns/{campaign_id}"))
        if standing == before and not events.waiting():
            return standing
        before = standing


def wreak(
    world: LocalWorld, recipients: int, lane: Lane, shares: Shares, seed: int, events: bool
) -> tuple[dict[str, object], list[str]]:
    """Run one campaign under chaos; returns its row and what it disproved."""
    ses, outputs = Simulator(world.ses_url), world.outputs()
    ledger = Ledger(outputs["CampaignsTable"], world.client("dynamodb"))
    sqs = world.client("sqs")
    queue = Queue(outputs[f"Send{lane.title()}Url"], lambda: sqs)
    files = Files(outputs["Files"], world.client("s3"))
    killer = Killer(world, ses, f"Sender{lane.title()}")
    audience = proof.audience(recipients, world.places.home)
    token = tokens.create(world, Role.ADMIN, "chaos")
    with Api.at(world.api_url, token, local=True) as api:
        ses.go_wrong(seed, LATENCY_MS, shares.killed, HANG_S, shares.lost)
        begun = time.monotonic()
        campaign_id = proof.launch(api, lane, audience)
        chance = random.Random(seed)  # noqa: S311
        repeater = Repeater(ledger, files, queue, lane, campaign_id, shares.redelivered, chance)
        with making_trouble(killer, repeater):
            for _ in follow(api, campaign_id, patience_s=300):
                pass
        seconds = time.monotonic() - begun
        unread = Queue(outputs["FeedbackQueueUrl"], lambda: sqs)
        standing = until_quiet(ses, unread, api, campaign_id)
    found: Reckoning = reckon(fates(ledger, ses, campaign_id, killer.calls))
    terms = Terms(lane, events, len(killer.calls))
    row = {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "machine": machine(),
        "load": round(psutil.getloadavg()[0], 1),
        "lane": str(lane),
        "events": events,
        "seed": seed,
        "status": standing.status,
        "seconds": round(seconds, 1),
        "repeated": repeater.repeated,
        "killed": len(killer.calls),
        "events_lost": len(ses.lost_events(campaign_id)),
        **asdict(found),
    }
    return row, broken_promises(found, terms, recipients)


def main(
    recipients: Annotated[int, typer.Option(help="How many people the campaign has.")] = 5_000,
    lane: Annotated[Lane, typer.Option(help="The campaign's class.")] = Lane.MARKETING,
    seed: Annotated[int | None, typer.Option(help="Of everything random; none: a new one.")] = None,
    rate: Annotated[float, typer.Option(help="SES's mails a second.")] = 2_000,
    redelivered: Annotated[float, typer.Option(help="Share of chunks that come twice.")] = 0.05,
    killed: Annotated[float, typer.Option(help="Share of calls whose sender is killed.")] = 0.01,
    lost: Annotated[float, typer.Option(help="Share of SES's events that are lost.")] = 0.01,
    events: Annotated[bool, typer.Option(help="Whether SES reports every Send.")] = True,
) -> None:
    """Send a campaign through a world in chaos, and hold every recipient against the promise."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    console.print(f"SEED={seed}")
    kinds = ["SEND", *proof.EXCEPTIONS] if events else proof.EXCEPTIONS
    pace = Pace(max_send_rate=rate, latency_ms=LATENCY_MS)
    with world_of_its_own(pace, proof.QUICK, kinds) as world:
        shares = Shares(redelivered, killed, lost)
        row, broken = wreak(world, recipients, lane, shares, seed, events)
    keep(row)
    for promise in broken:
        console.print(f"[red]broken:[/] {promise}")
    if broken:
        raise typer.Exit(1)
    console.print("[green]held:[/] what this class of mail promises")


if __name__ == "__main__":
    typer.run(main)
