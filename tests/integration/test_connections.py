"""Connections in a service's table."""

from datetime import timedelta

import pytest

from recado import connections, settings, table
from recado.connections import LIFETIME, Connection, Connections
from tests.factories import AT
from tests.integration.conftest import Suite


@pytest.fixture(params=["CONVERSATIONS_TABLE", "DESK_TABLE"])
def book(suite: Suite, request: pytest.FixtureRequest) -> Connections:
    """The connections of a service."""
    return Connections(settings.text(request.param), table.client())


@pytest.fixture
def one(suite: Suite) -> Connections:
    """The connections of chat."""
    return Connections(settings.text("CONVERSATIONS_TABLE"), table.client())


def test_a_connection_is_its_subjects_until_it_is_closed(book: Connections) -> None:
    connection = Connection(id="a=", subject="ana", token_id="0123456789ab")
    book.add(connection, AT)
    assert book.get("a=") == connection
    assert (book.of("ana"), book.of("bia")) == (("a=",), ())
    book.remove("a=")
    assert (book.get("a="), book.of("ana")) == (None, ())


def test_a_subject_may_have_several(one: Connections) -> None:
    for name in ("a", "b"):
        one.add(Connection(id=name, subject="ana"), AT)
    assert one.of("ana") == ("a", "b")
    one.remove("a")
    assert one.of("ana") == ("b",)


def test_opened_again_for_somebody_else_it_is_no_longer_the_firsts(one: Connections) -> None:
    one.add(Connection(id="a", subject="ana"), AT)
    one.add(Connection(id="a", subject="ana"), AT)
    assert one.of("ana") == ("a",)
    one.add(Connection(id="a", subject="bia"), AT)
    assert (one.of("ana"), one.of("bia")) == ((), ("a",))


def test_a_dead_connection_is_forgotten_whatever_is_left_of_it(one: Connections) -> None:
    one.add(Connection(id="a", subject="ana"), AT)
    one.forget("ana", "a")
    assert (one.get("a"), one.of("ana")) == (None, ())
    one.forget("ana", "a")
    one.remove("a")


def test_only_so_many_connections_of_one_subject_are_written_to(
    one: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "OF_ONE_SUBJECT", 2)
    for name in ("a", "b", "c"):
        one.add(Connection(id=name, subject="ana"), AT)
    assert len(one.of("ana")) == 2


def test_what_is_never_closed_expires(one: Connections) -> None:
    one.add(Connection(id="a", subject="ana"), AT)
    items = table.client().scan(TableName=settings.text("CONVERSATIONS_TABLE"))["Items"]
    assert timedelta(hours=2) < LIFETIME
    assert {int(item["expires_at"]["N"]) for item in items} == {int((AT + LIFETIME).timestamp())}
    assert len(items) == 2
