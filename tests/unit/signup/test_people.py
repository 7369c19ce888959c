"""Whom a file invites."""

import pytest

from recado.errors import Rejected
from signup.domain.people import Person, once_each, people_in

CSV = "email;name;plan;note\nana@example.com;Ana;Fibra 500;x\n;;;\nnobody;B;;\n"


def test_rows_of_csv_and_ndjson_are_people_and_the_others_are_told_by_line() -> None:
    people, refused = people_in(CSV.encode(), csv=True)
    assert people == [Person(email="ana@example.com", name="Ana", plan="Fibra 500")]
    assert [(each.line, "email" in each.reason) for each in refused] == [(4, True)]
    lines = (
        b'{"email": "ana@example.com", "language": "en"}',
        b"",
        b"[]",
        b'{"email": "a@b.example", "name": "x\\ny"}',
    )
    people, refused = people_in(b"\n".join(lines), csv=False)
    assert [each.language.value for each in people] == ["en"]
    assert [each.line for each in refused] == [3, 4]


def test_a_file_without_addresses_is_refused() -> None:
    with pytest.raises(Rejected, match="email"):
        people_in(b"name\nAna\n", csv=True)


def test_a_language_nobody_writes_in_refuses_the_row() -> None:
    _, refused = people_in(b'{"email": "a@b.example", "language": "fr"}', csv=False)
    assert "pt-BR or en" in refused[0].reason


def test_an_address_is_invited_once_in_the_order_of_the_list() -> None:
    emails = ("b@example.com", "a@example.com", "B@example.com")
    people = [Person(email=each) for each in emails]
    assert [each.email for each in once_each(people)] == ["b@example.com", "a@example.com"]
