"""Cost: the metered calls of whole campaigns times list prices, without SES's own fee.

Planner, senders and feedback are the real handlers on moto, with the tables and queues of
`infra/*.yaml`, and the SES simulator. botocore's events count each call as it is billed. Lambda's
time is a model: what a call waits (`metering.WAIT_MS`) plus processor time, measured without moto's
share and stretched by the part of a processor that 512 MB get.
"""

import contextlib
import io
import json
import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any
from unittest import mock

import boto3
from moto import mock_aws
from rich.console import Console

from loadtests import charts, fleet
from loadtests.bench import results
from loadtests.metering import CALL_CPU_MS, MESSAGE_BYTES, Meter, Unit
from loadtests.poller import context, event
from recado import table, wire
from recado.connection import Connection
from recado.contracts import FileAudience, PlanCampaign
from recado.figures.costs import prices
from recado.model import Lane
from recado.observability import logger
from recado.queue import Queue

NAME = "cost"
GOAL_USD = 0.65
MEMORY_GB = 0.5
VCPU_SHARE = 512 / 1_769
"""Lambda gives a whole processor at 1,769 MB ("Configure Lambda function memory")."""
REPORT_BYTES = 300
"""START, END and REPORT lines that Lambda itself logs for an invocation."""
TRACED = 0.05
FEEDBACK_BATCH = 10
"""Messages, each about a file of events."""
FILE_BYTES = 2**20
"""When Firehose ends a file (`SizeInMBs` in infra/messaging.yaml); its 10 s fill none here."""
FIREHOSE_STEP, GB = 5 * 1024, 2**30
"""Firehose bills each record by steps of 5 KB ("Amazon Data Firehose pricing")."""
BARE, SENT, DELIVERED = (
    "recado without Send events",
    "recado with Send events",
    "recado with Send and Delivery events",
)
SENDER_BATCH = 5
_MILLION = 1_000_000
console = Console()


@dataclass(frozen=True)
class Row:
    """What one kind of unit costs for a million e-mails; `design` says whose they are."""

    design: str
    people: int
    service: str
    unit: str
    units_per_million: float
    usd_per_million: float


def priced(design: str, people: int, units: Mapping[Unit, float]) -> list[Row]:
    """Units of a campaign to so many people, as a million e-mails would cost."""
    table = prices()
    return [
        Row(
            design=design,
            people=people,
            service=service,
            unit=unit,
            units_per_million=round(number / people * _MILLION, 4),
            usd_per_million=round(number / people * _MILLION * table[service, unit], 4),
        )
        for (service, unit), number in sorted(units.items())
    ]


def lambda_ms(wait_ms: float, cpu_ms: float) -> int:
    """Billed milliseconds of an invocation: waits as they are, processor time stretched."""
    return ceil(wait_ms + cpu_ms / VCPU_SHARE)


def one_message_each() -> dict[Unit, float]:
    """A million e-mails where each is an SQS message and an invocation of 150 ms, with Powertools'
    idempotency (two writes) and a status write, and a write for its Send event."""
    return {
        ("DynamoDB", "write unit"): 4e6,
        ("SQS", "request"): 6e6,
        ("Lambda", "request"): 2e6,
        ("Lambda", "GB-second"): 1e6 * (0.150 + 0.050) * MEMORY_GB,
        ("SNS", "publish"): 1e6,
    }


def sample() -> dict[Unit, float]:
    """A million e-mails by the usual SQS and Lambda sample: one message each, ten an invocation,
    100 ms each, no ledger and no events."""
    return {
        ("SQS", "request"): 1.2e6,
        ("Lambda", "request"): 1e5,
        ("Lambda", "GB-second"): 1e6 * 0.100 * MEMORY_GB,
    }


class Works:
    """The suite's handlers on moto, metered."""

    def __init__(self, meter: Meter, outputs: Mapping[str, str]) -> None:
        self._meter = meter
        self._outputs = outputs
        self._poller = boto3.Session().client("sqs")  # Lambda's own calls, counted apart
        self.lambda_ms: Counter[str] = Counter()
        self.invocations: Counter[str] = Counter()
        self.log_bytes = 0
        self.units_of_others: Counter[Unit] = Counter()
        """What AWS's own services bill around the handlers."""

    def invoke(self, name: str, handler: Callable[..., Any], payload: dict[str, Any]) -> Any:
        """Call a handler as Lambda would, and count its time and its logs."""
        meter = self._meter
        before = (meter.wait_ms, meter.calls, meter.inside_ns)
        logged = io.StringIO()
        logger.registered_handler.setStream(logged)
        begun = time.process_time_ns()
        with contextlib.redirect_stdout(logged):
            answer = handler(payload, context())
        own_ms = (time.process_time_ns() - begun - (meter.inside_ns - before[2])) / 1e6
        cpu_ms = own_ms + (meter.calls - before[1]) * CALL_CPU_MS
        self.lambda_ms[name] += lambda_ms(meter.wait_ms - before[0], cpu_ms)
        self.invocations[name] += 1
        self.log_bytes += len(logged.getvalue().encode()) + REPORT_BYTES
        return answer

    def drain(self, queue: str, name: str, handler: Callable[..., Any], batch: int) -> None:
        """Hand a queue's messages to a handler until none is left."""
        url = self._outputs[queue]
        os.environ["DEAD_LETTER_URL"] = self._outputs[queue.removesuffix("Url") + "DeadUrl"]
        while messages := self._poller.receive_message(
            QueueUrl=url, MaxNumberOfMessages=batch, MessageSystemAttributeNames=["All"]
        ).get("Messages", []):
            self.count_poll(sum(len(message["Body"]) for message in messages), len(messages))
            self.invoke(name, handler, event(list(messages)))
            for message in messages:
                self._poller.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def count_poll(self, size: int, messages: int) -> None:
        """What Lambda's pollers ask of SQS for an invocation: receive and delete, ten at a time."""
        receives = max(ceil(size / MESSAGE_BYTES), ceil(messages / 10))
        self.units_of_others["SQS", "request"] += receives + ceil(messages / 10)

    def units(self) -> Counter[Unit]:
        """Everything counted so far, as it is billed."""
        invocations = self.invocations.total()
        return (
            self._meter.units
            + self.units_of_others
            + Counter(
                {
                    ("Lambda", "request"): invocations,
                    ("Lambda", "GB-second"): self.lambda_ms.total() / 1000 * MEMORY_GB,  # type: ignore[dict-item]
                    ("CloudWatch", "GB of logs"): self.log_bytes / 1e9,  # type: ignore[dict-item]
                    ("X-Ray", "trace"): invocations * TRACED,  # type: ignore[dict-item]
                }
            )
        )


@contextlib.contextmanager
def works(transport: str = "bulk") -> Iterator[tuple[Works, Mapping[str, str]]]:
    """Fresh tables and queues on moto with a meter, and an SES simulator."""
    from tests.integration.conftest import (
        CONSTANTS,
        VARIABLES,
        deploy,
        forget_collaborators,
    )

    from ses_simulator import Settings, Simulator

    kept = dict(os.environ)
    try:
        os.environ.update(CONSTANTS | {"TRANSPORT": transport, "CONFIGURATION_SET": "recado"})
        with (
            mock.patch.object(wire, "client", table.client),  # moto reaches boto3's clients only
            mock_aws(),
            Simulator(Settings(max_send_rate=1e6)) as ses,
        ):
            os.environ["AWS_ENDPOINT_URL_SESV2"] = ses.url
            outputs = deploy()
            os.environ.update({name: outputs[output] for name, output in VARIABLES.items()})
            os.environ["SEND_QUEUE_URL"] = outputs["SendMarketingUrl"]
            boto3.client("sesv2").create_configuration_set(ConfigurationSetName="recado")
            boto3.setup_default_session()
            forget_collaborators()
            meter = Meter(boto3.DEFAULT_SESSION)  # type: ignore[arg-type]
            with mock.patch.object(Connection, "send", meter.ses(Connection.send)):
                yield Works(meter, outputs), outputs
    finally:
        forget_collaborators()
        boto3.setup_default_session()
        os.environ.clear()
        os.environ.update(kept)


@dataclass(frozen=True)
class Time:
    """Lambda's modelled time of one function in a campaign, in milliseconds."""

    function: str
    people: int
    invocations: int
    ms: int
    ms_per_thousand: float


def campaign(people: int) -> tuple[dict[str, Counter[Unit]], list[Time]]:
    """Units of one campaign by what SES reports, and each function's time."""
    from campaigns import schedule
    from campaigns import worker as planner
    from recado.inbox import inbox
    from sender import worker as sender

    with works() as (done, outputs):
        rows = "".join(
            json.dumps(
                {"id": person.id, "email": person.email, "language": "pt-BR"} | person.fields
            )
            + "\n"
            for person in fleet.people(people)
        )
        boto3.Session().client("s3").put_object(
            Bucket=outputs["Files"], Key="audiences/bench/people.ndjson", Body=rows.encode()
        )
        sqs = boto3.Session().client("sqs")
        Queue(outputs["PlanQueueUrl"], lambda: sqs).send([_plan()])
        for _ in range(3):
            done.drain("PlanQueueUrl", "planner", planner.handler, 1)
            inbox.cache_clear()
            done.drain("SendMarketingUrl", "sender", sender.handler, SENDER_BATCH)
            inbox.cache_clear()
        done.invoke("schedule", schedule.handler, {})
        units = {BARE: done.units()}
        os.environ["DEAD_LETTER_URL"] = outputs["FeedbackQueueDeadUrl"]
        for design, kind in ((SENT, "Send"), (DELIVERED, "Delivery")):
            _report(done, outputs["Files"], kind, people)
            units[design] = done.units()
    times = [
        Time(name, people, done.invocations[name], ms, round(ms / people * 1_000, 1))
        for name, ms in done.lambda_ms.items()
    ]
    return units, times


def _report(done: Works, bucket: str, kind: str, people: int) -> None:
    """SES reports an event of every mail to Firehose, which writes files; they are taken in."""
    from sender import feedback

    told = [_told(kind, number) for number in range(people)]
    steps = sum(ceil(len(each) / FIREHOSE_STEP) for each in told)
    done.units_of_others["Firehose", "GB"] += steps * FIREHOSE_STEP / GB  # type: ignore[assignment]
    s3 = boto3.Session().client("s3")  # Firehose's own calls, counted apart
    messages = []
    for number, text in enumerate(_files(told)):
        name = f"mail-events/{kind}-{number}"
        s3.put_object(Bucket=bucket, Key=name, Body=text.encode())
        done.units_of_others["S3", "PUT"] += 1
        messages.append(_notice(bucket, name))
    for start in range(0, len(messages), FEEDBACK_BATCH):
        batch = messages[start : start + FEEDBACK_BATCH]
        done.count_poll(sum(len(each["Body"]) for each in batch), len(batch))
        done.units_of_others["SQS", "request"] += len(batch)
        answer = done.invoke("feedback", feedback.handler, event(batch))
        if answer != {"batchItemFailures": []}:
            raise RuntimeError(f"files of events were not taken in: {answer}")


def _files(told: list[str]) -> Iterator[str]:
    """Events joined as Firehose joins them."""
    open_file: list[str] = []
    size = 0
    for each in told:
        if open_file and size + len(each) > FILE_BYTES:
            yield "".join(open_file)
            open_file, size = [], 0
        open_file.append(each)
        size += len(each)
    yield "".join(open_file)


def _plan() -> PlanCampaign:
    now = datetime.now(UTC)
    return PlanCampaign(
        campaign_id="cmp_cost",
        name="Bench",
        lane=Lane.MARKETING,
        template=fleet.template(),
        from_address=fleet.FROM,
        audience=FileAudience(file="audiences/bench/people.ndjson"),
        as_of=now.date(),
        starts_at=now,
        launched_by="bench",
    )


def _told(kind: str, number: int) -> str:
    """An event as SES writes it, with about its 1.5 kB of headers and tags."""
    tags = {"campaign": ["cmp_cost"], "chunk": [str(number // 50)], "position": [str(number % 50)]}
    return json.dumps({"eventType": kind, "mail": {"tags": tags, "headers": "h" * 1_200}})


def _notice(bucket: str, name: str) -> dict[str, Any]:
    """S3's word of a file, as SQS holds it."""
    record = {"eventSource": "aws:s3", "s3": {"bucket": {"name": bucket}, "object": {"key": name}}}
    return {
        "MessageId": name,
        "ReceiptHandle": "r",
        "Body": json.dumps({"Records": [record]}),
        "MD5OfBody": "",
        "Attributes": {"ApproximateReceiveCount": "1"},
    }


def measure(sizes: tuple[int, ...]) -> tuple[list[Row], list[Time]]:
    """Campaigns of each size, and the designs they are compared with."""
    rows: list[Row] = []
    times: list[Time] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for people in sizes:
            units, spent = campaign(people)
            times += spent
            for design, counted in units.items():
                rows += priced(design, people, counted)
    rows += priced("one message a recipient", _MILLION, one_message_each())
    rows += priced("SQS and Lambda sample", _MILLION, sample())
    return rows, times


def totals(rows: list[results.Row]) -> dict[tuple[str, int], float]:
    """US dollars a million e-mails by design and campaign size."""
    found: dict[tuple[str, int], float] = {}
    for row in rows:
        which = row["design"], int(row["people"])
        found[which] = found.get(which, 0.0) + float(row["usd_per_million"])
    return found


def waiting_usd(rate: float, senders: int) -> float:
    """What a million e-mails cost in Lambda time when so many senders wait for SES's rate."""
    return _MILLION / rate * senders * MEMORY_GB * prices()["Lambda", "GB-second"]


def run(scale: float) -> None:
    """Measure, keep the rows, draw the chart."""
    around = results.surroundings()
    measured, times = measure((1_000, max(2_000, round(10_000 * scale))))
    results.keep(NAME, measured, around)
    results.keep("cost-lambda", times, around)
    rows = results.kept(NAME)
    shown = totals(rows)
    services = sorted({row["service"] for row in rows})
    parts = {
        service: [
            sum(
                float(row["usd_per_million"])
                for row in rows
                if (row["design"], int(row["people"])) == which and row["service"] == service
            )
            for which in shown
        ]
        for service in services
    }
    for (design, people), usd in shown.items():
        console.print(f"  {design}, {people:,} people: {usd:.2f} USD a million")
    charts.bars(
        [f"{design}\n({people:,} people)" for design, people in shown],
        parts,
        "US dollars a million e-mails, without SES's fee",
        f"List prices of what a campaign calls, us-east-1\n{results.told(rows[0])}",
        results.picture(NAME),
        goal=("goal 0.65", GOAL_USD),
    )
