"""The double of DynamoDB and SQS: the real ledger cannot tell it from moto."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from loadtests.cloud.expressions import Invalid, holds, updated
from loadtests.cloud.queues import Queues
from loadtests.cloud.server import application
from loadtests.cloud.tables import Refused, Tables
from moto import mock_aws

from recado import table
from recado.ledger.chunk import Chunk
from recado.ledger.states import Outcome, State
from recado.ledger.store import Ledger, LostClaim
from recado.model import Frozen
from recado.queue import Queue

TABLE = "campaigns"
CREDENTIALS: Any = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The double behind a port."""
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), []

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(application(0, 120))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ports.append(runner.addresses[0][1])
        ready.set()
        return runner

    runners: list[web.AppRunner] = []

    def run() -> None:
        runners.append(loop.run_until_complete(serve()))
        loop.run_forever()
        loop.run_until_complete(runners[0].cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    yield f"http://127.0.0.1:{ports[0]}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "begin", "give_back", "record"]),
        st.integers(0, 1),
        st.integers(0, 300),
    ),
    max_size=12,
)


def play(campaign: str, steps: list[tuple[str, int, int]], dynamodb: Any) -> list[object]:
    """What the ledger answers to two workers' steps, and what is stored in the end."""
    ledger = Ledger(TABLE, dynamodb)
    chunk = Chunk(campaign, 0, ("a", "b", "c"), "PPP", 0, 0)
    table.transact(ledger.planned([chunk]), dynamodb=dynamodb)
    answers: list[object] = []
    hands: dict[int, Chunk] = {}
    now = 1_000
    for step, worker, passes in steps:
        now += passes
        held = hands.get(worker)
        if step == "claim":
            answer: object = ledger.claim(campaign, 0, f"worker-{worker}", now, 200)
            claimed = getattr(answer, "chunk", None)
            if claimed is not None:
                hands[worker] = claimed
        elif held is None:
            continue
        elif step == "record":
            outcomes = {worker: Outcome(State.SENT), 2: Outcome(State.FAILED, "no such address")}
            answer = hands[worker] = ledger.record(held, outcomes)
        else:
            try:
                if step == "begin":
                    answer = hands[worker] = ledger.begin(held, now, 200)
                else:
                    answer = hands[worker] = ledger.give_back(held)
            except LostClaim:
                answer = "lost"
        answers.append(answer)
    return [*answers, ledger.get(campaign, 0), ledger.counts(campaign)]


class DoubleClient:
    """The double as the four calls of a client, without a network in between."""

    def __init__(self) -> None:
        self._tables = Tables()

    def __getattr__(self, name: str) -> Any:
        operation = "".join(word.title() for word in name.split("_"))

        def call(**request: Any) -> Any:
            try:
                return self._tables.call(operation, request)
            except Refused as refused:
                from botocore.exceptions import ClientError

                error: Any = {"Error": {"Code": refused.code, "Message": ""}} | refused.body
                raise ClientError(error, operation) from refused

        return call


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    """A client of moto's with the ledger's table."""
    with mock_aws():
        dynamodb = boto3.client("dynamodb", **CREDENTIALS)
        dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
        yield dynamodb


CAMPAIGNS = (f"c-{number}" for number in itertools.count())


@hypothesis_settings(max_examples=40)
@given(STEPS)
def test_the_ledger_cannot_tell_the_double_from_moto(
    moto: Any, steps: list[tuple[str, int, int]]
) -> None:
    campaign = next(CAMPAIGNS)
    assert play(campaign, steps, DoubleClient()) == play(campaign, steps, moto)


def test_boto3_reads_the_doubles_answers_and_errors(url: str) -> None:
    dynamodb = boto3.client("dynamodb", endpoint_url=url, **CREDENTIALS)
    key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    dynamodb.put_item(TableName=TABLE, Item={**key, "n": {"N": "1"}})
    assert dynamodb.get_item(TableName=TABLE, Key=key)["Item"]["n"] == {"N": "1"}
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as refused:
        dynamodb.put_item(
            TableName=TABLE, Item=dict(key), ConditionExpression="attribute_not_exists(pk)"
        )
    assert table.condition_failed(refused.value)
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": TABLE,
                        "Item": dict(key),
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                }
            ]
        )
    reasons: Any = cancelled.value.response
    assert reasons["CancellationReasons"] == [{"Code": "ConditionalCheckFailed"}]
    dynamodb.close()


class Note(Frozen):
    """A message."""

    text: str


def test_the_real_outbox_sends_and_a_poller_receives(url: str) -> None:
    sqs = boto3.client("sqs", endpoint_url=url, **CREDENTIALS)
    assert Queue(f"{url}/q", lambda: sqs).send(Note(text=str(n)) for n in range(12)) == 12
    received = sqs.receive_message(
        QueueUrl=f"{url}/q", MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )["Messages"]
    assert [message["Body"] for message in received] == [f'{{"text":"{n}"}}' for n in range(10)]
    assert received[0]["Attributes"]["ApproximateReceiveCount"] == "1"
    sqs.close()


def test_a_message_that_nobody_deletes_comes_again_and_a_deleted_one_never() -> None:
    now = [0]
    queues = Queues(lambda: now[0], visibility_ms=100)
    for body in ("kept", "deleted"):
        queues.call("SendMessage", {"QueueUrl": "q", "MessageBody": body})
    taken = queues.call("ReceiveMessage", {"QueueUrl": "q", "MaxNumberOfMessages": 2})["Messages"]
    queues.call("DeleteMessage", {"QueueUrl": "q", "ReceiptHandle": taken[1]["ReceiptHandle"]})
    assert queues.call("ReceiveMessage", {"QueueUrl": "q"}) == {}
    now[0] = 100
    (again,) = queues.call("ReceiveMessage", {"QueueUrl": "q"})["Messages"]
    assert (again["Body"], again["Attributes"]["ApproximateReceiveCount"]) == ("kept", "2")


def test_a_delayed_message_is_not_received_before_its_time() -> None:
    now = [0]
    queues = Queues(lambda: now[0], visibility_ms=100)
    queues.call("SendMessage", {"QueueUrl": "q", "MessageBody": "later", "DelaySeconds": 2})
    assert queues.call("ReceiveMessage", {"QueueUrl": "q"}) == {}
    now[0] = 2_000
    assert queues.call("ReceiveMessage", {"QueueUrl": "q"})["Messages"][0]["Body"] == "later"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("n = :two OR (n < :nine AND attribute_exists(s))", True),
        ("NOT n BETWEEN :two AND :nine", False),
        ("n IN (:two, :five)", True),
        ("missing < :nine", False),
        ("missing <> :nine", True),
        ("begins_with(s, :ab) AND attribute_not_exists(missing)", True),
    ],
)
def test_conditions_are_read_as_dynamodb_reads_them(*, condition: str, expected: bool) -> None:
    values = {f":{name}": {"N": n} for name, n in (("two", "2"), ("five", "5"), ("nine", "9"))}
    item = {"n": {"N": "5"}, "s": {"S": "abc"}}
    assert holds(condition, {}, item, values | {":ab": {"S": "ab"}}) is expected


def test_updates_set_add_and_remove() -> None:
    after = updated(
        "SET a = a + :one, b = if_not_exists(b, :one) ADD n :one, tags :more REMOVE old",
        {},
        {"a": {"N": "4"}, "tags": {"SS": ["x"]}, "old": {"S": "gone"}},
        {":one": {"N": "1"}, ":more": {"SS": ["y"]}},
    )
    assert after == {
        "a": {"N": "5"},
        "b": {"N": "1"},
        "n": {"N": "1"},
        "tags": {"SS": ["x", "y"]},
    }


@pytest.mark.parametrize("condition", ["size(n) > :one", "n = ", "n ! :one", "n = :one extra"])
def test_what_the_double_does_not_understand_it_refuses(condition: str) -> None:
    with pytest.raises(Invalid):
        holds(condition, {}, {"n": {"N": "1"}}, {":one": {"N": "1"}})
