"""Who a campaign writes to: recipients from customers, and from the rows of an uploaded file.

Everything here is pure. `central` uses it to try a campaign on a sample, `campaigns` to plan it, so
that what was checked is what is sent.

An audience file is NDJSON (one object a line) or CSV (a header, one row a line, comma or
semicolon). Every row has `id` and `email`, may have `language` and `time_zone`, may have `reply_to`
(an address for this person's answer alone) with `reference` (a message id their answer will name),
and everything else it has becomes a field of the template.
"""

import csv
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from pydantic import ValidationError

from recado.clock import is_zone
from recado.contracts import AnswerTo, Recipient, Scalar
from recado.errors import Rejected
from recado.model import IDENTIFIER, Customer, Language

MAX_ROW_BYTES = 20_000
"""A longer row is refused: a chunk of 50 travels in one SQS message of 1 MiB."""
MAX_ADDRESS = 254
"""RFC 5321's limit of a forward path, without the angle brackets."""

_BOM = b"\xef\xbb\xbf"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(
    rf"(?=.{{3,{MAX_ADDRESS}}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*"
    rf"@(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9\-]{{0,61}}[A-Za-z0-9])"
)
_IDENTIFIER = re.compile(IDENTIFIER)
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What neither a mail nor an SQS message can carry."""
_OWN_COLUMNS = {"id", "email", "language", "time_zone", "reply_to", "reference"}
_LANGUAGES = {"pt": Language.PORTUGUESE, "en": Language.ENGLISH}


@dataclass(frozen=True)
class RejectedRow:
    """A row nobody can be written to for. `id` is the row's own, or `line-<number>`."""

    id: str
    reason: str


@dataclass(frozen=True)
class CsvHeader:
    """The columns of a CSV file, and the character between them."""

    columns: tuple[str, ...]
    separator: str


def fields_of(customer: Customer, as_of: date) -> dict[str, Scalar]:
    """What a template may say about a customer on the day `as_of`.

    Always: `name`, `first_name`, `customer_id`, `plan`, `city`. Only when something is overdue:
    `invoices` (how many are), `amount` (their sum, "129.90"), and of the oldest `invoice` (its
    id), `due_date` (ISO) and `days_overdue`.
    """
    known: dict[str, Scalar] = {
        "name": customer.name,
        "first_name": next(iter(customer.name.split()), ""),
        "customer_id": customer.id,
        "plan": customer.plan,
        "city": customer.city,
    }
    overdue = customer.overdue(as_of)
    if not overdue:
        return known
    oldest_id, oldest = next(iter(overdue.items()))
    total = sum((bill.amount for bill in overdue.values()), Decimal(0))
    return known | {
        "invoices": len(overdue),
        "amount": f"{total:.2f}",
        "due_date": oldest.due_on.isoformat(),
        "days_overdue": (as_of - oldest.due_on).days,
        "invoice": oldest_id,
    }


def recipient_of(customer: Customer, as_of: date) -> Recipient:
    """A customer as a recipient of a campaign planned for the day `as_of`."""
    return Recipient(
        id=customer.id,
        email=customer.email,
        language=customer.language,
        fields=fields_of(customer, as_of),
        time_zone=customer.time_zone or None,
    )


def is_address(text: str) -> bool:
    """Whether SES takes `text` as an address: ASCII, a dot-atom, and a domain with labels."""
    return _ADDRESS.fullmatch(text) is not None


def language_of(text: str) -> Language:
    """The language a tag such as `pt-BR`, `pt` or `en-US` stands for; nothing means pt-BR.

    Raises:
        Rejected: Recado does not write in that language.
    """
    primary = re.split(r"[-_]", text.strip().lower(), maxsplit=1)[0]
    language = _LANGUAGES.get(primary or "pt")
    if language is None:
        raise Rejected("language must be pt-BR or en", field="language")
    return language


def read_header(raw: bytes) -> CsvHeader:
    """The header of a CSV audience, from the file's first line; a UTF-8 BOM is tolerated.

    Raises:
        Rejected: it is not UTF-8, lacks `id` or `email`, or names a column twice.
    """
    header = split_header(raw)
    missing = [name for name in ("id", "email") if name not in header.columns]
    if missing:
        raise Rejected(f"the file's first line lacks the columns: {', '.join(missing)}")
    return header


def split_header(raw: bytes) -> CsvHeader:
    """The columns of any CSV file, from its first line, separated by commas or semicolons.

    Raises:
        Rejected: the line is not UTF-8, not a CSV row, has an empty name or names a column twice.
    """
    try:
        text = raw.removeprefix(_BOM).decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Rejected("the file's first line is not UTF-8: save the file as UTF-8") from error
    separator = ";" if text.count(";") > text.count(",") else ","
    try:
        columns = tuple(name.strip() for name in _split(text, separator))
    except csv.Error as error:
        raise Rejected(f"the file's first line is not a CSV header: {error}") from error
    while columns and not columns[-1]:
        columns = columns[:-1]
    if not all(columns) or not columns:
        raise Rejected("the file's first line must name every column")
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise Rejected(f"the file's first line names these columns twice: {', '.join(twice)}")
    return CsvHeader(columns=columns, separator=separator)


def is_blank(raw: bytes) -> bool:
    """Whether a line holds nothing, so that it is no row at all (files often end with some)."""
    return not raw.strip(b" \t\r\n,;").removeprefix(_BOM)


def parse_line(raw: bytes, line: int, header: CsvHeader | None) -> Recipient | RejectedRow:
    """The recipient in one line of an audience file, or why there is none.

    `line` counts from 1 and names the row when its id cannot; `header` is `None` for NDJSON.
    """
    known_as = f"line-{line}"
    try:
        values = values_in(raw, header)
        known_as = _identifier(values)
        return Recipient(
            id=known_as,
            email=_address(values),
            language=language_of(_text(values, "language")),
            fields=_fields(values),
            time_zone=_time_zone(values),
            answer_to=_answer_to(values),
        )
    except Rejected as error:
        return RejectedRow(id=known_as, reason=str(error))


def values_in(raw: bytes, header: CsvHeader | None) -> Mapping[str, Any]:
    """The values of a row by column; `header` is `None` for NDJSON.

    Raises:
        Rejected: it is no row.
    """
    if len(raw) > MAX_ROW_BYTES:
        raise Rejected(f"the row has {len(raw)} bytes: at most {MAX_ROW_BYTES} fit")
    try:
        text = raw.removeprefix(_BOM).decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Rejected("the row is not UTF-8: save the file as UTF-8") from error
    return _from_json(text) if header is None else _from_csv(text, header)


def _from_csv(text: str, header: CsvHeader) -> Mapping[str, str]:
    try:
        cells = _split(text, header.separator)
    except csv.Error as error:
        raise Rejected("the row is not CSV: a quote is never closed, or stands alone") from error
    expected = len(header.columns)
    if len(cells) < expected or any(cells[expected:]):
        raise Rejected(f"the row has {len(cells)} columns, the header {expected}")
    return dict(zip(header.columns, cells, strict=False))


def _split(text: str, separator: str) -> list[str]:
    return next(csv.reader([text], delimiter=separator, strict=True), [])


def _from_json(text: str) -> Mapping[str, Any]:
    try:
        values = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Rejected("the row is not a JSON object on one line") from error
    if not isinstance(values, dict):
        raise Rejected("the row is not a JSON object on one line")
    return values


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _identifier(values: Mapping[str, Any]) -> str:
    identifier = _text(values, "id")
    if _IDENTIFIER.fullmatch(identifier) is None:
        raise Rejected(
            "id must be 1 to 64 letters, digits, dots, dashes or underscores", field="id"
        )
    return identifier


def _address(values: Mapping[str, Any]) -> str:
    address = _text(values, "email")
    if not is_address(address):
        raise Rejected("email is not an address such as ana@example.com", field="email")
    return address


def _time_zone(values: Mapping[str, Any]) -> str | None:
    zone = _text(values, "time_zone")
    if zone and not is_zone(zone):
        raise Rejected("time_zone is not an IANA zone such as America/Manaus", field="time_zone")
    return zone or None


def _answer_to(values: Mapping[str, Any]) -> AnswerTo | None:
    address = _text(values, "reply_to")
    if not address:
        return None
    if not is_address(address):
        raise Rejected("reply_to is not an address such as ana@example.com", field="reply_to")
    try:
        return AnswerTo(address=address, reference=_text(values, "reference") or None)
    except ValidationError as error:
        raise Rejected(
            "reference is not a message id such as <1@example.com>", field="reference"
        ) from error


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return "" if value is None else str(value).strip(" ")


def _fields(values: Mapping[str, Any]) -> dict[str, Scalar]:
    fields = {name: value for name, value in values.items() if name not in _OWN_COLUMNS}
    for name, value in fields.items():
        _check_field(name, value)
    return fields


def _check_field(name: str, value: object) -> None:
    if isinstance(value, dict | list):
        raise Rejected(f"{name} holds a list or an object: give one value a field", field=name)
    if isinstance(value, float) and not math.isfinite(value):
        raise Rejected(f"{name} is not a number that fits", field=name)
    if _UNSPEAKABLE.search(name) or (isinstance(value, str) and _UNSPEAKABLE.search(value)):
        shown = _UNSPEAKABLE.sub("?", name)
        raise Rejected(f"{shown} holds a control character: remove it", field=shown)
