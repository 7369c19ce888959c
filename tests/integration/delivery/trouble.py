"""What tests do to a running suite: deaths, throttles, time that passes, orders of delivery."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Lock
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto.core.botocore_stubber import BotocoreStubber

from recado import table
from recado.model import Lane
from sender import worker
from sender.store import SuppressionStore

from .conftest import CAMPAIGN, Operator


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing after it runs."""


def die_before(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
    """The process dies when it comes to a step."""

    def die(*arguments: object) -> None:
        raise Killed

    monkeypatch.setattr(owner, name, die)


def die_after(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
    """The process dies when a step is done."""
    step = getattr(owner, name)

    def do_and_die(*arguments: object) -> None:
        step(*arguments)
        raise Killed

    monkeypatch.setattr(owner, name, do_and_die)


def let_leases_end(operator: Operator) -> None:
    """Time passes: every lease is over."""
    for chunk in operator.ledger.chunks(CAMPAIGN):
        boto3.client("dynamodb").update_item(
            TableName=operator.suite.outputs["CampaignsTable"],
            Key={"pk": {"S": f"CAMPAIGN#{CAMPAIGN}"}, "sk": {"S": f"CHUNK#{chunk.number:08d}"}},
            UpdateExpression="SET lease_until = :past",
            ExpressionAttributeValues={":past": {"N": "1"}},
        )


def forget_statuses() -> None:
    """A second passes: workers look at the campaign's status again."""
    worker.delivery.cache_clear()


@contextmanager
def dynamodb_throttles(operation: str, mentioning: str, times: int = 1_000_000) -> Iterator[None]:
    """DynamoDB refuses requests of one operation that mention a word, so many times.

    This is what is left when botocore's own tries are used up.
    """
    left = times

    def refuse(params: dict[str, Any], **_: object) -> tuple[Any, dict[str, Any]] | None:
        nonlocal left
        if mentioning not in str(params["body"]) or left == 0:
            return None
        left -= 1
        code = "ProvisionedThroughputExceededException"
        answer = {"Error": {"Code": code, "Message": "slow down"}, "ResponseMetadata": {}}
        return SimpleNamespace(status_code=HTTPStatus.BAD_REQUEST), answer

    events, name = table.client().meta.events, f"before-call.dynamodb.{operation}"
    events.register(name, refuse)
    try:
        yield
    finally:
        events.unregister(name, refuse)


def one_request_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request to moto is atomic, as it is to AWS, though threads send them together."""
    lock, answer = Lock(), BotocoreStubber.__call__

    def locked(stubber: BotocoreStubber, *arguments: Any, **named: Any) -> Any:
        with lock:
            return answer(stubber, *arguments, **named)

    monkeypatch.setattr(BotocoreStubber, "__call__", locked)


@contextmanager
def request_sizes() -> Iterator[list[int]]:
    """What clients made inside the block send, in bytes: the messages of a batch, as SQS counts
    them, and the whole body of any other request but a file's.
    """
    sizes: list[int] = []

    def note(request: Any, **_: object) -> None:
        if "SendMessage" in str(request.headers.get("X-Amz-Target")):
            entries = json.loads(request.data).get("Entries", [])
            sizes.append(sum(len(entry["MessageBody"].encode()) for entry in entries))
        elif isinstance(request.data, bytes):
            sizes.append(len(request.data))

    boto3.setup_default_session()
    events = boto3.DEFAULT_SESSION.events  # type: ignore[attr-defined]
    events.register("request-created", note)
    try:
        yield sizes
    finally:
        boto3.setup_default_session()


class Time:
    """A clock that only moves when told; give `now` as a worker's clock."""

    def __init__(self, start_ms: int) -> None:
        self.ms = start_ms

    def __call__(self) -> int:
        return int(self.ms)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.ms += round(seconds * 1_000)


def suppressed(store: SuppressionStore, email: str, lane: Lane) -> dict[str, str]:
    """The address with the reason, if mail of a lane must not go to it."""
    return store.reasons(store.read([email]), lane)
