"""DynamoDB and SQS refuse: nothing is sent on a guess, and only what was refused is tried again."""

import json
from collections import Counter
from itertools import pairwise
from typing import Any

import boto3
import pytest

from recado import clock, queue, table
from recado.contracts import ChunkTask
from recado.ledger.progress import Status
from recado.model import Lane
from sender import persistence
from sender.domain.suppression import Reason, Suppression
from sender.store import SuppressionStore

from .conftest import CAMPAIGN, Operator, person
from .trouble import dynamodb_throttles, let_leases_end

PEOPLE: list[object] = [person(number) for number in range(50)]


@pytest.mark.parametrize("lane", [Lane.BILLING, Lane.MARKETING])
@pytest.mark.parametrize(
    ("operation", "step"), [("UpdateItem", "lease_until"), ("UpdateItem", "sending")]
)
def test_when_dynamodb_throttles_the_claim_nothing_is_sent_until_it_goes_through(
    operator: Operator, lane: Lane, operation: str, step: str
) -> None:
    operator.launch(PEOPLE, lane)
    messages = operator.pump.take(lane)
    with dynamodb_throttles(operation, step):
        answer = operator.pump.deliver(lane, messages)
    assert len(answer["batchItemFailures"]) == 1
    assert operator.accepted == (0, 0)
    assert operator.counts == {"pending": 50} == operator.recount()
    let_leases_end(operator)
    operator.pump.deliver(lane, messages)
    operator.pump.run()
    assert operator.accepted == (50, 0)
    assert operator.counts == {"sent": 50} == operator.recount()


@pytest.mark.parametrize("lane", [Lane.BILLING, Lane.MARKETING])
def test_when_dynamodb_throttles_the_record_it_is_recorded_again_and_nothing_resent(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, lane: Lane
) -> None:
    monkeypatch.setattr(persistence, "FIRST_PAUSE_S", 0.001)
    operator.launch(PEOPLE, lane)
    with dynamodb_throttles("TransactWriteItems", ":states", times=3):
        operator.pump.run()
    assert operator.pump.given_back == 0
    assert operator.accepted == (50, 0)
    assert operator.counts == {"sent": 50} == operator.recount()
    assert operator.progress.status is Status.COMPLETED


def test_a_record_that_never_goes_through_leaves_unknown_and_is_not_resent(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persistence, "PATIENCE_MS", 0)
    operator.launch(PEOPLE, Lane.MARKETING)
    messages = operator.pump.take(Lane.MARKETING)
    with dynamodb_throttles("TransactWriteItems", ":states"):
        answer = operator.pump.deliver(Lane.MARKETING, messages)
    assert len(answer["batchItemFailures"]) == 1
    let_leases_end(operator)
    operator.pump.deliver(Lane.MARKETING, messages)
    assert operator.counts == {"unknown": 50} == operator.recount()
    operator.hear("Send", list(range(50)))
    operator.pump.run()
    assert operator.accepted == (50, 0)
    assert operator.counts == {"sent": 50} == operator.recount()


class StubbornSqs:
    """SQS that refuses every third entry of a batch the first time it sees it."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs")
        self.tried: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        entries = request["Entries"]
        self.tried.update(entry["MessageBody"] for entry in entries)
        refused = [
            entry
            for place, entry in enumerate(entries)
            if place % 3 == 2 and self.tried[entry["MessageBody"]] == 1
        ]
        taken = [entry for entry in entries if entry not in refused]
        self.taken.update(entry["MessageBody"] for entry in taken)
        answer = self.sqs.send_message_batch(QueueUrl=request["QueueUrl"], Entries=taken)
        return {**answer, "Failed": [{"Id": entry["Id"]} for entry in refused]}


def test_after_a_partial_sendmessagebatch_only_the_refused_chunks_are_sent_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = StubbornSqs()
    with monkeypatch.context() as refusing:
        refusing.setattr(queue, "client", lambda: sqs)
        operator.launch([person(number) for number in range(1_200)])
    chunks = [body for body in sqs.taken if json.loads(body).get("recipients")]
    planned = {chunk.number for chunk in operator.ledger.chunks(CAMPAIGN)}
    assert {ChunkTask.model_validate_json(body).number for body in chunks} == planned
    assert set(sqs.taken.values()) == {1}
    assert max(sqs.tried.values()) == 2
    recipients = {r.id for body in chunks for r in ChunkTask.model_validate_json(body).recipients}
    assert len(recipients) == 1_200


def test_suppressions_that_dynamodb_left_unprocessed_are_asked_for_again_and_no_other(
    operator: Operator,
) -> None:
    name = operator.suite.outputs["SuppressionTable"]
    dynamodb = table.client()
    store = SuppressionStore(name, dynamodb)
    for number in range(0, 50, 5):
        reason = Reason.HARD_BOUNCE
        store.put(
            Suppression(
                email=f"c{number}@example.com",
                reason=reason,
                lanes=reason.lanes,
                detail="bounce: Permanent/General",
                source="SES",
            ),
            clock.now(),
        )
    asked: list[set[str]] = []
    answer = dynamodb.batch_get_item

    def half(**request: Any) -> Any:
        keys = request["RequestItems"][name]["Keys"]
        asked.append({key["email"]["S"] for key in keys})
        done, left = keys[: -(-len(keys) // 2)], keys[-(-len(keys) // 2) :]
        given = answer(RequestItems={name: {"Keys": done, "ConsistentRead": True}})
        return {**given, "UnprocessedKeys": {name: {"Keys": left}} if left else {}}

    operator.monkeypatch.setattr(dynamodb, "batch_get_item", half)
    found = store.read([f"c{number}@example.com" for number in range(50)])
    assert sorted(found) == sorted(f"c{number}@example.com" for number in range(0, 50, 5))
    assert [len(keys) for keys in asked] == [50, 25, 12, 6, 3, 1]
    assert all(later < earlier for earlier, later in pairwise(asked))
    operator.launch(PEOPLE)
    operator.pump.run()
    assert operator.counts == {"sent": 40, "suppressed": 10} == operator.recount()
