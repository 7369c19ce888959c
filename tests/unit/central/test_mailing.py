"""Reports by e-mail: when one is due, and what it shows."""

from datetime import UTC, date, datetime

import pytest

from central.domain.letter import bars
from central.domain.mailing import Every, Mailing, due
from recado.figures.periods import Period
from recado.model import Language

ZONE = "America/Sao_Paulo"
MONDAY_SIX = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""Six o'clock in São Paulo."""


@pytest.mark.parametrize(
    ("every", "period"),
    [
        (Every.DAY, Period(date(2026, 11, 1), date(2026, 11, 1))),
        (Every.WEEK, Period(date(2026, 10, 26), date(2026, 11, 1))),
        (Every.MONTH, Period(date(2026, 10, 1), date(2026, 10, 31))),
        (Every.NEVER, None),
    ],
)
def test_the_last_period_that_is_over_is_due(every: Every, period: Period | None) -> None:
    assert due(Mailing(every=every, to=("ana@example.com",)), MONDAY_SIX, ZONE) == period


def test_nothing_is_due_before_its_hour_or_to_nobody() -> None:
    early = MONDAY_SIX.replace(hour=8, minute=59)
    assert due(Mailing(every=Every.DAY, to=("ana@example.com",)), early, ZONE) is None
    assert due(Mailing(every=Every.DAY), MONDAY_SIX, ZONE) is None


def test_a_bar_is_as_long_as_its_value_and_never_less_than_nothing() -> None:
    drawn = bars([("a", 50), ("b", 100), ("c", -3)], lambda each: f"{each:,.1f}", Language.ENGLISH)
    assert [(bar.label, bar.width, bar.value) for bar in drawn] == [
        ("a", 50, "50.0"),
        ("b", 100, "100.0"),
        ("c", 0, "-3.0"),
    ]
    assert [bar.width for bar in bars([("a", 0)], str, Language.ENGLISH)] == [0]
