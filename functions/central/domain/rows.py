"""Turning the records of an import file into customers and invoices, or into a reason why not."""

import csv
import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NoReturn

from pydantic import ValidationError

from central.domain.customers import NewCustomer
from central.domain.fields import amount_of, day_of
from central.domain.intake import CustomerLine, InvoiceLine, Refusal
from central.domain.invoices import InvoiceRow
from central.domain.records import Quoting, Record
from recado.audience import CsvHeader, language_of, split_header
from recado.errors import Rejected
from recado.model import IDENTIFIER

Row = CustomerLine | InvoiceLine | Refusal

_IDENTIFIER = re.compile(IDENTIFIER)
_BOM = b"\xef\xbb\xbf"
_NOT_JSON = "the row is not a JSON object on one line: write one object a line"
_NOT_CSV = "the row is not CSV: close its quotes, and write a quote inside quotes twice"


class Kind(StrEnum):
    """What the rows of a file are."""

    CUSTOMERS = "customers"
    INVOICES = "invoices"

    @property
    def required(self) -> tuple[str, ...]:
        """The columns a file must have."""
        model = _MODELS[self]
        return tuple(name for name, field in model.model_fields.items() if field.is_required())

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read; any other is ignored."""
        return tuple(_MODELS[self].model_fields)


_MODELS: dict[Kind, type[NewCustomer] | type[InvoiceRow]] = {
    Kind.CUSTOMERS: NewCustomer,
    Kind.INVOICES: InvoiceRow,
}
_CLEARABLE = {"phone", "plan", "city", "address", "postcode", "time_zone"}
"""Columns in which an empty cell means "nothing" rather than "not said"."""
_REMEDIES = {
    "missing": "is missing: fill it in",
    "string_too_short": "is missing: fill it in",
    "string_pattern_mismatch": (
        "must be 1 to 64 letters, digits, dots, dashes or underscores, without spaces"
    ),
    "enum": "must be one of open, paid, cancelled",
    "decimal_max_digits": "is too large an amount",
    "decimal_whole_digits": "is too large an amount",
}


def read_columns(raw: bytes, kind: Kind) -> CsvHeader:
    """The columns of a CSV import, from its first line, in lower case.

    Raises:
        Rejected: the line is unreadable or lacks columns; the message names them.
    """
    if b"\r" in raw.rstrip(b"\r\n"):
        raise Rejected("lines must end in LF or CRLF: save the file as CSV (UTF-8) again")
    header = split_header(raw.lower())
    missing = [name for name in kind.required if name not in header.columns]
    if missing:
        raise Rejected(
            f"the file's first line lacks the columns: {', '.join(missing)};"
            f" it has: {', '.join(header.columns)[:500]}"
        )
    return header


def quoting_of(header: CsvHeader) -> Quoting:
    """How to find the records of a CSV file with this header."""

    def is_row(raw: bytes) -> bool:
        try:
            return len(_cells(raw.decode(errors="replace"), header)) == len(header.columns)
        except Rejected:
            return False

    return Quoting(separator=header.separator.encode(), is_row=is_row)


def row_of(record: Record, kind: Kind, header: CsvHeader | None) -> Row:
    """The customer or invoice in a record, or why it is refused; `header` is `None` for NDJSON."""
    line, raw = record.start.line, record.raw.removeprefix(_BOM)
    shown = raw.decode(errors="backslashreplace").rstrip("\r\n")
    try:
        row = _validated(_prepared(_values(raw, header, record.fault), kind), kind)
    except UnicodeDecodeError:
        reason = "the row is not UTF-8: save the file as UTF-8"
        return Refusal(line, _best_id(raw, header), reason, shown)
    except Rejected as error:
        return Refusal(line, _best_id(raw, header), str(error), shown)
    if isinstance(row, NewCustomer):
        return CustomerLine(line, row, shown)
    return InvoiceLine(line, row, shown)


def unknown_columns(record: Record, kind: Kind) -> set[str]:
    """The names in an NDJSON record that mean nothing here."""
    try:
        return set(_from_json(record.raw.removeprefix(_BOM).decode())) - set(kind.columns)
    except (UnicodeDecodeError, Rejected):
        return set()


def _values(raw: bytes, header: CsvHeader | None, fault: str) -> Mapping[str, str]:
    text = raw.decode()
    if fault:
        raise Rejected(fault)
    if header is None:
        return _from_json(text)
    cells = _cells(text, header)
    if len(cells) != len(header.columns):
        raise Rejected(
            f"the row has {len(cells)} columns, the first line {len(header.columns)}:"
            " look for a missing or an unquoted separator"
        )
    return {name: cell.strip(" \t") for name, cell in zip(header.columns, cells, strict=True)}


def _cells(text: str, header: CsvHeader) -> list[str]:
    """The cells of a row; empty ones beyond the header, as spreadsheets write them, are dropped."""
    try:
        cells = next(csv.reader([text], delimiter=header.separator, strict=True), [])
    except csv.Error as error:
        raise Rejected(_NOT_CSV) from error
    while len(cells) > len(header.columns) and not cells[-1].strip():
        cells.pop()
    return cells


def _from_json(text: str) -> Mapping[str, str]:
    try:
        values = json.loads(text, parse_float=str, parse_int=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Rejected(_NOT_JSON) from error
    if not isinstance(values, dict):
        raise Rejected(_NOT_JSON)
    named = {_speakable(name).strip().lower(): value for name, value in values.items()}
    return {name: _plain(name, value) for name, value in named.items()}


def _speakable(name: str) -> str:
    """A JSON name without half characters, which nobody could store or show."""
    return name.encode(errors="backslashreplace").decode()


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _plain(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Rejected(f"{name[:64]} must be a text or a number")
    return value.strip(" \t")


def _prepared(values: Mapping[str, str], kind: Kind) -> dict[str, Any]:
    """The values a model takes: known columns, blanks left out, amounts and dates understood."""
    known = {
        name: value
        for name, value in values.items()
        if name in kind.columns and (value or name in _CLEARABLE)
    }
    faults: list[str] = []
    prepared: dict[str, Any] = {}
    for name, value in known.items():
        try:
            prepared[name] = _understood(name, value)
        except ValueError as error:
            faults.append(f"{name} {error}")
        except Rejected as error:
            faults.append(str(error))
    if faults:
        raise Rejected("; ".join(faults))
    return prepared


def _understood(name: str, value: str) -> Any:
    match name:
        case "amount":
            return amount_of(value)
        case "issued_on" | "due_on" | "paid_on":
            return day_of(value)
        case "language":
            return language_of(value)
        case "status":
            return value.lower()
        case _:
            return value


def _validated(values: dict[str, Any], kind: Kind) -> NewCustomer | InvoiceRow:
    try:
        return _MODELS[kind].model_validate(values)
    except ValidationError as error:
        raise Rejected("; ".join(_sentence(dict(fault)) for fault in error.errors())) from error


def _sentence(fault: Mapping[str, Any]) -> str:
    column = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "value_error":
        remedy = str(fault["ctx"]["error"])
    else:
        remedy = _REMEDIES.get(fault["type"], str(fault["msg"]))
    return f"{column} {remedy}".strip()


def _best_id(raw: bytes, header: CsvHeader | None) -> str:
    """The id of a row that was refused, whatever is wrong with the rest of it.

    Ids are ASCII, which nearly all encodings share.
    """
    text = raw.decode("latin-1")
    try:
        values = _from_json(text) if header is None else _lenient(text, header)
    except (Rejected, csv.Error):
        return ""
    row_id = values.get("id", "").strip(" \t")
    return row_id if _IDENTIFIER.fullmatch(row_id) else ""


def _lenient(text: str, header: CsvHeader) -> Mapping[str, str]:
    cells = next(csv.reader([text], delimiter=header.separator), [])
    return dict(zip(header.columns, cells, strict=False))
