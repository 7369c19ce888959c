"""Sender processes of the real sender, with an SES simulator and a double of DynamoDB and SQS.

What runs in each process is `sender.worker.handler` as it is deployed; a small poller gives it
messages, as Lambda's event source mapping would. Processes, because Lambda gives every sender a
machine of its own: no two share an interpreter.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil
from botocore.config import Config

from loadtests.cloud.server import LATENCY_MS
from operations import bodies, processes
from operations.emulator import inherited, is_success
from operations.local import SENDER_DOMAIN
from operations.places import ROOT
from operations.ports import HOST, any_free
from operations.simulator import CONFIGURATION_SET, Pace
from recado.contracts import ChunkTask, FileAudience, PlanCampaign, Recipient
from recado.ledger.chunk import MAX_RECIPIENTS, Chunk
from recado.ledger.home import Home
from recado.ledger.store import Ledger, key
from recado.model import Lane, Language, MailBody, TemplateVersion
from recado.queue import Queue

CAMPAIGNS = "campaigns"
SUPPRESSION = "suppression"
FROM = f"Operadora <avisos@{SENDER_DOMAIN}>"
_PAGE = 20
_START_S = 30.0
_GRACE_S = 5.0


@dataclass(frozen=True)
class Cloud:
    """What the senders call."""

    url: str
    ses_url: str
    smtp_port: int = 0

    def client(self, service: str) -> Any:
        """A boto3 client of the double, or of the simulator for `sesv2`."""
        return boto3.client(
            service,
            endpoint_url=self.ses_url if service == "sesv2" else self.url,
            config=Config(proxies={}),
            **_CREDENTIALS,
        )

    def environment(self, queue: str) -> dict[str, str]:
        """What `template.yaml` would give a sender of this queue."""
        return inherited() | {
            "AWS_ENDPOINT_URL_DYNAMODB": self.url,
            "AWS_ENDPOINT_URL_SQS": self.url,
            "AWS_ENDPOINT_URL_SESV2": self.ses_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "CAMPAIGNS_TABLE": CAMPAIGNS,
            "SUPPRESSION_TABLE": SUPPRESSION,
            "CONFIGURATION_SET": CONFIGURATION_SET,
            "PLAN_QUEUE_URL": f"{self.url}/plan",
            "SEND_QUEUE_URL": queue,
            "DEAD_LETTER_URL": f"{self.url}/dead",
            "LINKS_URL": f"{self.url}/links",
            "TIME_ZONE": "America/Sao_Paulo",
            "PYDANTIC_DISABLE_PLUGINS": "__all__",
            "POWERTOOLS_METRICS_NAMESPACE": "Recado",
            "POWERTOOLS_SERVICE_NAME": "sender",
            "POWERTOOLS_LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
        }

    def waiting(self, queue: str) -> int:
        """Messages of a queue that nobody has dealt with yet."""
        found = httpx.get(self.url, trust_env=False, timeout=30).json()
        return int(sum(found.get(queue, (0, 0))))


_CREDENTIALS: Any = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}


@contextmanager
def opened(
    pace: Pace, *, cloud_ms: float = LATENCY_MS, visibility_s: float = 120.0
) -> Iterator[Cloud]:
    """A fresh double and a fresh simulator, gone afterwards."""
    cloud_port, ses_port, smtp_port = any_free(3)
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        home = Path(folder)
        commands = {
            "cloud": [
                *(sys.executable, "-m", "loadtests.cloud.server", "--port", str(cloud_port)),
                *("--latency-ms", str(cloud_ms), "--visibility-s", str(visibility_s)),
            ],
            "ses": [
                *(sys.executable, "-m", "ses_simulator", "--port", str(ses_port)),
                *("--smtp-port", str(smtp_port), "--state", str(home / "ses")),
                *("--max-send-rate", str(pace.max_send_rate)),
                *("--daily-quota", str(pace.daily_quota)),
                *("--latency-ms", str(pace.latency_ms)),
            ],
        }
        started = {
            name: processes.start(command, inherited(), home / f"{name}.log", ROOT)
            for name, command in commands.items()
        }
        cloud = Cloud(f"http://{HOST}:{cloud_port}", f"http://{HOST}:{ses_port}", smtp_port)
        try:
            for name, page in (("cloud", cloud.url), ("ses", f"{cloud.ses_url}/_sim/health")):
                processes.wait_until(
                    lambda page=page: is_success(page),  # type: ignore[misc]
                    *(started[name], name, home / f"{name}.log", _START_S),
                )
            ses = cloud.client("sesv2")
            ses.create_configuration_set(ConfigurationSetName=CONFIGURATION_SET)
            ses.create_email_identity(EmailIdentity=SENDER_DOMAIN)
            yield cloud
        finally:
            for process in started.values():
                processes.stop(process)


def people(number: int) -> Iterator[Recipient]:
    """So many overdue customers, as `campaigns` freezes them."""
    for n in range(number):
        yield Recipient(
            id=f"C-{n:07d}",
            email=f"cliente{n:07d}@example.com",
            fields={
                "first_name": f"Cliente {n}",
                "invoice": f"F-{n:07d}",
                "invoices": 1,
                "amount": f"{50 + n % 200}.90",
                "due_date": "2026-10-10",
                "days_overdue": 42,
            },
        )


def template() -> TemplateVersion:
    """The sample template of an overdue invoice: 1.7 kB of HTML, and text."""
    return TemplateVersion(
        id="overdue",
        version=1,
        bodies={
            Language(language): MailBody.model_validate(body)
            for language, body in bodies.read(bodies.SAMPLES / "overdue").items()
        },
    )


def tasks(campaign_id: str, number: int, lane: Lane = Lane.BILLING) -> list[ChunkTask]:
    """A campaign to so many people, in chunks."""
    everyone = list(people(number))
    return [
        ChunkTask(
            campaign_id=campaign_id,
            number=place,
            lane=lane,
            recipients=tuple(everyone[start : start + MAX_RECIPIENTS]),
        )
        for place, start in enumerate(range(0, number, MAX_RECIPIENTS))
    ]


def plan(cloud: Cloud, campaign: Sequence[ChunkTask]) -> None:
    """Write a campaign into the ledger, as `campaigns` leaves it when it has planned."""
    dynamodb = cloud.client("dynamodb")
    first = campaign[0]
    command = PlanCampaign(
        campaign_id=first.campaign_id,
        name="Bench",
        lane=first.lane,
        template=template(),
        from_address=FROM,
        audience=FileAudience(file="bench.ndjson"),
        as_of=datetime.now(UTC).date(),
        starts_at=datetime.now(UTC),
        launched_by="bench",
    )
    for sort, attributes in {
        "PLAN": {"plan": {"S": command.model_dump_json()}},
        "META": {"status": {"S": "running"}, "plan_done": {"BOOL": True}},
    }.items():
        dynamodb.put_item(TableName=CAMPAIGNS, Item=key(first.campaign_id, sort) | attributes)
    Home(CAMPAIGNS, dynamodb).found()
    ledger = Ledger(CAMPAIGNS, dynamodb)
    for start in range(0, len(campaign), _PAGE):
        chunks = [_chunk(task) for task in campaign[start : start + _PAGE]]
        dynamodb.transact_write_items(TransactItems=ledger.planned(chunks))


def _chunk(task: ChunkTask) -> Chunk:
    return Chunk(
        campaign_id=task.campaign_id,
        number=task.number,
        recipient_ids=tuple(recipient.id for recipient in task.recipients),
        states="P" * len(task.recipients),
        page=0,
        start=0,
    )


def enqueue(cloud: Cloud, campaign: Sequence[ChunkTask], queue: str) -> None:
    """Put a campaign's chunks on a queue."""
    sqs = cloud.client("sqs")
    Queue(queue, lambda: sqs).send(campaign)


@dataclass
class Fleet:
    """Sender processes, each ready to begin."""

    cloud: Cloud
    queue: str
    options: Sequence[str] = ()
    transport: str = "bulk"
    senders: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def add(self) -> "subprocess.Popen[bytes]":
        """Start one more sender; it waits for `go` before it takes a message."""
        sender = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "loadtests.poller", "--queue", self.queue, *self.options],
            env=self.cloud.environment(self.queue) | {"TRANSPORT": self.transport},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        self.senders.append(sender)
        return sender

    def go(self, sender: "subprocess.Popen[bytes]") -> None:
        """Let one sender begin, as soon as it has imported and connected."""
        assert sender.stdin is not None  # noqa: S101
        sender.stdin.write(b"go\n")
        sender.stdin.flush()

    def ready(self, sender: "subprocess.Popen[bytes]") -> None:
        """Wait until a sender is ready."""
        assert sender.stdout is not None  # noqa: S101
        if sender.stdout.readline().strip() != b"ready":
            raise ChildProcessError(f"a sender ended with {sender.wait()} before it was ready")

    def cpu_seconds(self) -> float:
        """What the processes have used so far, of those that live."""
        return sum(cpu_seconds(sender.pid) for sender in self.senders if sender.poll() is None)

    def wait(self, patience_s: float) -> None:
        """Wait until nothing is on the queue any more.

        Raises:
            TimeoutError: something still is.
        """
        deadline = time.monotonic() + patience_s
        while self.cloud.waiting(self.queue):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.cloud.waiting(self.queue)} messages are left")
            time.sleep(0.05)

    def end(self) -> None:
        """End every sender."""
        for sender in self.senders:
            sender.terminate()
        for sender in self.senders:
            with suppress(subprocess.TimeoutExpired):
                sender.wait(_GRACE_S)
            sender.kill()
            sender.wait()
            for pipe in (sender.stdin, sender.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of everything it started."""
    used = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                used += times.user + times.system
    return used


@contextmanager
def fleet(
    cloud: Cloud, queue: str, senders: int, *, transport: str = "bulk", options: Sequence[str] = ()
) -> Iterator[Fleet]:
    """So many senders, ready, and ended afterwards."""
    made = Fleet(cloud, queue, options, transport)
    try:
        for _ in range(senders):
            made.add()
        for sender in made.senders:
            made.ready(sender)
        yield made
    finally:
        made.end()


@dataclass(frozen=True)
class Delivered:
    """What became of a campaign, by SES's ledger: times in seconds since it began."""

    people: int
    accepted: int
    unique: int
    duplicates: int
    moments: tuple[float, ...]
    cpu_s: float

    @property
    def seconds(self) -> float:
        """From the beginning to the last mail SES accepted."""
        return self.moments[-1]

    @property
    def rate(self) -> float:
        """E-mails a second."""
        return self.accepted / self.seconds


def deliver(
    cloud: Cloud,
    campaign: Sequence[ChunkTask],
    senders: int,
    *,
    transport: str = "bulk",
    options: Sequence[str] = (),
    patience_s: float = 300.0,
) -> Delivered:
    """Deliver a campaign with so many senders, and ask SES what it accepted."""
    campaign_id = campaign[0].campaign_id
    queue = f"{cloud.url}/{campaign_id}"
    plan(cloud, campaign)
    with fleet(cloud, queue, senders, transport=transport, options=options) as running:
        enqueue(cloud, campaign, queue)
        before, begun = running.cpu_seconds(), time.time()
        for sender in running.senders:
            running.go(sender)
        running.wait(patience_s)
        cpu = running.cpu_seconds() - before
    return delivered(cloud, f"campaign:{campaign_id}", campaign, begun, cpu)


def delivered(
    cloud: Cloud, tag: str, campaign: Sequence[ChunkTask], begun: float, cpu_s: float
) -> Delivered:
    """What SES's ledger says about a tag."""
    with httpx.Client(base_url=cloud.ses_url, trust_env=False, timeout=60) as http:
        summary = json.loads(http.get("/_sim/ledger/summary", params={"tag": tag}).content)
        moments: list[float] = []
        cursor: int | None = 0
        while cursor is not None:
            page = http.get(
                "/_sim/ledger", params={"tag": tag, "after": cursor, "limit": 10_000}
            ).json()
            moments += [message["at_ms"] / 1000 - begun for message in page["messages"]]
            cursor = page["next"]
    return Delivered(
        people=sum(len(task.recipients) for task in campaign),
        accepted=summary["accepted"],
        unique=summary["unique_recipients"],
        duplicates=summary["duplicates"],
        moments=tuple(sorted(moments)),
        cpu_s=cpu_s,
    )
