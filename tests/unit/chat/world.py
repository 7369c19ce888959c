"""The chat service over a table in memory, with everybody around it faked."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import BaseModel

from chat.answering import Answering
from chat.deciding import Bot
from chat.domain import classifier
from chat.domain.arrivals import Message
from chat.domain.codes import CodeMail
from chat.domain.conversation import Head
from chat.identifying import Identifying
from chat.knowing import Knowing
from chat.listening import Listening
from chat.store.conversations import Conversations
from chat.store.lists import Lists
from chat.talking import Receipt, Talking
from chat.telling import Telling
from chat.tending import Tending
from recado.contracts import Event
from recado.conversation import FROM_CHAT, ChatEnded, HandoverEvent, Line, Speaker
from recado.errors import NotFound, Retryable
from recado.flows import FlowDocument, default_document
from recado.model import Customer, Language, Outage
from recado.outgoing import Outgoing
from tests.factories import AT, TODAY
from tests.unit.chat.memory import MemoryTable

IDLE_AFTER = timedelta(minutes=30)
HELLO, INVOICE, PERSON, WEATHER = (
    "oi",
    "quero a segunda via da fatura",
    "quero falar com um atendente",
    "qual a capital da frança",
)
"""What customers say, and the bot is sure about."""


class People:
    """A directory of customers."""

    def __init__(self, *customers: Customer) -> None:
        self.customers = {customer.id: customer for customer in customers}

    def get(self, customer_id: str) -> Customer | None:
        return self.customers.get(customer_id)

    def with_email(self, email: str) -> tuple[Customer, ...]:
        return tuple(each for each in self.customers.values() if each.email == email)

    def with_document(self, document: str) -> tuple[Customer, ...]:
        return tuple(each for each in self.customers.values() if each.document == document)


class Bus:
    """What was published, in order; `down` makes it refuse."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.down = False

    def publish_raw(self, detail_type: str, detail: str) -> None:
        if self.down:
            raise Retryable("the bus is down")
        kinds: dict[str, type[Event]] = {**FROM_CHAT, "ChatEnded": ChatEnded}
        self.events.append(kinds[detail_type].model_validate_json(detail))

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


class Codes:
    """The queue of codes."""

    def __init__(self) -> None:
        self.mails: list[CodeMail] = []
        self.down = False

    def send(self, messages: Iterable[BaseModel], **_: int) -> int:
        if self.down:
            raise Retryable("the queue is down")
        sent = [CodeMail.model_validate(message.model_dump()) for message in messages]
        self.mails += sent
        return len(sent)


class Watching:
    """What watchers were told."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.owners: list[str] = []

    def told(self, head: Head, lines: Sequence[Line]) -> None:
        self.lines += lines
        self.owners.append(head.control.owner)


class Library:
    """The flows that the suite comes with."""

    def newest(self, now: datetime) -> FlowDocument:
        return default_document()

    def version(self, number: int) -> FlowDocument:
        if number != 1:
            raise NotFound(f"there is no version {number} of the flows")
        return default_document()


class Board:
    """The outages that staff announced."""

    def __init__(self) -> None:
        self.outages: list[Outage] = []

    def current(self, now: datetime) -> tuple[Outage, ...]:
        return tuple(outage for outage in self.outages if outage.current(now))


class World:
    """Everything, at a moment that only tests move."""

    def __init__(self, *customers: Customer) -> None:
        self.at = AT
        self.table = MemoryTable()
        self.bus, self.codes, self.watching = Bus(), Codes(), Watching()
        self.people = People(*customers)
        self.improvised: str | None = None
        self.drawn = iter(range(123_456, 10**6))
        outgoing = Outgoing("chat", self.table, self.bus)
        life = timedelta(days=365)
        self.store = Conversations("chat", self.table, outgoing, life)
        self.lists = Lists("chat", self.table)
        self.telling = Telling(self.store, outgoing, self.lists, self.codes, self.watching)
        self.library, self.board = Library(), Board()
        knowing = Knowing(
            self.people,
            self.library,
            self.board,
            "Operadora <avisos@operadora.example>",
            lambda: self.at,
            lambda: TODAY,
        )
        identifying = Identifying(knowing, self.store, lambda: b"key", partial(next, self.drawn))
        self.bot = Bot(knowing, identifying, lambda *_: self.improvised, classifier.model)
        self.knowing = knowing
        pause = lambda _: None  # noqa: E731
        self.answering = Answering(self.store, self.telling, self.bot, pause)
        self.talking = Talking(self.store, self.telling, self.answering, IDLE_AFTER, pause)
        self.listening = Listening(self.store, self.telling, self.answering, pause)
        self.tending = Tending(
            self.store,
            self.lists,
            self.answering,
            self.telling,
            outgoing,
            self.telling,
            IDLE_AFTER,
        )

    def begin(self, language: Language = Language.PORTUGUESE) -> str:
        """A new conversation's id."""
        return self.talking.begin(language, self.at).id

    def say(
        self, conversation: str, text: str, name: str | None = None, number: int | None = None
    ) -> Receipt:
        """Say something; with a new id unless told otherwise."""
        name = name or f"m{random.getrandbits(64):x}"
        message = Message(client_message_id=name, text=text, number=number)
        return self.talking.say(self.head(conversation), message, self.at)

    def store_only(self, conversation: str, text: str, name: str = "crashed") -> None:
        """Store a message, and end before the bot answers."""
        message = Message(client_message_id=name, text=text)
        self.talking._stored(self.head(conversation), message, self.at)

    def hear(self, fact: HandoverEvent) -> None:
        """The desk tells something."""
        self.listening.hear(fact, self.at)

    def head(self, conversation: str) -> Head:
        """The conversation as it stands."""
        return self.store.head(conversation)

    def lines(self, conversation: str) -> list[Line]:
        """All that was written."""
        return list(self.store.lines(conversation, after=0, limit=10_000))

    def said(self, conversation: str, speaker: Speaker) -> list[str]:
        """What one side wrote."""
        return [line.text for line in self.lines(conversation) if line.speaker is speaker]

    def later(self, **time: float) -> datetime:
        """Time goes by."""
        self.at += timedelta(**time)
        return self.at
