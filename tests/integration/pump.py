"""The suite without Lambda: takes messages from moto's queues to the real handlers.

Deterministic where an event source mapping is not, so a test decides what is delivered, how often
and when; the emulator's own mappings are tried end to end.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from recado.inbox import inbox
from tests.factories import context

Handler = Callable[[dict[str, Any], Any], Mapping[str, Any]]


@dataclass
class Route:
    """One event source mapping."""

    queue_url: str
    handler: Handler
    environment: dict[str, str] = field(default_factory=dict)
    batch: int = 1


@dataclass
class Pump:
    """Delivers what is on the queues until nothing is left; counts what handlers gave back."""

    routes: Mapping[str, Route]
    given_back: int = 0
    delivered: int = 0

    def run(self, *names: str, rounds: int = 2_000) -> None:
        """Deliver until the named queues (all by default) have nothing visible."""
        chosen = names or tuple(self.routes)
        for _ in range(rounds):
            moved = [self.step(name) for name in chosen]
            if True not in moved:
                return
        raise AssertionError(f"the queues were not empty after {rounds} rounds")

    def step(self, name: str) -> bool:
        """Deliver one batch of one queue; False when there was none."""
        messages = self.take(name)
        if messages:
            self.deliver(name, messages)
        return bool(messages)

    def take(self, name: str) -> list[dict[str, Any]]:
        """Receive one batch without delivering it."""
        route = self.routes[name]
        answer = boto3.client("sqs").receive_message(
            QueueUrl=route.queue_url,
            MaxNumberOfMessages=min(route.batch, 10),
            MessageSystemAttributeNames=["All"],
        )
        return [dict(message) for message in answer.get("Messages", [])]

    def deliver(self, name: str, messages: list[dict[str, Any]]) -> Mapping[str, Any]:
        """Call the handler with messages and delete those it did not give back."""
        route = self.routes[name]
        os.environ.update(route.environment)
        inbox.cache_clear()  # in Lambda each function has a process of its own
        answer = route.handler({"Records": [_record(message) for message in messages]}, context())
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                boto3.client("sqs").delete_message(
                    QueueUrl=route.queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
        self.delivered += len(messages)
        self.given_back += len(failed)
        return answer


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
        "awsRegion": "us-east-1",
    }
