"""The sample operator: the same every day, valid, and with something overdue."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from stdnum.br import cpf

from operations import sample

DAY = date(2026, 3, 10)


@pytest.fixture(scope="module")
def made() -> sample.Sample:
    return sample.make(400, DAY)


def test_the_same_day_gives_the_same_sample(made: sample.Sample) -> None:
    assert sample.make(400, DAY) == made


def test_another_day_moves_the_dates_and_nothing_else(made: sample.Sample) -> None:
    later = sample.make(400, DAY + timedelta(days=100))
    assert later.customers == made.customers
    assert len(later.overdue(DAY + timedelta(days=100))) == len(made.overdue(DAY))


def test_every_cpf_is_valid_and_belongs_to_one_customer(made: sample.Sample) -> None:
    documents = [customer["document"] for customer in made.customers]
    assert all(cpf.is_valid(document) for document in documents)
    assert len(set(documents)) == 400


def test_every_address_is_unique_and_in_a_domain_nobody_owns(made: sample.Sample) -> None:
    addresses = [customer["email"] for customer in made.customers]
    reserved = ("example.com", "example.net", "example.org", ".example")
    simulator = "simulator.amazonses.com"
    assert len(set(addresses)) == 400
    assert all(address.endswith((*reserved, simulator)) for address in addresses)
    assert all(address.isascii() for address in addresses)


def test_about_a_third_of_the_customers_are_overdue(made: sample.Sample) -> None:
    assert 100 <= len(made.overdue(DAY)) <= 180


def test_only_overdue_customers_bounce_so_that_the_campaign_meets_them(made: sample.Sample) -> None:
    late = made.overdue(DAY)
    bouncing = [one for one in made.customers if one["email"].startswith("bounce+")]
    assert bouncing
    assert all(customer["id"] in late for customer in bouncing)


def test_every_customer_has_three_invoices_paid_after_they_were_issued(
    made: sample.Sample,
) -> None:
    assert len(made.invoices) == 3 * len(made.customers)
    paid = [invoice for invoice in made.invoices if invoice["status"] == "paid"]
    assert all(bill["issued_on"] < bill["paid_on"] <= DAY.isoformat() for bill in paid)


def test_the_files_hold_every_row_under_a_header(made: sample.Sample, tmp_path: Path) -> None:
    customers, invoices = made.write(tmp_path / "sample")
    with customers.open(encoding="utf-8", newline="") as source:
        assert list(csv.DictReader(source)) == made.customers
    with invoices.open(encoding="utf-8", newline="") as source:
        assert list(csv.DictReader(source)) == made.invoices


def test_however_many_customers_there_are_too_few_complain_to_pause_a_campaign() -> None:
    people = sample.make(6_000, DAY).customers
    complaining = [each for each in people if each["email"].startswith("complaint+")]
    assert len(complaining) == 2
