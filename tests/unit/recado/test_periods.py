"""Days and months as staff write them."""

from datetime import date

import pytest

from recado.figures.periods import written_out


@pytest.mark.parametrize("day", ["0", "1795331409", "2026-11", "0001-01-01", "22/11/2026", "today"])
def test_what_is_not_written_as_a_day_since_2000_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        written_out(day)


def test_a_day_and_nothing_at_all_are_left_as_they_are() -> None:
    assert written_out("2026-11-22") == "2026-11-22"
    assert written_out(date(2026, 11, 22)) == date(2026, 11, 22)
    assert written_out(None) is None
