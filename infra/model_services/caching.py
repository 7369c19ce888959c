"""Answers that are kept: off unless asked for, so that what is measured is work."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Hashable
from typing import Any, Generic, TypeVar

from assistant.domain.ports import LanguageModel, Prompt, SpeechToText, TextToSpeech, Transcript

Answer = TypeVar("Answer")


class _Kept(Generic[Answer]):
    """The latest answers; the one that was not asked for the longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def find(self, asked: Hashable) -> Answer | None:
        if asked not in self._answers:
            return None
        self._answers.move_to_end(asked)
        return self._answers[asked]

    def keep(self, asked: Hashable, answer: Answer) -> None:
        self._answers[asked] = answer
        if len(self._answers) > self._most:
            self._answers.popitem(last=False)


class CachedSpeech:
    """Transcripts of the same audio."""

    def __init__(self, engine: SpeechToText, most: int) -> None:
        self._engine = engine
        self._kept: _Kept[Transcript] = _Kept(most)

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """As the engine, or as it was."""
        known = self._kept.find((audio, language))
        if known is None:
            known = await self._engine.transcribe(audio, language, timeout)
            self._kept.keep((audio, language), known)
        return known


class CachedAnswers:
    """Answers to the same prompt."""

    def __init__(self, engine: LanguageModel, most: int) -> None:
        self._engine = engine
        self._kept: _Kept[list[str]] = _Kept(most)

    def complete(self, prompt: Prompt, timeout: float) -> AsyncIterator[str]:
        """As the engine, or as it was."""
        return _through(self._kept, prompt, self._engine.complete(prompt, timeout))


class CachedVoice:
    """Speech of the same text."""

    def __init__(self, engine: TextToSpeech, most: int) -> None:
        self._engine = engine
        self._kept: _Kept[list[bytes]] = _Kept(most)

    def speak(self, text: str, language: str, timeout: float) -> AsyncIterator[bytes]:
        """As the engine, or as it was."""
        spoken = self._engine.speak(text, language, timeout)
        return _through(self._kept, (text, language), spoken)


async def _through(
    kept: _Kept[list[Answer]], asked: Hashable, pieces: AsyncIterator[Answer]
) -> AsyncGenerator[Answer]:
    known = kept.find(asked)
    if known is not None:
        for piece in known:
            yield piece
        return
    made: list[Answer] = []
    async for piece in pieces:
        made.append(piece)
        yield piece
    kept.keep(asked, made)


def cached(service: str, engine: Any, most: int) -> Any:
    """An engine whose last answers are kept."""
    return {"stt": CachedSpeech, "llm": CachedAnswers, "tts": CachedVoice}[service](engine, most)
