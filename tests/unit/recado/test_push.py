"""Pushing: everybody who is connected is told, the dead are forgotten, and nothing ever fails."""

from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from botocore.stub import Stubber

from recado import push
from recado.connections import Connections
from recado.model import Frozen


class News(Frozen):
    text: str


class Book:
    """The connections of Ana."""

    def __init__(self, *connections: str) -> None:
        self.open = list(connections)

    def of(self, subject: str) -> tuple[str, ...]:
        return tuple(self.open) if subject == "ana" else ()

    def forget(self, subject: str, connection_id: str) -> None:
        assert subject == "ana"
        self.open.remove(connection_id)


class Wires:
    """The other ends; those in `broken` raise what they are given."""

    def __init__(self, **broken: Exception) -> None:
        self.heard: list[tuple[str, str]] = []
        self.broken = broken

    def post(self, connection_id: str, text: str) -> None:
        if connection_id in self.broken:
            raise self.broken[connection_id]
        self.heard.append((connection_id, text))


def everywhere(book: Book, wires: Wires) -> push.Everywhere:
    return push.Everywhere(cast("Connections", book), wires)


def trouble(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "PostToConnection")


def test_every_connection_of_the_subject_hears_every_frame_in_order() -> None:
    wires = Wires()
    everywhere(Book("a", "b"), wires).push("ana", [News(text="1"), News(text="2")])
    assert wires.heard == [
        ("a", '{"text":"1"}'),
        ("a", '{"text":"2"}'),
        ("b", '{"text":"1"}'),
        ("b", '{"text":"2"}'),
    ]
    everywhere(Book("a"), wires).push("bia", [News(text="3")])
    assert len(wires.heard) == 4


def test_a_connection_that_is_gone_is_forgotten_and_the_others_are_told() -> None:
    book, wires = Book("a", "b"), Wires(a=push.Gone())
    everywhere(book, wires).push("ana", [News(text="1")])
    assert book.open == ["b"]
    assert wires.heard == [("b", '{"text":"1"}')]


@pytest.mark.parametrize(
    "fault", [trouble("LimitExceededException"), ConnectTimeoutError(endpoint_url="http://x")]
)
def test_a_fault_of_one_connection_fails_nobody_and_keeps_it(fault: Exception) -> None:
    book, wires = Book("a", "b"), Wires(a=fault)
    everywhere(book, wires).push("ana", [News(text="1")])
    assert book.open == ["a", "b"]
    assert wires.heard == [("b", '{"text":"1"}')]


def test_a_table_that_does_not_answer_fails_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    book, wires = Book("a"), Wires()

    def throttled(_: str) -> tuple[str, ...]:
        raise trouble("ThrottlingException")

    monkeypatch.setattr(book, "of", throttled)
    everywhere(book, wires).push("ana", [News(text="1")])
    assert not wires.heard


@pytest.fixture
def api_gateway(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The client of a world's socket."""
    monkeypatch.setenv("SOCKET_ENDPOINT", "http://world.test/_aws/execute-api/abc/v")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    push.client.cache_clear()
    yield push.client()
    push.client.cache_clear()


def test_api_gateway_says_who_is_gone(api_gateway: Any) -> None:
    with Stubber(api_gateway) as stub:
        stub.add_response("post_to_connection", {}, {"ConnectionId": "a", "Data": "olá".encode()})
        stub.add_client_error("post_to_connection", "GoneException")
        line = push.ApiGateway(api_gateway)
        line.post("a", "olá")
        with pytest.raises(push.Gone):
            line.post("a", "olá")
        stub.assert_no_pending_responses()


def test_chalice_gets_the_worlds_own_socket_and_one_short_attempt(api_gateway: Any) -> None:
    given = push.Session().client("apigatewaymanagementapi", endpoint_url="https://amazonaws.com")
    assert given is api_gateway
    assert given.meta.endpoint_url == "http://world.test/_aws/execute-api/abc/v"
    assert given.meta.config.retries["total_max_attempts"] == 1
    assert given.meta.config.connect_timeout + given.meta.config.read_timeout <= 3


@pytest.mark.parametrize("setting", ["", "none"])
def test_where_there_are_no_websockets_nobody_is_looked_for(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCKET_ENDPOINT", setting)
    monkeypatch.setattr(boto3, "client", None)
    push.pusher(cast("Connections", None)).push("ana", [News(text="1")])


def test_where_there_are_the_connected_are_told(api_gateway: Any) -> None:
    with Stubber(api_gateway) as stub:
        stub.add_response("post_to_connection", {}, {"ConnectionId": "a", "Data": b'{"text":"1"}'})
        push.pusher(cast("Connections", Book("a"))).push("ana", [News(text="1")])
        stub.assert_no_pending_responses()
