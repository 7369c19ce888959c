"""What customers owe, and the running totals of the reports.

Both are kept with every write instead of being counted when somebody asks. These functions say how
an invoice moves them; the property tests compare them with a recount.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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


def new_in(month: str) -> str:
    """The total of customers registered in a month (`2026-10`)."""
    return f"NEW#{month}"


def billed_in(month: str) -> str:
    """The total of invoices issued in a month; cancelled ones do not count."""
    return f"BILLED#{month}"


def received_in(month: str) -> str:
    """The total of invoices paid in a month."""
    return f"RECEIVED#{month}"


def open_due(day: date) -> str:
    """The total of open invoices that are due on a day."""
    return f"OPEN#{day.isoformat()}"


def month_of(day: date) -> str:
    """The month of a day, as `2026-10`."""
    return day.isoformat()[:7]


def add(totals: Tallies, more: Tallies) -> Tallies:
    """Sums by name; totals that nothing is left of are left out."""
    names = [*totals, *(name for name in more if name not in totals)]
    summed = {name: totals.get(name, Tally()) + more.get(name, Tally()) for name in names}
    return {name: tally for name, tally in summed.items() if tally != Tally()}


def of_new_customer(month: str) -> Tallies:
    """What the first record of a customer adds."""
    return {CUSTOMERS: Tally(customers=1), new_in(month): Tally(customers=1)}


def of_invoice(invoice: Invoice | None) -> Tallies:
    """What an invoice, as it stands, contributes to the totals."""
    if invoice is None or invoice.status is InvoiceStatus.CANCELLED:
        return {}
    one = Tally(invoices=1, amount=invoice.amount)
    totals = {billed_in(month_of(invoice.issued_on)): one}
    if invoice.status is InvoiceStatus.OPEN:
        totals[open_due(invoice.due_on)] = one
    elif invoice.paid_on is not None:
        totals[received_in(month_of(invoice.paid_on))] = one
    return totals


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
