"""A conversation as it stands between two messages."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from chat.domain.dialogue import Standing
from chat.domain.handover import Control
from chat.domain.identification import Challenge
from chat.domain.revealing import Noticed
from chat.domain.walking import Progress
from recado.conversation import Attempt
from recado.intent import Intent
from recado.model import Frozen, Language


class Offer(StrEnum):
    """What a customer in a queue may choose besides waiting."""

    CALL_BACK = "call_back"
    BOT = "bot"


class Waiting(StrEnum):
    """What the bot waits for to know who is writing."""

    NOTHING = "nothing"
    CLAIM = "claim"
    CODE = "code"


class Identity(Frozen):
    """Who is writing, as far as that is proved.

    `asked_at` are the times at which this conversation asked for a code. The challenge is part of
    the conversation, so a try is counted in the write that tells its verdict, or not at all.
    """

    customer_id: str | None = None
    waiting: Waiting = Waiting.NOTHING
    asked_at: tuple[datetime, ...] = ()
    challenge: Challenge | None = None


class ToldLine(Frozen):
    """A customer's line that the desk was told of; `number` is that fact's."""

    number: int
    sequence: int


class Handed(Frozen):
    """What chat and desk told each other about the latest handover.

    `told` and `heard` are the numbers of each side's last fact, `parked` how many of the desk's
    came early, `lines` the customer's lines since the request.
    """

    told: int = 0
    heard: int = 0
    parked: int = 0
    lines: tuple[ToldLine, ...] = ()
    offers: tuple[Offer, ...] = ()
    phone: str = ""


class Hint(Frozen):
    """What a line is about, as its client knew."""

    sequence: int
    intent: Intent


class Head(Frozen):
    """Everything about a conversation but its lines.

    `version` grows with every write, and a write names the version it was made from. `lines` is
    the sequence of the last line; the bot has decided about all lines up to `answered`.
    `next_number` is the next of the customer's messages as the client numbers them, `early` how
    many were parked because one before them is missing. `collected` is what flows asked for,
    `noticed` in which lines intents were recognised.
    """

    id: str
    key_digest: str
    language: Language
    started_at: datetime
    last_at: datetime
    version: int = 0
    lines: int = 0
    answered: int = 0
    next_number: int = 1
    early: int = 0
    control: Control = Control()
    standing: Standing = Standing()
    progress: Progress | None = None
    hint: Hint | None = None
    identity: Identity = Identity()
    handed: Handed = Handed()
    intents: tuple[str, ...] = ()
    noticed: tuple[Noticed, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    collected: dict[str, str] = Field(default_factory=dict)
    confidence: float = 0.0
    slow_connection: bool | None = None
    ended_at: datetime | None = None

    @property
    def over(self) -> bool:
        """Whether the conversation has ended."""
        return self.ended_at is not None

    @property
    def unanswered(self) -> bool:
        """Whether the bot has to decide about a line."""
        return self.answered < self.lines and self.control.bot_may_speak and not self.over
