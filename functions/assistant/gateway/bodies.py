"""What requests and answers over REST look like: one arm raw, one in JSON.

Errors are plain text with both. A stream is the answer's bytes as they come (raw), or a line of
JSON for each piece, the last of which may be a fault.
"""

import base64
import binascii
import codecs
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.contracts import CONFIDENCE, FACTS, LANGUAGE, SEPARATOR, faults
from assistant.domain.ports import MAX_BYTES, Prompt, TooLarge, Transcript, Unreachable

_MAX_LINE = MAX_BYTES * 4 // 3 + 1024


@dataclass(frozen=True)
class Body:
    """What is sent."""

    content: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Arm(ABC):
    """How requests and answers are written."""

    @abstractmethod
    def audio(self, audio: bytes, language: str) -> Body:
        """The request to transcribe."""

    @abstractmethod
    def prompt(self, prompt: Prompt) -> Body:
        """The request to complete."""

    @abstractmethod
    def text(self, text: str, language: str) -> Body:
        """The request to speak."""

    @abstractmethod
    def transcript(self, headers: Mapping[str, str], answer: bytes) -> Transcript:
        """What was transcribed."""

    @abstractmethod
    def text_of(self, answer: bytes) -> str:
        """A whole answer's text."""

    @abstractmethod
    def audio_of(self, answer: bytes) -> bytes:
        """A whole answer's audio."""

    @abstractmethod
    def texts(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[str]:
        """A stream's pieces of text."""

    @abstractmethod
    def audios(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """A stream's pieces of audio."""


class RawArm(Arm):
    """Audio as it is, text as text, everything else in headers."""

    def audio(self, audio: bytes, language: str) -> Body:
        """`audio/wav`."""
        return Body(audio, "audio/wav", {LANGUAGE: language})

    def prompt(self, prompt: Prompt) -> Body:
        """`text/plain` of records: the question, the facts, the history."""
        records = (prompt.question, *prompt.facts, *prompt.history)
        text = SEPARATOR.join(record.replace(SEPARATOR, " ") for record in records)
        headers = {LANGUAGE: prompt.language, FACTS: str(len(prompt.facts))}
        return Body(text.encode(), "text/plain; charset=utf-8", headers)

    def text(self, text: str, language: str) -> Body:
        """`text/plain`."""
        return Body(text.encode(), "text/plain; charset=utf-8", {LANGUAGE: language})

    def transcript(self, headers: Mapping[str, str], answer: bytes) -> Transcript:
        """The body and two headers."""
        confidence = headers.get(CONFIDENCE)
        try:
            return Transcript(
                text=answer.decode(),
                language=headers.get(LANGUAGE, ""),
                confidence=None if confidence is None else float(confidence),
            )
        except ValueError as error:
            raise _nonsense("a transcript") from error

    def text_of(self, answer: bytes) -> str:
        """The body."""
        try:
            return answer.decode()
        except ValueError as error:
            raise _nonsense("text") from error

    def audio_of(self, answer: bytes) -> bytes:
        """The body."""
        return answer

    async def texts(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[str]:
        """The bytes as they come; a character cut in two waits for its other half."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            async for piece in pieces:
                if text := decoder.decode(piece):
                    yield text
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise _nonsense("text") from error

    async def audios(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """The bytes as they come."""
        async for piece in pieces:
            yield piece


class JsonArm(Arm):
    """Everything in one object, audio in base64."""

    def audio(self, audio: bytes, language: str) -> Body:
        """`audio` and `language`."""
        return _object({"audio": base64.b64encode(audio).decode(), "language": language})

    def prompt(self, prompt: Prompt) -> Body:
        """The prompt's fields."""
        return _object(prompt.model_dump(mode="json"))

    def text(self, text: str, language: str) -> Body:
        """`text` and `language`."""
        return _object({"text": text, "language": language})

    def transcript(self, headers: Mapping[str, str], answer: bytes) -> Transcript:
        """The transcript's fields."""
        try:
            return Transcript.model_validate_json(answer)
        except ValueError as error:
            raise _nonsense("a transcript") from error

    def text_of(self, answer: bytes) -> str:
        """The field `text`."""
        return _text_in(_parsed(answer))

    def audio_of(self, answer: bytes) -> bytes:
        """The field `audio`."""
        return _audio_in(_parsed(answer))

    async def texts(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[str]:
        """`text` of each line."""
        async for line in _lines(pieces):
            yield _text_in(line)

    async def audios(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """`audio` of each line."""
        async for line in _lines(pieces):
            yield _audio_in(line)


RAW = RawArm()
JSON = JsonArm()


def _object(fields: Mapping[str, Any]) -> Body:
    return Body(json.dumps(fields, ensure_ascii=False).encode(), "application/json")


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncGenerator[dict[str, Any]]:
    """Each line's object; a line with a fault is raised."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        *lines, rest = bytes(waiting).split(b"\n") if b"\n" in piece else (bytes(waiting),)
        waiting = bytearray(rest)
        if len(waiting) > _MAX_LINE:
            raise TooLarge(f"the model service's answer is larger than {MAX_BYTES} bytes")
        for line in lines:
            yield _without_fault(_parsed(line))
    if waiting:
        raise _nonsense("whole lines of JSON")


def _without_fault(line: dict[str, Any]) -> dict[str, Any]:
    fault = line.get("fault")
    if fault is None:
        return line
    if not isinstance(fault, dict):
        raise _nonsense("a fault with a status")
    raise faults.from_http(int(fault.get("status", 503)), str(fault.get("message", "")))


def _parsed(answer: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(answer)
    except ValueError as error:
        raise _nonsense("JSON") from error
    if not isinstance(parsed, dict):
        raise _nonsense("a JSON object")
    return parsed


def _text_in(answer: Mapping[str, Any]) -> str:
    text = answer.get("text")
    if not isinstance(text, str):
        raise _nonsense("text")
    return text


def _audio_in(answer: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(answer["audio"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise _nonsense("audio in base64") from error


def _nonsense(expected: str) -> Unreachable:
    return Unreachable(
        f"the model service's answer is not {expected}: check that the address is a model service"
        " of this release"
    )
