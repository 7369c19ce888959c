"""What a world does with a queue's event source: how many batches at once, and what fails."""

import io
import json
import textwrap
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from .conftest import DeployedWorld

LIMIT = 4
BATCH_SIZE = 2
MESSAGES = 24
VISIBILITY_S = 8
FUNCTION = """
import json
import os
import time

import boto3


def handler(event, context):
    begun = time.time()
    time.sleep(1)
    records = event["Records"]
    failed = [
        record["messageId"]
        for record in records
        if json.loads(record["body"])["fails_once"]
        and record["attributes"]["ApproximateReceiveCount"] == "1"
    ]
    numbers = [json.loads(record["body"])["number"] for record in records]
    report = {"begun": begun, "ended": time.time(), "numbers": numbers}
    sqs = boto3.client("sqs", endpoint_url=os.environ["ENDPOINT"])
    sqs.send_message(QueueUrl=os.environ["REPORTS"], MessageBody=json.dumps(report))
    return {"batchItemFailures": [{"itemIdentifier": failure} for failure in failed]}
"""


@dataclass(frozen=True)
class Run:
    """One invocation, in epoch seconds."""

    begun: float
    ended: float
    numbers: list[int]


@dataclass(frozen=True)
class Source:
    """A queue whose messages go to `FUNCTION`, at most `LIMIT` batches at once."""

    sqs: Any
    queue: str
    reports: str

    def put(self, numbers: range, failing: set[int]) -> None:
        """Send a message for each number."""
        for number in numbers:
            body = json.dumps({"number": number, "fails_once": number in failing})
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=body)

    def runs(self, messages: int) -> list[Run]:
        """The invocations until so many messages were handled, the first one first."""
        found: list[Run] = []
        deadline = time.monotonic() + 60
        while sum(len(run.numbers) for run in found) < messages:
            assert time.monotonic() < deadline, f"only {found} in a minute"
            answer = self.sqs.receive_message(
                QueueUrl=self.reports, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in answer.get("Messages", []):
                found.append(Run(**json.loads(message["Body"])))
                self.sqs.delete_message(
                    QueueUrl=self.reports, ReceiptHandle=message["ReceiptHandle"]
                )
        return sorted(found, key=lambda run: run.begun)

    def left(self) -> int:
        """Messages in the queue, hidden ones included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)


@pytest.fixture(scope="module")
def source(world: DeployedWorld) -> Iterator[Source]:
    sqs, functions = world.client("sqs"), world.client("lambda")
    names = {"queue": {"VisibilityTimeout": str(VISIBILITY_S)}, "reports": {}}
    urls = {
        name: sqs.create_queue(QueueName=f"tried-{name}", Attributes=attributes)["QueueUrl"]
        for name, attributes in names.items()
    }
    asked = sqs.get_queue_attributes(QueueUrl=urls["queue"], AttributeNames=["QueueArn"])
    functions.create_function(
        FunctionName="tried",
        Runtime=world.local.artifacts.runtime,
        Role="arn:aws:iam::000000000000:role/tried",
        Handler="tried.handler",
        Code={"ZipFile": zipped()},
        Timeout=VISIBILITY_S,
        Environment={"Variables": {"ENDPOINT": world.local.endpoint, "REPORTS": urls["reports"]}},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="tried")
    mapping = functions.create_event_source_mapping(
        FunctionName="tried",
        EventSourceArn=asked["Attributes"]["QueueArn"],
        BatchSize=BATCH_SIZE,
        ScalingConfig={"MaximumConcurrency": LIMIT},
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    yield Source(sqs, urls["queue"], urls["reports"])
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    functions.delete_function(FunctionName="tried")
    for url in urls.values():
        sqs.delete_queue(QueueUrl=url)


def zipped() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("tried.py", textwrap.dedent(FUNCTION))
    return archive.getvalue()


def most_at_once(runs: list[Run]) -> int:
    return max(sum(other.begun <= run.begun < other.ended for other in runs) for run in runs)


def test_a_queue_runs_as_many_batches_at_once_as_its_mapping_allows_and_each_message_once(
    source: Source,
) -> None:
    source.put(range(MESSAGES), failing=set())
    runs = source.runs(MESSAGES)
    assert most_at_once(runs) == LIMIT
    assert sorted(number for run in runs for number in run.numbers) == list(range(MESSAGES))
    assert max(len(run.numbers) for run in runs) == BATCH_SIZE


def test_a_message_reported_as_failed_comes_again_when_it_is_visible_and_no_other_does(
    source: Source,
) -> None:
    failing = {101, 106}
    source.put(range(100, 110), failing)
    runs = source.runs(10 + len(failing))
    attempts = {
        number: [run.begun for run in runs if number in run.numbers] for number in range(100, 110)
    }
    assert {number for number, begun in attempts.items() if len(begun) == 2} == failing
    assert all(len(begun) == 1 for number, begun in attempts.items() if number not in failing)
    for number in failing:
        first, second = attempts[number]
        assert second - first >= VISIBILITY_S - 0.5
    deadline = time.monotonic() + 10
    while source.left():
        assert time.monotonic() < deadline, f"{source.left()} messages stay in the queue"
        time.sleep(0.1)
