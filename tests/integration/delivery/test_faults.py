"""What goes wrong on the way to SES, and what the ledger says of it."""

import boto3
import pytest

from recado import clock
from recado.contracts import Control, SettleChunk
from recado.ledger.chunk import Stage
from recado.ledger.progress import Status
from recado.ledger.states import Outcome, State
from recado.ledger.store import Abandoned, Busy, Claimed, LostClaim
from recado.model import Lane
from sender.gateway import BulkTransport
from ses_simulator.faults import CallFault, Faults

from .conftest import CAMPAIGN, Operator, person

PEOPLE: list[object] = [person(number) for number in range(50)]


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing after it runs."""


def kill_after_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender dies when SES has taken its call."""
    send = BulkTransport.send

    def send_and_die(*arguments: object) -> None:
        send(*arguments)  # type: ignore[arg-type]
        raise Killed

    monkeypatch.setattr(BulkTransport, "send", send_and_die)


def let_leases_end(operator: Operator) -> None:
    """Time passes: every lease is over."""
    for chunk in operator.ledger.chunks(CAMPAIGN):
        boto3.client("dynamodb").update_item(
            TableName=operator.suite.outputs["CampaignsTable"],
            Key={"pk": {"S": f"CAMPAIGN#{CAMPAIGN}"}, "sk": {"S": f"CHUNK#{chunk.number:08d}"}},
            UpdateExpression="SET lease_until = :past",
            ExpressionAttributeValues={":past": {"N": "1"}},
        )


@pytest.mark.parametrize(("lane", "end"), [(Lane.BILLING, "sent"), (Lane.MARKETING, "held")])
def test_a_sender_that_dies_after_the_call_leaves_unknown_and_the_lane_decides(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, lane: Lane, end: str
) -> None:
    operator.launch(PEOPLE, lane)
    messages = operator.pump.take(lane)
    with monkeypatch.context() as dying:
        kill_after_send(dying)
        with pytest.raises(Killed):
            operator.pump.deliver(lane, messages)
    let_leases_end(operator)
    operator.pump.deliver(lane, messages)
    assert operator.counts == {"unknown": 50}
    operator.command(SettleChunk(campaign_id=CAMPAIGN, number=0))
    operator.pump.run()
    assert operator.counts == {end: 50} == operator.recount()
    duplicates = 50 if lane is Lane.BILLING else 0
    assert operator.accepted == (50 + duplicates, duplicates)


def test_send_events_resolve_what_a_dead_sender_left_unknown(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.launch(PEOPLE, Lane.MARKETING)
    messages = operator.pump.take(Lane.MARKETING)
    with monkeypatch.context() as dying:
        kill_after_send(dying)
        with pytest.raises(Killed):
            operator.pump.deliver(Lane.MARKETING, messages)
    let_leases_end(operator)
    operator.pump.deliver(Lane.MARKETING, messages)
    operator.hear("Send", list(range(50)))
    operator.pump.run()
    assert operator.counts == {"sent": 50} == operator.recount()
    assert operator.accepted == (50, 0)
    assert operator.progress.status is Status.COMPLETED


def test_a_sender_that_dies_before_the_call_is_simply_replaced(operator: Operator) -> None:
    operator.launch(PEOPLE, Lane.MARKETING)
    now = clock.epoch_ms(clock.now())
    claim = operator.ledger.claim(CAMPAIGN, 0, "first", now, 60_000)
    assert isinstance(claim, Claimed)
    let_leases_end(operator)
    operator.pump.run()
    chunk = operator.ledger.get(CAMPAIGN, 0)
    assert chunk is not None
    assert (chunk.attempt, chunk.stage) == (2, Stage.DONE)
    assert operator.accepted == (50, 0)


def test_a_worker_whose_lease_was_taken_over_may_not_begin(operator: Operator) -> None:
    operator.launch(PEOPLE)
    ledger = operator.ledger
    late = ledger.claim(CAMPAIGN, 0, "late", 1_000, 100)
    assert isinstance(late, Claimed)
    assert isinstance(ledger.claim(CAMPAIGN, 0, "other", 1_050, 100), Busy)
    assert isinstance(ledger.claim(CAMPAIGN, 0, "other", 2_000, 100), Claimed)
    with pytest.raises(LostClaim):
        ledger.begin(late.chunk, 2_001, 100)


def test_a_clock_that_is_five_minutes_ahead_takes_a_chunk_but_never_sends_it_again(
    operator: Operator,
) -> None:
    operator.launch(PEOPLE)
    ledger = operator.ledger
    mine = ledger.claim(CAMPAIGN, 0, "mine", 1_000, 60_000)
    assert isinstance(mine, Claimed)
    sending = ledger.begin(mine.chunk, 1_000, 60_000)
    ahead = ledger.claim(CAMPAIGN, 0, "ahead", 301_000, 60_000)
    assert isinstance(ahead, Abandoned)
    ledger.record(ahead.chunk, {place: Outcome(State.UNKNOWN) for place in range(50)})
    ledger.record(sending, {place: Outcome(State.SENT) for place in range(50)})
    assert operator.counts == {"sent": 50} == operator.recount()


@pytest.mark.parametrize("kind", ["drop_after", "error_after"])
def test_a_lost_answer_is_one_call_and_an_unknown_outcome(operator: Operator, kind: str) -> None:
    operator.ses.faults = Faults(calls=(CallFault(kind=kind, next=1),))
    operator.launch(PEOPLE, Lane.MARKETING)
    operator.pump.run(Lane.MARKETING)
    assert operator.counts == {"unknown": 50}
    assert operator.accepted == (50, 0)
    sends = [call for call in operator.ses.calls() if call["operation"].startswith("Send")]
    assert len(sends) == 1


def test_throttled_recipients_are_sent_later_and_nobody_twice(operator: Operator) -> None:
    throttle = CallFault(kind="partial_failure", next=1, status="ACCOUNT_THROTTLED", entries=0.4)
    operator.ses.faults = Faults(calls=(throttle,))
    operator.launch(PEOPLE)
    operator.pump.run(Lane.BILLING)
    assert 0 < operator.counts["pending"] < 50
    operator.minute()
    operator.order(Control.PAUSE)
    operator.order(Control.RESUME)
    operator.pump.run()
    assert operator.counts == {"sent": 50} == operator.recount()
    assert operator.accepted == (50, 0)
    assert operator.dead_letters("SendBillingDeadUrl") == []


def test_when_ses_pauses_the_account_the_campaign_pauses_itself(operator: Operator) -> None:
    operator.launch(PEOPLE)
    operator.ses.change_account(sending_enabled=False)
    operator.pump.run()
    assert operator.progress.status is Status.PAUSED
    assert operator.progress.reason.startswith("SES would not go on: ")
    assert operator.accepted == (0, 0)
    operator.ses.change_account(sending_enabled=True)
    operator.order(Control.RESUME)
    operator.pump.run()
    assert operator.accepted == (50, 0)


def test_exactly_the_failed_are_retried(operator: Operator) -> None:
    rejected = CallFault(kind="partial_failure", next=1, status="MESSAGE_REJECTED", entries=0.2)
    operator.ses.faults = Faults(calls=(rejected,))
    operator.launch([*PEOPLE[:-1], person(49, email="nobody")])
    operator.pump.run()
    failed = operator.counts["failed"]
    assert operator.progress.status is Status.PARTIAL
    operator.order(Control.RETRY_FAILED)
    operator.pump.run()
    assert failed > 1
    assert operator.counts == {"sent": 49, "failed": 1} == operator.recount()
    assert operator.accepted == (49, 0)


def test_a_bounced_address_is_never_sent_twice(operator: Operator) -> None:
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "c3@example.com"}],
    }
    operator.launch(PEOPLE)
    operator.hear("Bounce", [3], chunk=99, bounce=bounce)
    operator.pump.run()
    assert operator.counts == {"sent": 49, "suppressed": 1}
    assert "c3@example.com" not in {
        address for mail in operator.ses.messages() for address in mail["to"]
    }


def test_events_twice_in_any_order_and_before_the_sender_lead_to_the_same_states(
    operator: Operator,
) -> None:
    operator.launch(PEOPLE)
    operator.hear("Delivery", [1, 2, 2])
    operator.hear("Send", [1, 2, 3])
    operator.pump.run()
    operator.hear("Delivery", [4, 4])
    operator.hear("Send", [4])
    assert operator.counts == {"delivered": 3, "sent": 47} == operator.recount()


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
