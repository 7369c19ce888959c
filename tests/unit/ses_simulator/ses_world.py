"""What the tests of the simulator speak with: real boto3 clients, requests, and a small SNS and
Firehose."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any

import boto3
from botocore.config import Config

PASS_THROUGH = {"Subject": "{{subject}}", "Html": "{{{html}}}", "Text": "{{{text}}}"}
TOPIC = "arn:aws:sns:us-east-1:000000000000:ses-events"
STREAM = "arn:aws:firehose:us-east-1:000000000000:deliverystream/mail"
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1}, read_timeout=5)


def ses_client(url: str, **config: Any) -> Any:
    """A boto3 client of one simulator that makes one attempt."""
    return boto3.client(
        "sesv2",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=ONE_ATTEMPT.merge(Config(**config)),
    )


def simple(subject: str = "Hello", html: str = "<p>Hi</p>") -> dict[str, Any]:
    """Content of a plain message."""
    return {"Simple": {"Subject": {"Data": subject}, "Body": {"Html": {"Data": html}}}}


def send(client: Any, *to: str, **more: Any) -> str:
    """Send one simple message; returns its id."""
    request = {
        "FromEmailAddress": "Operadora <billing@operator.example>",
        "Destination": {"ToAddresses": list(to) or ["ana@example.com"]},
        "Content": simple(),
    }
    return str(client.send_email(**{**request, **more})["MessageId"])


def entry(address: str, tags: dict[str, str] | None = None, **data: str) -> dict[str, Any]:
    """One entry of a bulk call through the pass-through template."""
    values = {"subject": "Fatura", "html": "<b>R$ 10</b>", "text": "R$ 10", **data}
    return {
        "Destination": {"ToAddresses": [address]},
        "ReplacementTags": [{"Name": n, "Value": v} for n, v in (tags or {}).items()],
        "ReplacementEmailContent": {
            "ReplacementTemplate": {"ReplacementTemplateData": json.dumps(values)}
        },
    }


def send_bulk(client: Any, entries: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    """Send a bulk call; returns its results."""
    request = {
        "FromEmailAddress": "billing@operator.example",
        "DefaultContent": {"Template": {"TemplateContent": PASS_THROUGH, "TemplateData": "{}"}},
        "BulkEmailEntries": entries,
    }
    return list(client.send_bulk_email(**{**request, **more})["BulkEmailEntryResults"])


def statuses(results: list[dict[str, Any]]) -> list[str]:
    """The status of each entry."""
    return [result["Status"] for result in results]


def streamed(client: Any, name: str, *event_types: str) -> None:
    """A configuration set publishes the given events to the stream, too."""
    client.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="firehose",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": list(event_types),
            "KinesisFirehoseDestination": {
                "DeliveryStreamArn": STREAM,
                "IamRoleArn": "arn:aws:iam::000000000000:role/ses",
            },
        },
    )


def configuration_set(client: Any, *event_types: str, name: str = "recado") -> str:
    """A configuration set that publishes the given events to the topic."""
    client.create_configuration_set(ConfigurationSetName=name)
    client.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="sns",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": list(event_types),
            "SnsDestination": {"TopicArn": TOPIC},
        },
    )
    return name


class FakeSns:
    """Speaks SNS's PublishBatch and Firehose's PutRecord. ``broken_calls`` answers 500 so many
    times."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.batch_sizes: list[int] = []
        self.records: list[tuple[str, str]] = []
        self.broken_calls = 0
        self.refused_once: set[str] = set()
        self._lock = threading.Lock()

    def publish_batch(self, form: dict[str, list[str]]) -> tuple[int, str]:
        """Answer one call."""
        with self._lock:
            if self.broken_calls:
                self.broken_calls -= 1
                return (
                    500,
                    "<ErrorResponse><Error><Code>InternalFailure</Code></Error></ErrorResponse>",
                )
            members = sorted(
                {int(key.split(".")[2]) for key in form if key.startswith("PublishBatchRequest")}
            )
            self.batch_sizes.append(len(members))
            return 200, self._reply([self._take(form, member) for member in members])

    def put_record(self, asked: dict[str, Any]) -> tuple[int, str]:
        """Answer one call of Firehose."""
        with self._lock:
            if self.broken_calls:
                self.broken_calls -= 1
                return 500, json.dumps({"__type": "ServiceUnavailableException"})
            data = base64.b64decode(asked["Record"]["Data"]).decode()
            self.records.append((asked["DeliveryStreamName"], data))
            return 200, json.dumps({"RecordId": str(len(self.records))})

    def of_type(self, event_type: str) -> list[dict[str, Any]]:
        """Events received of one type."""
        return [event for event in self.events if event["eventType"] == event_type]

    def _take(self, form: dict[str, list[str]], member: int) -> str:
        prefix = f"PublishBatchRequestEntries.member.{member}"
        event = json.loads(form[f"{prefix}.Message"][0])
        entry_id = form[f"{prefix}.Id"][0]
        if event["mail"]["destination"][0] in self.refused_once:
            self.refused_once.remove(event["mail"]["destination"][0])
            failed = "<Code>InternalError</Code><SenderFault>false</SenderFault>"
            return f"<Failed><member><Id>{entry_id}</Id>{failed}</member></Failed>"
        self.events.append(event)
        taken = f"<Id>{entry_id}</Id><MessageId>{entry_id}</MessageId>"
        return f"<Successful><member>{taken}</member></Successful>"

    def _reply(self, parts: list[str]) -> str:
        done = "".join(p[12:-13] for p in parts if p.startswith("<Successful>"))
        failed = "".join(p[8:-9] for p in parts if p.startswith("<Failed>"))
        return (
            "<PublishBatchResponse><PublishBatchResult>"
            f"<Successful>{done}</Successful><Failed>{failed}</Failed>"
            "</PublishBatchResult></PublishBatchResponse>"
        )
