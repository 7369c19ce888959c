"""Maximum send rate and daily quota."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ses_world import entry, send, send_bulk, statuses

from ses_simulator.quota import DAY_MS, DailyQuota, RateWindow


def test_a_bulk_call_beyond_the_rate_throttles_only_the_entries_past_it(start_ses: Any) -> None:
    simulator, client = start_ses(max_send_rate=3)
    results = send_bulk(client, [entry(f"u{n}@example.com") for n in range(5)])
    assert statuses(results) == ["SUCCESS"] * 3 + ["ACCOUNT_THROTTLED"] * 2
    assert results[4]["Error"] == "Maximum sending rate exceeded."
    assert simulator.summary()["accepted"] == simulator.max_in_one_second == 3


def test_a_single_call_beyond_the_rate_raises_too_many_requests(start_ses: Any) -> None:
    simulator, client = start_ses(max_send_rate=1)
    send(client)
    with pytest.raises(client.exceptions.TooManyRequestsException, match="Maximum sending rate"):
        send(client)
    assert [call["outcome"] for call in simulator.calls()] == ["ok", "throttled"]


def test_the_rate_counts_recipients_not_messages(start_ses: Any) -> None:
    _, client = start_ses(max_send_rate=2)
    send(client, "a@a.com", "b@b.com")
    with pytest.raises(client.exceptions.TooManyRequestsException):
        send(client)


def test_the_daily_quota_refuses_what_is_beyond_it_but_not_the_mailbox_simulator(
    start_ses: Any,
) -> None:
    _, client = start_ses(daily_quota=1)
    mailbox = entry("success@simulator.amazonses.com")
    results = send_bulk(client, [mailbox, entry("a@a.com"), entry("b@b.com"), mailbox])
    expected = ["SUCCESS", "SUCCESS", "ACCOUNT_DAILY_QUOTA_EXCEEDED", "SUCCESS"]
    assert statuses(results) == expected
    with pytest.raises(client.exceptions.TooManyRequestsException, match="Daily message quota"):
        send(client)


def test_get_account_reports_quota_and_use(start_ses: Any) -> None:
    _, client = start_ses(max_send_rate=14, daily_quota=200)
    send(client)
    account = client.get_account()
    expected = {"Max24HourSend": 200.0, "MaxSendRate": 14.0, "SentLast24Hours": 1.0}
    assert account["SendQuota"] == expected
    assert account["ProductionAccessEnabled"] is True
    assert account["EnforcementStatus"] == "HEALTHY"


@given(
    limit=st.integers(1, 20),
    steps=st.lists(st.tuples(st.integers(0, 700), st.integers(1, 6)), max_size=60),
)
def test_no_window_of_a_second_ever_holds_more_than_the_limit(
    limit: int, steps: list[tuple[int, int]]
) -> None:
    window, now, taken = RateWindow(limit), 0, []
    for pause, recipients in steps:
        now += pause
        if window.take(now, recipients):
            taken.append((now, recipients))
    held = [sum(n for at, n in taken if start <= at < start + 1_000) for start, _ in taken]
    assert max(held, default=0) <= limit
    assert window.busiest == max(held, default=0)


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 9)), max_size=40))
def test_the_rate_refuses_only_when_the_window_is_really_full(steps: list[tuple[int, int]]) -> None:
    window, now = RateWindow(10), 0
    taken: list[tuple[int, int]] = []
    for pause, recipients in steps:
        now += pause
        held = sum(n for at, n in taken if at > now - 1_000)
        accepted = window.take(now, recipients)
        assert accepted == (held + recipients <= 10)
        if accepted:
            taken.append((now, recipients))


def test_the_daily_quota_frees_after_a_day_and_minus_one_means_no_limit() -> None:
    quota = DailyQuota(2)
    quota.take(0, 2)
    assert not quota.has_room(DAY_MS - 60_000, 1)
    assert quota.has_room(DAY_MS + 60_000, 2)
    assert DailyQuota(-1).has_room(0, 10**9)
