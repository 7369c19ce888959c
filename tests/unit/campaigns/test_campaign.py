"""What staff may do to a campaign, and how it ends."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.domain.campaign import Campaign, after, outcome, too_late
from recado.contracts import Control
from recado.errors import Conflict
from recado.ledger.progress import Progress, Status
from recado.ledger.states import State
from recado.model import Lane

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def campaign(status: Status, starts_at: datetime = NOW) -> Campaign:
    return Campaign(id="cmp_1", lane=Lane.BILLING, status=status, starts_at=starts_at)


def progress(*, plan_done: bool = True, **counts: int) -> Progress:
    every = {state.counter: counts.get(state.counter, 0) for state in State}
    return Progress(
        status=Status.RUNNING, plan_done=plan_done, total=sum(every.values()), counts=every
    )


@pytest.mark.parametrize(
    ("order", "status", "then"),
    [
        (Control.PAUSE, Status.RUNNING, Status.PAUSED),
        (Control.PAUSE, Status.SCHEDULED, Status.PAUSED),
        (Control.RESUME, Status.PAUSED, Status.RUNNING),
        (Control.CANCEL, Status.PAUSED, Status.CANCELLED),
        (Control.CANCEL, Status.RUNNING, Status.CANCELLED),
        (Control.RETRY_FAILED, Status.PARTIAL, Status.RUNNING),
    ],
)
def test_an_order_leads_to_a_status(order: Control, status: Status, then: Status) -> None:
    assert after(order, campaign(status), NOW) is then


def test_a_campaign_for_later_is_scheduled_again_when_it_is_resumed() -> None:
    later = campaign(Status.PAUSED, NOW + timedelta(hours=1))
    assert after(Control.RESUME, later, NOW) is Status.SCHEDULED


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.PARTIAL, Status.CANCELLED])
def test_what_is_over_cannot_be_paused(status: Status) -> None:
    with pytest.raises(Conflict, match=f"this one is {status}"):
        after(Control.PAUSE, campaign(status), NOW)


def test_a_campaign_goes_on_while_someone_is_pending_or_unknown() -> None:
    assert outcome(progress(sent=9, pending=1)) is None
    assert outcome(progress(sent=9, unknown=1)) is None


def test_a_campaign_that_is_not_planned_to_its_end_is_not_over() -> None:
    assert outcome(progress(sent=10, plan_done=False)) is None


def test_a_campaign_is_completed_when_everyone_is_terminal() -> None:
    assert outcome(progress(sent=5, delivered=3, bounced=1, suppressed=1)) is Status.COMPLETED


@pytest.mark.parametrize("left", ["failed", "held"])
def test_a_campaign_is_partial_when_someone_failed_or_was_held(left: str) -> None:
    assert outcome(progress(sent=9, **{left: 1})) is Status.PARTIAL


def test_a_campaign_that_begins_within_its_patience_needs_nobodys_word() -> None:
    assert too_late(NOW, NOW + timedelta(hours=6), timedelta(hours=6)) == ""
    assert too_late(NOW, NOW - timedelta(days=1), timedelta(hours=6)) == ""


def test_one_that_is_later_says_since_when_and_what_to_do() -> None:
    reason = too_late(NOW, NOW + timedelta(hours=6, seconds=1), timedelta(hours=6))
    assert reason.startswith("it should have begun at 2026-11-21 12:00 UTC, 6 hours before")
    assert reason.endswith("resume it if the mail is still right, or cancel it")
