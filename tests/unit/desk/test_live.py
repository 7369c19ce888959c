"""An attendant's WebSocket, over fakes of what it uses."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from desk.live import Listening, Live
from recado import auth
from recado.auth import Role, TokenRecord
from recado.connections import Connection, Connections
from recado.errors import Conflict, Forbidden
from recado.frames import MAX_BYTES
from recado.model import Frozen
from tests.factories import AT

LEASE = timedelta(seconds=60)
REPLY = {"action": "reply", "ticket_id": "tkt_1-1", "token": 3, "message_id": "m-1", "text": "Olá"}


class Tokens:
    """The tokens of this test."""

    def __init__(self) -> None:
        self.records: dict[str, TokenRecord] = {}

    def issue(self, role: Role = Role.ATTENDANT) -> str:
        text, record = auth.issue("ana", role, AT)
        self.records[record.id] = record
        return text

    def get(self, token_id: str) -> TokenRecord | None:
        return self.records.get(token_id)

    def revoke_all(self) -> None:
        self.records = {
            name: record.model_copy(update={"revoked_at": AT})
            for name, record in self.records.items()
        }


@dataclass(frozen=True)
class Presence:
    attendant_id: str


class Attending:
    """The desk's use cases: every known token is Ana's, who holds tkt_1-1 with the token 3."""

    def __init__(self) -> None:
        self.replies: list[tuple[str, str]] = []
        self.nobody = False

    def presence(self, who: str) -> Presence:
        if self.nobody:
            raise Forbidden("this token is no attendant's")
        return Presence("ana")

    def heartbeat(self, who: str) -> datetime:
        return AT + LEASE

    def reply(self, who: str, ticket_id: str, token: int, message_id: str, text: str) -> None:
        if (ticket_id, token) != ("tkt_1-1", 3):
            raise Conflict("the ticket is another attendant's now")
        self.replies.append((message_id, text))


class Book:
    """The connections."""

    def __init__(self) -> None:
        self.open: dict[str, Connection] = {}

    def add(self, connection: Connection, at: datetime) -> None:
        self.open[connection.id] = connection

    def get(self, connection_id: str) -> Connection | None:
        return self.open.get(connection_id)

    def remove(self, connection_id: str) -> None:
        self.open.pop(connection_id, None)


@dataclass
class Socket:
    """One connection of an attendant."""

    attending: Attending = field(default_factory=Attending)
    tokens: Tokens = field(default_factory=Tokens)
    book: Book = field(default_factory=Book)

    @property
    def live(self) -> Live:
        return Live(self.attending, self.tokens, cast("Connections", self.book))

    def send(self, body: Any) -> dict[str, Any]:
        text = body if isinstance(body, str) else json.dumps(body)
        (answer,) = self.live.answer("ws-1", text, AT)
        return dict(json.loads(answer.model_dump_json()))

    def open(self, role: Role = Role.ATTENDANT) -> dict[str, Any]:
        return self.send({"action": "open", "token": self.tokens.issue(role)})


@pytest.fixture
def socket() -> Socket:
    """A connection that was not opened."""
    return Socket()


def test_open_with_an_attendants_token_makes_the_connection_theirs(socket: Socket) -> None:
    assert socket.open() == {"type": "opened", "attendant_id": "ana"}
    assert socket.book.open["ws-1"].subject == "ana"


def test_an_admins_token_opens_too_if_it_is_an_attendants(socket: Socket) -> None:
    assert socket.open(Role.ADMIN)["type"] == "opened"


@pytest.mark.parametrize("token", ["rcd_0123456789ab_" + "a" * 43, "nonsense", "rcd_\n"])
def test_a_token_nobody_knows_opens_nothing(socket: Socket, token: str) -> None:
    answer = socket.send({"action": "open", "token": token})
    assert (answer["type"], answer["error"]) == ("refused", "Unauthenticated")
    assert not socket.book.open


def test_a_viewers_token_and_one_of_no_attendant_open_nothing(socket: Socket) -> None:
    assert socket.open(Role.VIEWER)["error"] == "Forbidden"
    socket.attending.nobody = True
    assert socket.open()["error"] == "Forbidden"
    assert not socket.book.open


@pytest.mark.parametrize("early", [{"action": "heartbeat"}, REPLY])
def test_nothing_is_done_before_open(socket: Socket, early: dict[str, Any]) -> None:
    answer = socket.send(early)
    assert (answer["error"], answer["client_message_id"]) == (
        "Unauthenticated",
        early.get("message_id", ""),
    )
    assert not socket.attending.replies


def test_a_heartbeat_tells_until_when_the_attendant_counts_as_there(socket: Socket) -> None:
    socket.open()
    answer = socket.send({"action": "heartbeat"})
    assert answer["type"] == "alive"
    assert datetime.fromisoformat(answer["lease_until"]) == AT + LEASE


def test_a_reply_is_acknowledged_once_it_is_stored(socket: Socket) -> None:
    socket.open()
    assert socket.send(REPLY) == {"type": "stored", "client_message_id": "m-1"}
    assert socket.attending.replies == [("m-1", "Olá")]


def test_a_late_reply_is_refused_with_its_id(socket: Socket) -> None:
    socket.open()
    answer = socket.send(REPLY | {"token": 2})
    assert (answer["type"], answer["error"], answer["client_message_id"]) == (
        "refused",
        "Conflict",
        "m-1",
    )


@pytest.mark.parametrize("frame", [{"action": "heartbeat"}, REPLY])
def test_a_revoked_token_ends_what_the_connection_may_do(
    socket: Socket, frame: dict[str, Any]
) -> None:
    socket.open()
    socket.tokens.revoke_all()
    assert socket.send(frame)["message"].startswith("the token has been revoked")
    assert not socket.attending.replies
    assert not socket.book.open


def test_a_closed_connection_has_to_be_opened_again(socket: Socket) -> None:
    socket.open()
    socket.live.gone("ws-1")
    assert socket.send({"action": "heartbeat"})["error"] == "Unauthenticated"


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        (REPLY | {"text": " "}, "text"),
        (REPLY | {"text": "a" * 2001}, "text"),
        (REPLY | {"token": "x"}, "token"),
        (REPLY | {"message_id": "a b"}, "message_id"),
        ({"action": "open"}, "token"),
        ({"action": "sleep"}, "action"),
        ("not json", ""),
        ("a" * (MAX_BYTES + 1), ""),
    ],
)
def test_a_wrong_frame_is_refused_and_the_connection_goes_on(
    socket: Socket, frame: Any, field: str
) -> None:
    socket.open()
    answer = socket.send(frame)
    assert (answer["type"], answer["error"], answer["field"]) == ("refused", "Rejected", field)
    assert socket.send({"action": "heartbeat"})["type"] == "alive"


class Pushed:
    """Remembers what was pushed."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, Frozen]] = []

    def push(self, subject: str, frames: Sequence[Frozen]) -> None:
        self.frames += [(subject, frame) for frame in frames]


def test_news_are_pushed_to_the_attendant_they_are_for() -> None:
    class Wrote(Frozen):
        """Some news."""

        type: str = "customer_wrote"

    pushed = Pushed()
    Listening(pushed).hear("ana", Wrote())
    assert pushed.frames == [("ana", Wrote())]
