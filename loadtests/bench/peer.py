"""Recado beside Celery, RabbitMQ and SMTP: speed, processor time, and what kill -9 does.

Every contender has the same people, the same template, the same simulator with 50 ms a call (the
SMTP port waits as long for a message) and the same number of worker processes. Processor time is
that of the worker tree alone: no broker, no queue, no simulator.
"""

import json
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from loadtests import charts, fleet, proof
from loadtests.bench import results
from loadtests.fleet import Cloud
from loadtests.grounds import world_of_its_own
from loadtests.peers import broker
from operations import environments, simulator, tokens
from operations.bodies import SAMPLES
from operations.client import Api
from operations.emulator import inherited
from operations.environments import Environment
from operations.places import ROOT
from operations.simulator import Pace
from recado.auth import Role
from recado.model import Lane

NAME = "peer"
WORKERS = 2
THREADS = 10
LATENCY_MS = 50.0
QUOTA = 2_000.0
KILLS = 5
CONTENDERS = ("celery common", "celery tuned", "recado single", "recado bulk")
_QUIET_S = 8.0
_READY_S = 60.0
_PATIENCE_S = 300.0
PEERS = Environment("peers", ROOT / ".recado" / "peers", ("peers.txt",))
console = Console()


@dataclass(frozen=True)
class Row:
    """One run of one contender; `lost` and `duplicated` are e-mails, by SES's ledger."""

    contender: str
    kills: int
    workers: int
    people: int
    seconds: float
    rate_per_worker: float
    cpu_us: float
    accepted: int
    lost: int
    duplicated: int
    held: int = 0


class Celery:
    """Worker processes of one peer: `common` forks, `tuned` has a process with threads each."""

    def __init__(self, peer: str, environment: dict[str, str], home: Path) -> None:
        self._peer = peer
        self._environment = environment
        self._home = home
        self._mains: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start the workers and wait until they listen."""
        if self._peer == "common":
            self._mains = [self._worker("w", ["--pool", "prefork", "--concurrency", str(WORKERS)])]
        else:
            self._mains = [self._tuned(number) for number in range(WORKERS)]
        deadline = time.monotonic() + _READY_S
        while not all(b"ready" in log.read_bytes() for log in self._home.glob("w*.log")):
            if time.monotonic() > deadline:
                raise TimeoutError("a Celery worker did not start")
            time.sleep(0.2)
        time.sleep(1)

    def _tuned(self, number: int) -> "subprocess.Popen[bytes]":
        return self._worker(f"w{number}", ["--pool", "threads", "--concurrency", str(THREADS)])

    def _worker(self, name: str, pool: list[str]) -> "subprocess.Popen[bytes]":
        with (self._home / f"{name}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                [
                    *(
                        str(PEERS.python),
                        "-m",
                        "celery",
                        "-A",
                        f"loadtests.peers.celery_{self._peer}",
                    ),
                    *("worker", "--loglevel", "info", "-n", f"{name}@localhost", *pool),
                    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
                ],
                env=self._environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def cpu_seconds(self) -> float:
        """Of the whole worker tree."""
        return sum(fleet.cpu_seconds(main.pid) for main in self._mains)

    def kill_one(self, chance: random.Random) -> None:
        """kill -9 a process that sends. Celery replaces a forked one; the others we start again."""
        if self._peer == "common":
            children = psutil.Process(self._mains[0].pid).children()
            chance.choice(children).kill()
            return
        number = chance.randrange(len(self._mains))
        self._mains[number].kill()
        self._mains[number].wait()
        self._mains[number] = self._tuned(number)

    def stop(self) -> None:
        """End the workers and what they started."""
        for main in self._mains:
            with suppress(psutil.NoSuchProcess):
                family = psutil.Process(main.pid).children(recursive=True)
                main.kill()
                main.wait()
                for process in family:
                    with suppress(psutil.NoSuchProcess):
                        process.kill()


def accepted(cloud: Cloud, tag: str) -> int:
    """How many e-mails of a tag SES has accepted."""
    answer = httpx.get(
        f"{cloud.ses_url}/_sim/ledger/summary", params={"tag": tag}, trust_env=False, timeout=30
    )
    return int(answer.json()["accepted"])


def watch(count: Callable[[], int], people: int, kill: Callable[[], None] | None) -> None:
    """Wait until everybody is written to, or nothing has happened for a while; kill on the way."""
    killed, last, since = 0, 0, time.monotonic()
    while True:
        now = count()
        if kill and killed < KILLS and now >= people * (killed + 1) / (KILLS + 1.5):
            kill()
            killed += 1
        if now != last:
            last, since = now, time.monotonic()
        quiet = time.monotonic() - since
        if (now >= people and not kill) or quiet > (_QUIET_S if now else _READY_S):
            return
        time.sleep(0.1)


def celery(peer: str, people: int, *, kill: bool) -> Row:
    """One run of a Celery peer."""
    campaign = fleet.tasks(f"cmp_{peer}_{kill}", people)
    tag = f"campaign:{campaign[0].campaign_id}"
    rows = "".join(
        json.dumps(recipient.model_dump(mode="json")) + "\n"
        for task in campaign
        for recipient in task.recipients
    )
    pace = Pace(max_send_rate=QUOTA, latency_ms=LATENCY_MS)
    with fleet.opened(pace) as cloud, broker.rabbitmq() as address, _home() as home:
        environment = inherited() | {
            "PEER_BROKER": address,
            "PEER_SMTP_PORT": str(cloud.smtp_port),
            "PEER_FROM": fleet.FROM,
            "PEER_TEMPLATES": str(SAMPLES / "overdue"),
            "PYTHONPATH": str(ROOT),
        }
        workers = Celery(peer, environment, home)
        try:
            workers.start()
            before, begun = workers.cpu_seconds(), time.time()
            broker.publish(PEERS.python, environment, peer, campaign[0].campaign_id, rows)
            chance = random.Random(1)  # noqa: S311
            watch(
                lambda: accepted(cloud, tag),
                people,
                (lambda: workers.kill_one(chance)) if kill else None,
            )
            cpu = workers.cpu_seconds() - before
        finally:
            workers.stop()
        found = fleet.delivered(cloud, tag, campaign, begun, cpu)
    return _row(f"celery {peer}", found, KILLS if kill else 0)


def recado(transport: str, people: int) -> Row:
    """One run of Recado's senders, without kills."""
    campaign = fleet.tasks(f"cmp_{transport}", people)
    with fleet.opened(Pace(max_send_rate=QUOTA, latency_ms=LATENCY_MS)) as cloud:
        found = fleet.deliver(cloud, campaign, WORKERS, transport=transport)
    return _row(f"recado {transport}", found, 0)


def recado_killed(people: int) -> Row:
    """Recado's senders killed in the whole embedded world, where its queues and events recover."""
    pace = Pace(max_send_rate=QUOTA, latency_ms=LATENCY_MS)
    with world_of_its_own(pace, proof.QUICK, ["SEND", *proof.EXCEPTIONS]) as world:
        memory = proof.Memory(world)
        trouble = proof.Trouble(world, memory, Lane.MARKETING, random.Random(1))  # noqa: S311
        token = tokens.create(world, Role.ADMIN, "bench")
        with Api.at(world.api_url, token, local=True) as api:
            begun = time.monotonic()
            campaign_id = proof.launch(
                api, Lane.MARKETING, proof.audience(people, world.places.home)
            )
            standing = proof.follow(api, campaign_id, trouble, KILLS, _PATIENCE_S)
            seconds = time.monotonic() - begun
        ledger = simulator.ledger(world.ses_url, campaign_id)
    held = standing.sum("held")
    return Row(
        contender="recado bulk",
        kills=trouble.killed,
        workers=0,
        people=people,
        seconds=round(seconds, 1),
        rate_per_worker=0,
        cpu_us=0,
        accepted=ledger["accepted"],
        lost=people - held - ledger["unique_recipients"],
        duplicated=ledger["duplicates"],
        held=held,
    )


def _row(contender: str, found: fleet.Delivered, kills: int) -> Row:
    return Row(
        contender=contender,
        kills=kills,
        workers=WORKERS,
        people=found.people,
        seconds=round(found.seconds, 1),
        rate_per_worker=round(found.rate / WORKERS, 1),
        cpu_us=0 if kills else round(found.cpu_s / found.accepted * 1e6),
        accepted=found.accepted,
        lost=found.people - found.unique,
        duplicated=found.duplicates,
    )


@contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        yield Path(folder)


def measure(scale: float) -> Iterator[Row]:
    """Each contender undisturbed, then each under kills."""
    common, large = 50 * max(4, round(30 * scale)), 50 * max(WORKERS * THREADS, round(120 * scale))
    yield celery("common", common, kill=False)
    yield celery("tuned", large, kill=False)
    yield recado("single", large)
    yield recado("bulk", large)
    yield celery("common", common, kill=True)
    yield celery("tuned", large, kill=True)
    yield recado_killed(max(2_000, round(8_000 * scale)))


def run(scale: float) -> None:
    """Measure, keep the rows, draw the chart."""
    around = results.surroundings()
    environments.make(PEERS)
    rows: list[Row] = []
    for row in measure(scale):
        rows.append(row)
        console.print(
            f"  {row.contender:14} {row.kills} kills: {row.rate_per_worker:6.1f} e-mails/s each,"
            f" {row.cpu_us:5.0f} us CPU, {row.lost} lost, {row.duplicated} twice, {row.held} held"
        )
    results.keep(NAME, rows, around)
    draw(results.kept(NAME))


def draw(rows: Sequence[results.Row]) -> None:
    """The chart of the rows that are kept."""
    undisturbed = [row for row in rows if row["kills"] == "0"]
    charts.bars(
        [row["contender"] for row in undisturbed],
        {"CPU": [float(row["cpu_us"]) for row in undisturbed]},
        "microseconds of processor an e-mail, over the worker tree",
        f"The same job with {WORKERS} worker processes, 50 ms a call\n{results.told(rows[0])}",
        results.picture(NAME),
    )
