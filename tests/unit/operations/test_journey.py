"""What the demo holds against SES's ledger before it calls a campaign delivered."""

from operations.journey import contradictions
from operations.watching import Standing


def _standing(status: str = "completed", total: int = 10, **counts: int) -> Standing:
    return Standing("Faturas", "billing", status, total, plan_done=True, counts=counts)


def test_a_campaign_that_agrees_with_the_ledger_is_not_contradicted() -> None:
    standing = _standing(delivered=7, bounced=1, complained=1, suppressed=1)
    assert contradictions(standing, {"accepted": 9, "duplicates": 0}) == []


def test_a_lost_recipient_is_found() -> None:
    problems = contradictions(_standing(delivered=9), {"accepted": 9, "duplicates": 0})
    assert problems == ["the states add up to 9, the audience is 10"]


def test_a_mail_the_campaign_does_not_know_of_is_found() -> None:
    problems = contradictions(_standing(delivered=10), {"accepted": 11, "duplicates": 1})
    assert problems == [
        "the campaign says 10 were accepted, SES's ledger says 11",
        "SES accepted 1 mails twice",
    ]


def test_an_unfinished_campaign_is_found() -> None:
    standing = _standing(status="paused", delivered=8, unknown=2)
    assert contradictions(standing, {"accepted": 8, "duplicates": 0}) == [
        "the campaign is paused, not completed",
        "2 recipients are still open",
    ]
