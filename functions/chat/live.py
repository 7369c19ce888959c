"""Customers on a WebSocket: what their frames do, and the lines they are told.

The use cases are those of the REST API. A connection is its conversation's once a frame `open` has
shown the key; lines reach it through `Watching`, its own messages among them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import Field, StringConstraints, TypeAdapter

from chat.domain.arrivals import Message
from chat.domain.conversation import Head
from chat.domain.requests import Choice, NewMessage
from chat.talking import Receipt
from recado import frames
from recado.connections import Connection, Connections
from recado.conversation import Line
from recado.errors import RecadoError
from recado.model import Frozen, Identifier
from recado.push import Pusher

PAGE = 50
"""Lines that are read at once."""


class Open(Frozen):
    """Who is there: somebody with a conversation's key, who has its lines up to `after`."""

    action: Literal["open"]
    conversation: Identifier
    key: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    after: int = Field(default=0, ge=0)


class Say(NewMessage):
    """A message; the client numbers all of a conversation's or none."""

    action: Literal["say"]


class Choose(Choice):
    """Instead of waiting in a queue: to be called, or to go back to the bot."""

    action: Literal["choose"]


class End(Frozen):
    """The customer leaves."""

    action: Literal["end"]


FRAMES: TypeAdapter[Open | Say | Choose | End] = TypeAdapter(
    Annotated[Open | Say | Choose | End, Field(discriminator="action")]
)


class Lines(Frozen):
    """Lines of the conversation, in order, and how it stands; a client passes over what it has."""

    type: Literal["lines"] = "lines"
    lines: tuple[Line, ...]
    owner: str
    over: bool


class Stored(Frozen):
    """A message is stored; `sequence` is None while one before it is missing."""

    type: Literal["stored"] = "stored"
    client_message_id: str
    sequence: int | None


class Customers(Protocol):
    """What customers can do (`chat.talking`)."""

    def admit(self, conversation_id: str, key: str) -> Head: ...

    def say(self, head: Head, message: Message, at: datetime) -> Receipt: ...

    def lines_after(self, head: Head, sequence: int, limit: int) -> tuple[Line, ...]: ...

    def call_back(self, head: Head, phone: str, at: datetime) -> Head: ...

    def back_to_bot(self, head: Head, at: datetime) -> Head: ...

    def end(self, head: Head, at: datetime) -> Head: ...


@dataclass(frozen=True)
class Live:
    """Answers the frames of customers; `read` is the conversation of an id."""

    talking: Customers
    read: Callable[[str], Head]
    connections: Connections

    def answer(self, connection_id: str, body: str, at: datetime) -> Sequence[Frozen]:
        """Carry out a frame; the answers to it. A frame that cannot be is refused with a reason."""
        named = ""
        try:
            frame = frames.read(body, FRAMES)
            named = frame.client_message_id if isinstance(frame, Say) else ""
            return self._answer(connection_id, frame, at)
        except RecadoError as error:
            return [frames.refusal(error, named)]

    def gone(self, connection_id: str) -> None:
        """Forget a connection that was closed."""
        self.connections.remove(connection_id)

    def _answer(
        self, connection_id: str, frame: Open | Say | Choose | End, at: datetime
    ) -> Sequence[Frozen]:
        if isinstance(frame, Open):
            return self._open(connection_id, frame, at)
        connection = self.connections.get(connection_id)
        if connection is None:
            raise frames.not_open()
        head = self.read(connection.subject)
        if isinstance(frame, Say):
            receipt = self.talking.say(head, _message(frame), at)
            return [Stored(client_message_id=receipt.client_message_id, sequence=receipt.sequence)]
        return told(self._decided(head, frame, at), ())

    def _open(self, connection_id: str, frame: Open, at: datetime) -> Sequence[Frozen]:
        head = self.talking.admit(frame.conversation, frame.key)
        # Before the lines are read: what is written meanwhile is pushed, and so none is missed.
        self.connections.add(Connection(id=connection_id, subject=head.id), at)
        lines: tuple[Line, ...] = ()
        while page := self.talking.lines_after(
            head, lines[-1].sequence if lines else frame.after, PAGE
        ):
            lines += page
            if len(page) < PAGE:
                break
        return told(head, lines)

    def _decided(self, head: Head, frame: Choose | End, at: datetime) -> Head:
        if isinstance(frame, End):
            return self.talking.end(head, at)
        if frame.choice == "bot":
            return self.talking.back_to_bot(head, at)
        return self.talking.call_back(head, frame.phone or "", at)


@dataclass(frozen=True)
class Watching:
    """Tells lines to who looks at their conversation; called after they are stored."""

    pusher: Pusher

    def told(self, head: Head, lines: Sequence[Line]) -> None:
        """Push lines; never fails."""
        self.pusher.push(head.id, told(head, tuple(lines)))


def _message(frame: Say) -> Message:
    return Message(client_message_id=frame.client_message_id, text=frame.text, number=frame.number)


def told(head: Head, lines: tuple[Line, ...]) -> list[Lines]:
    """Lines as frames; one without lines where there are none."""
    portions = frames.portions(lines) or [()]
    owner = str(head.control.owner)
    return [Lines(lines=portion, owner=owner, over=head.over) for portion in portions]
