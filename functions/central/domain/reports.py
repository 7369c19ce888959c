"""The first report: customers, what was billed and received, what is overdue."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from central.domain.balance import Daily, Tally
from central.domain.campaigns import CampaignLine
from central.domain.fields import in_cents
from recado.model import Frozen

Total = Annotated[Decimal, Field(max_digits=20, decimal_places=2), AfterValidator(in_cents)]
"""A sum of invoices; ten million customers' soon has more digits than an invoice may have."""

AGES = (("1-30", 30), ("31-60", 60), ("61-90", 90))
"""Days overdue, by the band's last day; what is older is `90+`."""
OLDEST = "90+"
ONE_BY_ONE = AGES[-1][1]
"""Days of which it matters on which of them something was due."""


class Bills(Frozen):
    """A number of invoices and their sum."""

    invoices: int = 0
    amount: Total


class Overdue(Bills):
    """What is open past its due date, also by how many days it is late."""

    aging: dict[str, Bills]


class Turnover(Frozen):
    """What came in during a period."""

    new_customers: int
    billed: Bills
    received: Bills


class Summary(Turnover):
    """The state of the business on a day, and a month's turnover."""

    as_of: date
    month: str = Field(description="`2026-10`")
    customers: int
    overdue: Overdue
    campaigns: tuple[CampaignLine, ...] = Field(description="The newest ten.")


def bills(tally: Tally) -> Bills:
    """A running total as a report shows it."""
    return Bills(invoices=tally.invoices, amount=tally.amount)


def overdue(open_by_due_day: Mapping[date, Tally], as_of: date) -> Overdue:
    """What is overdue on `as_of`, from the totals of open invoices by due date."""
    bands = dict.fromkeys((*(name for name, _ in AGES), OLDEST), Tally())
    for due, tally in open_by_due_day.items():
        if due < as_of:
            bands[_band((as_of - due).days)] += tally
    total = sum(bands.values(), Tally())
    return Overdue(
        invoices=total.invoices,
        amount=total.amount,
        aging={name: bills(tally) for name, tally in bands.items()},
    )


def _band(days: int) -> str:
    return next((name for name, last in AGES if days <= last), OLDEST)


def turnover(tallies: Mapping[Daily, Tally]) -> Turnover:
    """What came in during a period, from its totals."""
    return Turnover(
        new_customers=tallies.get(Daily.NEW, Tally()).customers,
        billed=bills(tallies.get(Daily.BILLED, Tally())),
        received=bills(tallies.get(Daily.RECEIVED, Tally())),
    )
