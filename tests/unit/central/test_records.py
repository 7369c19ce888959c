"""Cutting files into records: whatever bytes come in, every one of them is accounted for."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from central.domain.intake import CustomerLine, InvoiceLine
from central.domain.records import (
    MAX_RECORD_BYTES,
    MAX_RECORD_LINES,
    Position,
    Record,
    records,
    split_lines,
)
from central.domain.rows import Kind, quoting_of, row_of
from recado.audience import CsvHeader

HEADER = CsvHeader(columns=("id", "name", "document", "email"), separator=",")
START = Position(0, 1)
PIECES = st.sampled_from(
    [b'"', b",", b"\n", b"\r\n", b"C-1", b"\xff", b"\x00", b"\xef\xbb\xbf", b" ", b"{}", b"x" * 99]
)
FILES = st.lists(PIECES, max_size=200).map(b"".join)


def in_blocks(content: bytes, size: int) -> Iterator[bytes]:
    """A file as it is streamed."""
    return (content[start : start + size] for start in range(0, len(content), size))


def read(content: bytes, header: CsvHeader | None = HEADER, size: int = 7) -> list[Record]:
    """All records of a file."""
    quoting = quoting_of(header) if header else None
    return list(records(split_lines(in_blocks(content, size)), START, quoting))


def is_blank(content: bytes) -> bool:
    """Whether bytes between two records hold nothing."""
    return not content.replace(b"\xef\xbb\xbf", b"").strip(b" \t\r\n,;")


@given(content=FILES, size=st.integers(1, 50), csv=st.booleans())
def test_records_follow_each_other_and_leave_out_only_blank_lines(
    *, content: bytes, size: int, csv: bool
) -> None:
    position = START
    for record in read(content, HEADER if csv else None, size):
        assert is_blank(content[position.offset : record.start.offset])
        assert content[record.start.offset : record.end.offset] == record.raw
        assert record.start.line == 1 + content[: record.start.offset].count(b"\n")
        position = record.end
    assert is_blank(content[position.offset :])


@given(content=FILES, csv=st.booleans())
def test_reading_can_go_on_at_the_end_of_any_record(*, content: bytes, csv: bool) -> None:
    header = HEADER if csv else None
    every = read(content, header)
    for number, record in enumerate(every):
        rest = content[record.end.offset :]
        quoting = quoting_of(header) if header else None
        again = records(split_lines([rest]), record.end, quoting)
        assert list(again) == every[number + 1 :]


@given(content=FILES, kind=st.sampled_from(Kind), csv=st.booleans())
def test_every_record_is_taken_in_or_refused_with_a_reason(
    *, content: bytes, kind: Kind, csv: bool
) -> None:
    header = CsvHeader(kind.columns, ",") if csv else None
    for record in read(content, header):
        row = row_of(record, kind, header)
        assert row.line == record.start.line
        assert isinstance(row, CustomerLine | InvoiceLine) or row.reason
        row.raw.encode()


def test_line_breaks_inside_quotes_belong_to_the_row() -> None:
    (first, second) = read(b'1,"a\r\nb ""c""\n",2,3\n4,5,6,7\n')
    assert first.raw == b'1,"a\r\nb ""c""\n",2,3\n'
    assert (first.fault, second.start.line) == ("", 4)


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    rows = read(b'1,"a,b,c\n2,a,b,c\n3,"a",b,c\n4,a,b,c')
    assert [record.start.line for record in rows] == [1, 2, 3, 4]
    assert [bool(record.fault) for record in rows] == [True, False, False, False]


def test_a_row_has_at_most_so_many_lines() -> None:
    long = b'1,"' + b"a\n" * MAX_RECORD_LINES + b'",b,c\n'
    rows = read(long + b"2,a,b,c\n")
    assert rows[0].fault
    assert rows[-1].raw == b"2,a,b,c\n"
    assert len(rows) == MAX_RECORD_LINES + 2


def test_a_quote_inside_an_unquoted_text_is_only_a_character() -> None:
    rows = read(b'1,tubo 5" azul,b,c\n2,a,b,c\n')
    assert [record.fault for record in rows] == ["", ""]


def test_of_a_very_long_line_only_the_beginning_is_held() -> None:
    rows = read(b"x" * 10_000_000 + b"\n2,a,b,c\n", size=65_536)
    assert (len(rows[0].raw), rows[0].end.offset) == (MAX_RECORD_BYTES, 10_000_001)
    assert "shorten it" in rows[0].fault
    assert rows[1].raw == b"2,a,b,c\n"


def test_a_row_in_another_encoding_is_still_named() -> None:
    (record,) = read("1,João,2,3\n".encode("latin-1"))
    refusal = row_of(record, Kind.CUSTOMERS, HEADER)
    assert not isinstance(refusal, CustomerLine | InvoiceLine)
    assert (refusal.id, refusal.reason) == ("1", "the row is not UTF-8: save the file as UTF-8")
