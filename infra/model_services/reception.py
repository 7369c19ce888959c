"""What every request goes through, whatever the protocol: version, size, deadline, a place."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

from assistant.contracts import VERSION
from assistant.contracts.deadlines import deadline_in, pieces_within, seconds_left, within
from assistant.domain.ports import (
    MAX_BYTES,
    BadInput,
    LanguageModel,
    ModelFault,
    Prompt,
    SpeechToText,
    TextToSpeech,
    TooLarge,
    TooLate,
    Transcript,
    Unreachable,
    WrongVersion,
)
from model_services.limits import Places

LONGEST_S = 120.0
"""What a caller who names no deadline, or a later one, is given."""
_MAX_LANGUAGE = 35  # RFC 5646, section 4.4.1

Engine = TypeVar("Engine")
T = TypeVar("T")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """What a request says beside its content: the caller's contract and the seconds it waits."""

    contract: int
    timeout: float


@dataclass(frozen=True)
class Health:
    """What a service says of itself."""

    model: str
    engine: str
    contract: int
    busy: int
    waiting: int


class Reception(Generic[Engine]):
    """A service: an engine, its places, and the rules of admission."""

    service = ""

    def __init__(self, engine: Engine, name: str, places: Places) -> None:
        self._engine = engine
        self._name = name
        self._places = places

    def health(self) -> Health:
        """How busy the service is."""
        places = self._places
        return Health(self.service, self._name, VERSION, places.busy, places.waiting)

    async def _answered(self, call: Call, work: Callable[[float], Awaitable[T]]) -> T:
        deadline = _admitted(call)

        async def placed() -> T:
            async with self._places.one():
                return await work(seconds_left(deadline))

        try:
            return await within(deadline, placed())
        except Exception as error:
            raise self._as_fault(error) from error

    async def _streamed(
        self, call: Call, work: Callable[[float], AsyncIterator[T]]
    ) -> AsyncGenerator[T]:
        deadline = _admitted(call)

        async def placed() -> AsyncGenerator[T]:
            async with self._places.one():
                async for piece in work(seconds_left(deadline)):
                    yield piece

        try:
            async with aclosing(pieces_within(deadline, placed())) as pieces:
                async for piece in pieces:
                    yield piece
        except Exception as error:
            raise self._as_fault(error) from error

    def _as_fault(self, error: Exception) -> ModelFault:
        """The fault that travels; a bug of the engine's is told in the log, without its input."""
        if isinstance(error, ModelFault):
            return error
        if isinstance(error, TimeoutError):
            return TooLate("the engine did not finish within the deadline")
        logger.error("the engine %s broke down: %s", self._name, type(error).__name__)
        return Unreachable(
            f"the engine {self._name} of {self.service} broke down: see the service's log"
        )


class SpeechReception(Reception[SpeechToText]):
    """Speech to text."""

    service = "stt"

    async def transcribe(self, call: Call, audio: bytes, language: str) -> Transcript:
        """The words of a WAV file."""
        _check(len(audio), language)
        return await self._answered(
            call, lambda timeout: self._engine.transcribe(audio, language, timeout)
        )


class AnswerReception(Reception[LanguageModel]):
    """A language model."""

    service = "llm"

    async def complete(self, call: Call, prompt: Prompt) -> AsyncGenerator[str]:
        """The answer in pieces."""
        texts = (prompt.question, *prompt.facts, *prompt.history)
        _check(sum(len(text.encode()) for text in texts), prompt.language)
        if not prompt.question.strip():
            raise BadInput("the prompt has no question")
        work = self._streamed(call, lambda timeout: self._engine.complete(prompt, timeout))
        async with aclosing(work) as pieces:
            async for piece in pieces:
                yield piece


class VoiceReception(Reception[TextToSpeech]):
    """Text to speech."""

    service = "tts"

    async def speak(self, call: Call, text: str, language: str) -> AsyncGenerator[bytes]:
        """Speech in pieces that are a WAV file together."""
        _check(len(text.encode()), language)
        if not text.strip():
            raise BadInput("there is no text to speak")
        work = self._streamed(call, lambda timeout: self._engine.speak(text, language, timeout))
        async with aclosing(work) as pieces:
            async for piece in pieces:
                yield piece


async def whole_text(pieces: AsyncGenerator[str]) -> str:
    """The pieces of an answer put together."""
    async with aclosing(pieces):
        return "".join([piece async for piece in pieces])


async def whole_audio(pieces: AsyncGenerator[bytes]) -> bytes:
    """The pieces of speech put together.

    Raises:
        TooLarge: they are more than one answer may hold.
    """
    whole = bytearray()
    async with aclosing(pieces):
        async for piece in pieces:
            whole += piece
            if len(whole) > MAX_BYTES:
                raise TooLarge(f"the speech is larger than {MAX_BYTES} bytes: ask for it in parts")
    return bytes(whole)


def _admitted(call: Call) -> float:
    if call.contract != VERSION:
        raise WrongVersion(
            f"this service speaks version {VERSION} of the contract, the caller version"
            f" {call.contract}: deploy both from one release"
        )
    if call.timeout <= 0:
        raise TooLate("the deadline had passed when the request came")
    return deadline_in(min(call.timeout, LONGEST_S))


def _check(size: int, language: str) -> None:
    if size > MAX_BYTES:
        raise too_large(size)
    if not language or len(language) > _MAX_LANGUAGE:
        raise BadInput("the language has to be a BCP 47 tag such as en or pt-BR")


def too_large(size: int) -> TooLarge:
    """A request is larger than a service takes."""
    return TooLarge(f"{size} bytes are too many: at most {MAX_BYTES} are taken; send it in parts")
