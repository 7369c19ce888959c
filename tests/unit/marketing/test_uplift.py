"""The difference of two shares and its interval, against Newcombe's own examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing.domain.uplift import ENOUGH, Tally, newcombe, uplift, wilson


@pytest.mark.parametrize(
    ("first", "second", "interval"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((0, 10), (0, 10), (-0.2775, 0.2775)),
        ((10, 10), (0, 20), (0.6791, 1.0000)),
        ((10, 10), (0, 10), (0.6075, 1.0000)),
    ],
)
def test_the_interval_is_that_of_newcombes_table_ii_method_10(
    first: tuple[int, int], second: tuple[int, int], interval: tuple[float, float]
) -> None:
    found = newcombe(_tally(*first), _tally(*second))
    assert found == pytest.approx(interval, abs=0.00006)


shares = st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(shares, shares)
def test_the_interval_holds_the_difference_stays_within_bounds_and_turns_round(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    one, other = _tally(*first), _tally(*second)
    low, high = newcombe(one, other)
    assert -1 <= low <= one.share - other.share + 1e-9
    assert one.share - other.share - 1e-9 <= high <= 1
    turned = newcombe(other, one)
    assert (-turned[1], -turned[0]) == pytest.approx((low, high))


@given(shares)
def test_a_share_lies_in_its_score_interval(share: tuple[int, int]) -> None:
    low, high = wilson(*share)
    assert 0 <= low <= share[0] / share[1] + 1e-9
    assert share[0] / share[1] - 1e-9 <= high <= 1


def test_with_too_few_in_either_group_no_number_is_told() -> None:
    found = uplift(_tally(500, 1000), _tally(2, ENOUGH - 1))
    assert found.verdict == "not enough yet"
    assert found.difference is found.low is found.high is None
    assert uplift(Tally(), Tally()).verdict == "not enough yet"


@pytest.mark.parametrize(
    ("offered", "held_out", "verdict"),
    [
        ((120, 1000), (50, 1000), "helps"),
        ((50, 1000), (120, 1000), "harms"),
        ((12, 100), (10, 100), "no difference seen"),
        ((20, 20), (0, 20), "helps"),
        ((0, 20), (0, 20), "no difference seen"),
    ],
)
def test_a_difference_is_only_told_where_the_interval_leaves_no_doubt(
    offered: tuple[int, int], held_out: tuple[int, int], verdict: str
) -> None:
    assert uplift(_tally(*offered), _tally(*held_out)).verdict == verdict


def _tally(converted: int, settled: int) -> Tally:
    return Tally(settled=settled, converted=converted)
