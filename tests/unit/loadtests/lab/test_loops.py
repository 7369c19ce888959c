"""The closed and the open loop in virtual time."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loadtests.lab import loops
from loadtests.lab.law import Law
from loadtests.lab.loops import Book, Turn, Window
from loadtests.lab.outcomes import Outcome

from assistant.domain.ports import Overloaded, TooLate
from tests.unit.loadtests.lab.virtual import now, run

WINDOW = Window(begin=2.0, end=12.0)
LIMIT = 3.0


def taking(seconds: float) -> Turn:
    async def turn(deadline: float) -> None:
        await asyncio.sleep(seconds)

    return turn


def failing(error: Exception) -> Turn:
    async def turn(deadline: float) -> None:
        await asyncio.sleep(0.1)
        raise error

    return turn


async def measured(load: Coroutine[Any, Any, None], book: Book, window: Window) -> None:
    under_way = asyncio.create_task(load)
    await book.over(window)
    under_way.cancel()
    with suppress(asyncio.CancelledError):
        await under_way


def closed(turns: list[Turn], spread: float = 1.0) -> Book:
    book = Book(LIMIT, now)
    run(measured(loops.closed(turns, book, 0.0, spread), book, WINDOW))
    return book


def opened(turns: list[Turn], rate: float, window: Window) -> Book:
    book = Book(1_000.0, now)
    due = loops.arrivals(0.0, rate, (0, 1))
    run(measured(loops.opened(turns, book, due), book, window))
    return book


@settings(max_examples=20)
@given(
    users=st.integers(1, 30),
    service=st.floats(0.05, 1.0),
)
def test_a_closed_loop_obeys_littles_law(users: int, service: float) -> None:
    book = closed([taking(service)] * users, spread=service)
    took = book.took[Outcome.ANSWERED]
    assert took == pytest.approx([service] * len(took))
    law = Law(inside=users, rate=book.parts / 10, stay=sum(took) / len(took))
    assert law.ratio == pytest.approx(1, abs=0.01)
    assert book.parts == pytest.approx(len(took), abs=users)
    assert book.inside / 10 == pytest.approx(users, rel=0.01)


def test_time_that_a_user_loses_between_turns_breaks_the_law() -> None:
    book = Book(LIMIT, now)

    async def dawdling() -> None:
        while True:
            await book.keep(now(), taking(0.5))
            await asyncio.sleep(0.1)

    run(measured(dawdling(), book, WINDOW))
    took = book.took[Outcome.ANSWERED]
    assert not Law(inside=1, rate=book.parts / 10, stay=sum(took) / len(took)).holds


def test_the_window_can_be_given_once_every_user_has_had_a_turn() -> None:
    book = Book(LIMIT, now)
    users = [taking(0.5), taking(2.5)]

    async def load() -> None:
        under_way = asyncio.create_task(loops.closed(users, book, 0.0, 1.0))
        await loops.warmed_up(book, 1.0, len(users))
        assert now() == pytest.approx(3.0, abs=0.02)  # the second comes at 0.5 and takes 2.5
        await book.over(Window(now(), now() + 5.0))
        under_way.cancel()

    run(load())
    assert sorted(set(np.round(book.took[Outcome.ANSWERED], 6))) == [0.5, 2.5]
    assert book.inside / 5.0 == pytest.approx(2.0, abs=0.01)


def test_nothing_of_the_warm_up_is_measured() -> None:
    slow_at_first = iter([1.9, *[0.5] * 100])

    async def turn(deadline: float) -> None:
        await asyncio.sleep(next(slow_at_first))

    took = closed([turn]).took[Outcome.ANSWERED]
    assert max(took) == pytest.approx(0.5)


def test_a_turn_that_ends_after_the_window_is_waited_for_and_counted_whole() -> None:
    took = opened([taking(20.0)] * 200, 4.0, Window(1.0, 2.0)).took[Outcome.ANSWERED]
    assert took == pytest.approx([20.0] * 4)


def test_in_an_open_loop_waiting_for_a_connection_is_part_of_a_turn() -> None:
    book = opened([taking(1.0)], 2.0, Window(0.0, 5.0))
    took = sorted(book.took[Outcome.ANSWERED])
    assert took == pytest.approx([1.0 + 0.5 * place for place in range(10)])


def test_a_stalled_generator_cannot_hide_its_own_delay() -> None:
    book = Book(LIMIT, now, WINDOW)

    async def late() -> None:
        await asyncio.sleep(4.0)
        await book.keep(3.0, taking(0.5))

    run(late())
    assert book.took[Outcome.ANSWERED] == [pytest.approx(1.5)]
    assert book.late == [pytest.approx(1.0)]


def test_a_turn_beyond_the_limit_is_a_time_out_and_no_latency() -> None:
    book = closed([taking(60.0), taking(0.5)])
    assert book.took[Outcome.TIMED_OUT] == pytest.approx([3.0] * len(book.took[Outcome.TIMED_OUT]))
    assert len(book.took[Outcome.TIMED_OUT]) >= 3
    assert max(book.took[Outcome.ANSWERED]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("error", "outcome", "named"),
    [
        (TooLate("late"), Outcome.TIMED_OUT, {}),
        (Overloaded("full"), Outcome.REFUSED, {}),
        (ConnectionError("gone"), Outcome.FAILED, {"ConnectionError"}),
    ],
)
def test_what_fails_is_counted_by_its_kind_and_not_as_answered(
    error: Exception, outcome: Outcome, named: set[str]
) -> None:
    book = closed([failing(error)])
    assert len(book.took[outcome]) > 10
    assert [kind for kind in Outcome if book.took[kind]] == [outcome]
    assert set(book.failures) == set(named)


def test_a_user_who_fails_at_once_does_not_ask_in_a_busy_loop() -> None:
    async def turn(deadline: float) -> None:
        raise ConnectionError

    assert len(closed([turn]).took[Outcome.FAILED]) <= 10 / loops.REST_AFTER_FAILURE_S + 1


@given(rate=st.floats(1, 500), generators=st.integers(1, 8))
def test_generators_together_begin_turns_at_equal_distances(rate: float, generators: int) -> None:
    each = [islice(loops.arrivals(0.0, rate, (mine, generators)), 20) for mine in range(generators)]
    moments = sorted(moment for one in each for moment in one)
    gaps = [after - before for before, after in pairwise(moments)]
    assert gaps == pytest.approx([1 / rate] * len(gaps), rel=1e-6, abs=1e-9)
