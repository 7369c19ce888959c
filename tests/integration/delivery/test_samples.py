"""What the handlers of campaigns and sender do with the sample events."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from campaigns import schedule
from campaigns import worker as campaigns_worker
from recado.model import Lane
from sender import feedback
from sender.event_files import named_in
from tests.factories import context

from .conftest import Operator, person

EVENTS = Path(__file__).parents[3] / "events"


def sample(name: str) -> Any:
    """A sample event."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", ["plan", "pause", "settle"])
def test_a_sample_command_is_carried_out(operator: Operator, case: str) -> None:
    event = sample(f"campaigns/worker_{case}")
    operator.monkeypatch.setenv("DEAD_LETTER_URL", operator.suite.outputs["PlanQueueDeadUrl"])
    assert campaigns_worker.handler(event, context()) == {"batchItemFailures": []}
    assert operator.dead_letters("PlanQueueDeadUrl") == []


def test_the_sample_minute_looks_after_nothing_in_an_empty_suite(operator: Operator) -> None:
    event = sample("campaigns/schedule_every_minute")
    assert schedule.handler(event, context()) == {"campaigns": 0}


def test_the_sample_chunk_is_given_back_while_its_plan_is_unknown(operator: Operator) -> None:
    operator.launch([person(0)])  # the ledger is in use, and knows another campaign
    event = sample("sender/worker_chunk")
    (record,) = event["Records"]
    answer = operator.pump.deliver(
        Lane.BILLING,
        [
            {
                "MessageId": record["messageId"],
                "ReceiptHandle": record["receiptHandle"],
                "Body": record["body"],
                "Attributes": record["attributes"],
                "MD5OfBody": record["md5OfBody"],
            }
        ],
    )
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}


@pytest.mark.parametrize("case", ["delivery", "bounce", "file"])
def test_a_sample_report_is_taken_in(operator: Operator, case: str) -> None:
    event = sample(f"sender/feedback_{case}")
    for file in named_in_sample(event):
        boto3.client("s3").put_object(
            Bucket=operator.suite.outputs["Files"],
            Key=file,
            Body=sample("sender/feedback_bounce")["Records"][0]["body"],
        )
    operator.monkeypatch.setenv("DEAD_LETTER_URL", operator.suite.outputs["FeedbackQueueDeadUrl"])
    assert feedback.handler(event, context()) == {"batchItemFailures": []}
    assert operator.dead_letters("FeedbackQueueDeadUrl") == []


def named_in_sample(event: dict[str, Any]) -> list[str]:
    """The files a sample of the feedback queue speaks of."""
    told = json.loads(event["Records"][0]["body"])
    return named_in(told) if "Records" in told else []
