"""From a launched campaign to recorded outcomes, with exact sums."""

from campaigns import worker as campaigns_worker
from recado.audience import MAX_ROW_BYTES
from recado.contracts import Control, ControlCampaign, FileAudience
from recado.ledger.progress import Status
from recado.model import Lane
from tests.factories import context

from .conftest import CAMPAIGN, Operator, person


def test_everyone_is_written_to_exactly_once(operator: Operator) -> None:
    operator.launch([person(number) for number in range(120)])
    operator.pump.run()
    assert operator.counts == {"sent": 120} == operator.recount()
    assert operator.accepted == (120, 0)
    progress = operator.progress
    assert progress.status is Status.COMPLETED
    assert progress.started_at is not None
    assert progress.ended_at is not None
    assert progress.started_at < progress.ended_at


def test_a_campaign_of_many_pages_is_planned_from_checkpoint_to_checkpoint(
    operator: Operator,
) -> None:
    operator.launch([person(number) for number in range(2_300)])
    operator.pump.run()
    assert operator.counts == {"sent": 2_300}
    assert operator.accepted == (2_300, 0)


def test_what_cannot_be_sent_fails_alone_with_a_reason(operator: Operator) -> None:
    rows: list[object] = [person(number) for number in range(50)]
    rows[3] = person(3, email="nobody")
    rows[7] = b'{"id": "C-7", broken'
    rows[11] = person(11, note="x" * MAX_ROW_BYTES)
    rows[13] = {"id": "C-13", "email": "c13@example.com"}
    rows[17] = person(17, email="a@example.com\r\nBcc: b@example.com")
    rows[19] = person(0)
    operator.launch(rows)
    operator.pump.run()
    assert operator.counts == {"sent": 44, "failed": 6} == operator.recount()
    assert operator.accepted == (44, 0)
    assert operator.progress.status is Status.PARTIAL
    (chunk,) = operator.ledger.chunks(CAMPAIGN)
    assert sorted(chunk.reasons) == [3, 7, 11, 13, 17, 19]
    assert "earlier row" in chunk.reasons[19]
    assert "'name' is undefined" in chunk.reasons[13]


def test_a_message_delivered_three_times_sends_once(operator: Operator) -> None:
    operator.launch([person(number) for number in range(50)])
    (message,) = operator.pump.take(Lane.BILLING)
    for _ in range(3):
        operator.pump.deliver(Lane.BILLING, [message])
    assert operator.accepted == (50, 0)
    assert operator.counts == {"sent": 50}


def test_a_launch_command_that_comes_twice_plans_once(operator: Operator) -> None:
    plan = operator.plan(operator.upload([person(number) for number in range(60)]))
    operator.command(plan, plan)
    operator.pump.run()
    assert operator.accepted == (60, 0)
    assert operator.progress.total == 60


def test_a_paused_campaign_sends_nothing_and_resumes_to_the_end(operator: Operator) -> None:
    operator.launch([person(number) for number in range(400)])
    operator.pump.step(Lane.BILLING)
    sent_before = operator.accepted[0]
    operator.order(Control.PAUSE)
    forget_statuses()
    operator.pump.run(Lane.BILLING)
    assert operator.accepted == (sent_before, 0)
    operator.order(Control.RESUME)
    forget_statuses()
    operator.pump.run()
    assert operator.accepted == (400, 0)
    assert operator.progress.status is Status.COMPLETED


def test_a_cancelled_campaign_leaves_everyone_in_a_terminal_state(operator: Operator) -> None:
    operator.launch([person(number) for number in range(400)])
    operator.pump.step(Lane.BILLING)
    operator.order(Control.CANCEL)
    forget_statuses()
    operator.pump.run()
    sent = operator.accepted[0]
    assert operator.counts == {"sent": sent, "cancelled": 400 - sent} == operator.recount()
    assert operator.progress.status is Status.CANCELLED


def test_cancelling_goes_on_in_another_invocation_when_time_is_short(operator: Operator) -> None:
    operator.launch([person(number) for number in range(400)])
    order = ControlCampaign(campaign_id=CAMPAIGN, action=Control.CANCEL, by="ana")
    campaigns_worker.carry_out(order.model_dump_json(), context(remaining_ms=0))
    assert operator.counts == {"pending": 400}
    operator.pump.run("plan")
    assert operator.counts == {"cancelled": 400} == operator.recount()
    assert operator.progress.status is Status.CANCELLED


def test_a_campaign_whose_file_is_gone_does_not_hold_up_the_schedule(operator: Operator) -> None:
    operator.monkeypatch.setenv("STALLED_SECONDS", "0")
    operator.command(operator.plan(FileAudience(file="audiences/gone/people.ndjson")))
    operator.pump.run("plan")
    assert operator.dead_letters("PlanQueueDeadUrl")[0].startswith("Rejected: there is no uploaded")
    operator.minute()
    operator.minute()
    assert operator.progress.status is Status.RUNNING


def test_an_order_that_makes_no_sense_changes_nothing(operator: Operator) -> None:
    operator.launch([person(0)])
    operator.pump.run()
    operator.order(Control.PAUSE)
    assert operator.progress.status is Status.COMPLETED
    assert operator.dead_letters("PlanQueueDeadUrl") == []


def test_a_message_that_is_no_chunk_is_put_aside_with_its_reason(operator: Operator) -> None:
    operator.launch([person(0)])
    answer = operator.pump.deliver(
        Lane.BILLING, [operator.pump.take(Lane.BILLING)[0] | {"Body": "not json"}]
    )
    assert answer == {"batchItemFailures": []}
    (reason,) = operator.dead_letters("SendBillingDeadUrl")
    assert reason.startswith("ValidationError")


def forget_statuses() -> None:
    """A second passes: workers look at the campaign's status again."""
    from sender import worker

    worker.delivery.cache_clear()
