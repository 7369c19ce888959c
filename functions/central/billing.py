"""The use cases of customers and invoices that staff carry out one by one."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from central.domain.customers import NewCustomer
from central.domain.intake import KnownCustomer, issue, rebill, register
from central.domain.invoices import NewInvoice, paid
from central.store.customers import CustomerStore, Stale
from recado.errors import Conflict, NotFound, Retryable
from recado.listing import Page
from recado.model import Customer, Invoice

_ATTEMPTS = 8
T = TypeVar("T")


class Billing:
    """Registers customers, bills them and takes their payments."""

    def __init__(self, store: CustomerStore) -> None:
        self._store = store

    def register(self, new: NewCustomer, at: datetime, today: date) -> Customer:
        """Add a customer, counted as new on `today`.

        Raises:
            Conflict: the id is taken.
        """
        changes = register(new, at, today)
        try:
            self._store.commit(changes)
        except Stale as error:
            raise Conflict(f"there is a customer {new.id} already") from error
        return changes.customers[new.id].customer

    def bill(self, customer_id: str, new: NewInvoice) -> Invoice:
        """Add an invoice.

        Raises:
            NotFound: there is no such customer.
            Conflict: the customer has an invoice with this id.
            Retryable: others kept changing the customer.
        """

        def attempt() -> Invoice:
            owner, known = self._read(customer_id, new.id)
            if known is not None:
                raise Conflict(f"the customer {customer_id} has an invoice {new.id} already")
            changes = issue(owner, new)
            self._store.commit(changes)
            return changes.invoices[customer_id, new.id].invoice

        return _insist(attempt)

    def pay(self, customer_id: str, invoice_id: str, on: date) -> Invoice:
        """Note that an invoice was paid; doing so again changes nothing.

        Raises:
            NotFound: there is no such customer or invoice.
            Conflict: the invoice is cancelled, or was paid on another day.
            Retryable: others kept changing the customer.
        """

        def attempt() -> Invoice:
            owner, known = self._read(customer_id, invoice_id)
            before = _existing(known, invoice_id)
            after = paid(before, on)
            if after != before:
                self._store.commit(rebill(owner, before, after))
            return after

        return _insist(attempt)

    def invoice(self, customer_id: str, invoice_id: str) -> Invoice:
        """One invoice.

        Raises:
            NotFound: there is no such customer or invoice.
        """
        _, known = self._read(customer_id, invoice_id)
        return _existing(known, invoice_id)

    def invoices(self, customer_id: str, cursor: str | None, limit: int) -> Page[Invoice]:
        """A customer's invoices by id.

        Raises:
            NotFound: there is no such customer.
        """
        page = self._store.invoices(customer_id, cursor, limit)
        if not page.items:
            _owner(self._store.known([customer_id]).customers.get(customer_id), customer_id)
        return page

    def _read(self, customer_id: str, invoice_id: str) -> tuple[KnownCustomer, Invoice | None]:
        known = self._store.known([customer_id], [(customer_id, invoice_id)])
        owner = _owner(known.customers.get(customer_id), customer_id)
        found = known.invoices.get((customer_id, invoice_id))
        return owner, found.invoice if found else None


def _owner(known: KnownCustomer | None, customer_id: str) -> KnownCustomer:
    if known is None:
        raise NotFound(f"there is no customer {customer_id}")
    return known


def _existing(known: Invoice | None, invoice_id: str) -> Invoice:
    if known is None:
        raise NotFound(f"there is no invoice {invoice_id}")
    return known


def _insist(attempt: Callable[[], T]) -> T:
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except Stale:
            continue
    raise Retryable("others keep changing this customer: try again")
