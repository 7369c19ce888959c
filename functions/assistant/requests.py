"""What customers send to the assistant and get from it, over Lambda and over the server."""

import base64
import binascii
from http import HTTPStatus
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from assistant.domain.ports import BadInput, Overloaded, TooLarge, TooLate
from assistant.domain.turns import Asked, Conversation, Turn
from assistant.taking import new_id, stages_of
from recado.clock import Clock
from recado.conversation import MAX_TEXT
from recado.errors import NotFound, RecadoError, Retryable
from recado.model import Frozen, Identifier, Language

MAX_AUDIO = 4_000_000
"""Bytes of a WAV file: a Lambda's request has 6 MB at most, and base64 adds a third."""
STATUSES: dict[type[RecadoError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Overloaded: HTTPStatus.TOO_MANY_REQUESTS,
    Retryable: HTTPStatus.SERVICE_UNAVAILABLE,
    TooLate: HTTPStatus.GATEWAY_TIMEOUT,
}
"""How a turn's refusals read in HTTP, besides what every service answers."""
_ALLOWED = frozenset("\n\t")


def _plain(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    if any(not (sign.isprintable() or sign in _ALLOWED) for sign in text):
        raise ValueError("has control characters; of those a line break and a tab are allowed")
    return text


Words = Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(_plain)]
"""What a customer writes."""


class NewTurn(Frozen):
    """What the customer says or writes: exactly one of `text` and `audio`."""

    text: Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(_plain)] | None = (
        None
    )
    audio: str | None = Field(
        default=None,
        description="A WAV file (PCM, 16 bits, one channel, at most 60 s) in base64.",
    )
    language: Language = Field(
        default=Language.PORTUGUESE, description="Of the speech, and of a new conversation."
    )
    conversation: Conversation | None = Field(
        default=None, description="As chat or an earlier turn gave it; without one it begins."
    )
    client_message_id: Identifier | None = Field(
        default=None, description="The client's own; sending it again stores nothing twice."
    )
    aloud: bool = Field(default=True, description="Whether the answer is spoken.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> "NewTurn":
        if (self.text is None) == (self.audio is None):
            raise ValueError("a turn has either `text` or `audio`: send one of them")
        return self

    def asked(self, clock: Clock) -> Asked:
        """The turn that is asked for.

        Raises:
            BadInput: the audio is no base64.
            TooLarge: it has more than `MAX_AUDIO` bytes.
        """
        return Asked(
            message_id=self.client_message_id or new_id(clock()),
            language=self.language,
            text=self.text or "",
            audio=_decoded(self.audio) if self.audio is not None else b"",
            conversation=self.conversation,
            aloud=self.aloud,
        )


class TroubleView(Frozen):
    """A stage that failed; the turn went on without it."""

    stage: str
    error: str
    message: str


class Assisted(Frozen):
    """What came of a turn. `stages` has milliseconds; `audio` is empty where nothing was spoken."""

    conversation: Conversation | None = Field(
        description="For the next turn; null where the speech was not understood at the first."
    )
    language: Language
    transcript: str = Field(description="What was understood of the speech.")
    text: str
    audio: str = Field(description="The answer as a WAV file in base64.")
    depth: str | None = Field(description="Of a question about bills that was answered.")
    stages: dict[str, int]
    troubles: tuple[TroubleView, ...]


def view(turn: Turn, speech: bytes) -> Assisted:
    """A turn as its customer sees it."""
    return Assisted(
        conversation=turn.conversation,
        language=turn.language,
        transcript=turn.transcript,
        text=turn.text,
        audio=base64.b64encode(speech).decode(),
        depth=turn.depth.value if turn.depth else None,
        stages=stages_of(turn),
        troubles=troubles(turn),
    )


def troubles(turn: Turn) -> tuple[TroubleView, ...]:
    """What failed in a turn."""
    return tuple(
        TroubleView(stage=each.stage, error=each.error, message=each.message)
        for each in turn.troubles
    )


def _decoded(audio: str) -> bytes:
    if len(audio) > MAX_AUDIO * 4 // 3 + 4:
        raise TooLarge(f"the audio has more than {MAX_AUDIO} bytes: send a shorter recording")
    try:
        content = base64.b64decode(audio, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("the audio is no base64: encode a WAV file") from error
    if not content:
        raise BadInput("the audio is empty: record something, or send `text`")
    return content
