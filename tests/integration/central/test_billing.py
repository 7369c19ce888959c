"""Customers and invoices through the API."""

import pytest

from recado import clock
from tests.factories import AT, CPF
from tests.integration.central.conftest import Api

ANA = {
    "id": "C-1",
    "name": "Ana Souza",
    "document": "529.982.247-25",
    "email": "Ana@Example.COM",
    "plan": "Fibra 500",
    "city": "Recife",
}
BILL = {"id": "F-1", "amount": "129.9", "issued_on": "2026-10-01", "due_on": "2026-10-10"}


def test_a_customer_is_registered_once_with_a_tidy_document_and_address(api: Api) -> None:
    made = api("POST", "/v1/customers", ANA)
    assert made.status == 201
    assert made.body == ANA | {
        "document": CPF,
        "email": "Ana@example.com",
        "phone": "",
        "address": "",
        "postcode": "",
        "language": "pt-BR",
        "time_zone": "",
        "created_at": "2026-10-15T12:00:00Z",
        "open_invoices": {},
    }
    assert api.ok("GET", "/v1/customers/C-1") == made.body
    again = api("POST", "/v1/customers", ANA)
    assert (again.status, again.body["error"]) == (409, "Conflict")
    assert api("GET", "/v1/customers/C-2").status == 404


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("document", "529.982.247-26", "document is not a valid CPF or CNPJ"),
        ("email", "ana@example.com\r\nBcc: x@y.co", "email holds a line break"),
        ("email", "ana", "email is not an e-mail address"),
        ("name", "Ana\nSouza", "name holds a line break"),
        ("name", "  ", "name: String should have at least 1 character"),
        ("id", "C 1", "id: String should match pattern"),
        ("name", "\ud800", "name"),
        ("nickname", "x", "nickname: Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_with_a_customer_is_named(
    api: Api, field: str, value: str, message: str
) -> None:
    answer = api("POST", "/v1/customers", ANA | {field: value})
    assert (answer.status, answer.body["field"]) == (422, field)
    assert answer.body["message"].startswith(message)


def test_an_invoice_moves_what_its_customer_owes_and_so_does_its_payment(api: Api) -> None:
    api.ok("POST", "/v1/customers", ANA)
    made = api("POST", "/v1/customers/C-1/invoices", BILL)
    assert made.status == 201
    assert made.body == BILL | {
        "customer_id": "C-1",
        "amount": "129.90",
        "status": "open",
        "paid_on": None,
    }
    owed = {"F-1": {"due_on": "2026-10-10", "amount": "129.90"}}
    assert api.ok("GET", "/v1/customers/C-1")["open_invoices"] == owed
    assert [c["id"] for c in api.ok("GET", "/v1/customers", segment="overdue")["items"]] == ["C-1"]

    for _ in range(2):
        paid = api.ok("POST", "/v1/customers/C-1/invoices/F-1/payment", {"paid_on": "2026-10-15"})
        assert (paid["status"], paid["paid_on"]) == ("paid", "2026-10-15")
    assert api.ok("GET", "/v1/customers/C-1")["open_invoices"] == {}
    assert api.ok("GET", "/v1/customers", segment="overdue")["items"] == []
    other = api("POST", "/v1/customers/C-1/invoices/F-1/payment", {"paid_on": "2026-10-16"})
    assert (other.status, other.body["message"]) == (
        409,
        "the invoice F-1 was already paid on 2026-10-15",
    )


def test_an_invoice_is_refused_when_it_exists_or_its_customer_does_not(api: Api) -> None:
    assert api("POST", "/v1/customers/C-1/invoices", BILL).status == 404
    api.ok("POST", "/v1/customers", ANA)
    api.ok("POST", "/v1/customers/C-1/invoices", BILL)
    assert api("POST", "/v1/customers/C-1/invoices", BILL).status == 409
    assert api("GET", "/v1/customers/C-1/invoices/F-2").status == 404
    assert api("GET", "/v1/customers/C-2/invoices").status == 404


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": "-1"}, "amount: "),
        ({"amount": "1.999"}, "amount: "),
        ({"amount": "99999999999.99"}, "amount: "),
        ({"status": "paid"}, "paid_on is missing: a paid invoice needs the day it was paid"),
        ({"status": "open", "paid_on": "2026-10-02"}, "paid_on does not go with the status open"),
        ({"due_on": "10/10/2026"}, "due_on: "),
    ],
)
def test_what_is_wrong_with_an_invoice_is_said(
    api: Api, change: dict[str, str], message: str
) -> None:
    api.ok("POST", "/v1/customers", ANA)
    answer = api("POST", "/v1/customers/C-1/invoices", BILL | change)
    assert answer.status == 422
    assert answer.body["message"].startswith(message)


def test_lists_come_in_pages_and_can_be_narrowed(api: Api) -> None:
    for number in range(1, 8):
        city = "Recife" if number % 2 else "Olinda"
        api.ok("POST", "/v1/customers", ANA | {"id": f"C-{number}", "city": city})
        api.ok("POST", "/v1/customers/C-1/invoices", BILL | {"id": f"F-{number}"})

    assert sorted(read_all(api, "/v1/customers")) == [f"C-{number}" for number in range(1, 8)]
    assert sorted(read_all(api, "/v1/customers", city="Olinda")) == ["C-2", "C-4", "C-6"]
    assert read_all(api, "/v1/customers", segment="overdue", plan="Fibra 500") == ["C-1"]
    assert read_all(api, "/v1/customers/C-1/invoices") == [f"F-{number}" for number in range(1, 8)]


def test_overdue_begins_the_day_after_the_due_date_where_the_operator_is(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.ok("POST", "/v1/customers", ANA)
    api.ok("POST", "/v1/customers/C-1/invoices", BILL | {"due_on": "2026-10-14"})
    monkeypatch.setattr(clock, "now", lambda: AT.replace(hour=2))
    assert read_all(api, "/v1/customers", segment="overdue") == []
    monkeypatch.setattr(clock, "now", lambda: AT.replace(hour=3))
    assert read_all(api, "/v1/customers", segment="overdue") == ["C-1"]


def read_all(api: Api, path: str, **query: str) -> list[str]:
    """The ids of a whole list, read two at a time."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.ok("GET", path, limit="2", **query, **cursor)
        assert len(page["items"]) <= 2
        found += [item["id"] for item in page["items"]]
        if page["cursor"] is None:
            return found
        cursor = {"cursor": page["cursor"]}


def test_the_report_adds_up(api: Api) -> None:
    for number in (1, 2):
        api.ok("POST", "/v1/customers", ANA | {"id": f"C-{number}"})
    bills = [
        ("C-1", BILL | {"id": "A", "due_on": "2026-10-14", "amount": "1.00"}),
        ("C-1", BILL | {"id": "B", "due_on": "2026-09-15", "amount": "10.00"}),
        ("C-1", BILL | {"id": "C", "due_on": "2026-09-14", "amount": "20.00"}),
        ("C-2", BILL | {"id": "D", "due_on": "2026-07-17", "amount": "100.00"}),
        ("C-2", BILL | {"id": "E", "due_on": "2026-07-16", "amount": "1000.00"}),
        ("C-2", BILL | {"id": "F", "due_on": "2026-10-15", "amount": "5.55"}),
        ("C-2", BILL | {"id": "G", "issued_on": "2026-09-01", "amount": "7.00"}),
        ("C-2", BILL | {"id": "H", "status": "cancelled", "amount": "9999.00"}),
    ]
    for customer_id, bill in bills:
        api.ok("POST", f"/v1/customers/{customer_id}/invoices", bill)
    api.ok("POST", "/v1/customers/C-2/invoices/G/payment", {"paid_on": "2026-10-12"})
    assert api.ok("GET", "/v1/reports/summary", month="2026-10") == {
        "as_of": "2026-10-15",
        "month": "2026-10",
        "customers": 2,
        "new_customers": 2,
        "billed": {"invoices": 6, "amount": "1136.55"},
        "received": {"invoices": 1, "amount": "7.00"},
        "overdue": {
            "invoices": 5,
            "amount": "1131.00",
            "aging": {
                "1-30": {"invoices": 2, "amount": "11.00"},
                "31-60": {"invoices": 1, "amount": "20.00"},
                "61-90": {"invoices": 1, "amount": "100.00"},
                "90+": {"invoices": 1, "amount": "1000.00"},
            },
        },
        "campaigns": [],
    }
    empty = api.ok("GET", "/v1/reports/summary", month="2026-08")
    assert (empty["customers"], empty["new_customers"], empty["billed"]["amount"]) == (2, 0, "0.00")
    assert api("GET", "/v1/reports/summary", month="2026-13").status == 422
