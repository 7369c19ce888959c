"""The services over Thrift (thriftpy2 on asyncio): binary protocol, framed."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from thriftpy2.contrib.aio.processor import TAsyncProcessor
from thriftpy2.contrib.aio.protocol.binary import TAsyncBinaryProtocol
from thriftpy2.protocol.exc import TProtocolException
from thriftpy2.thrift import TMessageType
from thriftpy2.transport import TTransportException

from assistant.contracts import faults
from assistant.contracts.frames import Frames, FrameTooLarge
from assistant.contracts.thrift import contract
from assistant.domain.ports import BadInput, ModelFault, Prompt
from model_services.reception import (
    AnswerReception,
    Call,
    SpeechReception,
    VoiceReception,
    whole_audio,
    whole_text,
)

_BUFFERED = 32
"""Pieces that are made ahead of a reader who fetches them one call at a time."""
_DROP_S = 10.0
T = TypeVar("T")
Service = SpeechReception | AnswerReception | VoiceReception


async def serve(
    service: Service, host: str, port: int, *, shared: bool = False
) -> tuple[Callable[[], Awaitable[None]], int]:
    """Listen, with `shared` beside other processes; returns how to stop, and the port (0: any)."""
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            connections.add(task)
            task.add_done_callback(connections.discard)
        with suppress(asyncio.CancelledError):  # by `stop`; asyncio's streams would log it
            await _connection(service, Frames(reader, writer))

    server = await asyncio.start_server(connected, host, port, reuse_port=shared, backlog=1024)

    async def stop() -> None:
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    return stop, server.sockets[0].getsockname()[1]


async def _connection(service: Service, frames: Frames) -> None:
    """Answer call after call until the other side leaves; with it go its streams."""
    protocol = TAsyncBinaryProtocol(frames)
    handler = _handler(service)
    processor = TAsyncProcessor(_thrift_service(service), handler)
    try:
        while True:
            try:
                await processor.process(protocol, protocol)
            except FrameTooLarge as fault:
                await _refuse_frame(service, frames, protocol, fault)
                return
    except (TTransportException, TProtocolException, OSError):
        return  # the other side left, or speaks something else
    finally:
        await handler.close()
        frames.close()


async def _refuse_frame(
    service: Service, frames: Frames, protocol: TAsyncBinaryProtocol, fault: ModelFault
) -> None:
    """Answer a call that is too large to be read, as its method would."""
    name, _, sequence = await protocol.read_message_begin()
    result_type = getattr(_thrift_service(service), f"{name}_result", None)
    if result_type is None:
        return
    result = result_type()
    result.refused = _refused(fault)
    protocol.write_message_begin(name, TMessageType.REPLY, sequence)
    protocol.write_struct(result)
    protocol.write_message_end()
    await frames.flush()
    with suppress(TimeoutError):
        await asyncio.wait_for(frames.drop_frame(), _DROP_S)


def _thrift_service(service: Service) -> Any:
    match service:
        case SpeechReception():
            return contract().SpeechToText
        case AnswerReception():
            return contract().LanguageModel
        case VoiceReception():
            return contract().TextToSpeech


def _handler(service: Service) -> "_Speech | _Answers | _Voice":
    match service:
        case SpeechReception():
            return _Speech(service)
        case AnswerReception():
            return _Answers(service)
        case VoiceReception():
            return _Voice(service)


class _Speech:
    def __init__(self, service: SpeechReception) -> None:
        self._service = service

    async def transcribe(self, call: Any, audio: bytes, language: str) -> Any:
        try:
            asked = self._service.transcribe(_call(call), audio or b"", _text(language))
            transcript = await asked
        except ModelFault as fault:
            raise _refused(fault) from fault
        return contract().Transcript(**transcript.model_dump())

    async def health(self, call: Any) -> Any:
        return contract().Health(**asdict(self._service.health()))

    async def close(self) -> None:
        """There is nothing to end."""


class _Answers:
    def __init__(self, service: AnswerReception) -> None:
        self._service = service
        self._streams: _Streams[str] = _Streams()

    async def complete(self, call: Any, prompt: Any) -> str:
        try:
            return await whole_text(self._service.complete(_call(call), _prompt(prompt)))
        except ModelFault as fault:
            raise _refused(fault) from fault

    async def complete_begin(self, call: Any, prompt: Any) -> Any:
        try:
            begun = self._streams.begin(self._service.complete(_call(call), _prompt(prompt)))
            return contract().TextPieces(**await begun)
        except ModelFault as fault:
            raise _refused(fault) from fault

    async def complete_next(self, call: Any, stream: int) -> Any:
        try:
            return contract().TextPieces(**await self._streams.more(stream))
        except ModelFault as fault:
            raise _refused(fault) from fault

    async def health(self, call: Any) -> Any:
        return contract().Health(**asdict(self._service.health()))

    async def close(self) -> None:
        await self._streams.close()


class _Voice:
    def __init__(self, service: VoiceReception) -> None:
        self._service = service
        self._streams: _Streams[bytes] = _Streams()

    async def speak(self, call: Any, text: str, language: str) -> bytes:
        try:
            return await whole_audio(self._spoken(call, text, language))
        except ModelFault as fault:
            raise _refused(fault) from fault

    async def speak_begin(self, call: Any, text: str, language: str) -> Any:
        try:
            begun = self._streams.begin(self._spoken(call, text, language))
            return contract().AudioPieces(**await begun)
        except ModelFault as fault:
            raise _refused(fault) from fault

    async def speak_next(self, call: Any, stream: int) -> Any:
        try:
            return contract().AudioPieces(**await self._streams.more(stream))
        except ModelFault as fault:
            raise _refused(fault) from fault

    def _spoken(self, call: Any, text: str, language: str) -> AsyncGenerator[bytes]:
        return self._service.speak(_call(call), _text(text), _text(language))

    async def health(self, call: Any) -> Any:
        return contract().Health(**asdict(self._service.health()))

    async def close(self) -> None:
        await self._streams.close()


class _Streams(Generic[T]):
    """The streams of one connection. Each is made by a task of its own, a few pieces ahead."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._open: dict[int, _Stream[T]] = {}

    async def begin(self, pieces: AsyncGenerator[T]) -> dict[str, Any]:
        """The first pieces, and the number to ask for more by."""
        number = next(self._numbers)
        self._open[number] = _Stream(pieces)
        return await self.more(number)

    async def more(self, number: int) -> dict[str, Any]:
        """What has been made since; waits for at least a piece or the end."""
        stream = self._open.get(number)
        if stream is None:
            raise BadInput(f"this connection has no stream {number}: it is over or was never begun")
        try:
            pieces, done = await stream.ready()
        except BaseException:
            del self._open[number]
            await stream.close()
            raise
        if done:
            del self._open[number]
        return {"stream": number, "pieces": pieces, "done": done}

    async def close(self) -> None:
        """End what is still being made."""
        while self._open:
            _, stream = self._open.popitem()
            await stream.close()


@dataclass(frozen=True)
class _End:
    fault: ModelFault | None


class _Stream(Generic[T]):
    def __init__(self, pieces: AsyncGenerator[T]) -> None:
        self._pieces = pieces
        self._made: asyncio.Queue[T | _End] = asyncio.Queue(_BUFFERED)
        self._broken: _End | None = None
        self._task = asyncio.create_task(self._make())

    async def _make(self) -> None:
        fault = None
        try:
            async with aclosing(self._pieces) as pieces:
                async for piece in pieces:
                    await self._made.put(piece)
        except ModelFault as error:
            fault = error
        await self._made.put(_End(fault))

    async def ready(self) -> tuple[list[T], bool]:
        """The pieces that are there, and whether they are the last; waits until there is one.

        Raises:
            ModelFault: the stream broke off after the pieces that were fetched.
        """
        items = [self._broken or await self._made.get()]
        while not self._made.empty():
            items.append(self._made.get_nowait())
        pieces = [item for item in items if not isinstance(item, _End)]
        last = items[-1]
        if not isinstance(last, _End) or last.fault is None:
            return pieces, isinstance(last, _End)
        if not pieces:
            raise last.fault
        self._broken = last
        return pieces, False

    async def close(self) -> None:
        """End it."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def _text(text: Any) -> str:
    """Text of a call; what is no UTF-8 comes as bytes, what is missing as None."""
    if isinstance(text, bytes):
        raise BadInput("a text of the call is not UTF-8")
    return text or ""


def _call(call: Any) -> Call:
    if call is None or call.contract is None or call.deadline_ms is None:
        raise BadInput("the call names no contract or no deadline")
    return Call(call.contract, call.deadline_ms / 1000)


def _prompt(prompt: Any) -> Prompt:
    if prompt is None:
        raise BadInput("the call has no prompt")
    return Prompt(
        question=_text(prompt.question),
        language=_text(prompt.language),
        facts=tuple(map(_text, prompt.facts or ())),
        history=tuple(map(_text, prompt.history or ())),
    )


def _refused(fault: ModelFault) -> Any:
    return contract().Refused(code=faults.codes_of(fault).grpc, message=str(fault))
