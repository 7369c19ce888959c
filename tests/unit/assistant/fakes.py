"""Models, a chat and bills that take the time they are told to, in virtual seconds."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from assistant.answering import Answering, Said, Standing
from assistant.domain.financial.questions import Depth
from assistant.domain.maestro import Gate, Maestro
from assistant.domain.ports import ModelFault, Prompt, Transcript
from assistant.domain.stages import Patience
from assistant.domain.turns import Asked, Conversation, Happening, Tell, Turn
from assistant.domain.wav import Sound, wrapped
from recado.model import Invoice, Language
from tests.unit.assistant.clockwork import now

RATE = 16_000
KEY = Conversation(id="cnv_1", key="a-key")
TODAY = date(2026, 10, 15)


def tone(seconds: float) -> Sound:
    """Something that can be heard."""
    return Sound(RATE, b"\x00\x20\x00\xe0" * round(seconds * RATE / 2))


SPEECH = wrapped(tone(1))


@dataclass
class Ears:
    """Hear what they are told to."""

    text: str = "good morning"
    takes: float = 0.3
    fault: ModelFault | None = None

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        await asyncio.sleep(self.takes)
        if self.fault:
            raise self.fault
        return Transcript(text=self.text, language=language)


@dataclass
class Voice:
    """Speaks a tenth of a second for each character, as a WAV in pieces."""

    takes: float = 0.2
    fault: ModelFault | None = None
    said: list[tuple[float, str]] = field(default_factory=list)

    async def speak(self, text: str, language: str, timeout: float) -> AsyncIterator[bytes]:
        await asyncio.sleep(self.takes)
        if self.fault:
            raise self.fault
        self.said.append((now(), text))
        whole = wrapped(tone(len(text) / 10))
        for at in range(0, len(whole), 1_001):
            yield whole[at : at + 1_001]


@dataclass
class Mind:
    """Writes the facts, or what it is told to, a word at a time."""

    words: str = ""
    takes: float = 0.1
    fault: ModelFault | None = None
    asked: list[Prompt] = field(default_factory=list)

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncIterator[str]:
        self.asked.append(prompt)
        for word in (self.words or " ".join(prompt.facts)).split():
            await asyncio.sleep(self.takes)
            yield f"{word} "
        if self.fault:
            raise self.fault


@dataclass
class Chat:
    """Answers with its lines; who is writing is proved by the message `123456`."""

    lines: tuple[str, ...] = ("Hello! How can I help?",)
    customer_id: str | None = None
    language: Language = Language.ENGLISH
    with_bot: bool = True
    busy: bool = False
    takes: float = 0.05
    fault: Exception | None = None
    told: list[tuple[str, str, str]] = field(default_factory=list)
    about_bills: list[bool] = field(default_factory=list)

    async def begin(self, language: Language, timeout: float) -> Conversation:
        await self._work()
        self.language = language
        return KEY

    async def standing(self, conversation: Conversation, timeout: float) -> Standing:
        await self._work()
        return Standing(
            language=self.language,
            with_bot=self.with_bot,
            busy=self.busy,
            customer_id=self.customer_id,
        )

    async def say(self, conversation: Conversation, said: Said, timeout: float) -> tuple[str, ...]:
        await self._work()
        self.told.append((said.message_id, said.text, said.answer))
        self.about_bills.append(said.about_bills)
        if said.text == "123456":
            self.customer_id = "C-1"
        return (said.answer,) if said.answer else self.lines

    async def _work(self) -> None:
        await asyncio.sleep(self.takes)
        if self.fault:
            raise self.fault


@dataclass
class Bills:
    """The invoices of C-1."""

    invoices: Sequence[Invoice] = ()
    fault: ModelFault | None = None

    async def of(self, customer_id: str, timeout: float) -> Sequence[Invoice]:
        if self.fault:
            raise self.fault
        return [invoice for invoice in self.invoices if invoice.customer_id == customer_id]


@dataclass
class Memory:
    """Remembers one thing."""

    depth: Depth | None = None
    fault: ModelFault | None = None

    async def asked(self, conversation_id: str, timeout: float) -> Depth | None:
        if self.fault:
            raise self.fault
        return self.depth

    async def remember(self, conversation_id: str, depth: Depth | None, timeout: float) -> None:
        if self.fault:
            raise self.fault
        self.depth = depth


@dataclass
class Stage:
    """Everybody who takes part in a turn."""

    ears: Ears = field(default_factory=Ears)
    voice: Voice = field(default_factory=Voice)
    mind: Mind | None = None
    chat: Chat = field(default_factory=Chat)
    bills: Bills = field(default_factory=Bills)
    memory: Memory = field(default_factory=Memory)
    patience: Patience = field(default_factory=Patience)
    at_once: int = 2
    waiting: int = 1

    def maestro(self) -> Maestro:
        """Maestro with these."""
        answering = Answering(self.chat, self.bills, self.memory, self.mind, lambda: TODAY)
        gate = Gate(self.at_once, self.waiting)
        return Maestro(self.ears, answering, self.voice, gate, self.patience)

    async def turn(self, text: str = "", **asked: object) -> tuple[Turn, "Log"]:
        """A whole turn, by voice unless a text is given."""
        log = Log()
        return await self.maestro().perform(question(text, **asked), log), log


class Log:
    """What happened, and when."""

    def __init__(self) -> None:
        self.happenings: list[tuple[float, Happening]] = []

    async def __call__(self, happening: Happening) -> None:
        self.happenings.append((now(), happening))

    def of(self, kind: type) -> list[tuple[float, Happening]]:
        """What happened of one kind."""
        return [entry for entry in self.happenings if isinstance(entry[1], kind)]


def question(text: str = "", **asked: object) -> Asked:
    """What a customer asks, in a conversation that has begun."""
    given = {"message_id": "m1", "language": Language.ENGLISH, "conversation": KEY} | asked
    audio = b"" if text else SPEECH
    return Asked(**({"text": text, "audio": audio} | given))  # type: ignore[arg-type]


def ignoring() -> Tell:
    """Nobody listens."""

    async def tell(happening: Happening) -> None:
        return None

    return tell
