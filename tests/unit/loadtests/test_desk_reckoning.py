"""What the desk's records prove of a run."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from loadtests.desk import claimers
from loadtests.desk_feeding import told
from loadtests.desk_reckoning import Story, judge, quantile, waits_for_work

from desk.domain.dockets import Turn

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROOM = {"s0": 2}


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def turn(token: int, begins: float, ends: float | None, who: str = "ana", **more: Any) -> Turn:
    values: dict[str, Any] = {"server_id": "s0", "reason": "closed"} | more
    return Turn(
        token=token,
        attendant_id=who,
        assigned_at=at(begins),
        released_at=None if ends is None else at(ends),
        **values,
    )


def story(*turns: Turn, name: str = "t1", asked: float = 0, **more: Any) -> Story:
    values: dict[str, Any] = {
        "known": True,
        "ended": True,
        "texts": ("a", "b"),
        "sent": ("a", "b"),
    } | more
    return Story(ticket_id=name, asked_at=at(asked), turns=turns, **values)


def verdict(*stories: Story) -> Any:
    return judge(stories, {"ana": 1, "bia": 1}, ROOM)


def test_a_clean_run_breaks_nothing() -> None:
    assert verdict(story(turn(1, 0, 5)), story(turn(1, 5, 9), name="t2")).broken == []


def test_two_owners_at_once_are_found() -> None:
    found = verdict(story(turn(1, 0, 5), turn(2, 4, 9, "bia")))
    assert found.double_owners == 1


def test_an_owner_who_was_never_released_is_found() -> None:
    assert verdict(story(turn(1, 0, None), turn(2, 4, 9, "bia"))).double_owners == 1


def test_an_attendant_and_a_server_over_their_caps_are_found() -> None:
    first, second = story(turn(1, 0, 5)), story(turn(1, 4, 9), name="t2")
    assert verdict(first, second).over_capacity == 1
    third = story(turn(1, 4, 9, "bia"), name="t3")
    assert verdict(first, second, third).over_capacity == 2


@pytest.mark.parametrize(
    ("fault", "value"),
    [
        ("stranded", {"ended": False}),
        ("lost", {"known": False, "ended": False}),
        ("lost", {"texts": ("a",)}),
        ("misordered", {"texts": ("b", "a")}),
        ("misordered", {"texts": ("a", "b", "b")}),
    ],
)
def test_what_is_stranded_lost_doubled_or_misordered_is_found(
    fault: str, value: dict[str, Any]
) -> None:
    found = verdict(story(turn(1, 0, 5), **value))
    assert getattr(found, fault) == 1
    assert len(found.broken) == 1


def test_the_wait_for_work_counts_from_when_both_were_there() -> None:
    tickets = [
        story(turn(1, 0, 5)),
        story(turn(1, 6, 8), name="t2", asked=1),
        story(turn(1, 21, 22), name="t3", asked=20.5),
    ]
    assert waits_for_work(tickets, ROOM) == [timedelta(seconds=1), timedelta(seconds=0.5)]


def test_nobody_waits_for_work_while_their_server_is_full() -> None:
    tickets = [
        story(turn(1, 0, 5)),
        story(turn(1, 0, 30, "bia"), name="t2"),
        story(turn(1, 6, 12, "caio"), name="t3"),
        story(turn(1, 12.5, 20), name="t4", asked=1),
    ]
    assert waits_for_work(tickets, ROOM) == [timedelta(seconds=0.5)]
    assert waits_for_work(tickets, {"s0": 3}) == [timedelta(seconds=7.5)]


def test_who_vanished_is_not_counted_as_waiting_for_work() -> None:
    tickets = [
        story(turn(1, 0, 5, reason="lease_expired"), turn(2, 6, 7, "bia")),
        story(turn(1, 90, 95), name="t2", asked=1),
    ]
    assert waits_for_work(tickets, ROOM) == []
    assert verdict(*tickets).requeued == 1


def test_quantiles_are_of_the_nearest_rank() -> None:
    values = [float(each) for each in range(1, 101)]
    assert [quantile(values, share) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]
    assert quantile([], 0.5) == 0


def test_claimers_have_servers_that_are_tighter_than_they_are() -> None:
    staff, servers = claimers(50)
    assert len({each.id for each in staff}) == 50
    for server, room in servers.items():
        assert room < sum(each.capacity for each in staff if each.server_id == server)


def test_what_chat_tells_is_numbered_from_one() -> None:
    assert [each.number for each in told(7, NINE)] == [1, 2, 3]
