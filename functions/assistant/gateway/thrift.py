"""The model services over Thrift: binary protocol, framed, a pool of connections that are kept."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from thriftpy2.contrib.aio.client import TAsyncClient
from thriftpy2.contrib.aio.protocol.binary import TAsyncBinaryProtocol
from thriftpy2.protocol.exc import TProtocolException
from thriftpy2.thrift import TApplicationException
from thriftpy2.transport import TTransportException

from assistant.contracts import VERSION, faults
from assistant.contracts.deadlines import deadline_in, pieces_within, seconds_left, within
from assistant.contracts.frames import Frames
from assistant.contracts.thrift import contract
from assistant.domain.ports import Prompt, Transcript, Unreachable
from assistant.gateway.addresses import (
    check_size,
    check_time,
    host_and_port,
    milliseconds,
    size_of,
)

_BROKEN = (TTransportException, TProtocolException, TApplicationException, OSError)
"""What says that nobody is there, or somebody else."""


class ThriftClient:
    """A model service over Thrift. A connection carries one call at a time, a stream all along."""

    def __init__(self, url: str, *, streaming: bool = True, connections: int = 100) -> None:
        self._host, self._port = host_and_port(url, "thrift")
        self._streaming = streaming
        self._places = asyncio.Semaphore(connections)
        self._idle: list[Frames] = []

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """The words of a WAV file."""
        check_size(len(audio))
        check_time(timeout)
        deadline = deadline_in(timeout)
        reply = await within(deadline, self._transcribe(audio, language, deadline))
        return Transcript(text=reply.text, language=reply.language, confidence=reply.confidence)

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncGenerator[str]:
        """The answer in pieces."""
        check_size(size_of(prompt))
        check_time(timeout)
        deadline = deadline_in(timeout)
        async with aclosing(pieces_within(deadline, self._complete(prompt, deadline))) as pieces:
            async for piece in pieces:
                yield piece

    async def speak(self, text: str, language: str, timeout: float) -> AsyncGenerator[bytes]:
        """Speech in pieces."""
        check_size(len(text.encode()))
        check_time(timeout)
        deadline = deadline_in(timeout)
        async with aclosing(pieces_within(deadline, self._speak(text, language, deadline))) as told:
            async for piece in told:
                yield piece

    async def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop().close()

    async def _transcribe(self, audio: bytes, language: str, deadline: float) -> Any:
        async with self._connection("SpeechToText") as service:
            return await service.transcribe(_call(deadline), audio, language)

    async def _complete(self, prompt: Prompt, deadline: float) -> AsyncGenerator[str]:
        asked = contract().Prompt(
            question=prompt.question,
            language=prompt.language,
            facts=list(prompt.facts),
            history=list(prompt.history),
        )
        async with self._connection("LanguageModel") as service:
            if not self._streaming:
                yield await service.complete(_call(deadline), asked)
                return
            part = await service.complete_begin(_call(deadline), asked)
            async for piece in _parts(part, service.complete_next, deadline):
                yield piece

    async def _speak(self, text: str, language: str, deadline: float) -> AsyncGenerator[bytes]:
        async with self._connection("TextToSpeech") as service:
            if not self._streaming:
                yield await service.speak(_call(deadline), text, language)
                return
            part = await service.speak_begin(_call(deadline), text, language)
            async for piece in _parts(part, service.speak_next, deadline):
                yield piece

    @asynccontextmanager
    async def _connection(self, service: str) -> AsyncIterator[TAsyncClient]:
        """A connection of the pool.

        One that a call broke off on is closed, for its answer may still come; with it the service
        ends the streams that were begun on it.
        """
        async with self._places:
            frames = await self._kept_or_new()
            try:
                yield TAsyncClient(getattr(contract(), service), TAsyncBinaryProtocol(frames))
            except contract().Refused as refused:
                self._idle.append(frames)
                raise faults.from_grpc(refused.code, refused.message) from refused
            except _BROKEN as error:
                frames.close()
                raise self._unreachable(error) from error
            except BaseException:
                frames.close()
                raise
            self._idle.append(frames)

    async def _kept_or_new(self) -> Frames:
        while self._idle:
            frames = self._idle.pop()
            if frames.is_open():
                return frames
            frames.close()
        try:
            return Frames(*await asyncio.open_connection(self._host, self._port))
        except OSError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(
            f"the model service at thrift://{self._host}:{self._port} does not answer"
            f" ({type(error).__name__}): check that it runs and that the address is right"
        )


def _call(deadline: float) -> Any:
    return contract().Call(contract=VERSION, deadline_ms=milliseconds(seconds_left(deadline)))


async def _parts(part: Any, next_part: Any, deadline: float) -> AsyncGenerator[Any]:
    """A stream's pieces, from its first part on."""
    while True:
        for piece in part.pieces:
            yield piece
        if part.done:
            return
        part = await next_part(_call(deadline), part.stream)
