"""The way from containers to this machine."""

import socket
import threading
from contextlib import suppress
from ipaddress import IPv4Network

import pytest

from operations.errors import Trouble
from operations.ports import HOST, any_free
from samlocal.relay import relays

LOOPBACK = IPv4Network("127.0.0.0/8")


def answering_once(answer: bytes) -> int:
    """A server that reads until the end, answers, and is gone; returns its port."""
    server = socket.create_server((HOST, 0))

    def serve() -> None:
        connection, _ = server.accept()
        with server, connection:
            heard = b""
            while piece := connection.recv(1024):
                heard += piece
            connection.sendall(answer + heard)

    threading.Thread(target=serve, daemon=True).start()
    port: int = server.getsockname()[1]
    return port


def ask(port: int, question: bytes) -> bytes:
    with socket.create_connection((HOST, port), timeout=5) as connection:
        connection.sendall(question)
        connection.shutdown(socket.SHUT_WR)
        heard = b""
        while piece := connection.recv(1024):
            heard += piece
        return heard


def test_what_is_said_arrives_and_the_answer_comes_back() -> None:
    (port,) = any_free(1)
    question = b"x" * 200_000
    with relays(HOST, LOOPBACK, {port: answering_once(b"heard ")}):
        assert ask(port, question) == b"heard " + question


def test_strangers_are_not_let_through() -> None:
    (port,) = any_free(1)
    heard = b""
    bridge, relayed = IPv4Network("172.29.66.0/24"), {port: answering_once(b"heard ")}
    with relays(HOST, bridge, relayed), suppress(OSError):
        heard = ask(port, b"hello")
    assert heard == b""


def test_a_world_that_is_gone_ends_the_connection() -> None:
    port, nobody = any_free(2)
    with relays(HOST, LOOPBACK, {port: nobody}), suppress(OSError):
        assert ask(port, b"hello") == b""


def test_a_gateway_elsewhere_is_told_plainly() -> None:
    said = r"cannot reach this machine at 198\.51\.100\.7"
    with pytest.raises(Trouble, match=said), relays("198.51.100.7", LOOPBACK, {4566: 9}):
        pass
