"""Figures of bills, against examples worked out by hand and against laws."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain.financial.accounts import balance, explained, year
from assistant.domain.financial.trend import FEWEST, MOST, trend
from recado.model import Invoice, InvoiceStatus
from tests.factories import invoice

TODAY = date(2026, 10, 15)
CENT = Decimal("0.01")


def bill(name: str, amount: str, issued: date, **fields: object) -> Invoice:
    """A bill that is due twenty days after it was issued."""
    due = {"due_on": issued + timedelta(days=20)}
    return invoice(id=name, amount=Decimal(amount), issued_on=issued, **(due | fields))


def a_year_of_bills() -> list[Invoice]:
    """Twelve paid bills of 100, 102, 104 … reais, from November 2025 on."""
    months = [date(2025, 11, 1), date(2025, 12, 1), *(date(2026, m, 1) for m in range(1, 11))]
    paid = {"status": InvoiceStatus.PAID}
    return [
        bill(f"F-{number}", str(100 + 2 * number), month, **paid)
        for number, month in enumerate(months)
    ]


# ─── a balance ───────────────────────────────────────────────────────────────────────────────────


def test_what_is_owed_overdue_and_due_next() -> None:
    found = balance(
        [
            bill("F-1", "129.90", date(2026, 8, 10), due_on=date(2026, 9, 5)),
            bill("F-2", "70.05", date(2026, 9, 10), due_on=date(2026, 10, 5)),
            bill("F-3", "80.00", date(2026, 10, 1), due_on=date(2026, 10, 20)),
            bill("F-4", "90.00", date(2026, 10, 1), due_on=date(2026, 10, 15)),
            bill("F-5", "500.00", date(2026, 9, 1), status=InvoiceStatus.PAID),
            bill("F-6", "700.00", date(2026, 9, 1), status=InvoiceStatus.CANCELLED),
        ],
        TODAY,
    )
    assert found.owed == Decimal("369.95")
    assert found.bills == 4
    assert (found.overdue, found.overdue_bills) == (Decimal("199.95"), 2)
    assert found.days_late == 40  # from September 5 to October 15
    assert found.next_bill is not None
    assert found.next_bill.id == "F-4"  # due today is not overdue


def test_who_has_paid_everything_owes_nothing() -> None:
    found = balance([bill("F-1", "10.00", TODAY, status=InvoiceStatus.PAID)], TODAY)
    assert found.owed == found.bills == found.days_late == 0
    assert found.next_bill is None


# ─── a bill explained ────────────────────────────────────────────────────────────────────────────


def test_a_bill_is_compared_with_the_one_before_and_with_the_mean_of_those_before() -> None:
    bills = [
        bill("F-3", "150.00", date(2026, 10, 1)),
        bill("F-1", "100.00", date(2026, 8, 1)),
        bill("F-2", "120.00", date(2026, 9, 1)),
        bill("F-0", "999.00", date(2026, 9, 15), status=InvoiceStatus.CANCELLED),
    ]
    found = explained(bills, TODAY)
    assert found is not None
    assert (found.bill.id, found.before and found.before.id) == ("F-3", "F-2")
    assert (found.change, found.change_percent) == (Decimal("30.00"), Decimal("25.0"))
    assert (found.usual, found.compared, found.highest) == (Decimal("110.00"), 2, True)
    assert found.days_late == 0


def test_a_percentage_is_rounded_half_up_and_absent_where_the_bill_before_was_nothing() -> None:
    two = [bill("F-1", "80.00", date(2026, 9, 1)), bill("F-2", "80.20", date(2026, 10, 1))]
    found = explained(two, TODAY)
    assert found
    assert found.change_percent == Decimal("0.3")  # 0.25 %
    two[0] = bill("F-1", "0.00", date(2026, 9, 1))
    found = explained(two, TODAY)
    assert found
    assert found.change_percent is None


def test_an_overdue_bill_says_for_how_long() -> None:
    late = bill("F-1", "50.00", date(2026, 9, 1), due_on=date(2026, 9, 30))
    found = explained([late], TODAY)
    assert found
    assert (found.days_late, found.before, found.usual) == (15, None, None)


def test_without_bills_there_is_nothing_to_explain() -> None:
    assert explained([], TODAY) is None
    assert year([], TODAY) is None


# ─── a year ──────────────────────────────────────────────────────────────────────────────────────


def test_a_year_of_steadily_rising_bills() -> None:
    found = year(a_year_of_bills(), TODAY)
    assert found is not None
    assert found.total == Decimal(1332)  # 12 * 100 + 2 * (0 + … + 11)
    assert found.mean == Decimal(111)
    assert found.lowest == (date(2025, 11, 1), Decimal(100))
    assert found.highest == (date(2026, 10, 1), Decimal(122))
    assert found.next_month == date(2026, 11, 1)
    assert found.trend is not None
    assert found.trend.clear
    for value, expected in (
        (found.trend.slope, 2),
        (found.trend.projection, 124),
        (found.trend.low, 124),
        (found.trend.high, 124),
    ):
        assert value.quantize(CENT) == expected


def test_bills_of_one_month_are_added_and_months_before_the_year_left_out() -> None:
    found = year(
        [
            bill("F-1", "10.00", date(2026, 10, 1)),
            bill("F-2", "5.50", date(2026, 10, 9)),
            bill("F-3", "7.00", date(2025, 11, 30)),
            bill("F-4", "99.00", date(2025, 10, 31)),
        ],
        TODAY,
    )
    assert found is not None
    assert found.months == (
        (date(2025, 11, 1), Decimal("7.00")),
        (date(2026, 10, 1), Decimal("15.50")),
    )
    assert found.trend is None


def test_the_interval_is_the_one_of_a_textbook_example() -> None:
    """y = 2, 4, 5, 4, 5 at x = 1 … 5: slope 0.6, intercept 2.2, residual variance 0.8.

    At x = 6 that is 5.8, and with t(3) = 3.182 half the interval is 3.182 * sqrt(0.8 * 2.1).
    """
    points = [(x, Decimal(y)) for x, y in zip(range(1, 6), (2, 4, 5, 4, 5), strict=True)]
    found = trend(points, 6)
    assert found is not None
    assert found.slope.quantize(CENT) == Decimal("0.60")
    assert found.projection.quantize(CENT) == Decimal("5.80")
    assert found.high.quantize(CENT) == Decimal("9.92")
    assert found.low.quantize(CENT) == Decimal("1.68")
    assert not found.clear  # 0.6 / 0.283 = 2.12 < 3.182


AMOUNTS = st.decimals(0, 10_000, places=2)
POINTS = st.dictionaries(st.integers(24_000, 24_040), AMOUNTS, min_size=FEWEST, max_size=MOST).map(
    lambda found: sorted(found.items())
)


@given(POINTS)
def test_the_interval_holds_the_projection_and_no_bound_is_below_zero(
    points: list[tuple[int, Decimal]],
) -> None:
    found = trend(points, points[-1][0] + 1)
    assert found is not None
    assert 0 <= found.low <= found.projection <= found.high


@settings(max_examples=30)
@given(POINTS, st.integers(1, 1_000))
def test_a_trend_does_not_depend_on_where_months_are_counted_from(
    points: list[tuple[int, Decimal]], shift: int
) -> None:
    ahead = points[-1][0] + 1
    here = trend(points, ahead)
    there = trend([(x + shift, y) for x, y in points], ahead + shift)
    assert here
    assert there
    assert abs(here.slope - there.slope) < CENT
    assert abs(here.projection - there.projection) < CENT


@given(st.decimals(-50, 50, places=2), AMOUNTS, st.integers(FEWEST, 12))
def test_a_straight_line_is_found_and_followed(slope: Decimal, first: Decimal, count: int) -> None:
    found = trend([(x, first + slope * x) for x in range(count)], count)
    assert found is not None
    assert abs(found.slope - slope) < CENT
    assert abs(found.projection - max(Decimal(0), first + slope * count)) < CENT


@pytest.mark.parametrize("count", range(FEWEST))
def test_too_few_months_have_no_trend(count: int) -> None:
    assert trend([(x, Decimal(x)) for x in range(count)], count) is None


@given(st.lists(st.tuples(AMOUNTS, st.integers(0, 700), st.sampled_from(InvoiceStatus))))
def test_sums_are_exact_and_parts_of_each_other(
    drawn: list[tuple[Decimal, int, InvoiceStatus]],
) -> None:
    bills = [
        bill(f"F-{number}", str(amount), TODAY - timedelta(days=days), status=status)
        for number, (amount, days, status) in enumerate(drawn)
    ]
    found = balance(bills, TODAY)
    assert found.owed == sum(each.amount for each in bills if each.status == "open")
    assert 0 <= found.overdue <= found.owed
    in_a_year = year(bills, TODAY)
    if in_a_year:
        assert in_a_year.total == sum(amount for _, amount in in_a_year.months)
        assert in_a_year.lowest[1] <= in_a_year.mean <= in_a_year.highest[1]
        assert all(earlier[0] < later[0] for earlier, later in pairwise(in_a_year.months))
        assert len(in_a_year.months) <= 12
