"""Customers as they come in, and as they are kept."""

from datetime import date, datetime

from central.domain.fields import Address, Document, Label, Name, Phone, Place, Postcode, Zone
from recado.model import Customer, Frozen, Identifier, Language


class NewCustomer(Frozen):
    """What staff, or a row of a file, say about a customer."""

    id: Identifier
    name: Name
    document: Document
    email: Address
    phone: Phone = ""
    language: Language = Language.PORTUGUESE
    plan: Label = ""
    city: Label = ""
    address: Place = ""
    postcode: Postcode = ""
    time_zone: Zone = ""


def registered(new: NewCustomer, at: datetime) -> Customer:
    """A customer who was not known before."""
    return Customer(**new.model_dump(), created_at=at)


def updated(known: Customer, news: NewCustomer) -> Customer:
    """A known customer after news; what the news do not mention stays."""
    return known.model_copy(update=news.model_dump(exclude_unset=True))


def oldest_due(customer: Customer) -> date | None:
    """The earliest due date of what is still open; decides who is overdue, and since when."""
    return min((bill.due_on for bill in customer.open_invoices.values()), default=None)
