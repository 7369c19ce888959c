"""A campaign stops before SES would look into the account, and not for a slip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.ledger.progress import Progress, Status
from recado.ledger.states import State
from sender.domain.reputation import MIN_BOUNCES, MIN_COMPLAINTS, Limits, why_to_stop

LIMITS = Limits(bounce_percent=4, complaint_percent=0.08)


def progress(before: dict[str, int] | None = None, **counts: int) -> Progress:
    return Progress(
        status=Status.RUNNING,
        plan_done=True,
        total=sum(counts.values()),
        counts=counts,
        accepted_before=before or {},
    )


@pytest.mark.parametrize(
    ("delivered", "bounced", "stops"),
    [(0, 9, False), (0, 10, True), (240, 10, True), (241, 10, False), (9_601, 399, False)],
)
def test_four_hard_bounces_in_a_hundred_stop_a_campaign_from_the_tenth_on(
    delivered: int, bounced: int, *, stops: bool
) -> None:
    assert bool(why_to_stop(progress(delivered=delivered, bounced=bounced), LIMITS)) is stops


@pytest.mark.parametrize(
    ("delivered", "complained", "stops"),
    [(1, 1, False), (998, 2, False), (997, 3, True), (3_747, 3, True), (3_748, 3, False)],
)
def test_complaints_stop_a_campaign_from_the_third_on(
    delivered: int, complained: int, *, stops: bool
) -> None:
    assert bool(why_to_stop(progress(delivered=delivered, complained=complained), LIMITS)) is stops


def test_mail_that_was_merely_not_delivered_is_accepted_and_no_bounce() -> None:
    assert why_to_stop(progress(delivered=150, undelivered=150, bounced=11), LIMITS) == ""
    assert why_to_stop(progress(delivered=190, failed=100, bounced=10), LIMITS) != ""


def test_what_was_there_at_the_last_resume_is_accepted() -> None:
    before = {"delivered": 90, "bounced": 10}
    assert why_to_stop(progress(before, delivered=330, bounced=19), LIMITS) == ""
    reason = why_to_stop(progress(before, delivered=330, bounced=20), LIMITS)
    assert reason.startswith("10 of 250 accepted mails bounced for good (4.00 %")


@given(st.integers(0, 10_000), st.integers(0, 500), st.integers(0, 50))
def test_on_the_numbers_a_campaign_was_resumed_with_it_never_stops_again(
    delivered: int, bounced: int, complained: int
) -> None:
    counts = {"delivered": delivered, "bounced": bounced, "complained": complained}
    assert why_to_stop(progress(counts, **counts), LIMITS) == ""


@given(st.dictionaries(st.sampled_from([state.counter for state in State]), st.integers(0, 5_000)))
def test_a_campaign_that_goes_on_is_below_what_ses_looks_into(counts: dict[str, int]) -> None:
    standing = progress(**counts)
    names = ("sent", "delivered", "undelivered", "bounced", "complained")
    accepted = sum(counts.get(name, 0) for name in names)
    if not why_to_stop(standing, LIMITS):
        bounced = counts.get("bounced", 0)
        assert bounced < MIN_BOUNCES or bounced < 0.05 * accepted
        complained = counts.get("complained", 0)
        assert complained < MIN_COMPLAINTS or complained < 0.001 * accepted
