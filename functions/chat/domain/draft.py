"""A change to a conversation in the making, to be written as a whole or not at all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.domain import handover
from chat.domain.codes import Asked, CodeMail
from chat.domain.conversation import Handed, Head, ToldLine
from chat.domain.revealing import Revealed
from recado.contracts import Event
from recado.conversation import (
    ChatEnded,
    ChatMessage,
    HandoffRequested,
    HandoffWithdrawn,
    HandoverEvent,
    Line,
    Packet,
    Speaker,
)
from recado.intent import Intent
from recado.model import Frozen

REMEMBERED = 50
"""How many of the customer's lines to the desk a conversation remembers, until the desk closed."""


class Received(Frozen):
    """A message of the customer that is stored, by the id its client gave it.

    `sequence` is None as long as a message before it is missing.
    """

    client_message_id: str
    digest: str
    number: int
    sequence: int | None


class Early(Frozen):
    """A message of the customer that came before the one with the number before it."""

    client_message_id: str
    digest: str
    number: int
    text: str


@dataclass(frozen=True)
class Parked:
    """A fact of the desk that came early, to be kept until its turn."""

    event: HandoverEvent


class Draft:
    """Starts from the state that was read, and collects what is written with the next state.

    `fresh` are messages that must not be stored yet, `joined` early ones whose turn has come.
    """

    def __init__(self, read: Head, at: datetime) -> None:
        self.read = read
        self.at = at
        self.head = read
        self.lines: list[Line] = []
        self.facts: list[Event] = []
        self.fresh: list[Received] = []
        self.joined: list[Received] = []
        self.early: Early | None = None
        self.parked: Parked | None = None
        self.asked: dict[str, Asked] = {}
        self.codes: list[CodeMail] = []

    def set(self, **changes: Any) -> None:
        """Change fields of the conversation."""
        self.head = self.head.model_copy(update=changes)

    def say(self, *texts: str) -> None:
        """Lines of the bot.

        Raises:
            Conflict: the conversation is not the bot's.
        """
        for text in texts:
            control = self.head.control
            self.set(control=handover.speak(control, read=control.version))
            self._answered(self._add(Speaker.BOT, text))

    def answer(self, text: str) -> None:
        """The assistant's answer to the line just heard, if that is all the bot has to decide on.

        It answers about bills, whoever asks: the conversation's intents tell so.
        """
        nothing_else = self.head.answered == self.read.lines
        if not self.head.control.bot_may_speak or not nothing_else or self.head.progress:
            return
        self.set(intents=(*self.head.intents, Intent.INVOICE_COPY))
        self.say(text)
        self.set(answered=self.head.lines)

    def hear(self, text: str) -> Line:
        """A line of the customer. Who has the conversation learns of it: the bot, or the desk."""
        line = self._add(Speaker.CUSTOMER, text)
        if not self.head.control.bot_may_speak:
            self.set(answered=self.head.lines)
            self.tell(ChatMessage, line=line)
            told = ToldLine(number=self.head.handed.told, sequence=line.sequence)
            self.hand(lines=(*self.head.handed.lines, told)[-REMEMBERED:])
        return line

    def relay(self, text: str) -> None:
        """A line of the attendant."""
        self._answered(self._add(Speaker.ATTENDANT, text))

    def request(self, notice: str) -> bool:
        """Hand over, with the one notice; False where that is under way already.

        The request is told with `packet`, once the transcript is complete.
        """
        change = handover.request(self.head.control)
        if not change.notice:
            return False
        self.set(control=change.control, handed=Handed())
        self._add(Speaker.BOT, notice)
        self.set(answered=self.head.lines)
        return True

    def packet(self, packet: Packet) -> None:
        """Tell the desk what was requested."""
        self.tell(HandoffRequested, packet=packet)

    def tell_wait(self, number: int, text: str) -> None:
        """Tell the customer in the queue what to expect, once a handover."""
        change = handover.tell_wait(self.head.control, handover=number)
        if change.notice:
            self.set(control=change.control)
            self._answered(self._add(Speaker.BOT, text))

    def give_back(self, number: int, *, unread_after: int) -> None:
        """The conversation is the bot's again, as are lines of which the desk read no fact.

        `unread_after` is the number of the last fact that the desk read.
        """
        unread = [line.sequence for line in self.head.handed.lines if line.number > unread_after]
        self.set(control=handover.give_back(self.head.control, handover=number))
        self.hand(lines=(), offers=())
        if unread:
            self.set(answered=min(unread) - 1)

    def tell(self, kind: type[HandoverEvent], **fields: Any) -> None:
        """Tell the desk the next fact of the handover."""
        self.hand(told=self.head.handed.told + 1)
        self.facts.append(
            kind(
                conversation_id=self.head.id,
                handover=self.head.control.handover,
                number=self.head.handed.told,
                at=self.at,
                **fields,
            )
        )

    def end(self, revealed: Revealed) -> None:
        """The conversation is over. The desk learns it, unless the customer waits for a call."""
        if not self.head.control.bot_may_speak and not self.head.handed.phone:
            self.tell(HandoffWithdrawn, why="left")
        self.set(ended_at=self.at, progress=None)
        self.facts.append(
            ChatEnded(
                conversation_id=self.head.id,
                customer_id=self.head.identity.customer_id,
                language=self.head.language,
                intents=self.head.intents,
                handovers=self.head.control.handover,
                interests=revealed.interests,
                messages=revealed.messages,
                first_answer=revealed.first_answer,
                started_at=self.head.started_at,
                ended_at=self.at,
            )
        )

    def hand(self, **changes: Any) -> None:
        """Change what chat and desk told each other."""
        self.set(handed=self.head.handed.model_copy(update=changes))

    def _add(self, speaker: Speaker, text: str) -> Line:
        line = Line(sequence=self.head.lines + 1, speaker=speaker, text=text, at=self.at)
        self.lines.append(line)
        self.set(lines=line.sequence, last_at=self.at)
        return line

    def _answered(self, line: Line) -> None:
        """A line that is no customer's leaves nothing to decide, unless something was before."""
        if self.head.answered == line.sequence - 1:
            self.set(answered=line.sequence)
