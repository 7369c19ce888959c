"""What chat and desk tell each other about a conversation that a person takes over.

Each side numbers what it tells of a handover, from 1 on. The bus repeats and reorders: the other
side applies numbers in their order, keeps what comes early, and passes over what it has.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import Field

from recado.contracts import Event
from recado.interests import Interest
from recado.model import Frozen, Identifier, Language

MAX_TEXT = 2_000
"""Characters of one message, whoever writes it."""


class Speaker(StrEnum):
    """Who wrote a line."""

    CUSTOMER = "customer"
    BOT = "bot"
    ATTENDANT = "attendant"


class Line(Frozen):
    """One message of a conversation; `sequence` counts from 1 without gaps."""

    sequence: int = Field(ge=1)
    speaker: Speaker
    text: str
    at: datetime


class Attempt(Frozen):
    """Something the bot tried before it handed over."""

    intent: str
    confidence: float = Field(ge=0, le=1)
    move: str


class Packet(Frozen):
    """What an attendant gets with a conversation, so that nobody has to tell it twice.

    `kind` is the kind of request at the desk; `collected` is what flows asked for; `customer_id` is
    set only after identification.
    """

    kind: str
    reason: str
    language: Language
    intent: str
    confidence: float = Field(ge=0, le=1)
    slow_connection: bool | None = None
    customer_id: str | None = None
    collected: dict[str, str] = Field(default_factory=dict)
    attempts: tuple[Attempt, ...] = ()
    transcript: tuple[Line, ...]


def ticket_id(conversation_id: str, handover: int) -> str:
    """The desk's id of a handover: whoever knows the one knows the other."""
    return f"tkt_{conversation_id.removeprefix('cnv_')}-{handover}"


class HandoverEvent(Event):
    """A fact about one handover of a conversation; `number` is its place among its side's facts."""

    conversation_id: Identifier
    handover: int = Field(ge=1)
    number: int = Field(ge=1)
    at: datetime

    @property
    def ticket_id(self) -> str:
        """The desk's id of the handover."""
        return ticket_id(self.conversation_id, self.handover)


class HandoffRequested(HandoverEvent):
    """The bot asks for a person; always the first of a handover."""

    packet: Packet


class ChatMessage(HandoverEvent):
    """The customer wrote while waiting for a person or talking to one."""

    line: Line


class CallBackChosen(HandoverEvent):
    """The customer would rather be called than wait in the chat."""

    phone: str


class HandoffWithdrawn(HandoverEvent):
    """The customer no longer wants a person: went back to the bot, or left."""

    why: Literal["bot", "left"]


class TicketQueued(HandoverEvent):
    """The desk took the request. `stage` is what the customer is offered besides waiting.

    `wait` is an estimate, `None` where nobody is signed in who could take it.
    """

    stage: Literal["queue", "call_back", "deflect"]
    ahead: int = Field(ge=0)
    wait: timedelta | None


class TicketRefused(HandoverEvent):
    """The desk has no place left for requests of this kind; there is no ticket."""

    kind: str


class TicketAssigned(HandoverEvent):
    """An attendant has the ticket."""

    attendant_id: str
    attendant_name: str
    server_id: str | None = None
    token: int


class TicketRequeued(HandoverEvent):
    """The attendant no longer has the ticket; it waits with its age."""

    token: int
    reason: str


class AttendantReplied(HandoverEvent):
    """The attendant wrote; `message_id` is the attendant's own and names the message."""

    attendant_id: str
    token: int
    message_id: str
    text: str


class TicketClosed(HandoverEvent):
    """The attendant ended it; the conversation is the bot's again.

    `heard` is the number of chat's last fact that the desk had applied when it closed: the bot
    answers what the customer wrote after that. None where all was read.
    """

    kind: str
    attendant_id: str
    outcome: str
    waited: timedelta
    """From the request to the first assignment."""
    handled: timedelta
    """From the last assignment to the end."""
    heard: int | None = None


class TicketEnded(Event):
    """A ticket left the desk, whoever ended it: the reports' fact, which chat does not listen to.

    The waits are on the SLA clock, `None` where it never came to that. `server_id` is where it was
    served or waited last. `in_time`: whether the wait was no longer than the desk promises.
    """

    ticket_id: str
    kind: str
    status: Literal["closed", "abandoned", "deflected"]
    server_id: str | None
    attendant_id: str | None
    waited: timedelta | None
    first_reply_after: timedelta | None
    in_time: bool | None
    requeues: int
    moves: int
    ended_at: datetime


class ChatEnded(Event):
    """A conversation is over. `intents` are those recognised, in order, each as often as it was.

    `first_answer` is the time from the customer's first message to the first answer to it, by the
    bot or a person; `None` where there was neither.
    """

    conversation_id: Identifier
    customer_id: str | None
    language: Language
    intents: tuple[str, ...]
    handovers: int
    interests: tuple[Interest, ...] = ()
    messages: int = Field(default=0, ge=0, description="Written by the customer.")
    first_answer: timedelta | None = None
    started_at: datetime
    ended_at: datetime


FROM_CHAT: dict[str, type[HandoverEvent]] = {
    each.__name__: each
    for each in (HandoffRequested, ChatMessage, CallBackChosen, HandoffWithdrawn)
}
"""What the desk listens to, by detail-type (the rule in infra/messaging.yaml)."""

FROM_DESK: dict[str, type[HandoverEvent]] = {
    each.__name__: each
    for each in (
        TicketQueued,
        TicketRefused,
        TicketAssigned,
        TicketRequeued,
        AttendantReplied,
        TicketClosed,
    )
}
"""What chat listens to, by detail-type (the rule in infra/messaging.yaml)."""
