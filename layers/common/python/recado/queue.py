"""Sending to SQS so that a partial refusal loses nothing."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol

import boto3
from botocore.config import Config
from pydantic import BaseModel

from recado.errors import Retryable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_ENTRIES = 10
MAX_BATCH_BYTES = 1_000_000
"""A little under the 1 MiB that SQS allows for a message and for a whole batch."""
_ATTEMPTS = 8


class Outbox(Protocol):
    """Where a service puts messages for others."""

    def send(self, messages: Iterable[BaseModel], *, delay_seconds: int = 0) -> int: ...


@cache
def client() -> "SQSClient":
    """The process's SQS client."""
    return boto3.client(
        "sqs", config=Config(retries={"mode": "standard", "max_attempts": 5}, read_timeout=10)
    )


def batches(bodies: Iterable[str]) -> Iterator[list[str]]:
    """Bodies grouped so that each group fits one SendMessageBatch."""
    group: list[str] = []
    size = 0
    for body in bodies:
        weight = len(body.encode())
        if group and (len(group) == MAX_ENTRIES or size + weight > MAX_BATCH_BYTES):
            yield group
            group, size = [], 0
        group.append(body)
        size += weight
    if group:
        yield group


class Queue:
    """One SQS queue; `sqs` is asked for a client when there is something to send."""

    def __init__(self, url: str, sqs: Callable[[], "SQSClient"]) -> None:
        self._url = url
        self._sqs = sqs

    def send(self, messages: Iterable[BaseModel], *, delay_seconds: int = 0) -> int:
        """Put messages on the queue, each visible after `delay_seconds` (0 to 900).

        Returns how many were sent. Only the entries SQS refused are tried again.

        Raises:
            Retryable: SQS kept refusing some; those before them are on the queue.
        """
        sent = 0
        for group in batches(message.model_dump_json() for message in messages):
            self._send_group(dict(enumerate(group)), delay_seconds)
            sent += len(group)
        return sent

    def waiting(self) -> int:
        """About how many messages wait, in nobody's hands."""
        name: Literal["ApproximateNumberOfMessages"] = "ApproximateNumberOfMessages"
        answer = self._sqs().get_queue_attributes(QueueUrl=self._url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def _send_group(self, waiting: dict[int, str], delay_seconds: int) -> None:
        for attempt in range(_ATTEMPTS):
            answer = self._sqs().send_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "MessageBody": body, "DelaySeconds": delay_seconds}
                    for number, body in waiting.items()
                ],
            )
            refused = {int(entry["Id"]) for entry in answer.get("Failed", [])}
            waiting = {number: body for number, body in waiting.items() if number in refused}
            if not waiting:
                return
            time.sleep(random.uniform(0.5, 1) * min(0.05 * 2**attempt, 2))  # noqa: S311
        raise Retryable(f"SQS kept refusing {len(waiting)} messages for {self._url}")
