"""What `make load` accepts as a success."""

from dataclasses import replace

from loadtests.load import judge

from operations.watching import Standing

DONE = Standing("Load", "marketing", "completed", 3, plan_done=True, counts={"delivered": 3})
EVERYBODY = {"accepted": 3, "unique_recipients": 3}


def test_nothing_is_wrong_when_everybody_was_reached_once_and_no_request_failed() -> None:
    assert judge(DONE, EVERYBODY, 3, failures=0) == []


def test_a_failed_request_is_told() -> None:
    assert judge(DONE, EVERYBODY, 3, failures=2) == ["2 requests failed"]


def test_somebody_who_was_written_to_twice_is_told() -> None:
    twice = {"accepted": 4, "unique_recipients": 3}
    assert judge(DONE, twice, 3, failures=0) == ["SES accepted 4 mails to 3 people"]


def test_a_campaign_that_is_not_over_is_told() -> None:
    stuck = replace(DONE, status="running", counts={"pending": 1, "delivered": 2})
    [told] = judge(stuck, EVERYBODY, 3, failures=0)
    assert "running" in told


def test_states_that_do_not_add_up_are_told() -> None:
    assert judge(replace(DONE, counts={"delivered": 2}), EVERYBODY, 3, failures=0) == [
        "its states add up to 2 of 3"
    ]
