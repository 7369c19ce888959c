"""What rows of a file mean for what is already known: changed, unchanged or refused.

A record remembers the row it came from (`Source`). Thereby a file that is read again changes
nothing, a row that is read again after a crash is not counted as a duplicate of itself, and the
second row with an id is recognised without remembering all ids of a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from central.domain import balance
from central.domain.balance import Tallies
from central.domain.customers import NewCustomer, registered, updated
from central.domain.invoices import InvoiceRow, NewInvoice, issued
from recado.lookups import lookups
from recado.model import Customer, Invoice

InvoiceId = tuple[str, str]
"""A customer's id and the invoice's: an invoice id is unique within its customer."""


@dataclass(frozen=True)
class Source:
    """The row a record was last imported from; `file` is the file's ETag."""

    file: str
    line: int


@dataclass(frozen=True)
class KnownCustomer:
    """A customer as stored; `version` grows with every write and is 0 for one not stored yet.

    `lookups` are those the stored customer has; none for one that is not stored yet, or was stored
    by a version of the suite that wrote none.
    """

    customer: Customer
    version: int = 0
    source: Source | None = None
    lookups: frozenset[str] = frozenset()

    @property
    def new_lookups(self) -> frozenset[str]:
        """The lookups that are still to be written."""
        return lookups(self.customer) - self.lookups


@dataclass(frozen=True)
class KnownInvoice:
    """An invoice as stored."""

    invoice: Invoice
    source: Source | None = None


@dataclass(frozen=True)
class Known:
    """The stored records that a batch of rows is about."""

    customers: Mapping[str, KnownCustomer] = field(default_factory=dict)
    invoices: Mapping[InvoiceId, KnownInvoice] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """What to write, all or nothing.

    `customers` are replaced if their version is still the one given. The invoices of a customer
    only change together with the customer, so that version guards them too. The `seen` records
    stay as they are and only remember the row that repeated them.
    """

    customers: Mapping[str, KnownCustomer] = field(default_factory=dict)
    invoices: Mapping[InvoiceId, KnownInvoice] = field(default_factory=dict)
    seen_customers: Mapping[str, Source] = field(default_factory=dict)
    seen_invoices: Mapping[InvoiceId, Source] = field(default_factory=dict)
    tallies: Tallies = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken in; `id` is empty when it could not be read."""

    line: int
    id: str
    reason: str
    raw: str


@dataclass(frozen=True)
class CustomerLine:
    """A readable row of a file of customers."""

    line: int
    row: NewCustomer
    raw: str


@dataclass(frozen=True)
class InvoiceLine:
    """A readable row of a file of invoices."""

    line: int
    row: InvoiceRow
    raw: str


@dataclass(frozen=True)
class Verdict:
    """What became of a batch of rows."""

    changes: Changes
    accepted: int
    unchanged: int
    refused: tuple[Refusal, ...]


def register(new: NewCustomer, at: datetime, day: date) -> Changes:
    """A new customer, counted as new on `day`."""
    return Changes(
        customers={new.id: KnownCustomer(registered(new, at))},
        tallies=balance.of_new_customer(day),
    )


def issue(owner: KnownCustomer, new: NewInvoice) -> Changes:
    """A new invoice of a customer."""
    return rebill(owner, None, issued(new, owner.customer.id))


def rebill(owner: KnownCustomer, before: Invoice | None, after: Invoice) -> Changes:
    """An invoice that changes, and with it what its customer owes."""
    customer = balance.owing(owner.customer, [after])
    return Changes(
        customers={customer.id: replace(owner, customer=customer)},
        invoices={(customer.id, after.id): KnownInvoice(after)},
        tallies=balance.movement(before, after),
    )


def take_customers(
    lines: Sequence[CustomerLine], known: Known, file: str, at: datetime, day: date
) -> Verdict:
    """Decide about rows of customers; `day` is the one new customers are counted on."""
    stored = dict(known.customers)
    changed: dict[str, KnownCustomer] = {}
    seen: dict[str, Source] = {}
    refused: list[Refusal] = []
    tallies: Tallies = {}
    for line in lines:
        source, current = Source(file, line.line), stored.get(line.row.id)
        earlier = _earlier(current, source)
        if earlier:
            refused.append(_duplicate(line, line.row.id, earlier))
            continue
        after = updated(current.customer, line.row) if current else registered(line.row, at)
        taken = replace(current or KnownCustomer(after), customer=after, source=source)
        news = current is None or after != current.customer or bool(taken.new_lookups)
        if news and (current is None or current.source != source):
            changed[after.id] = taken
        elif current and current.source != source:
            seen[after.id] = source
        if current is None:
            tallies = balance.add(tallies, balance.of_new_customer(day))
        stored[after.id] = taken
    return Verdict(
        changes=Changes(customers=changed, seen_customers=seen, tallies=tallies),
        accepted=len(changed),
        unchanged=len(lines) - len(changed) - len(refused),
        refused=tuple(refused),
    )


def take_invoices(lines: Sequence[InvoiceLine], known: Known, file: str) -> Verdict:
    """Decide about rows of invoices."""
    customers, stored = dict(known.customers), dict(known.invoices)
    changed: dict[InvoiceId, KnownInvoice] = {}
    seen: dict[InvoiceId, Source] = {}
    refused: list[Refusal] = []
    tallies: Tallies = {}
    for line in lines:
        key, source = (line.row.customer_id, line.row.id), Source(file, line.line)
        owner, current = customers.get(line.row.customer_id), stored.get(key)
        earlier = _earlier(current, source)
        if owner is None:
            refused.append(_unknown_customer(line))
            continue
        if earlier:
            refused.append(_duplicate(line, line.row.id, earlier))
            continue
        before = current.invoice if current else None
        after = issued(line.row, owner.customer.id, before)
        if before is None or (after != before and current and current.source != source):
            changed[key] = KnownInvoice(after, source)
            tallies = balance.add(tallies, balance.movement(before, after))
            owes = balance.owing(owner.customer, [after])
            customers[owes.id] = replace(owner, customer=owes)
        elif current and current.source != source:
            seen[key] = source
        stored[key] = KnownInvoice(after, source)
    owners = {customer_id: customers[customer_id] for customer_id, _ in changed}
    return Verdict(
        changes=Changes(owners, changed, seen_invoices=seen, tallies=tallies),
        accepted=len(changed),
        unchanged=len(lines) - len(changed) - len(refused),
        refused=tuple(refused),
    )


def _earlier(current: KnownCustomer | KnownInvoice | None, source: Source) -> int | None:
    """The earlier line of the same file that this record came from."""
    if current is None or current.source is None or current.source.file != source.file:
        return None
    return current.source.line if current.source.line < source.line else None


def _duplicate(line: CustomerLine | InvoiceLine, row_id: str, earlier: int) -> Refusal:
    reason = f"the id {row_id} was already on line {earlier}: keep one of the two rows"
    return Refusal(line.line, row_id, reason, line.raw)


def _unknown_customer(line: InvoiceLine) -> Refusal:
    reason = (
        f"customer_id {line.row.customer_id} is not known: import the customers first,"
        " then this row"
    )
    return Refusal(line.line, line.row.id, reason, line.raw)
