"""What a customer's invoices come to: a balance, one bill among those before it, a year of them.

Cancelled invoices count nowhere. Money is added exactly; a mean is rounded to the cent, half up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from assistant.domain.financial.trend import Trend, trend
from recado.model import Invoice, InvoiceStatus

COMPARED = 12
"""Earlier bills that one bill is compared with."""
MONTHS = 12
_ZERO = Decimal(0)
_CENT = Decimal("0.01")
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Balance:
    """What is owed. `days_late` counts from the oldest overdue bill's due date.

    `next_bill` is the open bill that is due next, today included.
    """

    owed: Decimal
    bills: int
    overdue: Decimal
    overdue_bills: int
    days_late: int
    next_bill: Invoice | None


@dataclass(frozen=True)
class Explained:
    """A bill among those before it; `usual` is the mean of up to `COMPARED` of them.

    `change` and `change_percent` compare it with the one before; the percentage is None where that
    was zero. `highest` is whether it is more than each of those before.
    """

    bill: Invoice
    before: Invoice | None
    change: Decimal
    change_percent: Decimal | None
    usual: Decimal | None
    compared: int
    highest: bool
    days_late: int


@dataclass(frozen=True)
class Year:
    """Up to twelve months of bills by the month they were issued in; months without are left out.

    `next_month` is the first of the month that `trend` projects to.
    """

    months: tuple[tuple[date, Decimal], ...]
    total: Decimal
    mean: Decimal
    lowest: tuple[date, Decimal]
    highest: tuple[date, Decimal]
    next_month: date
    trend: Trend | None


def balance(invoices: Iterable[Invoice], today: date) -> Balance:
    """What is owed on a day."""
    owed = [invoice for invoice in invoices if invoice.status is InvoiceStatus.OPEN]
    late = [invoice for invoice in owed if invoice.due_on < today]
    coming = [invoice for invoice in owed if invoice.due_on >= today]
    return Balance(
        owed=_sum(owed),
        bills=len(owed),
        overdue=_sum(late),
        overdue_bills=len(late),
        days_late=max((_days_late(invoice, today) for invoice in late), default=0),
        next_bill=min(coming, key=lambda invoice: (invoice.due_on, invoice.id), default=None),
    )


def explained(invoices: Iterable[Invoice], today: date) -> Explained | None:
    """The latest bill among those before it; None where there is no bill."""
    bills = _in_order(invoices)
    if not bills:
        return None
    *earlier, bill = bills
    compared = earlier[-COMPARED:]
    before = compared[-1] if compared else None
    change = bill.amount - before.amount if before else _ZERO
    return Explained(
        bill=bill,
        before=before,
        change=change,
        change_percent=_percent(change, before.amount) if before else None,
        usual=_rounded(_sum(compared) / len(compared)) if compared else None,
        compared=len(compared),
        highest=bool(compared) and all(bill.amount > each.amount for each in compared),
        days_late=_days_late(bill, today),
    )


def year(invoices: Iterable[Invoice], today: date) -> Year | None:
    """The bills of the twelve months that end with this one; None where there are none."""
    this_month = _number(today)
    amounts: dict[int, Decimal] = {}
    for invoice in _in_order(invoices):
        number = _number(invoice.issued_on)
        if this_month - MONTHS < number <= this_month:
            amounts[number] = amounts.get(number, _ZERO) + invoice.amount
    if not amounts:
        return None
    points = sorted(amounts.items())
    months = [(_first_of(number), amount) for number, amount in points]
    total = sum(amounts.values(), _ZERO)
    ahead = points[-1][0] + 1
    return Year(
        months=tuple(months),
        total=total,
        mean=_rounded(total / len(months)),
        lowest=min(months, key=lambda entry: (entry[1], entry[0])),
        highest=max(months, key=lambda entry: (entry[1], entry[0])),
        next_month=_first_of(ahead),
        trend=trend(points, ahead),
    )


def _in_order(invoices: Iterable[Invoice]) -> Sequence[Invoice]:
    kept = (invoice for invoice in invoices if invoice.status is not InvoiceStatus.CANCELLED)
    return sorted(kept, key=lambda invoice: (invoice.issued_on, invoice.due_on, invoice.id))


def _days_late(invoice: Invoice, today: date) -> int:
    if invoice.status is not InvoiceStatus.OPEN:
        return 0
    return max(0, (today - invoice.due_on).days)


def _sum(invoices: Iterable[Invoice]) -> Decimal:
    return sum((invoice.amount for invoice in invoices), _ZERO)


def _percent(change: Decimal, base: Decimal) -> Decimal | None:
    if not base:
        return None
    return (change * 100 / base).quantize(_TENTH, ROUND_HALF_UP)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _number(day: date) -> int:
    """The number of a month, counted from the year 0."""
    return day.year * 12 + day.month - 1


def _first_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
