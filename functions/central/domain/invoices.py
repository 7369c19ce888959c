"""Invoices as they come in, and what may become of them."""

from datetime import date
from typing import Self

from pydantic import model_validator

from central.domain.fields import Amount
from recado.errors import Conflict
from recado.model import Frozen, Identifier, Invoice, InvoiceStatus


class NewInvoice(Frozen):
    """What staff, or a row of a file, say about an invoice; without a status it is open."""

    id: Identifier
    amount: Amount
    issued_on: date
    due_on: date
    status: InvoiceStatus | None = None
    paid_on: date | None = None

    @model_validator(mode="after")
    def _payment_is_whole(self) -> Self:
        if self.status is InvoiceStatus.PAID and self.paid_on is None:
            raise ValueError("paid_on is missing: a paid invoice needs the day it was paid")
        if self.paid_on is not None and self.status in {
            InvoiceStatus.OPEN,
            InvoiceStatus.CANCELLED,
        }:
            raise ValueError(f"paid_on does not go with the status {self.status}: leave it empty")
        return self


class InvoiceRow(NewInvoice):
    """An invoice in a file, where it has to name its customer."""

    customer_id: Identifier


class Payment(Frozen):
    """That an invoice was paid."""

    paid_on: date


def issued(new: NewInvoice, customer_id: str, known: Invoice | None = None) -> Invoice:
    """The invoice that news describe; news that say nothing of the status do not reopen it."""
    if new.status is None and new.paid_on is None and known is not None:
        status, paid_on = known.status, known.paid_on
    else:
        status = new.status or (InvoiceStatus.PAID if new.paid_on else InvoiceStatus.OPEN)
        paid_on = new.paid_on
    return Invoice(
        id=new.id,
        customer_id=customer_id,
        amount=new.amount,
        issued_on=new.issued_on,
        due_on=new.due_on,
        status=status,
        paid_on=paid_on,
    )


def paid(invoice: Invoice, on: date) -> Invoice:
    """The invoice after its payment; paying again on the same day changes nothing.

    Raises:
        Conflict: it was cancelled, or paid on another day.
    """
    if invoice.status is InvoiceStatus.CANCELLED:
        raise Conflict(f"the invoice {invoice.id} is cancelled: it cannot be paid")
    if invoice.status is InvoiceStatus.PAID and invoice.paid_on != on:
        raise Conflict(f"the invoice {invoice.id} was already paid on {invoice.paid_on}")
    return invoice.model_copy(update={"status": InvoiceStatus.PAID, "paid_on": on})
