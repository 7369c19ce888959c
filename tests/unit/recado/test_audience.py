"""Recipients from customers and from file rows."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.audience import (
    MAX_ROW_BYTES,
    CsvHeader,
    RejectedRow,
    fields_of,
    is_address,
    is_blank,
    language_of,
    parse_line,
    read_header,
    recipient_of,
)
from recado.contracts import AnswerTo, ChunkTask, Recipient
from recado.errors import Rejected
from recado.model import Lane, Language
from tests.factories import TODAY, customer

HEADER = CsvHeader(columns=("id", "email", "language", "plan"), separator=",")


def test_a_customer_who_owes_nothing_has_no_billing_fields() -> None:
    assert fields_of(customer(), TODAY) == {
        "name": "Ana Souza",
        "first_name": "Ana",
        "customer_id": "C-1",
        "plan": "Fibra 500",
        "city": "Recife",
    }


def test_only_overdue_invoices_count_and_the_oldest_one_is_named() -> None:
    debtor = customer(
        open_invoices={
            "F-9": {"due_on": date(2026, 10, 10), "amount": Decimal("29.90")},
            "F-8": {"due_on": date(2026, 10, 5), "amount": Decimal("100.00")},
            "F-7": {"due_on": TODAY, "amount": Decimal("55.55")},
        }
    )
    assert recipient_of(debtor, TODAY) == Recipient(
        id="C-1",
        email="ana@example.com",
        language=Language.PORTUGUESE,
        fields=fields_of(customer(), TODAY)
        | {
            "invoices": 2,
            "amount": "129.90",
            "due_date": "2026-10-05",
            "days_overdue": 10,
            "invoice": "F-8",
        },
    )


def test_a_csv_row_becomes_a_recipient_with_its_other_columns_as_fields() -> None:
    assert parse_line(b'C-1,ana@example.com,en,"Fibra, 500"\r\n', 2, HEADER) == Recipient(
        id="C-1",
        email="ana@example.com",
        language=Language.ENGLISH,
        fields={"plan": "Fibra, 500"},
    )


def test_an_ndjson_row_keeps_the_types_of_its_fields() -> None:
    row = {"id": 17, "email": "ana@example.com", "amount": 12.5, "vip": True, "note": None}
    assert parse_line(json.dumps(row).encode(), 1, None) == Recipient(
        id="17", email="ana@example.com", fields={"amount": 12.5, "vip": True, "note": None}
    )


@pytest.mark.parametrize(
    ("raw", "known_as", "reason"),
    [
        (b'{"id":"C 1","email":"a@b.co"}', "line-7", "id must be"),
        (b'{"email":"a@b.co"}', "line-7", "id must be"),
        (b'{"id":"C-1","email":"a@b"}', "C-1", "email is not an address"),
        (b'{"id":"C-1","email":"a@b.co\\r\\nBcc: x@y.co"}', "C-1", "email is not an address"),
        (b'{"id":"C-1","email":"a@b.co","language":"fr"}', "C-1", "language must be"),
        (b'{"id":"C-1","email":"a@b.co","x":[1]}', "C-1", "x holds a list or an object"),
        (b'{"id":"C-1","email":"a@b.co","x":1e999}', "C-1", "x is not a number"),
        (b'{"id":"C-1","email":"a@b.co","x":NaN}', "line-7", "not a JSON object"),
        (b'{"id":"C-1","email":"a@b.co","x":"\\ud800"}', "C-1", "x holds a control character"),
        (b'{"id":"C-1","email":"a@b.co","x":"\xef\xbf\xbf"}', "C-1", "x holds a control"),
        (b'["C-1"]', "line-7", "not a JSON object"),
        (b"[" * 15_000, "line-7", "not a JSON object"),
        (b'{"id":"Jo\xe3o"}', "line-7", "not UTF-8"),
        (b'{"id":"' + b"x" * MAX_ROW_BYTES + b'"}', "line-7", "at most 20000 fit"),
    ],
)
def test_a_bad_ndjson_row_says_why(raw: bytes, known_as: str, reason: str) -> None:
    row = parse_line(raw, 7, None)
    assert isinstance(row, RejectedRow)
    assert row.id == known_as
    assert reason in row.reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'C-1,ana@example.com,en,"Fibra\n', "a quote is never closed"),
        (b"C-1,ana@example.com\n", "the row has 2 columns, the header 4"),
        (b"C-1,ana@example.com,en,Fibra,500\n", "the row has 5 columns, the header 4"),
    ],
)
def test_a_bad_csv_row_says_why(raw: bytes, reason: str) -> None:
    row = parse_line(raw, 2, HEADER)
    assert isinstance(row, RejectedRow)
    assert reason in row.reason


def test_a_header_may_use_semicolons_a_bom_and_trailing_separators() -> None:
    assert read_header(b"\xef\xbb\xbfid;email; plano ;;\r\n") == CsvHeader(
        columns=("id", "email", "plano"), separator=";"
    )


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"id,name\n", "lacks the columns: email"),
        (b"", "must name every column"),
        (b"id,,email\n", "must name every column"),
        (b"id,email,id\n", "twice: id"),
        (b"id,e\xe3mail\n", "not UTF-8"),
        (b'id,"email\n', "not a CSV header"),
    ],
)
def test_a_bad_header_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        read_header(raw)


@pytest.mark.parametrize(
    "address",
    ["ana@example.com", "a.b+c@mail.example.com.br", "x@xn--caf-dma.com", "success@a-b.co"],
)
def test_ordinary_addresses_are_taken(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@example.com",
        "a@b@c.com",
        "a..b@example.com",
        ".a@example.com",
        "ana@example",
        "ana@example.c0m\n",
        "ana@-example.com",
        "ana@example.123",
        "ana souza@example.com",
        "joão@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 63 + "." + "e" * 63 + ".com",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert not is_address(address)


def test_a_language_is_told_by_its_first_part() -> None:
    assert [language_of(tag) for tag in ("", "pt", "pt_BR", "EN", "en-US")] == [
        Language.PORTUGUESE,
        Language.PORTUGUESE,
        Language.PORTUGUESE,
        Language.ENGLISH,
        Language.ENGLISH,
    ]


def test_lines_that_hold_nothing_are_blank() -> None:
    assert all(is_blank(raw) for raw in (b"", b"\r\n", b" \t\n", b";;;\n", b"\xef\xbb\xbf\n"))
    assert not is_blank(b"0\n")


@given(raw=st.binary(max_size=200), csv=st.booleans())
def test_any_bytes_give_a_recipient_or_a_reason(*, raw: bytes, csv: bool) -> None:
    row = parse_line(raw, 3, HEADER if csv else None)
    assert isinstance(row, Recipient) or row.reason
    assert row.id.count(" ") == 0


@given(
    fields=st.dictionaries(
        st.text(min_size=1), st.one_of(st.none(), st.booleans(), st.integers(), st.text())
    )
)
def test_every_recipient_of_a_file_can_travel_in_a_message(fields: dict[str, object]) -> None:
    raw = json.dumps(fields | {"id": "C-1", "email": "ana@example.com", "language": "pt"})
    row = parse_line(raw.encode(), 1, None)
    if isinstance(row, Recipient):
        task = ChunkTask(campaign_id="cmp_1", number=0, lane=Lane.BILLING, recipients=(row,))
        assert ChunkTask.model_validate_json(task.model_dump_json()) == task


def test_a_rows_time_zone_is_the_recipients_own_and_no_field() -> None:
    found = parse_line(
        b'{"id": "C-1", "email": "ana@example.com", "time_zone": "America/Manaus"}', 1, None
    )
    assert isinstance(found, Recipient)
    assert (found.time_zone, found.fields) == ("America/Manaus", {})
    refused = parse_line(b'{"id": "C-1", "email": "a@example.com", "time_zone": "Manaus"}', 1, None)
    assert isinstance(refused, RejectedRow)
    assert refused.reason == "time_zone is not an IANA zone such as America/Manaus"


def test_a_row_may_have_an_address_of_its_own_for_the_answer() -> None:
    row = {"id": "C-1", "email": "ana@example.com"}
    own = {"reply_to": "cadastro+t@operadora.example", "reference": "<t@operadora.example>"}
    found = parse_line(json.dumps(row | own).encode(), 1, None)
    assert isinstance(found, Recipient)
    assert found.answer_to == AnswerTo(address=own["reply_to"], reference=own["reference"])
    assert found.fields == {}
    for wrong, named in (({"reply_to": "x"}, "reply_to"), (own | {"reference": "x"}, "reference")):
        refused = parse_line(json.dumps(row | wrong).encode(), 1, None)
        assert isinstance(refused, RejectedRow)
        assert refused.reason.startswith(named)
