"""The services over REST (aiohttp): raw bodies and JSON, told apart by the content type."""

import base64
import binascii
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from assistant.contracts import (
    CONFIDENCE,
    CONTRACT,
    DEADLINE_MS,
    FACTS,
    LANGUAGE,
    SEPARATOR,
    STREAM,
    faults,
)
from assistant.contracts.deadlines import deadline_in, within
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

MAX_BODY = MAX_BYTES * 4 // 3 + 64 * 1024
"""`MAX_BYTES` in base64, and what is said beside it."""
_KEEP_S = 75.0
_LINGER_S = 1.0
"""How long who was refused may go on sending, so that the refusal reaches them."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Service = SpeechReception | AnswerReception | VoiceReception


def application(service: Service) -> web.Application:
    """The HTTP application of one service."""
    app = web.Application(client_max_size=MAX_BODY, middlewares=[_faults])
    app.router.add_get("/v1/health", _health(service))
    match service:
        case SpeechReception():
            app.router.add_post("/v1/transcribe", _transcribe(service))
        case AnswerReception():
            app.router.add_post("/v1/complete", _complete(service))
        case VoiceReception():
            app.router.add_post("/v1/speak", _speak(service))
    return app


async def serve(
    service: Service, host: str, port: int, *, shared: bool = False
) -> tuple[Callable[[], Awaitable[None]], int]:
    """Listen, with `shared` beside other processes; returns how to stop, and the port (0: any)."""
    runner = web.AppRunner(
        application(service),
        access_log=None,
        keepalive_timeout=_KEEP_S,
        lingering_time=_LINGER_S,
    )
    await runner.setup()
    site = web.TCPSite(runner, host, port, reuse_port=shared, backlog=1024)
    await site.start()
    return runner.cleanup, runner.addresses[0][1]


@web.middleware
async def _faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Faults as status codes with a sentence; what is announced as too large is not even read."""
    try:
        if (request.content_length or 0) > MAX_BODY:
            raise too_large(request.content_length or 0)
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return _refusal(too_large(MAX_BODY + 1))
    except ModelFault as fault:
        return _refusal(fault)


def _refusal(fault: ModelFault) -> web.Response:
    return web.Response(status=faults.codes_of(fault).http, text=str(fault))


def _health(service: Service) -> Handler:
    async def health(request: web.Request) -> web.StreamResponse:
        return web.json_response(asdict(service.health()))

    return health


def _transcribe(service: SpeechReception) -> Handler:
    async def transcribe(request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        if _is_json(request):
            fields = _fields(body)
            audio, language = _audio(fields), _text(fields, "language")
            transcript = await service.transcribe(_call(request), audio, language)
            return _json(transcript.model_dump(mode="json"))
        transcript = await service.transcribe(_call(request), body, _language(request))
        return web.Response(text=transcript.text, headers=_beside(transcript))

    return transcribe


def _beside(transcript: Transcript) -> dict[str, str]:
    headers = {LANGUAGE: transcript.language}
    if transcript.confidence is not None:
        headers[CONFIDENCE] = f"{transcript.confidence:.4f}"
    return headers


def _complete(service: AnswerReception) -> Handler:
    async def complete(request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        in_json = _is_json(request)
        prompt = _json_prompt(body) if in_json else _raw_prompt(request, body)
        pieces = service.complete(_call(request), prompt)
        if not _wants_stream(request):
            text = await whole_text(pieces)
            return _json({"text": text}) if in_json else web.Response(text=text)
        if in_json:
            return await _stream(request, pieces, _text_line, _JSON_LINES)
        return await _stream(request, pieces, str.encode, "text/plain; charset=utf-8")

    return complete


def _speak(service: VoiceReception) -> Handler:
    async def speak(request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        in_json = _is_json(request)
        if in_json:
            fields = _fields(body)
            text, language = _text(fields, "text"), _text(fields, "language")
        else:
            text, language = _decoded(body), _language(request)
        pieces = service.speak(_call(request), text, language)
        if not _wants_stream(request):
            audio = await whole_audio(pieces)
            if in_json:
                return _json({"audio": base64.b64encode(audio).decode()})
            return web.Response(body=audio, content_type="audio/wav")
        if in_json:
            return await _stream(request, pieces, _audio_line, _JSON_LINES)
        return await _stream(request, pieces, bytes, "audio/wav")

    return speak


_JSON_LINES = "application/x-ndjson"


def _text_line(piece: str) -> bytes:
    return json.dumps({"text": piece}, ensure_ascii=False).encode() + b"\n"


def _audio_line(piece: bytes) -> bytes:
    return json.dumps({"audio": base64.b64encode(piece).decode()}).encode() + b"\n"


async def _stream(
    request: web.Request,
    pieces: AsyncGenerator[Any],
    written: Callable[[Any], bytes],
    content_type: str,
) -> web.StreamResponse:
    """Answer piece by piece.

    A fault before the first piece is a status code. A later one ends the stream: JSON says so in a
    line, a raw body breaks off.
    """
    async with aclosing(pieces):
        first = await anext(pieces, None)
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        if first is not None:
            await response.write(written(first))
        try:
            async for piece in pieces:
                await response.write(written(piece))
        except ModelFault as fault:
            if content_type != _JSON_LINES:
                _break_off(request)
                return response
            await response.write(_fault_line(fault))
        await response.write_eof()
        return response


def _fault_line(fault: ModelFault) -> bytes:
    said = {"fault": {"status": faults.codes_of(fault).http, "message": str(fault)}}
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


def _break_off(request: web.Request) -> None:
    """Close the connection within the body: the reader learns that it is not whole."""
    if request.transport is not None:
        request.transport.abort()


def _json(fields: Mapping[str, Any]) -> web.Response:
    text = json.dumps(fields, ensure_ascii=False)
    return web.Response(text=text, content_type="application/json")


def _is_json(request: web.Request) -> bool:
    return request.content_type == "application/json"


def _wants_stream(request: web.Request) -> bool:
    return request.headers.get(STREAM) == "1"


def _call(request: web.Request) -> Call:
    milliseconds = _number(request, DEADLINE_MS, int(LONGEST_S * 1000))
    return Call(_number(request, CONTRACT, 0), milliseconds / 1000)


async def _body(request: web.Request) -> bytes:
    """The whole body; one that drips in is given up at the deadline."""
    return await within(deadline_in(_call(request).timeout), request.read())


def _number(request: web.Request, header: str, absent: int) -> int:
    text = request.headers.get(header)
    if text is None:
        return absent
    try:
        return int(text)
    except ValueError as error:
        raise BadInput(f"the header {header} has to be a whole number") from error


def _language(request: web.Request) -> str:
    return request.headers.get(LANGUAGE, "")


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadInput("the text is not UTF-8") from error


def _raw_prompt(request: web.Request, body: bytes) -> Prompt:
    question, *records = _decoded(body).split(SEPARATOR)
    facts = _number(request, FACTS, 0)
    if not 0 <= facts <= len(records):
        raise BadInput(f"the header {FACTS} says more facts than the body has records")
    return Prompt(
        question=question,
        language=_language(request),
        facts=tuple(records[:facts]),
        history=tuple(records[facts:]),
    )


def _json_prompt(body: bytes) -> Prompt:
    try:
        return Prompt.model_validate_json(body)
    except ValidationError as error:
        raise BadInput(f"the prompt is wrong at: {_places(error)}") from error


def _places(error: ValidationError) -> str:
    found = {".".join(map(str, fault["loc"])) or "JSON" for fault in error.errors()}
    return ", ".join(sorted(found))


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise BadInput("the body is not JSON") from error
    if not isinstance(fields, dict):
        raise BadInput("the body is not a JSON object")
    return fields


def _text(fields: Mapping[str, Any], name: str) -> str:
    text = fields.get(name)
    if not isinstance(text, str):
        raise BadInput(f"the field {name} has to be text")
    return text


def _audio(fields: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(_text(fields, "audio"), validate=True)
    except binascii.Error as error:
        raise BadInput("the field audio is not base64") from error
