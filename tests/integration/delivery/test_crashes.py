"""A worker dies, or SES's answer is lost: what the ledger says, and what is sent again."""

import boto3
import pytest

from campaigns.orders import PUT_OFF
from recado.contracts import Control, SettleChunk
from recado.ledger.chunk import Stage
from recado.ledger.progress import Status
from recado.ledger.states import State
from recado.ledger.store import Busy, Claimed, Ledger, LostClaim
from recado.model import Lane
from recado.queue import Queue
from sender.bucket import RateBucket
from sender.gateway import BulkTransport
from ses_simulator.faults import CallFault, Faults
from tests.integration.conftest import forget_collaborators

from .conftest import CAMPAIGN, Operator, person
from .trouble import Killed, die_after, die_before, forget_statuses, let_leases_end

PEOPLE: list[object] = [person(number) for number in range(50)]


def kill(
    operator: Operator, lane: Lane, monkeypatch: pytest.MonkeyPatch, owner: type, step: str
) -> None:
    """A sender dies at a step of its first chunk; its lease ends and SQS delivers again."""
    messages = operator.pump.take(lane)
    with monkeypatch.context() as dying:
        (die_after if owner is BulkTransport else die_before)(dying, owner, step)
        with pytest.raises(Killed):
            operator.pump.deliver(lane, messages)
    let_leases_end(operator)
    operator.pump.deliver(lane, messages)


@pytest.mark.parametrize("lane", [Lane.BILLING, Lane.MARKETING])
@pytest.mark.parametrize(("owner", "step"), [(RateBucket, "reserve"), (Ledger, "begin")])
def test_a_crash_before_the_call_loses_and_repeats_nobody_and_is_a_second_attempt(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, lane: Lane, owner: type, step: str
) -> None:
    operator.launch(PEOPLE, lane)
    kill(operator, lane, monkeypatch, owner, step)
    operator.pump.run()
    chunk = operator.ledger.get(CAMPAIGN, 0)
    assert chunk is not None
    assert (chunk.attempt, chunk.stage) == (2, Stage.DONE)
    assert operator.accepted == (50, 0)
    assert operator.counts == {"sent": 50} == operator.recount()


@pytest.mark.parametrize("lane", [Lane.BILLING, Lane.MARKETING])
def test_after_a_crash_behind_the_call_send_events_resolve_the_unknown(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, lane: Lane
) -> None:
    operator.launch(PEOPLE, lane)
    kill(operator, lane, monkeypatch, BulkTransport, "send")
    assert operator.counts == {"unknown": 50} == operator.recount()
    operator.hear("Send", list(range(50)))
    operator.command(SettleChunk(campaign_id=CAMPAIGN, number=0))
    operator.pump.run()
    assert operator.counts == {"sent": 50} == operator.recount()
    assert operator.accepted == (50, 0)
    assert operator.progress.status is Status.COMPLETED


def test_without_events_a_bill_in_flight_at_the_crash_is_sent_again_and_none_is_lost(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.launch([person(number) for number in range(120)], Lane.BILLING)
    kill(operator, Lane.BILLING, monkeypatch, BulkTransport, "send")
    in_flight = operator.counts["unknown"]
    operator.command(SettleChunk(campaign_id=CAMPAIGN, number=0))
    operator.pump.run()
    accepted, duplicates = operator.accepted
    assert operator.counts == {"sent": 120} == operator.recount()
    assert (accepted - duplicates, duplicates) == (120, in_flight)
    assert duplicates <= 50


def test_without_events_marketing_in_flight_at_the_crash_is_held_and_never_repeated(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.launch([person(number) for number in range(120)], Lane.MARKETING)
    kill(operator, Lane.MARKETING, monkeypatch, BulkTransport, "send")
    in_flight = operator.counts["unknown"]
    operator.command(SettleChunk(campaign_id=CAMPAIGN, number=0))
    operator.pump.run()
    assert in_flight == 50
    assert operator.counts == {"sent": 70, "held": in_flight} == operator.recount()
    assert operator.accepted == (120, 0)


@pytest.mark.parametrize("lane", [Lane.BILLING, Lane.MARKETING])
def test_while_many_events_wait_to_be_read_nothing_unknown_is_held_or_sent_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, lane: Lane
) -> None:
    operator.launch(PEOPLE, lane)
    kill(operator, lane, monkeypatch, BulkTransport, "send")
    unread, sqs = operator.suite.outputs["FeedbackQueueUrl"], boto3.client("sqs")
    waiting = Queue(unread, lambda: sqs)
    waiting.send([SettleChunk(campaign_id="cmp_other", number=number) for number in range(11)])
    operator.command(SettleChunk(campaign_id=CAMPAIGN, number=0))
    operator.pump.run()
    assert operator.counts == {"unknown": 50} == operator.recount()
    sqs.purge_queue(QueueUrl=unread)
    operator.hear("Send", list(range(50)))
    assert operator.counts == {"sent": 50} == operator.recount()
    assert operator.accepted == (50, 0)


def test_who_waited_for_events_for_hours_is_decided_by_the_class(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.launch(PEOPLE, Lane.MARKETING)
    kill(operator, Lane.MARKETING, monkeypatch, BulkTransport, "send")
    monkeypatch.setattr(Queue, "waiting", lambda _: 1_000)
    operator.command(SettleChunk(campaign_id=CAMPAIGN, number=0, put_off=PUT_OFF - 1))
    operator.pump.run()
    assert operator.counts == {"unknown": 50}
    operator.command(SettleChunk(campaign_id=CAMPAIGN, number=0, put_off=PUT_OFF))
    operator.pump.run()
    assert operator.counts == {"held": 50} == operator.recount()


@pytest.mark.parametrize("transport", ["bulk", "single"])
@pytest.mark.parametrize("kind", ["drop_after", "error_after", "hang_after"])
def test_a_lost_answer_is_one_call_for_each_attempt_and_an_unknown_outcome(
    operator: Operator, kind: str, transport: str
) -> None:
    operator.monkeypatch.setenv("SES_READ_TIMEOUT", "0.3")
    operator.monkeypatch.setenv("TRANSPORT", transport)
    forget_collaborators()
    people = 50 if transport == "bulk" else 5
    operator.ses.faults = Faults(calls=(CallFault(kind=kind, fraction=1.0, seconds=0.6),))
    operator.launch([person(number) for number in range(people)], Lane.MARKETING)
    operator.pump.run(Lane.MARKETING)
    sends = [call for call in operator.ses.calls() if call["operation"].startswith("Send")]
    chunk = operator.ledger.get(CAMPAIGN, 0)
    assert chunk is not None
    assert chunk.attempt == 1
    assert len(sends) == (1 if transport == "bulk" else people)
    assert operator.accepted == (people, 0)
    assert operator.counts == {"unknown": people} == operator.recount()


def test_a_worker_whose_lease_was_taken_over_may_not_begin(operator: Operator) -> None:
    operator.launch(PEOPLE)
    ledger = operator.ledger
    late = ledger.claim(CAMPAIGN, 0, "late", 1_000, 100)
    assert isinstance(late, Claimed)
    assert isinstance(ledger.claim(CAMPAIGN, 0, "other", 1_050, 100), Busy)
    assert isinstance(ledger.claim(CAMPAIGN, 0, "other", 2_000, 100), Claimed)
    with pytest.raises(LostClaim):
        ledger.begin(late.chunk, 2_001, 100)


def test_a_stalled_campaign_is_put_on_the_queue_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STALLED_SECONDS", "0")
    operator.launch(PEOPLE)
    (lost,) = operator.pump.take(Lane.BILLING)
    boto3.client("sqs").delete_message(
        QueueUrl=operator.suite.outputs["SendBillingUrl"], ReceiptHandle=lost["ReceiptHandle"]
    )
    operator.minute()
    operator.minute()
    operator.pump.run()
    assert operator.accepted == (50, 0)
    assert operator.progress.status is Status.COMPLETED


def test_a_bill_of_unknown_outcome_in_a_cancelled_campaign_ends_without_a_second_mail(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STALLED_SECONDS", "0")
    operator.launch(PEOPLE, Lane.BILLING)
    kill(operator, Lane.BILLING, monkeypatch, BulkTransport, "send")
    operator.order(Control.CANCEL)
    operator.command(SettleChunk(campaign_id=CAMPAIGN, number=0))
    operator.pump.run("plan")
    boto3.client("sqs").purge_queue(QueueUrl=operator.suite.outputs["SendBillingUrl"])
    forget_statuses()
    operator.minute()
    operator.minute()
    operator.pump.run()
    assert operator.counts == {State.CANCELLED.counter: 50} == operator.recount()
    assert operator.accepted == (50, 0)
