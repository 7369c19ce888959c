"""What is read of the running totals equals what the days add up to."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from central.domain.balance import CUSTOMERS, Daily, Tallies, Tally, add
from central.domain.reports import ONE_BY_ONE, overdue
from central.store.statistics import Statistics, is_total, total_key
from recado import table
from recado.figures.periods import Period

TODAY = date(2026, 3, 31)
DAYS = st.dates(TODAY - timedelta(days=800), TODAY + timedelta(days=60))
AMOUNTS = st.decimals("0.01", "9999.99", places=2)


class Table:
    """Holds totals, and counts what is asked of it."""

    def __init__(self, totals: Tallies) -> None:
        self.items = [
            total_key(name)
            | table.to_item({field: value for field, value in vars(tally).items() if value})
            for name, tally in totals.items()
        ]
        self.queries = 0
        self.read = 0

    def query(self, **request: Any) -> dict[str, Any]:
        self.queries += 1
        asked = {name: value["S"] for name, value in request["ExpressionAttributeValues"].items()}
        found = [
            item
            for item in self.items
            if item["pk"]["S"] == asked[":pk"]
            and asked[":first"] <= item["sk"]["S"] <= asked[":last"]
        ]
        self.read += len(found)
        return {"Items": sorted(found, key=lambda item: item["sk"]["S"])}


def totals_of(what: Daily, of_days: Iterable[tuple[date, Tally]]) -> Tallies:
    totals: Tallies = {}
    for day, tally in of_days:
        totals = add(totals, what.of(day, tally))
    return totals


def reading(held: Any) -> Statistics:
    return Statistics("Central", held)


@given(
    billed=st.dictionaries(DAYS, AMOUNTS, max_size=60),
    last=DAYS,
    length=st.integers(1, 700),
)
def test_a_period_and_the_one_before_it_have_what_their_days_have(
    billed: dict[date, Decimal], last: date, length: int
) -> None:
    bills = {day: Tally(invoices=1, amount=amount) for day, amount in billed.items()}
    held = Table(totals_of(Daily.BILLED, bills.items()))
    period = Period(last - timedelta(days=length - 1), last)
    shown = reading(held).of(period.previous, period)
    for each, found in zip((period.previous, period), shown, strict=True):
        inside = (tally for day, tally in bills.items() if each.first <= day <= each.last)
        assert found[Daily.BILLED] == sum(inside, Tally())
        assert found[Daily.RECEIVED] == Tally()
    assert held.queries <= 5


@given(due=st.dictionaries(DAYS, AMOUNTS, max_size=60), today=DAYS)
def test_bands_of_age_from_months_equal_those_from_days(
    due: dict[date, Decimal], today: date
) -> None:
    bills = {day: Tally(invoices=1, amount=amount) for day, amount in due.items()}
    held = Table(totals_of(Daily.OPEN, bills.items()))
    assert overdue(reading(held).open_before(today, ONE_BY_ONE), today) == overdue(bills, today)


def test_years_of_days_are_read_as_months() -> None:
    days = [TODAY - timedelta(days=number) for number in range(1_000)]
    held = Table(totals_of(Daily.OPEN, ((day, Tally(invoices=1)) for day in days)))
    assert sum(each.invoices for each in reading(held).open_before(TODAY, ONE_BY_ONE).values()) == (
        len(days) - 1
    )
    assert held.read < 160


def test_days_come_one_by_one_and_only_those_with_something() -> None:
    three = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1)]
    new = totals_of(Daily.NEW, [(day, Tally(customers=2)) for day in three])
    held = Table({**new, CUSTOMERS: Tally(customers=6)})
    assert all(map(is_total, held.items))
    found = reading(held).by_day(Period(date(2026, 1, 1), date(2026, 2, 28)))
    assert found == {day: {Daily.NEW: Tally(customers=2)} for day in three[:2]}
