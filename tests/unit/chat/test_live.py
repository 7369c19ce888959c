"""A customer's WebSocket, over fakes of what it uses."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import pytest

from chat.domain.arrivals import Message
from chat.domain.conversation import Head
from chat.domain.handover import Control, Owner
from chat.live import Live, Watching
from chat.talking import Receipt
from recado.connections import Connection, Connections
from recado.conversation import Line, Speaker
from recado.errors import Conflict, NotFound
from recado.frames import MAX_BYTES
from recado.model import Frozen, Language
from tests.factories import AT

KEY = "the-key"


def begun(**fields: Any) -> Head:
    """A conversation."""
    began: dict[str, Any] = {
        "id": "cnv_1",
        "key_digest": "",
        "language": Language.PORTUGUESE,
        "started_at": AT,
        "last_at": AT,
    }
    return Head.model_validate(began | fields)


@dataclass
class Talks:
    """The use cases, in memory."""

    head: Head = field(default_factory=begun)
    lines: list[Line] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def read(self, conversation_id: str) -> Head:
        assert conversation_id == self.head.id
        return self.head

    def admit(self, conversation_id: str, key: str) -> Head:
        if (conversation_id, key) != (self.head.id, KEY):
            raise NotFound("there is no conversation of this id with this key")
        return self.head

    def say(self, head: Head, message: Message, at: datetime) -> Receipt:
        if head.over:
            raise Conflict("this conversation is over: begin another one")
        self.lines.append(line(len(self.lines) + 1, message.text))
        return Receipt(
            client_message_id=message.client_message_id, sequence=len(self.lines), lines=()
        )

    def lines_after(self, head: Head, sequence: int, limit: int) -> tuple[Line, ...]:
        return tuple(self.lines[sequence : sequence + limit])

    def call_back(self, head: Head, phone: str, at: datetime) -> Head:
        self.calls.append(phone)
        return begun(control=Control(owner=Owner.QUEUED))

    def back_to_bot(self, head: Head, at: datetime) -> Head:
        return begun(control=Control(owner=Owner.RETURNED))

    def end(self, head: Head, at: datetime) -> Head:
        self.head = begun(ended_at=at)
        return self.head


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


def line(sequence: int, text: str = "oi") -> Line:
    return Line(sequence=sequence, speaker=Speaker.CUSTOMER, text=text, at=AT)


@dataclass
class Socket:
    """One connection of a customer."""

    talks: Talks = field(default_factory=Talks)
    book: Book = field(default_factory=Book)

    @property
    def live(self) -> Live:
        book = cast("Connections", self.book)
        return Live(self.talks, self.talks.read, book)

    def send(self, body: Any) -> list[dict[str, Any]]:
        """Send a frame; returns the answers."""
        text = body if isinstance(body, str) else json.dumps(body)
        return [json.loads(frame.model_dump_json()) for frame in self.live.answer("ws-1", text, AT)]

    def open(self, **fields: Any) -> list[dict[str, Any]]:
        return self.send({"action": "open", "conversation": "cnv_1", "key": KEY} | fields)

    def one(self, body: Any) -> dict[str, Any]:
        (answer,) = self.send(body)
        return answer


@pytest.fixture
def socket() -> Socket:
    """A connection that was not opened."""
    return Socket()


def say(text: str = "oi", message_id: str = "m-1") -> dict[str, Any]:
    return {"action": "say", "client_message_id": message_id, "text": text}


def test_open_with_the_key_gives_the_lines_after_those_the_client_has(socket: Socket) -> None:
    socket.talks.lines += [line(1), line(2), line(3)]
    (answer,) = socket.open(after=1)
    assert [each["sequence"] for each in answer.pop("lines")] == [2, 3]
    assert answer == {"type": "lines", "owner": "bot", "over": False}
    assert socket.book.open["ws-1"].subject == "cnv_1"


def test_open_says_how_an_empty_conversation_stands(socket: Socket) -> None:
    assert socket.open() == [{"type": "lines", "lines": [], "owner": "bot", "over": False}]


def test_open_gives_all_lines_however_many_in_frames_small_enough(socket: Socket) -> None:
    socket.talks.lines += [line(number, "x" * 2000) for number in range(1, 121)]
    answers = socket.open()
    assert [each["sequence"] for answer in answers for each in answer["lines"]] == list(
        range(1, 121)
    )
    assert all(len(json.dumps(answer)) < MAX_BYTES for answer in answers)


def test_a_wrong_key_opens_nothing(socket: Socket) -> None:
    for wrong in ({"key": "another"}, {"conversation": "cnv_2"}):
        (answer,) = socket.open(**wrong)
        assert (answer["type"], answer["error"]) == ("refused", "NotFound")
    assert not socket.book.open


@pytest.mark.parametrize("early", [say(), {"action": "end"}, {"action": "choose", "choice": "bot"}])
def test_nothing_is_done_before_open(socket: Socket, early: dict[str, Any]) -> None:
    answer = socket.one(early)
    assert (answer["type"], answer["error"]) == ("refused", "Unauthenticated")
    assert "`open` first" in answer["message"]
    assert answer["client_message_id"] == early.get("client_message_id", "")
    assert (socket.talks.lines, socket.talks.head.over) == ([], False)


def test_a_message_is_acknowledged_with_its_place(socket: Socket) -> None:
    socket.open()
    assert socket.one(say("oi", "m-7")) == {
        "type": "stored",
        "client_message_id": "m-7",
        "sequence": 1,
    }


def test_what_a_use_case_refuses_is_told_with_the_messages_id(socket: Socket) -> None:
    socket.open()
    assert socket.one({"action": "end"})["over"] is True
    answer = socket.one(say())
    assert (answer["error"], answer["client_message_id"]) == ("Conflict", "m-1")
    assert answer["message"] == "this conversation is over: begin another one"


def test_a_choice_tells_who_has_the_conversation_now(socket: Socket) -> None:
    socket.open()
    chosen = socket.one({"action": "choose", "choice": "call_back", "phone": "+55 81 99999-0000"})
    assert (chosen["owner"], socket.talks.calls) == ("queued", ["+55 81 99999-0000"])
    assert socket.one({"action": "choose", "choice": "bot"})["owner"] == "returned"


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        (say(" "), "text"),
        (say("a" * 2001), "text"),
        (say("a\u0000"), "text"),
        (say(message_id=""), "client_message_id"),
        (say() | {"number": 0}, "number"),
        ({"action": "choose", "choice": "wait"}, "choice"),
        ({"action": "choose", "choice": "call_back"}, ""),
        ({"action": "choose", "choice": "call_back", "phone": "call me"}, "phone"),
        ({"action": "open", "conversation": "cnv_1", "key": ""}, "key"),
        ({"action": "open", "conversation": "cnv_1", "key": KEY, "after": -1}, "after"),
        ({"action": "listen"}, "action"),
        ("not json", ""),
        ("a" * (MAX_BYTES + 1), ""),
    ],
)
def test_a_wrong_frame_is_refused_and_the_connection_goes_on(
    socket: Socket, frame: Any, field: str
) -> None:
    socket.open()
    answer = socket.one(frame)
    assert (answer["type"], answer["error"], answer["field"]) == ("refused", "Rejected", field)
    assert socket.one(say())["sequence"] == 1


def test_a_closed_connection_has_to_be_opened_again(socket: Socket) -> None:
    socket.open()
    socket.live.gone("ws-1")
    assert socket.one(say())["error"] == "Unauthenticated"


class Pushed:
    """Remembers what was pushed."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, dict[str, Any]]] = []

    def push(self, subject: str, frames: Sequence[Frozen]) -> None:
        self.frames += [(subject, frame.model_dump(mode="json")) for frame in frames]


def test_new_lines_are_pushed_to_who_looks_at_the_conversation() -> None:
    pushed = Pushed()
    head = begun(control=Control(owner=Owner.HUMAN))
    Watching(pushed).told(head, [line(4), line(5)])
    ((subject, frame),) = pushed.frames
    assert (subject, frame["type"], frame["owner"]) == ("cnv_1", "lines", "human")
    assert [each["sequence"] for each in frame["lines"]] == [4, 5]


def test_that_an_attendant_has_the_conversation_now_is_pushed_without_a_line() -> None:
    pushed = Pushed()
    Watching(pushed).told(begun(control=Control(owner=Owner.HUMAN)), [])
    ((_, frame),) = pushed.frames
    assert (frame["lines"], frame["owner"]) == ([], "human")
