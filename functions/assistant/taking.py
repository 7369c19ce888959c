"""The use case of a turn: perform it, collect what is said, keep and tell what came of it."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from assistant.domain.maestro import Maestro
from assistant.domain.stages import Stage
from assistant.domain.turns import Asked, Happening, Spoken, Tell, Trouble, Turn
from assistant.domain.wav import Sound, wrapped
from assistant.store import TurnStore
from recado import ids
from recado.clock import Clock
from recado.errors import RecadoError
from recado.model import Identifier
from recado.observability import logger
from recado.outgoing import Outgoing
from recado.turns import AssistantTurn

MAX_SPEECH = 4 * 1024 * 1024
"""Bytes of speech in one answer: Lambda returns 6 MB at most, and base64 adds a third."""
SWEEP_EVERY = timedelta(minutes=1)
_FIRST_AUDIO = "first_audio"


@dataclass
class Speech:
    """The speech of a whole answer."""

    rate: int = 0
    samples: bytearray = field(default_factory=bytearray)
    cut: bool = False

    async def take(self, happening: Happening) -> None:
        """Take what was spoken, as far as it fits."""
        if not isinstance(happening, Spoken):
            return
        self.cut = self.cut or len(self.samples) + len(happening.sound.samples) > MAX_SPEECH
        if not self.cut:
            self.rate = happening.sound.rate
            self.samples += happening.sound.samples

    @property
    def wav(self) -> bytes:
        """The speech as a WAV file; nothing where nothing was spoken."""
        return wrapped(Sound(self.rate, bytes(self.samples))) if self.samples else b""


@dataclass
class Taking:
    """Takes turns, whole or live."""

    maestro: Maestro
    store: TurnStore
    outgoing: Outgoing
    clock: Clock
    _swept: float = field(default=float("-inf"))

    async def whole(self, asked: Asked, left: float) -> tuple[Turn, bytes]:
        """A turn of at most `left` seconds, and its speech as one WAV file.

        Raises:
            RecadoError: the turn was refused (`Maestro.perform`).
        """
        speech = Speech()
        turn = await self.perform(asked, speech.take, left)
        if speech.cut:
            turn.troubles.append(
                Trouble(Stage.TTS, "TooLarge", "the speech is too long: its end is text only")
            )
        return turn, speech.wav

    async def perform(self, asked: Asked, tell: Tell, left: float | None = None) -> Turn:
        """A turn, told as it happens, then kept.

        Raises:
            RecadoError: the turn was refused (`Maestro.perform`).
        """
        turn = await self.maestro.perform(asked, tell, left)
        await self._keep(fact_of(asked, turn, self.clock()))
        return turn

    async def _keep(self, fact: AssistantTurn) -> None:
        """Keep a turn; an answer that is there is not lost because its record is."""
        try:
            await asyncio.to_thread(self.store.record, fact)
            await self._sweep()
        except (ClientError, BotoCoreError, RecadoError) as error:
            logger.warning("a turn was not kept", turn=fact.turn_id, error=type(error).__name__)

    async def _sweep(self) -> None:
        """Tell what a process that ended too early left behind, at most once a minute."""
        if time.monotonic() - self._swept >= SWEEP_EVERY.total_seconds():
            self._swept = time.monotonic()
            await asyncio.to_thread(self.outgoing.sweep, self.clock())


def fact_of(asked: Asked, turn: Turn, at: datetime) -> AssistantTurn:
    """What is kept and told of a turn."""
    first = turn.spent.get(_FIRST_AUDIO)
    return AssistantTurn(
        turn_id=asked.message_id,
        conversation_id=turn.conversation.id if turn.conversation else None,
        language=turn.language,
        by_voice=bool(asked.audio),
        depth=turn.depth.value if turn.depth else None,
        stages=stages_of(turn),
        first_audio_ms=None if first is None else round(first * 1000),
        failed=tuple(dict.fromkeys(trouble.stage.value for trouble in turn.troubles)),
        ended_at=at,
    )


def stages_of(turn: Turn) -> dict[str, int]:
    """The milliseconds of each stage that was gone through."""
    return {stage.value: round(turn.spent[stage] * 1000) for stage in Stage if stage in turn.spent}


def new_id(at: datetime) -> Identifier:
    """The id of a message that its client gave none."""
    return ids.new("trn", at)
