"""Importing files: good rows are kept, bad ones reported, nothing lost, nothing done twice."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlparse

import boto3
import pytest

from central import collaborators, reading
from central.domain.rows import Kind
from recado import table
from recado.errors import Retryable
from tests.integration.central.conftest import Api, Importer
from tests.integration.conftest import Suite

CUSTOMERS = b"""id,name,document,email,plan
C-1,Ana Souza,529.982.247-25,ana@example.com,Fibra 500
C-2,"Casa Azul, Ltda",11222333000181,contato@azul.example,Fibra 900
"""
INVOICES = b"""id;customer_id;amount;issued_on;due_on
F-1;C-1;129,90;01/10/2026;10/10/2026
F-2;C-2;1.234,56;2026-10-01;2026-10-10
"""


def test_customers_and_invoices_come_in_and_the_totals_with_them(importer: Importer) -> None:
    people = importer("customers", "clientes.csv", CUSTOMERS)
    assert (people["status"], people["rows"], people["accepted"]) == ("done", 2, 2)
    bills = importer("invoices", "faturas.csv", INVOICES)
    assert (bills["status"], bills["rows"], bills["accepted"]) == ("done", 2, 2)

    api = importer.api
    assert api.ok("GET", "/v1/customers/C-2")["name"] == "Casa Azul, Ltda"
    assert api.ok("GET", "/v1/customers/C-2/invoices/F-2")["amount"] == "1234.56"
    overdue = api.ok("GET", "/v1/customers", segment="overdue")
    assert sorted(customer["id"] for customer in overdue["items"]) == ["C-1", "C-2"]
    report = api.ok("GET", "/v1/reports/summary")
    assert report["customers"] == report["new_customers"] == 2
    assert report["billed"] == {"invoices": 2, "amount": "1364.46"}
    assert [line["id"] for line in api.ok("GET", "/v1/imports")["items"]]


def test_the_same_file_twice_changes_nothing(importer: Importer, suite: Suite) -> None:
    importer("customers", "a.csv", CUSTOMERS)
    importer("invoices", "b.csv", INVOICES)
    before = everything(suite)
    assert importer("customers", "again.csv", CUSTOMERS)["unchanged"] == 2
    assert importer("invoices", "again.csv", INVOICES)["unchanged"] == 2
    assert everything(suite) == before


def test_importing_old_invoices_again_does_not_reopen_what_was_paid_since(
    importer: Importer,
) -> None:
    importer("customers", "a.csv", CUSTOMERS)
    importer("invoices", "b.csv", INVOICES)
    payment = {"paid_on": "2026-10-15"}
    importer.api.ok("POST", "/v1/customers/C-1/invoices/F-1/payment", payment)
    assert importer("invoices", "b.csv", INVOICES)["unchanged"] == 2
    assert importer("invoices", "c.csv", INVOICES + b"\n")["unchanged"] == 2
    assert importer.api.ok("GET", "/v1/customers/C-1/invoices/F-1")["status"] == "paid"


def test_a_later_file_changes_what_it_mentions_and_keeps_the_rest(importer: Importer) -> None:
    importer("customers", "a.csv", CUSTOMERS)
    news = b'{"id":"C-1","name":"Ana Lima","document":"52998224725","email":"ana@example.com"}\n'
    assert importer("customers", "b.ndjson", news)["accepted"] == 1
    ana = importer.api.ok("GET", "/v1/customers/C-1")
    assert (ana["name"], ana["plan"]) == ("Ana Lima", "Fibra 500")


def test_each_bad_row_is_reported_with_line_id_and_remedy_and_the_good_ones_kept(
    importer: Importer,
) -> None:
    report = importer(
        "customers",
        "ruim.csv",
        b"\xef\xbb\xbfID;Name;Document;Email;Shoe Size\r\n"
        b"C-1;Ana;52998224725;ana@example.com;37\r\n"
        b"C-2;Jo\xe3o;52998224725;joao@example.com;41\r\n"
        b"C-3;Bia;52998224726;bia@example.com;36\r\n"
        b'C-4;Caio;52998224725;"caio@example.com\r\nBcc: eve@example.com";40\r\n'
        b"C-1;Ana;52998224725;ana@example.com;37\r\n"
        b"C 5;Davi;52998224725;davi@example.com;40\r\n"
        b"C-6;Eva;52998224725;eva.example.com;40\r\n"
        b"C-7;;52998224725;eva@example.com;40\r\n"
        b"C-8;Gil;52998224725\r\n"
        b"C-9;N\x00ul;52998224725;nul@example.com;40\r\n"
        b'C-10;"Hugo;52998224725;hugo@example.com;40\r\n'
        b"C-11;Iara;111.222.333-44;x@example.com;40\r\n"
        b"C-12;Jair;529.982.247-25;jair@example.com;40\r\n"
        b"\r\n"
        b";;;;\r\n",
    )
    assert (report["rows"], report["accepted"], report["rejected"]) == (13, 2, 11)
    assert report["notes"] == ["these columns mean nothing here and were ignored: shoe size"]
    assert [(error["line"], error["id"]) for error in report["errors"]] == [
        (3, "C-2"),
        (4, "C-3"),
        (5, "C-4"),
        (7, "C-1"),
        (8, ""),
        (9, "C-6"),
        (10, "C-7"),
        (11, "C-8"),
        (12, "C-9"),
        (13, "C-10"),
        (14, "C-11"),
    ]
    for error, expected in zip(
        report["errors"],
        [
            "the row is not UTF-8: save the file as UTF-8",
            "document is not a valid CPF or CNPJ",
            "email holds a line break or a control character: remove it",
            "the id C-1 was already on line 2: keep one of the two rows",
            "id must be 1 to 64 letters, digits, dots",
            "email is not an e-mail address",
            "name is missing: fill it in",
            "the row has 3 columns, the first line 5",
            "name holds a line break or a control character: remove it",
            "a quote in this row is never closed",
            "document is not a valid CPF or CNPJ",
        ],
        strict=True,
    ):
        assert error["reason"].startswith(expected), error
    rows = rejected_rows(importer, report)
    assert [(row["line"], row["id"], row["reason"]) for row in rows] == [
        (error["line"], error["id"], error["reason"]) for error in report["errors"]
    ]
    assert rows[1]["raw"] == "C-3;Bia;52998224726;bia@example.com;36"
    assert rows[0]["raw"] == "C-2;Jo\\xe3o;52998224725;joao@example.com;41"


def test_bad_invoices_are_reported_too(importer: Importer) -> None:
    importer("customers", "a.csv", CUSTOMERS)
    report = importer(
        "invoices",
        "b.csv",
        b"id,customer_id,amount,issued_on,due_on,status,paid_on\n"
        b"F-1,C-9,129.90,2026-10-01,2026-10-10,,\n"
        b'F-2,C-1,"1.234",2026-10-01,2026-10-10,,\n'
        b"F-3,C-1,129.90,2026-02-30,31/02/2026,,\n"
        b"F-4,C-1,129.90,2026-10-01,2026-10-10,paid,\n"
        b"F-5,C-1,129.90,2026-10-01,2026-10-10,lost,\n"
        b"F-6,C-1,129.90,2026-10-01,2026-10-10,PAID,05/10/2026\n"
        b"F-7,C-1,99999999999,2026-10-01,2026-10-10,,\n"
        b"F-6,C-2,129.90,2026-10-01,2026-10-10,cancelled,\n",
    )
    assert (report["accepted"], report["rejected"]) == (2, 6)
    assert [(error["id"], error["reason"].split(":")[0]) for error in report["errors"]] == [
        ("F-1", "customer_id C-9 is not known"),
        ("F-2", "amount is not an amount"),
        ("F-3", "issued_on is not a date"),
        ("F-4", "paid_on is missing"),
        ("F-5", "status must be one of open, paid, cancelled"),
        ("F-7", "amount is too large an amount"),
    ]


@pytest.mark.parametrize(
    ("filename", "content", "reason"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"id,name\nC-1,Ana\n", "lacks the columns: document, email"),
        ("a.csv", CUSTOMERS.decode().encode("utf-16"), "not UTF-8"),
        ("a.csv", CUSTOMERS.replace(b"\n", b"\r"), "lines must end in LF or CRLF"),
        ("a.csv", b"id," * 40_000, "too long"),
        ("a.csv", b"id,id,name,document,email\n", "twice: id"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_refused_and_says_why(
    importer: Importer, filename: str, content: bytes, reason: str
) -> None:
    report = importer("customers", filename, content)
    assert (report["status"], report["rows"]) == ("refused", 0)
    assert reason in report["reason"]


def test_a_file_with_only_a_header_is_done_at_once(importer: Importer) -> None:
    report = importer("customers", "a.csv", CUSTOMERS.splitlines()[0])
    assert (report["status"], report["rows"]) == ("done", 0)


def test_what_is_neither_csv_nor_ndjson_is_refused_when_asked_for(api: Api) -> None:
    answer = api("POST", "/v1/imports", {"kind": "customers", "filename": "clientes.xlsx"})
    assert (answer.status, answer.body["field"]) == (422, "filename")


def test_the_upload_link_leads_to_the_file_the_worker_is_told_of(api: Api, suite: Suite) -> None:
    asked = {"kind": "customers", "filename": "C:\\meus dados\\clientes março.csv"}
    opened = api.ok("POST", "/v1/imports", asked)
    link = urlparse(opened["upload_url"])
    assert link.path.endswith(f"/imports/customers/{opened['id']}/clientes_mar_o.csv")
    assert api.ok("GET", f"/v1/imports/{opened['id']}")["status"] == "waiting"


def test_reading_stops_before_the_functions_time_is_over_and_goes_on_in_a_new_one(
    importer: Importer,
    monkeypatch: pytest.MonkeyPatch,
    suite: Suite,
    messages: Callable[[str], list[Any]],
) -> None:
    monkeypatch.setitem(reading.GOOD_ROWS, Kind.CUSTOMERS, 2)
    lines = [f"C-{n},Ana,52998224725,ana{n}@example.com" for n in range(7)]
    content = "\n".join(["id,name,document,email", *lines, lines[0]]).encode()
    import_id = importer.upload("customers", "a.csv", content)
    messages(suite.outputs["ImportQueueUrl"])  # S3's own notification
    importer.notify("customers", "a.csv", import_id, remaining_ms=1)
    report = importer.report(import_id)
    assert (report["status"], report["rows"]) == ("reading", 2)

    wakes = 0
    while notes := messages(suite.outputs["ImportQueueUrl"]):
        assert notes == [{"import_id": import_id}]
        assert importer.run(*notes, remaining_ms=1) == {"batchItemFailures": []}
        wakes += 1
    assert wakes == 3
    report = importer.report(import_id)
    assert (report["status"], report["accepted"], report["rejected"]) == ("done", 7, 1)
    assert report["errors"][0]["reason"].startswith("the id C-0 was already on line 2")
    assert importer.api.ok("GET", "/v1/reports/summary")["customers"] == 7


def test_a_message_that_comes_again_repeats_nothing(importer: Importer, suite: Suite) -> None:
    report = importer("customers", "a.csv", CUSTOMERS + b"bad\n")
    before = everything(suite)
    assert importer.notify("customers", "a.csv", report["id"]) == {"batchItemFailures": []}
    assert everything(suite) == before


def test_a_reader_that_was_overtaken_leaves_the_file_to_the_other(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(reading.GOOD_ROWS, Kind.CUSTOMERS, 1)
    import_id = importer.upload("customers", "a.csv", CUSTOMERS)
    asked = iter([True])

    def overtake(_: object) -> bool:
        if next(asked, False):
            importer.notify("customers", "a.csv", import_id)
        return True

    monkeypatch.setattr("central.imports.time_left", overtake)
    assert importer.notify("customers", "a.csv", import_id) == {"batchItemFailures": []}
    report = importer.report(import_id)
    assert (report["status"], report["rows"], report["accepted"]) == ("done", 2, 2)
    assert importer.api.ok("GET", "/v1/reports/summary")["customers"] == 2


def test_a_crash_after_any_write_loses_and_repeats_nothing(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(reading.GOOD_ROWS, Kind.CUSTOMERS, 1)
    content = CUSTOMERS + b"bad\nC-1,Ana,52998224725,ana@example.com,x\nworse\n"
    import_id = importer.upload("customers", "a.csv", content)
    transact, left = table.transact, iter(range(1))

    def crash_after(writes: list[dict[str, Any]], **more: Any) -> None:
        transact(writes, **more)
        if next(left, None) is None:
            raise Retryable("the process died here")

    monkeypatch.setattr(table, "transact", crash_after)
    wakes = 0
    while importer.report(import_id)["status"] != "done":
        importer.notify("customers", "a.csv", import_id)
        wakes += 1
    assert wakes > 3
    report = importer.report(import_id)
    assert (report["rows"], report["accepted"], report["rejected"]) == (5, 2, 3)
    assert [error["line"] for error in report["errors"]] == [4, 5, 6]
    assert [row["line"] for row in rejected_rows(importer, report)] == [4, 5, 6]
    assert importer.api.ok("GET", "/v1/reports/summary")["customers"] == 2


def test_a_batch_with_too_many_totals_for_one_transaction_is_halved(importer: Importer) -> None:
    importer("customers", "a.csv", CUSTOMERS)
    rows = [
        f"F-{n},C-1,1.00,{2000 + n}-01-01,{2000 + n}-02-01,paid,{2000 + n}-03-01" for n in range(40)
    ]
    content = "id,customer_id,amount,issued_on,due_on,status,paid_on\n" + "\n".join(rows)
    report = importer("invoices", "b.csv", content.encode())
    assert (report["rows"], report["accepted"]) == (40, 40)
    billed = importer.api.ok("GET", "/v1/reports/summary", month="2020-01")["billed"]
    assert billed == {"invoices": 1, "amount": "1.00"}


def test_a_customer_that_changes_while_a_batch_is_judged_is_read_again(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    importer("customers", "a.csv", CUSTOMERS)
    bill = {"id": "X", "amount": "5.00", "issued_on": "2026-10-01", "due_on": "2026-10-10"}
    transact, first = table.transact, iter([True])

    def meanwhile(writes: list[dict[str, Any]], **more: Any) -> None:
        if len(writes) > 2 and next(first, False):
            importer.api.ok("POST", "/v1/customers/C-1/invoices", bill)
        transact(writes, **more)

    monkeypatch.setattr(table, "transact", meanwhile)
    assert importer("invoices", "b.csv", INVOICES)["accepted"] == 2
    owed = importer.api.ok("GET", "/v1/customers/C-1")["open_invoices"]
    assert sorted(owed) == ["F-1", "X"]
    assert importer.api.ok("GET", "/v1/reports/summary")["overdue"]["amount"] == "1369.46"


def test_a_file_that_is_replaced_while_it_is_read_is_refused(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(reading.GOOD_ROWS, Kind.CUSTOMERS, 1)
    import_id = importer.upload("customers", "a.csv", CUSTOMERS)
    importer.notify("customers", "a.csv", import_id, remaining_ms=1)
    boto3.client("s3").put_object(
        Bucket=importer.suite.outputs["Files"],
        Key=f"imports/customers/{import_id}/a.csv",
        Body=CUSTOMERS + b"more\n",
    )
    importer.notify("customers", "a.csv", import_id)
    report = importer.report(import_id)
    assert (report["status"], report["rows"]) == ("refused", 1)
    assert "replaced while it was read" in report["reason"]


def test_messages_about_nothing_known_end_as_dead_letters_with_a_reason(
    importer: Importer, suite: Suite
) -> None:
    assert importer.run({"Event": "s3:TestEvent"}) == {"batchItemFailures": []}
    assert importer.run({"import_id": "imp_none"}) == {"batchItemFailures": []}
    assert importer.notify("customers", "a/b.csv", "imp_1") == {"batchItemFailures": []}
    dead = boto3.client("sqs").receive_message(
        QueueUrl=suite.outputs["ImportQueueDeadUrl"],
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
    )["Messages"]
    reasons = sorted(str(letter["MessageAttributes"]["reason"]["StringValue"]) for letter in dead)
    assert reasons == [
        "Rejected: not the file of an import: imports/customers/imp_1/a/b.csv",
        "Rejected: there is no import imp_none: ask for one with POST /v1/imports",
    ]


def test_only_the_first_hundred_errors_are_shown_and_all_are_in_the_file(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_BATCH_ROWS", 60)
    report = importer("customers", "a.ndjson", b"{}\n" * 150)
    assert (report["rows"], report["rejected"], len(report["errors"])) == (150, 150, 100)
    assert [row["line"] for row in rejected_rows(importer, report)] == list(range(1, 151))


def test_names_that_mean_nothing_are_noted_for_ndjson_too(importer: Importer) -> None:
    row = {
        "id": "C-1",
        "name": "Ana",
        "document": 52998224725,
        "email": "ana@example.com",
        "\ud800": "x",
        "Shoe": 37,
    }
    report = importer("customers", "a.ndjson", json.dumps(row).encode())
    assert report["accepted"] == 1
    assert report["notes"] == ["these columns mean nothing here and were ignored: \\ud800, shoe"]


def rejected_rows(importer: Importer, report: Any) -> list[Any]:
    """What is behind a report's link to all refused rows."""
    assert urlparse(report["errors_url"]).path.endswith(f"rejected/{report['id']}.ndjson")
    content = b"".join(
        block.content
        for block in collaborators.files().blocks(f"rejected/{report['id']}.ndjson", 0)
    )
    return [json.loads(line) for line in content.decode().splitlines()]


def everything(suite: Suite) -> list[Any]:
    """Every item of central's table, but for the imports and tokens themselves."""
    items = boto3.client("dynamodb").scan(TableName=suite.outputs["CentralTable"])["Items"]
    kept = [item for item in items if item["pk"]["S"].split("#")[0] not in {"IMPORT", "TOKEN"}]
    return sorted(kept, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def test_a_customers_time_zone_comes_in_and_a_wrong_one_is_reported(importer: Importer) -> None:
    rows = b"""id,name,document,email,time_zone
C-1,Ana,529.982.247-25,ana@example.com,America/Manaus
C-2,Bia,11222333000181,bia@example.com,
C-3,Caio,529.982.247-25,caio@example.com,Manaus
"""
    report = importer("customers", "clientes.csv", rows)
    assert [error["id"] for error in report["errors"]] == ["C-3"]
    assert report["errors"][0]["reason"].startswith("time_zone is not an IANA time zone: write it")
    kept = [importer.api.ok("GET", f"/v1/customers/C-{number}")["time_zone"] for number in (1, 2)]
    assert kept == ["America/Manaus", ""]
