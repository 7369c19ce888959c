"""Intervals."""

import pytest

from desk_simulator.intervals import Interval, interval, student


@pytest.mark.parametrize(
    ("freedom", "wanted"), [(5, 2.571), (10, 2.228), (19, 2.093), (29, 2.045), (100, 1.984)]
)
def test_students_quantiles_are_those_of_the_table(freedom: int, wanted: float) -> None:
    assert student(freedom) == pytest.approx(wanted, abs=4e-3)


def test_an_interval_has_its_mean_in_the_middle() -> None:
    found = interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert found.mean == 3.5
    assert found.half == pytest.approx(1.963, abs=2e-3)
    assert 5.4 in found
    assert 5.5 not in found
    assert found.overlaps(Interval(6.0, 0.6))
    assert not found.overlaps(Interval(6.0, 0.5))
