"""Attendants on a WebSocket: what their frames do, and the news they are told.

A connection is its attendant's once a frame `open` has shown a token; the token is looked up again
for every frame, so that revoking it ends what the connection may do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import Field, StringConstraints, TypeAdapter

from recado import auth, frames
from recado.connections import Connection, Connections
from recado.conversation import MAX_TEXT
from recado.errors import RecadoError, Unauthenticated
from recado.model import Frozen, Identifier
from recado.push import Pusher

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]


class Open(Frozen):
    """Who is there: somebody with an attendant's token."""

    action: Literal["open"]
    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Heartbeat(Frozen):
    """The attendant is there."""

    action: Literal["heartbeat"]


class Reply(Frozen):
    """A message to the customer of a ticket; `token` is the one the ticket was given with."""

    action: Literal["reply"]
    ticket_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    token: int = Field(ge=1)
    message_id: Identifier
    text: Text


FRAMES: TypeAdapter[Open | Heartbeat | Reply] = TypeAdapter(
    Annotated[Open | Heartbeat | Reply, Field(discriminator="action")]
)


class Opened(Frozen):
    """The connection is the attendant's: news come from now on."""

    type: Literal["opened"] = "opened"
    attendant_id: str


class Alive(Frozen):
    """The heartbeat counts; another one is due before `lease_until`."""

    type: Literal["alive"] = "alive"
    lease_until: datetime


class Stored(Frozen):
    """A reply is stored and on its way to the customer."""

    type: Literal["stored"] = "stored"
    client_message_id: str


class Present(Protocol):
    """An attendant at the desk."""

    @property
    def attendant_id(self) -> str: ...


class Attending(Protocol):
    """What an attendant can do (`desk.attending`); `who` is the id of their token."""

    def presence(self, who: str) -> Present:
        """Who they are here.

        Raises:
            Forbidden: the token is no attendant's.
        """

    def heartbeat(self, who: str) -> datetime:
        """Show a sign of life; returns until when it counts.

        Raises:
            Conflict: they are signed out.
        """

    def reply(self, who: str, ticket_id: str, token: int, message_id: str, text: str) -> None:
        """Write to the customer.

        Raises:
            Conflict: the ticket is not theirs under this token.
            NotFound: there is no such ticket.
        """


@dataclass(frozen=True)
class Live:
    """Answers the frames of attendants."""

    attending: Attending
    tokens: auth.KnownTokens
    connections: Connections

    def answer(self, connection_id: str, body: str, at: datetime) -> Sequence[Frozen]:
        """Carry out a frame; the answers to it. A frame that cannot be is refused with a reason."""
        named = ""
        try:
            frame = frames.read(body, FRAMES)
            named = frame.message_id if isinstance(frame, Reply) else ""
            return [self._answer(connection_id, frame, at)]
        except RecadoError as error:
            return [frames.refusal(error, named)]

    def gone(self, connection_id: str) -> None:
        """Forget a connection that was closed; the attendant's lease ends by itself."""
        self.connections.remove(connection_id)

    def _answer(self, connection_id: str, frame: Open | Heartbeat | Reply, at: datetime) -> Frozen:
        if isinstance(frame, Open):
            return self._open(connection_id, frame, at)
        who = self._who(connection_id)
        if isinstance(frame, Heartbeat):
            return Alive(lease_until=self.attending.heartbeat(who))
        self.attending.reply(who, frame.ticket_id, frame.token, frame.message_id, frame.text)
        return Stored(client_message_id=frame.message_id)

    def _open(self, connection_id: str, frame: Open, at: datetime) -> Opened:
        caller = auth.authenticate(f"Bearer {frame.token}", self.tokens)
        auth.require(caller, auth.Role.ATTENDANT)
        me = self.attending.presence(caller.token_id).attendant_id
        connection = Connection(id=connection_id, subject=me, token_id=caller.token_id)
        self.connections.add(connection, at)
        return Opened(attendant_id=me)

    def _who(self, connection_id: str) -> str:
        connection = self.connections.get(connection_id)
        if connection is None:
            raise frames.not_open()
        record = self.tokens.get(connection.token_id)
        if record is None or record.revoked_at is not None:
            self.connections.remove(connection_id)
            raise Unauthenticated("the token has been revoked: open again with another one")
        return connection.token_id


@dataclass(frozen=True)
class Listening:
    """Tells news to the attendant they are for; called after they are stored."""

    pusher: Pusher

    def hear(self, attendant_id: str, news: Frozen) -> None:
        """Push news; never fails."""
        self.pusher.push(attendant_id, [news])
