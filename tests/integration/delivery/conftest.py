"""An operator's suite in one process: the real handlers on moto, mail to the SES simulator."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest

from campaigns import schedule
from campaigns import worker as campaigns_worker
from recado import clock
from recado.contracts import Control, ControlCampaign, FileAudience, PlanCampaign
from recado.inbox import inbox
from recado.ledger.progress import Progress, ProgressBoard
from recado.ledger.states import State
from recado.ledger.store import Ledger
from recado.model import Lane, Language, MailBody, TemplateVersion
from recado.queue import Queue
from sender import feedback
from sender import worker as sender_worker
from ses_simulator.simulator import Settings, Simulator
from tests.factories import context, s3_notification, sqs_event
from tests.integration.conftest import Suite, forget_collaborators
from tests.integration.pump import Pump, Route

CAMPAIGN = "cmp_test"
TEMPLATE = TemplateVersion(
    id="overdue",
    version=1,
    bodies={
        Language.PORTUGUESE: MailBody(
            subject="Fatura de {{ name }}", html="<p>Olá {{ name }}</p>", text="Olá {{ name }}"
        )
    },
)


def person(number: int, **changes: object) -> dict[str, object]:
    """A row of an audience file."""
    row = {"id": f"C-{number}", "email": f"c{number}@example.com", "name": f"Cliente {number}"}
    return row | changes


def ses_event(kind: str, position: int, chunk: int = 0, **parts: object) -> dict[str, object]:
    """An event of SES about one recipient."""
    tags = {"campaign": [CAMPAIGN], "chunk": [str(chunk)], "position": [str(position)]}
    return {"eventType": kind, "mail": {"tags": tags}, **parts}


@dataclass
class Operator:
    """What the operator's staff and the clock do, and what can be seen of it."""

    suite: Suite
    ses: Simulator
    pump: Pump
    monkeypatch: pytest.MonkeyPatch

    def upload(self, rows: list[object], name: str = "audiences/a1/people.ndjson") -> FileAudience:
        """Put an audience file where central's upload would leave it."""
        lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
        body = b"".join(line + b"\n" for line in lines)
        boto3.client("s3").put_object(Bucket=self.suite.outputs["Files"], Key=name, Body=body)
        return FileAudience(file=name)

    def plan(self, audience: FileAudience, lane: Lane = Lane.BILLING) -> PlanCampaign:
        """The command central would send for a campaign that starts now."""
        now = clock.now()
        return PlanCampaign(
            campaign_id=CAMPAIGN,
            name="Cobrança",
            lane=lane,
            template=TEMPLATE,
            from_address="Operadora <avisos@operadora.example>",
            audience=audience,
            as_of=now.date(),
            starts_at=now,
            launched_by="ana",
        )

    def launch(self, rows: list[object], lane: Lane = Lane.BILLING) -> None:
        """Launch a campaign to rows and let `campaigns` plan it."""
        self.command(self.plan(self.upload(rows), lane))
        self.pump.run("plan")

    def order(self, action: Control) -> None:
        """Give an order and let `campaigns` carry it out."""
        self.command(ControlCampaign(campaign_id=CAMPAIGN, action=action, by="ana"))
        self.pump.run("plan")

    def command(self, *messages: object) -> None:
        """Put commands on the plan queue."""
        Queue(self.suite.outputs["PlanQueueUrl"], lambda: boto3.client("sqs")).send(messages)  # type: ignore[arg-type]

    def minute(self) -> None:
        """What the schedule does every minute."""
        schedule.handler({}, context())

    def ses_reports(self, *kinds: str, topic: str) -> None:
        """From now on SES writes events of these kinds."""
        boto3.client("sesv2").create_configuration_set_event_destination(
            ConfigurationSetName="recado",
            EventDestinationName="feedback",
            EventDestination={
                "Enabled": True,
                "MatchingEventTypes": kinds,  # type: ignore[typeddict-item]
                "SnsDestination": {"TopicArn": topic},
            },
        )

    def hear(self, kind: str, positions: list[int], chunk: int = 0, **parts: object) -> None:
        """SES reports an event about recipients of a chunk."""
        events = [ses_event(kind, position, chunk, **parts) for position in positions]
        assert self.listen(*events) == {"batchItemFailures": []}

    def hear_file(self, text: str, name: str = "mail-events/2026/11/23/12/f+1") -> Any:
        """Firehose leaves a file of events; returns what the function answers."""
        boto3.client("s3").put_object(Bucket=self.suite.outputs["Files"], Key=name, Body=text)
        return self.listen(s3_notification(self.suite.outputs["Files"], quote_plus(name)))

    def listen(self, *messages: object) -> Any:
        """Messages come to the feedback queue; returns what the function answers."""
        self.monkeypatch.setenv("DEAD_LETTER_URL", self.suite.outputs["FeedbackQueueDeadUrl"])
        inbox.cache_clear()
        return feedback.handler(sqs_event(*messages), context())

    @property
    def progress(self) -> Progress:
        """How far the campaign is."""
        progress = ProgressBoard(
            self.suite.outputs["CampaignsTable"], boto3.client("dynamodb")
        ).get(CAMPAIGN)
        assert progress is not None
        return progress

    @property
    def counts(self) -> dict[str, int]:
        """Recipients by state, without zeros."""
        return {name: number for name, number in self.progress.counts.items() if number}

    @property
    def ledger(self) -> Ledger:
        """The ledger, to look into."""
        return Ledger(self.suite.outputs["CampaignsTable"], boto3.client("dynamodb"))

    def recount(self) -> dict[str, int]:
        """The states of all chunks counted one by one."""
        return dict(
            Counter(
                State(letter).counter
                for chunk in self.ledger.chunks(CAMPAIGN)
                for letter in chunk.states
            )
        )

    @property
    def accepted(self) -> tuple[int, int]:
        """How many messages SES accepted, and how many of them were repeats."""
        summary = self.ses.summary(f"campaign:{CAMPAIGN}")
        return summary["accepted"], summary["duplicates"]

    def dead_letters(self, queue: str) -> list[str]:
        """The reasons in a dead-letter queue."""
        answer = boto3.client("sqs").receive_message(
            QueueUrl=self.suite.outputs[queue],
            MessageAttributeNames=["All"],
            MaxNumberOfMessages=10,
        )
        return [
            message["MessageAttributes"]["reason"]["StringValue"]
            for message in answer.get("Messages", [])
        ]


@pytest.fixture
def operator(suite: Suite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Operator]:
    """A deployed suite with an SES and a temporary folder of its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    outputs = suite.outputs
    with Simulator(Settings(max_send_rate=5_000)) as ses:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", ses.url)
        monkeypatch.setenv("CONFIGURATION_SET", "recado")
        monkeypatch.setenv("TRANSPORT", "bulk")
        ses_client = boto3.client("sesv2")
        ses_client.create_configuration_set(ConfigurationSetName="recado")
        forget_collaborators()
        routes = {
            "plan": Route(
                outputs["PlanQueueUrl"],
                campaigns_worker.handler,
                {"DEAD_LETTER_URL": outputs["PlanQueueDeadUrl"]},
            )
        }
        for lane in Lane:
            name = f"Send{lane.name.title()}"
            routes[lane] = Route(
                outputs[f"{name}Url"],
                sender_worker.handler,
                {
                    "SEND_QUEUE_URL": outputs[f"{name}Url"],
                    "DEAD_LETTER_URL": outputs[f"{name}DeadUrl"],
                },
                batch=5,
            )
        yield Operator(suite, ses, Pump(routes), monkeypatch)
        ses_client.close()
