"""The services over gRPC (`grpc.aio`)."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, NoReturn

import grpc
from grpc import aio

from assistant.contracts import CONTRACT, faults, models_pb2, models_pb2_grpc
from assistant.domain.ports import MAX_BYTES, BadInput, ModelFault, Prompt, Transcript
from model_services.reception import (
    LONGEST_S,
    AnswerReception,
    Call,
    SpeechReception,
    VoiceReception,
    too_large,
    whole_audio,
    whole_text,
)

_MAX_MESSAGE = MAX_BYTES + 64 * 1024
_OPTIONS = (
    ("grpc.max_send_message_length", _MAX_MESSAGE),
    ("grpc.max_receive_message_length", _MAX_MESSAGE),
)
_GRACE_S = 2.0
_CODES = {code.value[0]: code for code in grpc.StatusCode}
Context = aio.ServicerContext[Any, Any]
Service = SpeechReception | AnswerReception | VoiceReception


async def serve(
    service: Service, host: str, port: int, *, shared: bool = False
) -> tuple[Callable[[], Awaitable[None]], int]:
    """Listen, with `shared` beside other processes; returns how to stop, and the port (0: any)."""
    server = aio.server(options=(*_OPTIONS, ("grpc.so_reuseport", int(shared))))
    match service:
        case SpeechReception():
            models_pb2_grpc.add_SpeechToTextServicer_to_server(_Speech(service), server)
        case AnswerReception():
            models_pb2_grpc.add_LanguageModelServicer_to_server(_Answers(service), server)
        case VoiceReception():
            models_pb2_grpc.add_TextToSpeechServicer_to_server(_Voice(service), server)
    bound = server.add_insecure_port(f"{host}:{port}")
    await server.start()

    async def stop() -> None:
        await server.stop(_GRACE_S)

    return stop, bound


class _Speech(models_pb2_grpc.SpeechToTextServicer):
    def __init__(self, service: SpeechReception) -> None:
        self._service = service

    async def Transcribe(  # noqa: N802
        self, request: models_pb2.TranscribeRequest, context: Context
    ) -> models_pb2.TranscribeReply:
        return await self._transcribed(request.audio, request.language, context)

    async def TranscribeStream(  # noqa: N802
        self, request_iterator: AsyncIterator[models_pb2.TranscribeRequest], context: Context
    ) -> models_pb2.TranscribeReply:
        audio, language = bytearray(), ""
        async for request in request_iterator:
            audio += request.audio
            language = language or request.language
            if len(audio) > MAX_BYTES:
                await _abort(context, too_large(len(audio)))
        return await self._transcribed(bytes(audio), language, context)

    async def _transcribed(
        self, audio: bytes, language: str, context: Context
    ) -> models_pb2.TranscribeReply:
        try:
            return _reply(await self._service.transcribe(_call(context), audio, language))
        except ModelFault as fault:
            await _abort(context, fault)

    async def Health(  # noqa: N802
        self, request: models_pb2.HealthRequest, context: Context
    ) -> models_pb2.HealthReply:
        return models_pb2.HealthReply(**asdict(self._service.health()))


class _Answers(models_pb2_grpc.LanguageModelServicer):
    def __init__(self, service: AnswerReception) -> None:
        self._service = service

    async def Complete(  # noqa: N802
        self, request: models_pb2.CompleteRequest, context: Context
    ) -> models_pb2.CompleteReply:
        try:
            pieces = self._service.complete(_call(context), _prompt(request))
            return models_pb2.CompleteReply(text=await whole_text(pieces))
        except ModelFault as fault:
            await _abort(context, fault)

    async def CompleteStream(  # noqa: N802
        self, request: models_pb2.CompleteRequest, context: Context
    ) -> AsyncGenerator[models_pb2.CompleteReply]:
        try:
            pieces = self._service.complete(_call(context), _prompt(request))
            async with aclosing(pieces):
                async for text in pieces:
                    yield models_pb2.CompleteReply(text=text)
        except ModelFault as fault:
            await _abort(context, fault)

    async def Health(  # noqa: N802
        self, request: models_pb2.HealthRequest, context: Context
    ) -> models_pb2.HealthReply:
        return models_pb2.HealthReply(**asdict(self._service.health()))


class _Voice(models_pb2_grpc.TextToSpeechServicer):
    def __init__(self, service: VoiceReception) -> None:
        self._service = service

    async def Speak(  # noqa: N802
        self, request: models_pb2.SpeakRequest, context: Context
    ) -> models_pb2.SpeakReply:
        try:
            pieces = self._service.speak(_call(context), request.text, request.language)
            return models_pb2.SpeakReply(audio=await whole_audio(pieces))
        except ModelFault as fault:
            await _abort(context, fault)

    async def SpeakStream(  # noqa: N802
        self, request: models_pb2.SpeakRequest, context: Context
    ) -> AsyncGenerator[models_pb2.SpeakReply]:
        try:
            pieces = self._service.speak(_call(context), request.text, request.language)
            async with aclosing(pieces):
                async for audio in pieces:
                    yield models_pb2.SpeakReply(audio=audio)
        except ModelFault as fault:
            await _abort(context, fault)

    async def Health(  # noqa: N802
        self, request: models_pb2.HealthRequest, context: Context
    ) -> models_pb2.HealthReply:
        return models_pb2.HealthReply(**asdict(self._service.health()))


async def _abort(context: Context, fault: ModelFault) -> NoReturn:
    await context.abort(_CODES[faults.codes_of(fault).grpc], str(fault))


def _call(context: Context) -> Call:
    metadata = dict(context.invocation_metadata() or ())
    said = metadata.get(CONTRACT, "0")
    try:
        version = int(said)
    except ValueError as error:
        raise BadInput(f"the metadata {CONTRACT} has to be a whole number") from error
    remaining = context.time_remaining()
    return Call(version, LONGEST_S if remaining is None else remaining)


def _prompt(request: models_pb2.CompleteRequest) -> Prompt:
    return Prompt(
        question=request.question,
        language=request.language,
        facts=tuple(request.facts),
        history=tuple(request.history),
    )


def _reply(transcript: Transcript) -> models_pb2.TranscribeReply:
    reply = models_pb2.TranscribeReply(text=transcript.text, language=transcript.language)
    if transcript.confidence is not None:
        reply.confidence = transcript.confidence
    return reply
