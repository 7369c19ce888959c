"""Model services on the loopback interface, and engines that do as a test says."""

import asyncio
import io
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from assistant.domain.ports import ModelFault, Prompt, Transcript
from assistant.gateway.models import Models
from model_services.serving import Plan, Running, serve

SECONDS = 20.0
"""How long an engine may take in a test."""
PROTOCOLS = ("rest-raw", "rest-json", "grpc", "thrift")
SETTINGS = {"stt": "STT_URL", "llm": "LLM_URL", "tts": "TTS_URL"}
_SCHEMES = {"rest": "http", "grpc": "grpc", "thrift": "thrift"}


class Scripted:
    """An engine of all three kinds that remembers what it was asked."""

    def __init__(self, pause: float = 0.0, fault: ModelFault | Exception | None = None) -> None:
        self.pause = pause
        self.fault = fault
        self.asked: list[Any] = []
        self.timeouts: list[float] = []
        self.left = 0
        self.words: tuple[str, ...] = ("Olá, ", "a fatura é de R$ 120,50. ", "☺")
        self.sound: tuple[bytes, ...] = (tone(), bytes(range(256)) * 10, b"\xff\x00")

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """What was said is known already."""
        await self._begin((audio, language), timeout)
        return Transcript(text="olá mundo ☺", language=language, confidence=0.75)

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncGenerator[str]:
        """The words."""
        await self._begin(prompt, timeout)
        async for word in self._told(self.words):
            yield word

    async def speak(self, text: str, language: str, timeout: float) -> AsyncGenerator[bytes]:
        """The sound."""
        await self._begin((text, language), timeout)
        async for piece in self._told(self.sound):
            yield piece

    async def _begin(self, asked: Any, timeout: float) -> None:
        self.asked.append(asked)
        self.timeouts.append(timeout)
        try:
            await asyncio.sleep(self.pause)
        except asyncio.CancelledError:
            self.left += 1
            raise
        if self.fault is not None:
            raise self.fault

    async def _told(self, pieces: tuple[Any, ...]) -> AsyncGenerator[Any]:
        try:
            for piece in pieces:
                yield piece
        except (GeneratorExit, asyncio.CancelledError):
            self.left += 1
            raise


def tone(seconds: float = 0.2, rate: int = 16_000) -> bytes:
    """A WAV file with a note of 440 Hz."""
    times = np.arange(int(seconds * rate)) / rate
    samples = (8_000 * np.sin(2 * np.pi * 440 * times)).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


@asynccontextmanager
async def served(
    engine: Any, protocol: str, *, pool: int = 4, queue: int = 16, cache: int = 0
) -> AsyncIterator[dict[str, str]]:
    """All three services over one engine and one protocol; gives their addresses by setting."""
    name = protocol.partition("-")[0]
    running: dict[str, Running] = {}
    for service in SETTINGS:
        plan = Plan(service, name, "scripted", pool=pool, queue=queue, cache=cache)
        running[service] = await serve(plan, engine)
    try:
        yield {
            SETTINGS[service]: f"{_SCHEMES[name]}://127.0.0.1:{one.port}"
            for service, one in running.items()
        }
    finally:
        for one in running.values():
            await one.stop()


@asynccontextmanager
async def models(
    engine: Any, protocol: str, *, streaming: bool = True, **limits: int
) -> AsyncIterator[Models]:
    """Clients of three services over one engine."""
    async with served(engine, protocol, **limits) as urls:
        reached = Models.over(protocol, urls, streaming=streaming)
        try:
            yield reached
        finally:
            await reached.close()


async def every(pieces: AsyncIterator[Any]) -> list[Any]:
    """All the pieces."""
    return [piece async for piece in pieces]


def spoken(voice: Any, text: str, language: str = "en") -> bytes:
    """What a voice makes of a text, whole."""
    return b"".join(asyncio.run(every(voice.speak(text, language, SECONDS))))


async def soon(condition: Callable[[], bool], seconds: float = SECONDS) -> bool:
    """Whether something becomes true in time."""
    for _ in range(int(seconds / 0.01)):
        if condition():
            return True
        await asyncio.sleep(0.01)
    return condition()
