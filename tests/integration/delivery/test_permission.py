"""When a campaign may send: its hour, its place, its reputation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from recado import clock
from recado.contracts import Control, QueueReady
from recado.ledger.progress import Status
from recado.ledger.states import Outcome, State
from recado.model import Lane
from sender import feedback
from tests.integration.conftest import forget_collaborators

from .conftest import CAMPAIGN, Operator, person

EVENING = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
"""A Friday: 19:00 in Sao Paulo, 18:00 in Manaus, 17:00 in Rio Branco."""


class Clock:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The suite's clock, beginning on Friday evening, and quiet hours from 21 h to 9 h."""
    hand = Clock(EVENING)
    monkeypatch.setattr(clock, "now", hand.now)
    monkeypatch.setenv("QUIET_HOURS", "21:00-09:00")
    return hand


def forget_statuses() -> None:
    """A second passes: workers look at the campaign's status again."""
    from sender import worker

    worker.delivery.cache_clear()


def messages(operator: Operator, queue: str) -> int:
    """About how many messages wait on a queue."""
    name = "ApproximateNumberOfMessages"
    answer = boto3.client("sqs").get_queue_attributes(
        QueueUrl=operator.suite.outputs[queue], AttributeNames=[name]
    )
    return int(answer["Attributes"][name])


def travellers() -> list[object]:
    """Forty people in Manaus and forty in Sao Paulo, mixed."""
    zones = ("America/Manaus", "")
    return [person(number, time_zone=zones[number % 2]) for number in range(80)]


def test_a_campaign_found_due_long_after_its_time_waits_for_staff(
    operator: Operator, hand: Clock
) -> None:
    later = operator.plan(operator.upload([person(0)]))
    operator.command(later.model_copy(update={"starts_at": hand.at + timedelta(hours=1)}))
    operator.pump.run()
    assert operator.progress.status is Status.SCHEDULED
    hand.at += timedelta(hours=8)
    operator.minute()
    operator.pump.run()
    assert operator.accepted == (0, 0)
    assert operator.progress.status is Status.PAUSED
    assert "it should have begun at 2026-11-20 23:00 UTC, 7 hours" in operator.progress.reason
    operator.order(Control.RESUME)
    operator.pump.run()
    assert operator.accepted == (1, 0)


def test_a_campaign_found_due_in_time_begins(operator: Operator, hand: Clock) -> None:
    later = operator.plan(operator.upload([person(0)]))
    operator.command(later.model_copy(update={"starts_at": hand.at + timedelta(hours=1)}))
    operator.pump.run()
    hand.at += timedelta(hours=6)
    operator.minute()
    operator.pump.run()
    assert operator.accepted == (1, 0)


def test_a_launch_that_comes_long_after_its_time_waits_unless_it_was_approved_since(
    operator: Operator, hand: Clock
) -> None:
    plan = operator.plan(operator.upload([person(0)]))
    hand.at += timedelta(hours=7)
    late = plan.model_copy(update={"campaign_id": "cmp_late"})
    approved = plan.model_copy(update={"approved_by": "bia", "approved_at": hand.at})
    operator.command(late, approved)
    operator.pump.run()
    assert operator.accepted == (1, 0)
    assert operator.progress.status is Status.COMPLETED
    assert operator.ledger.counts("cmp_late")["total"] == 0


def test_in_quiet_hours_marketing_stays_in_the_ledger_and_goes_out_zone_by_zone(
    operator: Operator, hand: Clock
) -> None:
    hand.at = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)  # 21:30 in Sao Paulo, 20:30 in Manaus
    operator.launch(travellers(), Lane.MARKETING)
    operator.pump.run()
    assert operator.counts == {"sent": 40, "pending": 40} == operator.recount()
    assert {address for mail in operator.ses.messages() for address in mail["to"]} == {
        f"c{number}@example.com" for number in range(0, 80, 2)
    }
    progress = operator.progress
    assert progress.wakes_at == datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    assert progress.wakes_in == "America/Sao_Paulo"

    hand.at = datetime(2026, 11, 21, 11, 59, tzinfo=UTC)
    operator.minute()
    operator.pump.run()
    assert operator.counts == {"sent": 40, "pending": 40}
    hand.at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    operator.minute()
    operator.pump.run()
    assert operator.accepted == (80, 0)
    assert operator.progress.status is Status.COMPLETED


def test_a_chunk_that_night_overtakes_on_the_queue_is_not_claimed(
    operator: Operator, hand: Clock
) -> None:
    hand.at = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    operator.launch(travellers(), Lane.MARKETING)
    assert messages(operator, "SendMarketingUrl") == 2
    hand.at = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    operator.pump.run(Lane.MARKETING)
    assert operator.accepted == (0, 0)
    assert {chunk.attempt for chunk in operator.ledger.chunks(CAMPAIGN)} == {0}
    assert operator.progress.wakes_at == datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    hand.at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    operator.minute()
    operator.pump.run()
    assert operator.accepted == (40, 0)
    assert operator.progress.wakes_at == datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
    hand.at = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
    operator.minute()
    operator.pump.run()
    assert operator.accepted == (80, 0)


def test_a_bill_knows_no_quiet_hours(operator: Operator, hand: Clock) -> None:
    hand.at = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    operator.launch(travellers(), Lane.BILLING)
    operator.pump.run()
    assert operator.accepted == (80, 0)
    assert [len(chunk.states) for chunk in operator.ledger.chunks(CAMPAIGN)] == [50, 30]


def test_the_stall_sweep_leaves_a_campaign_alone_that_only_waits_for_the_morning(
    operator: Operator, hand: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.at = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    operator.launch(travellers(), Lane.MARKETING)
    swept = 0

    def sweep(*_: object) -> None:
        nonlocal swept
        swept += 1

    from campaigns.orders import TaskManager

    monkeypatch.setattr(TaskManager, "_enqueue_ready", sweep)
    for _ in range(30):
        operator.minute()
        hand.at += timedelta(minutes=1)
    assert swept == 0
    assert operator.counts == {"pending": 80}


def test_resuming_at_night_sends_nothing_before_the_morning(
    operator: Operator, hand: Clock
) -> None:
    hand.at = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    operator.launch(travellers(), Lane.MARKETING)
    operator.order(Control.PAUSE)
    operator.order(Control.RESUME)
    operator.pump.run()
    assert operator.accepted == (0, 0)


def test_queueing_goes_on_in_another_invocation_from_where_it_stopped(operator: Operator) -> None:
    operator.launch([person(number) for number in range(120)])
    operator.pump.take(Lane.BILLING)
    operator.command(QueueReady(campaign_id=CAMPAIGN, first=2))
    operator.pump.run("plan")
    operator.pump.run(Lane.BILLING)
    assert operator.accepted == (20, 0)


def bounced(places: range, kind: str = "Permanent") -> dict[str, object]:
    return {
        "bounce": {
            "bounceType": kind,
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": f"c{n}@example.com"} for n in places],
        }
    }


def half_sent(operator: Operator) -> None:
    """A campaign to 750 people of whom the first 250 were written to."""
    operator.launch([person(number) for number in range(750)])
    operator.pump.step(Lane.BILLING)
    assert operator.accepted == (250, 0)


def test_a_campaign_pauses_itself_before_its_bounces_reach_the_limit_of_ses(
    operator: Operator,
) -> None:
    half_sent(operator)
    operator.hear("Bounce", list(range(9)), **bounced(range(9)))
    operator.pump.run("plan")
    assert operator.progress.status is Status.RUNNING
    operator.hear("Bounce", [9], **bounced(range(9, 10)))
    operator.pump.run("plan")
    forget_statuses()
    operator.pump.run()
    assert operator.progress.status is Status.PAUSED
    assert operator.progress.reason.startswith("10 of 250 accepted mails bounced for good (4.00 %")
    assert operator.accepted == (250, 0)
    assert operator.counts["bounced"] == 10
    assert operator.recount()["bounced"] == 10


def test_bounces_heard_before_the_senders_have_recorded_are_looked_at_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = feedback.listener()

    def senders_record(_: float) -> None:
        for number in range(10):
            chunk = listener.ledger.get(CAMPAIGN, number)
            assert chunk is not None
            listener.ledger.record(chunk, dict.fromkeys(chunk.pending, Outcome(State.SENT)))

    operator.launch([person(number) for number in range(750)])
    hasty = replace(listener, sleep=senders_record)
    monkeypatch.setattr(feedback, "listener", lambda: hasty)
    operator.hear("Bounce", list(range(10)), **bounced(range(10)))
    operator.pump.run("plan")
    assert operator.counts == {"pending": 250, "sent": 490, "bounced": 10}
    assert operator.progress.status is Status.RUNNING


def test_after_a_resume_only_new_bounces_count(operator: Operator) -> None:
    half_sent(operator)
    operator.hear("Bounce", list(range(10)), **bounced(range(10)))
    operator.pump.run("plan")
    operator.order(Control.RESUME)
    operator.hear("Bounce", [10], **bounced(range(10, 11)))
    forget_statuses()
    operator.pump.run()
    assert operator.progress.status is Status.COMPLETED
    assert operator.accepted == (750, 0)


def test_mail_that_ses_gave_up_on_is_undelivered_and_pauses_nothing(operator: Operator) -> None:
    half_sent(operator)
    operator.hear("Bounce", list(range(50)), **bounced(range(50), "Transient"))
    operator.pump.run()
    assert operator.progress.status is Status.COMPLETED
    assert operator.counts == {"sent": 700, "undelivered": 50} == operator.recount()


def test_one_complaint_stops_no_campaign_and_three_do(operator: Operator) -> None:
    half_sent(operator)
    for place, status in ((0, Status.RUNNING), (1, Status.RUNNING), (2, Status.PAUSED)):
        people = [{"emailAddress": f"c{place}@example.com"}]
        operator.hear("Complaint", [place], complaint={"complainedRecipients": people})
        operator.pump.run("plan")
        assert operator.progress.status is status
    assert "3 of 250 people reported the mail as spam" in operator.progress.reason


def test_without_quiet_hours_marketing_goes_out_at_night(
    operator: Operator, hand: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIET_HOURS", "none")
    forget_collaborators()
    hand.at = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    operator.launch(travellers(), Lane.MARKETING)
    operator.pump.run()
    assert operator.accepted == (80, 0)
