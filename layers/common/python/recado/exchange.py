"""HTTP/1.1 with one address, over connections that are kept.

Of every request it is known whether it was answered, whether its answer is lost, or whether it was
never sent. Nothing is asked twice, no redirect followed, no proxy used.
"""

import select
import socket
import ssl
import weakref
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

_AT_ONCE = 65_536


class Limits(NamedTuple):
    """How many connections are kept at most, and how many seconds they may take."""

    connections: int
    connect_timeout: float
    read_timeout: float


class Unreached(Exception):
    """Nobody was reached, so nothing was asked."""


class Lost(Exception):
    """The answer was lost; what was asked may have been done."""


class Response:
    """An answer: its status, its headers by their names in lower case, and what it holds."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.data = b""
        self.complete = False

    def on_message_begin(self) -> None:
        """The parser found a beginning."""
        if self.complete:
            raise ValueError("two answers to one question")

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser found a header."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """The parser found a part of the body."""
        self.data += body

    def on_message_complete(self) -> None:
        """The parser found the end."""
        self.complete = True


class Exchange:
    """The connections to an address, `http://…` or `https://…`; for many threads."""

    def __init__(self, address: str, limits: Limits, authorities: str) -> None:
        """`authorities`: the file of those whose certificates are trusted."""
        parts = urlsplit(address)
        self._host = parts.hostname or ""
        self._secure = parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        self._limits = limits
        self._authorities = authorities
        self._idle: list[socket.socket] = []
        weakref.finalize(self, _close, self._idle)

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Send a request, once; `headers` name the host.

        Raises:
            Unreached: no connection could be made.
            Lost: it was sent, at least in part, and no whole answer came.
        """
        request = _request(method, path, headers, body)
        connection = self._kept() or self._connect()
        try:
            response, reusable = _converse(connection, request)
        except (OSError, HttpParserError) as error:
            connection.close()
            raise Lost(f"{type(error).__name__}: {error}") from error
        if reusable and len(self._idle) < self._limits.connections:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def _kept(self) -> socket.socket | None:
        """A connection that the other side has not closed since."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if _is_quiet(connection):
                return connection
            connection.close()
        return None

    def _connect(self) -> socket.socket:
        try:
            plain = socket.create_connection((self._host, self._port), self._limits.connect_timeout)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = (
                self._tls.wrap_socket(plain, server_hostname=self._host) if self._secure else plain
            )
        except OSError as error:
            raise Unreached(f"{type(error).__name__}: {error}") from error
        connection.settimeout(self._limits.read_timeout)
        return connection

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._authorities)


def _close(connections: list[socket.socket]) -> None:
    for connection in connections:
        connection.close()


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    length = f"content-length: {len(body)}\r\n" if body or method != "GET" else ""
    head = f"{method} {path} HTTP/1.1\r\n{lines}{length}accept-encoding: identity\r\n\r\n"
    return head.encode("latin-1") + body


def _converse(connection: socket.socket, request: bytes) -> tuple[Response, bool]:
    """The answer to a request, and whether the connection can be used again."""
    response = Response()
    parser = HttpResponseParser(response)
    connection.sendall(request)
    while not response.complete:
        received = connection.recv(_AT_ONCE)
        if not received:
            raise ConnectionError("the other side closed the connection")
        parser.feed_data(received)
    response.status = parser.get_status_code()
    stays = response.headers.get("connection", "keep-alive").lower() == "keep-alive"
    return response, stays and parser.get_http_version() == "1.1"


def _is_quiet(connection: socket.socket) -> bool:
    """Whether nothing has come since the last answer: neither an end nor what nobody asked for."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return not poll.poll(0)
