"""A sample operator: customers with valid CPFs and their invoices, the same ones every day.

Only the dates move: they are counted from the day the sample is written, so that there is always
somebody overdue. Every address is in a domain reserved for examples, but for a few of the mailbox
simulator's, which bounce or complain so that a report has something to tell.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faker import Faker

CUSTOMER_COLUMNS = ("id", "name", "document", "email", "phone", "language", "plan", "city")
INVOICE_COLUMNS = ("id", "customer_id", "amount", "issued_on", "due_on", "status", "paid_on")

_SEED = 20_260_101
_PLANS = {
    "Fibra 300": Decimal("99.90"),
    "Fibra 600": Decimal("129.90"),
    "Fibra 1 Giga": Decimal("199.90"),
    "Móvel 20 GB": Decimal("54.90"),
}
_DOMAINS = ("example.com", "example.net", "example.org", "correio.example")
_CITIES = ("Recife", "Olinda", "Caruaru", "Petrolina", "João Pessoa", "Campina Grande", "Natal")
_SHARE_OF_ENGLISH = 0.05
_SHARE_OF_GOOD_PAYERS, _GOOD_PAYER, _BAD_PAYER = 0.9, 0.87, 0.4
_DAYS_TO_PAY = 15
_ONE_BOUNCES_IN, _ONE_COMPLAINS_IN = 80, 320
_MOST_COMPLAIN = 2
"""From the third complaint on a campaign of this size would pause itself."""

Row = dict[str, str]


@dataclass(frozen=True)
class Sample:
    """The rows of both files."""

    customers: list[Row]
    invoices: list[Row]

    def overdue(self, as_of: date) -> dict[str, list[Row]]:
        """The open invoices past their due date, by customer."""
        late: dict[str, list[Row]] = {}
        for invoice in self.invoices:
            if invoice["status"] == "open" and invoice["due_on"] < as_of.isoformat():
                late.setdefault(invoice["customer_id"], []).append(invoice)
        return late

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write `customers.csv` and `invoices.csv`; returns where."""
        folder.mkdir(parents=True, exist_ok=True)
        files = folder / "customers.csv", folder / "invoices.csv"
        _write(files[0], CUSTOMER_COLUMNS, self.customers)
        _write(files[1], INVOICE_COLUMNS, self.invoices)
        return files


def make(customers: int, today: date) -> Sample:
    """A sample of so many customers, with three invoices each, as of `today`."""
    from faker import Faker  # half a second that no other command should wait for

    faker = Faker("pt_BR")
    faker.seed_instance(_SEED)
    chance = faker.random
    people = [_customer(number, faker, chance) for number in range(1, customers + 1)]
    bills = [bill for person in people for bill in _invoices(person, chance, today)]
    sample = Sample(people, bills)
    _redirect_some(sample, today)
    return sample


def _customer(number: int, faker: "Faker", chance: Random) -> Row:
    first, last = faker.first_name(), faker.last_name()
    domain = chance.choice(_DOMAINS)
    return {
        "id": f"C{number:05}",
        "name": f"{first} {last}",
        "document": faker.unique.cpf(),
        "email": f"{_ascii(first)}.{_ascii(last)}.{number}@{domain}",
        "phone": faker.cellphone_number(),
        "language": "en" if chance.random() < _SHARE_OF_ENGLISH else "pt-BR",
        "plan": chance.choice(list(_PLANS)),
        "city": chance.choice(_CITIES),
    }


def _invoices(customer: Row, chance: Random, today: date) -> list[Row]:
    """One invoice a month; most people pay before the due date, some hardly ever."""
    pays = _GOOD_PAYER if chance.random() < _SHARE_OF_GOOD_PAYERS else _BAD_PAYER
    closing = chance.randint(1, 28)
    return [
        _invoice(customer, month, today - timedelta(days=30 * (3 - month) + closing), pays, chance)
        for month in (1, 2, 3)
    ]


def _invoice(customer: Row, month: int, issued: date, pays: float, chance: Random) -> Row:
    extras = Decimal(chance.randint(0, 2_500)) / 100
    due = issued + timedelta(days=_DAYS_TO_PAY)
    paid = issued + timedelta(days=1) if chance.random() < pays else None
    return {
        "id": f"F{customer['id'][1:]}-{month}",
        "customer_id": customer["id"],
        "amount": str(_PLANS[customer["plan"]] + extras),
        "issued_on": issued.isoformat(),
        "due_on": due.isoformat(),
        "status": "paid" if paid else "open",
        "paid_on": paid.isoformat() if paid else "",
    }


def _redirect_some(sample: Sample, today: date) -> None:
    """Give every so-manieth overdue customer an address that bounces or complains."""
    late = sample.overdue(today)
    owing = [customer for customer in sample.customers if customer["id"] in late]
    bouncing = owing[_ONE_BOUNCES_IN // 2 :: _ONE_BOUNCES_IN]
    complaining = owing[_ONE_COMPLAINS_IN // 2 :: _ONE_COMPLAINS_IN][:_MOST_COMPLAIN]
    for customers, mailbox in ((bouncing, "bounce"), (complaining, "complaint")):
        for customer in customers:
            label = customer["id"].lower()
            customer["email"] = f"{mailbox}+{label}@simulator.amazonses.com"


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]+", "", plain.lower())


def _write(file: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as output:
        writer = csv.DictWriter(output, columns)
        writer.writeheader()
        writer.writerows(rows)
