"""The stages of a turn, and how long each took."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TypeVar

from assistant.domain.ports import TooLate
from recado.model import Frozen

T = TypeVar("T")


class Stage(StrEnum):
    """What a turn is made of."""

    STT = "stt"
    CHAT = "chat"
    FIGURES = "figures"
    LLM = "llm"
    TTS = "tts"


class Patience(Frozen):
    """Seconds: of the whole turn, and how long each stage may keep it waiting.

    `silence` is how long nobody says anything before a filler is spoken.
    """

    turn: float = 25
    stt: float = 12
    chat: float = 8
    figures: float = 4
    llm: float = 8
    tts: float = 8
    silence: float = 2.5

    def of(self, stage: Stage) -> float:
        """How long a stage may keep the turn waiting."""
        return float(getattr(self, stage.value))


PATIENCE = Patience()


class Deadline:
    """When the turn has to be over, and what its stages have taken so far."""

    def __init__(self, patience: Patience, left: float | None = None) -> None:
        self._patience = patience
        self._began = _now()
        self._at = self._began + min(patience.turn, left if left is not None else patience.turn)
        self.spent: dict[str, float] = {}

    def left(self, stage: Stage) -> float:
        """The seconds that a stage may take now.

        Raises:
            TooLate: the turn has none left.
        """
        left = self._at - _now()
        if left <= 0:
            raise TooLate(f"the turn's time was over before its stage {stage} began")
        return min(left, self._patience.of(stage))

    async def kept(self, stage: Stage, call: Callable[[float], Awaitable[T]]) -> T:
        """What a stage answers; it is told how many seconds it has.

        Raises:
            TooLate: it did not answer in time, or the turn has no time left.
        """
        left = self.left(stage)
        try:
            async with asyncio.timeout(left):
                with self.timed(stage):
                    return await call(left)
        except TimeoutError as error:
            raise TooLate(f"the stage {stage} gave no answer within {left:.1f} s") from error

    async def pieces(
        self, stage: Stage, begin: Callable[[float], AsyncIterator[T]]
    ) -> AsyncIterator[T]:
        """What a stage gives in pieces, each within the stage's time.

        Raises:
            TooLate: a piece did not come in time, or the turn has no time left.
        """
        pieces = begin(self.left(stage))
        while True:
            try:
                yield await self.kept(stage, lambda _: anext(pieces))
            except StopAsyncIteration:
                return

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """What happens inside is the stage's time."""
        began = _now()
        try:
            yield
        finally:
            self.spent[stage] = self.spent.get(stage, 0.0) + _now() - began

    def note(self, what: str) -> None:
        """Remember when something first happened, in seconds since the turn began."""
        self.spent.setdefault(what, _now() - self._began)


def _now() -> float:
    return asyncio.get_running_loop().time()
