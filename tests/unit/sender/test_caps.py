"""Frequency caps: no rolling window ever holds more marketing mails than allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sender.domain.caps import Asked, Cap, Turn, decide

CAPS = st.builds(Cap, most=st.integers(1, 4), days=st.integers(1, 8))
ATTEMPTS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(-1, 0), st.integers(0, 9)), max_size=60
)
"""Days since the attempt before, how far the worker's clock is off, and which mail it is."""


@pytest.mark.parametrize(("text", "cap"), [("3/7d", Cap(3, 7)), ("99/30d", Cap(99, 30))])
def test_a_cap_is_written_as_mails_in_days(text: str, cap: Cap) -> None:
    assert Cap.parse(text) == cap


@pytest.mark.parametrize("text", ["3", "3/7", "0/7d", "3/0d", "-1/7d", "3/7h", "100/7d", " 3/7d"])
def test_any_other_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be like 3/7d .*, not "):
        Cap.parse(text)


@given(CAPS, ATTEMPTS)
def test_no_rolling_window_holds_more_than_the_cap(
    cap: Cap, attempts: list[tuple[int, int, int]]
) -> None:
    today = 20_000
    history: tuple[Turn, ...] = ()
    mailed: dict[int, int] = {}
    for passed, skew, mail in attempts:
        today += passed
        after = cap.after(history, Turn(today + skew, f"cmp_{mail}/C-1"))
        if after is not None:
            mailed[mail] = max(today + skew, mailed.get(mail, 0))
            history = after
        for day in mailed.values():
            window = range(day - cap.days + 1, day + 1)
            assert sum(each in window for each in mailed.values()) <= cap.most
    assert len(history) <= 3 * cap.most


@given(CAPS, ATTEMPTS)
def test_nobody_is_refused_who_had_fewer_mails(
    cap: Cap, attempts: list[tuple[int, int, int]]
) -> None:
    today = 20_000
    history: tuple[Turn, ...] = ()
    for passed, _, mail in attempts:
        today += passed
        turn = Turn(today, f"cmp_{mail}/C-1")
        recent = [past for past in history if past.day > today - cap.days]
        others = [past for past in recent if past.mail != turn.mail]
        after = cap.after(history, turn)
        assert (after is None) == (len(others) >= cap.most)
        history = history if after is None else after


def test_the_same_mail_tried_again_counts_once_and_on_the_later_day() -> None:
    cap = Cap(1, 7)
    first = cap.after((), Turn(100, "cmp_1/C-1"))
    assert first == (Turn(100, "cmp_1/C-1"),)
    assert cap.after(first, Turn(100, "cmp_1/C-1")) == first
    again = cap.after(first, Turn(103, "cmp_1/C-1"))
    assert again == (Turn(103, "cmp_1/C-1"),)
    assert cap.after(again, Turn(109, "cmp_2/C-1")) is None
    assert cap.after(again, Turn(110, "cmp_2/C-1")) is not None


def test_a_weekly_mail_meets_a_cap_of_one_in_seven_days_whatever_the_hour() -> None:
    history: tuple[Turn, ...] = ()
    for week in range(4):
        after = Cap(1, 7).after(history, Turn(20_000 + 7 * week, f"cmp_{week}/C-1"))
        assert after is not None
        history = after


def test_an_address_that_stands_twice_in_a_chunk_takes_two_turns() -> None:
    asked = [Asked(0, "a@b.co", "cmp_1/C-1"), Asked(4, "a@b.co", "cmp_1/C-2")]
    assert decide(Cap(1, 7), {}, asked, 100).refused == {4}
    both = decide(Cap(2, 7), {}, asked, 100)
    assert not both.refused
    assert both.changed == {"a@b.co": (Turn(100, "cmp_1/C-1"), Turn(100, "cmp_1/C-2"))}
    assert decide(Cap(2, 7), both.changed, asked, 100).changed == {}


def test_the_reason_reads_well() -> None:
    assert Cap(3, 7).reason == "had 3 marketing mails in the last 7 days"
    assert Cap(1, 1).reason == "had 1 marketing mail in the last day"
