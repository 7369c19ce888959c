"""What customers owe, and the running totals of the reports.

Both are kept with every write instead of being counted when somebody asks. These functions say how
an invoice moves them; the property tests compare them with a recount.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from recado.figures.periods import month_of
from recado.model import Customer, Invoice, InvoiceStatus, OpenInvoice

CUSTOMERS = "CUSTOMERS"


@dataclass(frozen=True)
class Tally:
    """A running total."""

    customers: int = 0
    invoices: int = 0
    amount: Decimal = Decimal(0)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.customers + other.customers,
            self.invoices + other.invoices,
            self.amount + other.amount,
        )

    def __neg__(self) -> "Tally":
        return Tally(-self.customers, -self.invoices, -self.amount)


Tallies = Mapping[str, Tally]
"""Totals, or changes of totals, by the name they are stored under."""


class Daily(StrEnum):
    """What has a total for each day and each month."""

    NEW = "NEW"
    """Customers registered on the day."""
    BILLED = "BILLED"
    """Invoices issued on the day; cancelled ones do not count."""
    RECEIVED = "RECEIVED"
    """Invoices paid on the day."""
    OPEN = "OPEN"
    """Open invoices that are due on the day."""

    def of(self, day: date, tally: Tally) -> Tallies:
        """What something of a day adds to the totals of the day and of its month, by their names:
        `2026-11-22#BILLED` and `2026-11#BILLED`."""
        return {f"{day}#{self}": tally, f"{month_of(day)}#{self}": tally}


def add(totals: Tallies, more: Tallies) -> Tallies:
    """Sums by name; totals that nothing is left of are left out."""
    names = [*totals, *(name for name in more if name not in totals)]
    summed = {name: totals.get(name, Tally()) + more.get(name, Tally()) for name in names}
    return {name: tally for name, tally in summed.items() if tally != Tally()}


def of_new_customer(day: date) -> Tallies:
    """What the first record of a customer adds, made on a day."""
    return {CUSTOMERS: Tally(customers=1), **Daily.NEW.of(day, Tally(customers=1))}


def of_invoice(invoice: Invoice | None) -> Tallies:
    """What an invoice, as it stands, contributes to the totals."""
    if invoice is None or invoice.status is InvoiceStatus.CANCELLED:
        return {}
    one = Tally(invoices=1, amount=invoice.amount)
    billed = Daily.BILLED.of(invoice.issued_on, one)
    if invoice.status is InvoiceStatus.OPEN:
        return {**billed, **Daily.OPEN.of(invoice.due_on, one)}
    if invoice.paid_on is not None:
        return {**billed, **Daily.RECEIVED.of(invoice.paid_on, one)}
    return billed


def movement(before: Invoice | None, after: Invoice) -> Tallies:
    """How the totals move when an invoice changes."""
    gone = {name: -tally for name, tally in of_invoice(before).items()}
    return add(gone, of_invoice(after))


def owing(customer: Customer, invoices: Iterable[Invoice]) -> Customer:
    """The customer after some of their invoices changed."""
    still_open = dict(customer.open_invoices)
    for invoice in invoices:
        if invoice.status is InvoiceStatus.OPEN:
            still_open[invoice.id] = OpenInvoice(due_on=invoice.due_on, amount=invoice.amount)
        else:
            still_open.pop(invoice.id, None)
    return customer.model_copy(update={"open_invoices": still_open})
