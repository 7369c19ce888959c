"""The fields of a customer and an invoice: what is accepted, and what to do about the rest.

Every check raises `ValueError` with the second half of a sentence that begins with the field's
name, so that the API and the import report say the same: "document is not a CPF or CNPJ: …".
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, StringConstraints

from recado.clock import is_zone
from recado.documents import document
from recado.model import Money

CENT = Decimal("0.01")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_PHONE = re.compile(r"\+?[0-9 ().\-]{0,31}")
_POSTCODE = re.compile(r"[0-9]{8}")
_PLAIN_AMOUNT = re.compile(r"[0-9]+(?:[.,][0-9]{1,2})?")
_GROUPED_AMOUNT = re.compile(
    r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,2}|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,2}"
)
_BRAZILIAN_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def printable(text: str) -> str:
    """Text without line breaks and control characters, which would end up in a mail's header."""
    if _UNPRINTABLE.search(text):
        raise ValueError("holds a line break or a control character: remove it")
    return text


def address(text: str) -> str:
    """An e-mail address SES can write to, its domain in lower case; no DNS is asked."""
    printable(text)
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError(f"is not an e-mail address: {error}") from error
    return found.ascii_email or text


def phone(text: str) -> str:
    """A telephone number as people write it: digits, spaces, `+ ( ) . -`."""
    if not _PHONE.fullmatch(text):
        raise ValueError("is not a telephone number: use digits, spaces and + ( ) . - only")
    return text


def postcode(text: str) -> str:
    """A CEP as people write it, `50030-230` or `50030230`, without its punctuation."""
    digits = re.sub(r"[.\- ]", "", text)
    if text and not _POSTCODE.fullmatch(digits):
        raise ValueError("is not a CEP: write its 8 digits, such as 50030-230")
    return digits


def time_zone(text: str) -> str:
    """An IANA time zone; nothing means the operator's."""
    if text and not is_zone(text):
        raise ValueError("is not an IANA time zone: write it like America/Manaus, or leave it out")
    return text


def amount_of(text: str) -> Decimal:
    """An amount as people write it: `129.90`, `129,90`, `1.234,56`, `R$ 129,90`."""
    digits = text.removeprefix("R$").strip()
    if _GROUPED_AMOUNT.fullmatch(digits):
        decimal_mark = max(digits.rfind(","), digits.rfind("."))
        whole = re.sub(r"[.,]", "", digits[:decimal_mark])
        digits = f"{whole}.{digits[decimal_mark + 1 :]}"
    elif _PLAIN_AMOUNT.fullmatch(digits):
        digits = digits.replace(",", ".")
    else:
        raise ValueError("is not an amount: write it like 129.90 or 129,90, not negative")
    return in_cents(Decimal(digits))


def in_cents(amount: Decimal) -> Decimal:
    """An amount with exactly two decimals."""
    try:
        return amount.quantize(CENT)
    except InvalidOperation as error:
        raise ValueError("is too large an amount") from error


def day_of(text: str) -> date:
    """A calendar day as `2026-10-31` or `31/10/2026`."""
    brazilian = _BRAZILIAN_DAY.fullmatch(text)
    day, month, year = brazilian.groups() if brazilian else (text[8:], text[5:7], text[:4])
    iso = text if brazilian or _ISO_DAY.fullmatch(text) else ""
    try:
        return date.fromisoformat(iso and f"{year}-{month}-{day}")
    except ValueError as error:
        raise ValueError("is not a date: write it like 2026-10-31 or 31/10/2026") from error


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    AfterValidator(printable),
]
Label = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=80), AfterValidator(printable)
]
Place = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(printable)
]
Postcode = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(postcode)]
Document = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(document)]
Address = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(address)
]
Zone = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(time_zone)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(phone)]
Amount = Annotated[Money, AfterValidator(in_cents)]
