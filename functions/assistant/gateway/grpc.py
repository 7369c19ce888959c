"""The model services over gRPC: one connection, unary calls and streams."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from typing import Any, TypeVar

import grpc
from grpc import aio

from assistant.contracts import CONTRACT, VERSION, faults, models_pb2, models_pb2_grpc
from assistant.domain.ports import MAX_BYTES, ModelFault, Prompt, TooLarge, Transcript, Unreachable
from assistant.gateway.addresses import check_size, check_time, host_and_port, size_of

Reply = TypeVar("Reply")
_MAX_MESSAGE = MAX_BYTES + 64 * 1024
_OPTIONS = (
    ("grpc.max_send_message_length", _MAX_MESSAGE),
    ("grpc.max_receive_message_length", _MAX_MESSAGE),
    ("grpc.enable_http_proxy", 0),
    # A client has a connection of its own, even where others go to the same address.
    ("grpc.use_local_subchannel_pool", 1),
    # A service that comes back is tried again soon, not after two minutes.
    ("grpc.max_reconnect_backoff_ms", 2_000),
)
_METADATA = ((CONTRACT, str(VERSION)),)


class GrpcClient:
    """A model service over gRPC."""

    def __init__(self, url: str, *, streaming: bool = True) -> None:
        host, port = host_and_port(url, "grpc")
        self._target = f"{host}:{port}"
        self._streaming = streaming
        self._channel: aio.Channel | None = None

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """The words of a WAV file."""
        check_size(len(audio))
        check_time(timeout)
        request = models_pb2.TranscribeRequest(audio=audio, language=language)
        stub = models_pb2_grpc.SpeechToTextStub(self._connected())
        call = stub.Transcribe(request, timeout=timeout, metadata=_METADATA)
        return _transcript(await self._answered(call))

    async def transcribe_pieces(
        self, pieces: AsyncIterator[bytes], language: str, timeout: float
    ) -> Transcript:
        """The words of a WAV file that is still being recorded."""
        check_time(timeout)
        stub = models_pb2_grpc.SpeechToTextStub(self._connected())

        async def requests() -> AsyncGenerator[models_pb2.TranscribeRequest]:
            async for piece in pieces:
                yield models_pb2.TranscribeRequest(audio=piece, language=language)

        call = stub.TranscribeStream(requests(), timeout=timeout, metadata=_METADATA)
        return _transcript(await self._answered(call))

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncGenerator[str]:
        """The answer in pieces."""
        check_size(size_of(prompt))
        check_time(timeout)
        request = models_pb2.CompleteRequest(
            question=prompt.question,
            language=prompt.language,
            facts=prompt.facts,
            history=prompt.history,
        )
        stub = models_pb2_grpc.LanguageModelStub(self._connected())
        if self._streaming:
            call = stub.CompleteStream(request, timeout=timeout, metadata=_METADATA)
            async with aclosing(self._streamed(call)) as replies:
                async for piece in replies:
                    yield piece.text
        else:
            reply = await self._answered(
                stub.Complete(request, timeout=timeout, metadata=_METADATA)
            )
            yield reply.text

    async def speak(self, text: str, language: str, timeout: float) -> AsyncGenerator[bytes]:
        """Speech in pieces."""
        check_size(len(text.encode()))
        check_time(timeout)
        request = models_pb2.SpeakRequest(text=text, language=language)
        stub = models_pb2_grpc.TextToSpeechStub(self._connected())
        if self._streaming:
            call = stub.SpeakStream(request, timeout=timeout, metadata=_METADATA)
            async with aclosing(self._streamed(call)) as replies:
                async for piece in replies:
                    yield piece.audio
        else:
            reply = await self._answered(stub.Speak(request, timeout=timeout, metadata=_METADATA))
            yield reply.audio

    async def close(self) -> None:
        """Close the connection."""
        if self._channel is not None:
            await self._channel.close()
            self._channel = None

    async def _answered(self, call: Awaitable[Reply]) -> Reply:
        try:
            return await call
        except aio.AioRpcError as error:
            raise self._fault(error) from error

    async def _streamed(self, call: "aio.UnaryStreamCall[Any, Reply]") -> AsyncGenerator[Reply]:
        """A stream's replies; a reader who leaves early cancels the call."""
        try:
            async for reply in call:
                yield reply
        except aio.AioRpcError as error:
            raise self._fault(error) from error
        finally:
            call.cancel()

    def _connected(self) -> aio.Channel:
        if self._channel is None:
            self._channel = aio.insecure_channel(self._target, options=_OPTIONS)
        return self._channel

    def _fault(self, error: aio.AioRpcError) -> ModelFault:
        code, said = error.code(), error.details() or ""
        if code is grpc.StatusCode.UNAVAILABLE:
            return Unreachable(
                f"the model service at grpc://{self._target} does not answer: check that it runs"
                f" and that the address is right ({said})"
            )
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in said:
            return TooLarge(f"a message was larger than {MAX_BYTES} bytes")
        return faults.from_grpc(code.value[0], said or code.name)


def _transcript(reply: models_pb2.TranscribeReply) -> Transcript:
    confidence = reply.confidence if reply.HasField("confidence") else None
    return Transcript(text=reply.text, language=reply.language, confidence=confidence)
