"""The formulas against values of the literature and against each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.domain.erlang import answered_within, erlang_a, erlang_b, erlang_c, mmck
from recado.errors import Rejected


def test_erlang_b_and_c_have_their_tabulated_values() -> None:
    assert erlang_b(5, 4) == pytest.approx(0.1991, abs=5e-5)
    assert erlang_b(10, 5) == pytest.approx(0.0184, abs=5e-5)
    assert erlang_c(5, 4, 1).delayed == pytest.approx(0.5541, abs=5e-5)


def test_one_attendant_is_the_m_m_1_queue() -> None:
    queue = erlang_c(1, 0.5, 1)
    assert queue.delayed == pytest.approx(0.5)
    assert queue.wait == pytest.approx(1.0)
    assert answered_within(1, 0.5, 1, 0) == pytest.approx(0.5)


@given(st.integers(1, 12), st.floats(0.1, 0.9))
def test_patience_without_end_and_a_buffer_without_end_are_erlang_c(
    attendants: int, share: float
) -> None:
    arrivals = attendants * share
    wanted = erlang_c(attendants, arrivals, 1)
    patient = erlang_a(attendants, arrivals, 1, 1e9)
    roomy = mmck(attendants, arrivals, 1, 600)
    for queue in (patient, roomy):
        assert queue.wait == pytest.approx(wanted.wait, rel=1e-4, abs=1e-9)
        assert queue.delayed == pytest.approx(wanted.delayed, rel=1e-4)


@given(st.integers(1, 12), st.floats(0.1, 30))
def test_without_a_buffer_it_is_erlang_b(attendants: int, load: float) -> None:
    queue = mmck(attendants, load, 1, 0)
    assert queue.lost == pytest.approx(erlang_b(attendants, load))
    assert queue.wait == 0


@given(st.integers(1, 10), st.floats(0.2, 20), st.floats(0.2, 20))
def test_with_patience_what_comes_in_is_served_or_abandoned(
    attendants: int, arrivals: float, patience: float
) -> None:
    queue = erlang_a(attendants, arrivals, 1, patience)
    assert 0 <= queue.abandoned < 1
    assert arrivals * (1 - queue.abandoned) <= attendants + 1e-9
    assert queue.wait == pytest.approx(queue.abandoned * patience)


def test_a_queue_that_cannot_settle_is_refused() -> None:
    with pytest.raises(Rejected, match="cannot keep up"):
        erlang_c(4, 4, 1)
    assert answered_within(4, 4, 1, 10) == 0
