"""What customers owe and the running totals equal a recount, whatever happens to invoices."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from central.domain import balance
from central.domain.balance import Tallies, Tally
from central.domain.customers import NewCustomer, oldest_due, registered, updated
from central.domain.intake import (
    Changes,
    CustomerLine,
    InvoiceLine,
    Known,
    KnownCustomer,
    KnownInvoice,
    take_customers,
    take_invoices,
)
from central.domain.invoices import InvoiceRow
from central.domain.reports import overdue
from recado.lookups import lookups
from recado.model import Customer, Invoice, InvoiceStatus
from tests.factories import AT, CPF, TODAY, customer, invoice

DAYS = st.dates(date(2026, 8, 1), date(2026, 11, 30))
AMOUNTS = st.decimals(0, 10_000, places=2)


def stored(person: Customer) -> KnownCustomer:
    """A customer as it was stored the first time."""
    return KnownCustomer(person, 1, lookups=lookups(person))


@st.composite
def rows(draw: st.DrawFn) -> InvoiceRow:
    """An invoice as a file may tell it; few ids, so that they meet again."""
    status = draw(st.sampled_from([None, *InvoiceStatus]))
    return InvoiceRow(
        id=draw(st.sampled_from(["F-1", "F-2", "F-3"])),
        customer_id=draw(st.sampled_from(["C-1", "C-2", "C-unknown"])),
        amount=draw(AMOUNTS),
        issued_on=draw(DAYS),
        due_on=draw(DAYS),
        status=status,
        paid_on=draw(DAYS) if status is InvoiceStatus.PAID else None,
    )


FILES = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.lists(rows(), max_size=8)))


@given(files=FILES)
def test_after_any_files_the_balance_and_the_totals_equal_a_recount(
    files: list[tuple[str, list[InvoiceRow]]],
) -> None:
    customers = {name: KnownCustomer(customer(id=name), 1) for name in ("C-1", "C-2")}
    invoices: dict[tuple[str, str], KnownInvoice] = {}
    totals: Tallies = {}
    for file, content in files:
        lines = [InvoiceLine(number, row, "") for number, row in enumerate(content, start=2)]
        verdict = take_invoices(lines, Known(customers, invoices), file)
        assert verdict.accepted + verdict.unchanged + len(verdict.refused) == len(lines)
        assert verdict.accepted == len(verdict.changes.invoices)
        customers |= verdict.changes.customers
        invoices |= verdict.changes.invoices
        totals = balance.add(totals, verdict.changes.tallies)

    stored = [known.invoice for known in invoices.values()]
    assert totals == recounted(stored)
    for name, known in customers.items():
        unpaid = {bill.id: bill for bill in stored if is_open(bill) and bill.customer_id == name}
        owed = known.customer.open_invoices
        assert {key: (bill.due_on, bill.amount) for key, bill in owed.items()} == {
            key: (bill.due_on, bill.amount) for key, bill in unpaid.items()
        }
        assert oldest_due(known.customer) == min(
            (bill.due_on for bill in unpaid.values()), default=None
        )


def is_open(bill: Invoice) -> bool:
    """Whether an invoice is still owed."""
    return bill.status is InvoiceStatus.OPEN


def recounted(invoices: Iterable[Invoice]) -> Tallies:
    """The totals, counted from nothing but the invoices."""
    totals: dict[str, Tally] = {}

    def count(kind: str, day: date | None, bill: Invoice) -> None:
        for when in (f"{day}", f"{day:%Y-%m}"):
            name = f"{when}#{kind}"
            totals[name] = totals.get(name, Tally()) + Tally(invoices=1, amount=bill.amount)

    for bill in invoices:
        if bill.status is not InvoiceStatus.CANCELLED:
            count("BILLED", bill.issued_on, bill)
        if bill.status is InvoiceStatus.PAID:
            count("RECEIVED", bill.paid_on, bill)
        if is_open(bill):
            count("OPEN", bill.due_on, bill)
    return totals


@given(content=st.lists(rows(), max_size=8))
def test_the_same_rows_twice_change_nothing(content: list[InvoiceRow]) -> None:
    known = Known({name: KnownCustomer(customer(id=name), 1) for name in ("C-1", "C-2")})
    lines = [InvoiceLine(number, row, "") for number, row in enumerate(content, start=2)]
    first = take_invoices(lines, known, "a")
    after = Known({**known.customers, **first.changes.customers}, first.changes.invoices)
    again = take_invoices(lines, after, "a")
    assert again.changes == Changes()
    assert again.refused == first.refused
    assert again.unchanged == first.accepted


@given(bills=st.dictionaries(DAYS, AMOUNTS))
def test_the_bands_of_age_add_up_to_what_is_overdue(bills: dict[date, Decimal]) -> None:
    report = overdue({day: Tally(invoices=1, amount=sum_) for day, sum_ in bills.items()}, TODAY)
    late = [sum_ for day, sum_ in bills.items() if day < TODAY]
    assert (report.invoices, report.amount) == (len(late), sum(late, Decimal(0)))
    assert sum((band.amount for band in report.aging.values()), Decimal(0)) == report.amount


def test_a_second_row_with_an_id_is_refused_even_if_the_first_changed_nothing() -> None:
    row = NewCustomer(id="C-1", name="Ana", document=CPF, email="ana@example.com")
    known = Known({"C-1": stored(registered(row, AT))})
    lines = [CustomerLine(2, row, ""), CustomerLine(9, row, "")]
    verdict = take_customers(lines, known, "new file", AT, TODAY)
    assert (verdict.accepted, verdict.unchanged) == (0, 1)
    assert verdict.refused[0].reason == (
        "the id C-1 was already on line 2: keep one of the two rows"
    )
    assert verdict.changes.seen_customers["C-1"].line == 2


def test_news_keep_what_they_do_not_mention() -> None:
    known = customer(city="Recife", open_invoices={"F": {"due_on": TODAY, "amount": "1"}})
    news = NewCustomer(id="C-1", name="Ana Lima", document=CPF, email="ana@example.com")
    after = updated(known, news)
    assert after == known.model_copy(update={"name": "Ana Lima"})


def test_a_file_that_says_nothing_of_the_status_does_not_reopen_an_invoice() -> None:
    paid = invoice(status="paid", paid_on=TODAY)
    known = Known({"C-1": KnownCustomer(customer(), 1)}, {("C-1", "F-1"): KnownInvoice(paid)})
    row = InvoiceRow(**paid.model_dump(exclude={"status", "paid_on"}))
    verdict = take_invoices([InvoiceLine(2, row, "")], known, "a")
    assert (verdict.unchanged, verdict.changes.tallies) == (1, {})


def test_sums_may_be_larger_than_any_invoice() -> None:
    year = Tally(invoices=120_000_000, amount=Decimal("40200000000.10"))
    report = overdue({date(2026, 1, 1): year}, TODAY)
    assert (report.invoices, report.amount) == (120_000_000, Decimal("40200000000.10"))
