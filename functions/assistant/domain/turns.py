"""A turn of a conversation by voice: what is asked, what happens meanwhile, and what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import Field

from assistant.domain.financial.questions import Depth
from assistant.domain.stages import Stage
from assistant.domain.wav import Sound
from recado.model import Frozen, Identifier, Language


class Conversation(Frozen):
    """A conversation of chat, and the key that opens it."""

    id: Identifier
    key: str = Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")


@dataclass(frozen=True)
class Asked:
    """What a customer says or writes: `audio` is a WAV file, and goes before `text`.

    `message_id` names it in chat, so that a repeat is stored once; `aloud` is whether the answer is
    spoken.
    """

    message_id: str
    language: Language
    text: str = ""
    audio: bytes = b""
    conversation: Conversation | None = None
    aloud: bool = True


class Heard(NamedTuple):
    """The customer's words."""

    text: str


class Sentence(NamedTuple):
    """The next sentence of the answer, as it is written."""

    text: str


class Spoken(NamedTuple):
    """The next piece of speech; `filler` is what fills a silence and is no part of the answer."""

    sound: Sound
    filler: bool = False


class Trouble(NamedTuple):
    """A stage that failed; the turn went on without it."""

    stage: Stage
    error: str
    message: str


Happening = Heard | Sentence | Spoken | Trouble
Tell = Callable[[Happening], Awaitable[None]]


@dataclass
class Turn:
    """What came of a turn. `depth` is that of a financial question that was answered.

    `spent` has seconds by stage, and `first_audio`: when the first speech was there.
    """

    language: Language
    conversation: Conversation | None = None
    transcript: str = ""
    sentences: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    depth: Depth | None = None
    spent: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The whole answer."""
        return "\n".join(self.sentences)
