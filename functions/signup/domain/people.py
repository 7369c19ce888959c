"""People to invite, from a list or from the rows of an uploaded file."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from recado.audience import CsvHeader, is_address, is_blank, language_of, split_header, values_in
from recado.errors import Rejected
from recado.model import Frozen, Language
from signup.domain.invitations import RejectedPerson

MAX_LISTED = 500
"""People in the body of one request."""
MAX_IN_FILE = 10_000
"""People in one file: they are all invited within one request."""
MAX_FILE_BYTES = 4_000_000


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("is not an e-mail address such as ana@example.com")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds a line break or a control character: remove it")
    return text


Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_address)
]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=120), AfterValidator(_one_line)
]


class Person(Frozen):
    """Somebody to invite."""

    email: Email
    name: Words = ""
    language: Language = Language.PORTUGUESE
    plan: Words = ""


def people_in(raw: bytes, *, csv: bool) -> tuple[list[Person], list[RejectedPerson]]:
    """The people in a file (NDJSON, or CSV with a header), and the rows that name nobody.

    The columns `email`, `name`, `language` and `plan` are read, others are ignored.

    Raises:
        Rejected: there are too many rows, or the file has no header with `email`.
    """
    lines = raw.split(b"\n")
    header = _header(lines[0]) if csv else None
    people: list[Person] = []
    refused: list[RejectedPerson] = []
    for number, line in enumerate(lines[1:] if csv else lines, start=2 if csv else 1):
        if is_blank(line):
            continue
        if len(people) + len(refused) == MAX_IN_FILE:
            raise Rejected(f"the file has more than {MAX_IN_FILE} rows: split it", field="file")
        try:
            people.append(_person(line, header))
        except (Rejected, ValueError) as error:
            refused.append(RejectedPerson(line=number, reason=_sentence(error)))
    return people, refused


def once_each(people: Iterable[Person]) -> list[Person]:
    """The people without those whose address was there before."""
    first: dict[str, Person] = {}
    for person in people:
        first.setdefault(person.email.lower(), person)
    return list(first.values())


def _header(first: bytes) -> CsvHeader:
    header = split_header(first)
    if "email" not in header.columns:
        raise Rejected("the file's first line lacks the column: email", field="file")
    return header


def _person(line: bytes, header: CsvHeader | None) -> Person:
    values = {name: value for name, value in values_in(line, header).items() if value is not None}
    spoken = language_of(str(values.get("language", "")))
    known = {name: str(values[name]) for name in ("email", "name", "plan") if name in values}
    return Person(language=spoken, **known)


def _sentence(error: Exception) -> str:
    faults = getattr(error, "errors", None)
    if faults is None:
        return str(error)
    fault = faults()[0]
    field = ".".join(str(part) for part in fault["loc"])
    said = fault["ctx"]["error"] if fault["type"] == "value_error" else fault["msg"]
    return f"{field} {said}"
