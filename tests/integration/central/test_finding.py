"""Finding a customer by e-mail address or document."""

from typing import Any

import boto3
import pytest

from recado import directory, settings, table
from recado.directory import Directory
from recado.model import Customer
from tests.factories import CNPJ, CPF
from tests.integration.central.conftest import Api, Importer

HEADER = "id,name,document,email\n"
ANA = {"id": "C-1", "name": "Ana", "document": CPF, "email": "Ana@Example.com"}


def ids(found: tuple[Customer, ...]) -> list[str]:
    return [customer.id for customer in found]


def by_email(email: str) -> list[str]:
    return ids(Directory.from_env().with_email(email))


def by_document(document: str) -> list[str]:
    return ids(Directory.from_env().with_document(document))


def file(*rows: str) -> bytes:
    return (HEADER + "\n".join(rows)).encode()


def test_a_registered_customer_is_found_by_address_however_written_and_by_document(
    api: Api,
) -> None:
    api.ok("POST", "/v1/customers", ANA)
    assert by_email("ana@example.COM") == by_document(CPF) == ["C-1"]
    assert by_email("bia@example.com") == by_document(CNPJ) == []


def test_an_imported_customer_is_found_too(importer: Importer) -> None:
    importer("customers", "a.csv", file(f"C-1,Ana,{CPF},ana@example.com"))
    assert by_email("ana@example.com") == by_document(CPF) == ["C-1"]


def test_customers_who_share_an_address_are_all_found(importer: Importer) -> None:
    rows = (f"C-1,Ana,{CPF},casa@example.com", f"C-2,Casa Azul,{CNPJ},CASA@example.com")
    importer("customers", "a.csv", file(*rows))
    assert by_email("casa@example.com") == ["C-1", "C-2"]
    assert by_document(CNPJ) == ["C-2"]


def test_an_address_many_share_finds_so_many_and_no_more(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "FOUND_AT_MOST", 2)
    rows = (f"C-{number},Ana,{CPF},a@example.com" for number in range(4))
    importer("customers", "a.csv", file(*rows))
    assert by_email("a@example.com") == ["C-0", "C-1"]


def test_a_customer_with_a_new_address_is_no_longer_found_by_the_old_one(
    importer: Importer,
) -> None:
    importer("customers", "a.csv", file(f"C-1,Ana,{CPF},old@example.com"))
    importer("customers", "b.csv", file(f"C-1,Ana,{CPF},new@example.com"))
    assert (by_email("old@example.com"), by_email("new@example.com")) == ([], ["C-1"])
    importer("customers", "c.csv", file(f"C-1,Ana,{CPF},old@example.com"))
    assert (by_email("old@example.com"), by_email("new@example.com")) == (["C-1"], [])


def test_more_new_customers_than_a_transaction_takes_are_all_found(importer: Importer) -> None:
    rows = [f"C-{number},Ana,{CPF},ana{number}@example.com" for number in range(70)]
    report = importer("customers", "a.csv", file(*rows))
    assert report["accepted"] == 70
    assert all(by_email(f"ana{number}@example.com") == [f"C-{number}"] for number in range(70))


def test_an_invoice_does_not_lose_its_customer(api: Api) -> None:
    api.ok("POST", "/v1/customers", ANA)
    bill = {"id": "F-1", "amount": "129.90", "issued_on": "2026-10-01", "due_on": "2026-10-10"}
    api.ok("POST", "/v1/customers/C-1/invoices", bill)
    assert "F-1" in Directory.from_env().with_document(CPF)[0].open_invoices


def forget_lookups() -> None:
    """Make the table as a version of the suite without lookups left it."""
    central = boto3.client("dynamodb")
    name = settings.text("CENTRAL_TABLE")
    for item in central.scan(TableName=name)["Items"]:
        if item["pk"]["S"].startswith(("EMAIL#", "DOCUMENT#")):
            central.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
        if "findable" in item:
            central.put_item(
                TableName=name, Item={key: item[key] for key in item if key != "findable"}
            )


def test_a_customer_of_an_older_version_is_found_once_imported_again(importer: Importer) -> None:
    content = file(f"C-1,Ana,{CPF},ana@example.com")
    importer("customers", "a.csv", content)
    forget_lookups()
    assert by_email("ana@example.com") == []
    importer("customers", "b.csv", content + b"\n")
    assert by_email("ana@example.com") == ["C-1"]
    assert importer("customers", "c.csv", content + b"\n\n")["unchanged"] == 1


def test_a_lookup_is_written_once_and_not_with_every_change(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    importer("customers", "a.csv", file(f"C-1,Ana,{CPF},ana@example.com"))
    written: list[str] = []
    transact = table.transact

    def watched(writes: list[dict[str, Any]], **options: Any) -> None:
        written.extend(
            write["Put"]["Item"]["pk"]["S"] for write in writes if "Item" in write.get("Put", {})
        )
        transact(writes, **options)

    monkeypatch.setattr(table, "transact", watched)
    importer("customers", "b.csv", file(f"C-1,Ana Lima,{CPF},ana@example.com"))
    assert written == ["CUSTOMER#C-1"]
