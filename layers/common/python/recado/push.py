"""Telling those who are connected: best effort, after what is told was stored.

A push never fails who makes it. What somebody missed they read again: every socket lets a client
ask for what comes after what it has.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from recado import settings, table
from recado.connections import Connections
from recado.model import Frozen
from recado.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

NONE = "none"
"""The setting `SOCKET_ENDPOINT` in a world without WebSockets."""

_TIMES = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})


class Gone(Exception):
    """Nobody is at the other end any more."""


class Line(Protocol):
    """The way to a connection: API Gateway, or a fake."""

    def post(self, connection_id: str, text: str) -> None:
        """Send a text.

        Raises:
            Gone: the connection is closed.
        """


class Pusher(Protocol):
    """Tells frames to all connections of a subject."""

    def push(self, subject: str, frames: Sequence[Frozen]) -> None: ...


class Nowhere:
    """A world without WebSockets."""

    def push(self, subject: str, frames: Sequence[Frozen]) -> None:
        """Nobody can be connected."""


class Everywhere:
    """Tells whoever is connected."""

    def __init__(self, connections: Connections, line: Line) -> None:
        self._connections = connections
        self._line = line

    def push(self, subject: str, frames: Sequence[Frozen]) -> None:
        """Send frames, in order, to every connection of a subject; a dead one is forgotten."""
        texts = [frame.model_dump_json() for frame in frames]
        with _best_effort():
            for connection_id in self._connections.of(subject):
                with _best_effort():
                    self._tell(subject, connection_id, texts)

    def _tell(self, subject: str, connection_id: str, texts: Sequence[str]) -> None:
        try:
            for text in texts:
                self._line.post(connection_id, text)
        except Gone:
            self._connections.forget(subject, connection_id)


class ApiGateway:
    """The connections of API Gateway."""

    def __init__(self, client: "ApiGatewayManagementApiClient") -> None:
        self._client = client

    def post(self, connection_id: str, text: str) -> None:
        """Send a text.

        Raises:
            Gone: the connection is closed.
        """
        try:
            self._client.post_to_connection(ConnectionId=connection_id, Data=text.encode())
        except self._client.exceptions.GoneException as error:
            raise Gone from error


class Session:
    """What Chalice takes for a boto3 session: its client goes where the world's sockets are.

    Chalice itself would build an address of amazonaws.com.
    """

    region_name: str | None = None

    def client(self, *_: Any, **__: Any) -> "ApiGatewayManagementApiClient":
        """The process's client."""
        return client()


@cache
def client() -> "ApiGatewayManagementApiClient":
    """The process's client of the service's socket; it makes one short attempt."""
    endpoint = settings.text("SOCKET_ENDPOINT")
    return boto3.client("apigatewaymanagementapi", endpoint_url=endpoint, config=_TIMES)


def pusher(connections: Connections) -> Pusher:
    """Who tells the service's connections in this world."""
    if settings.optional("SOCKET_ENDPOINT") in {"", NONE}:
        return Nowhere()
    return Everywhere(connections, ApiGateway(client()))


@contextmanager
def _best_effort() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        code = table.error_code(error) if isinstance(error, ClientError) else ""
        logger.warning("push failed", error=type(error).__name__, code=code)
