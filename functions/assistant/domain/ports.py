"""What the assistant needs of its three models, and how each of them can fail.

    ModelFault
    ├── BadInput      the audio or text is no such thing: the same request fails again
    ├── TooLarge      more than `MAX_BYTES`
    ├── Overloaded    every place is taken and the queue is full: refused at once
    ├── TooLate       the deadline has passed
    ├── Unreachable   nobody answers, or what answers does not speak the protocol
    └── WrongVersion  the service speaks another version of the contract

Every call has a `timeout`: the seconds that are left of the whole turn. An implementation passes it
on, so that a service stops working on what nobody waits for.
"""

from collections.abc import AsyncIterator
from typing import Protocol

from recado.errors import RecadoError, Rejected, Retryable
from recado.model import Frozen

MAX_BYTES = 10 * 1024 * 1024
"""The most audio or text in one request or answer: over five minutes of 16 kHz speech."""
SAMPLE_RATE = 16_000
"""Samples a second of the speech that models of speech are given; 16 bits each, one channel."""


class ModelFault(RecadoError):
    """A model gave no answer; the message says which and what to do."""


class BadInput(ModelFault, Rejected):
    """The audio or text cannot be understood as such."""


class TooLarge(ModelFault, Rejected):
    """The request or its answer is larger than `MAX_BYTES`."""


class Overloaded(ModelFault, Retryable):
    """The service has no place left, not even to wait in."""


class TooLate(ModelFault, Retryable):
    """The answer did not come within the deadline."""


class Unreachable(ModelFault, Retryable):
    """The service is not there or broke down."""


class WrongVersion(ModelFault):
    """The service and its caller are of releases that do not fit together."""


class Transcript(Frozen):
    """What was said. `confidence` is 0 to 1, where the model tells it."""

    text: str
    language: str
    confidence: float | None = None


class Prompt(Frozen):
    """A question, with everything the answer may be made from.

    `facts` are sentences with the figures that were computed, `history` the latest lines of the
    conversation, oldest first. `language` is a BCP 47 tag.
    """

    question: str
    language: str
    facts: tuple[str, ...] = ()
    history: tuple[str, ...] = ()


class SpeechToText(Protocol):
    """Understands speech."""

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """The words of a WAV file (PCM, 16 bits, one channel).

        Raises:
            ModelFault: one of the faults above.
        """
        ...


class LanguageModel(Protocol):
    """Answers questions from facts."""

    def complete(self, prompt: Prompt, timeout: float) -> AsyncIterator[str]:
        """The answer in pieces that put together are its text.

        Raises:
            ModelFault: one of the faults above, perhaps after some pieces.
        """
        ...


class TextToSpeech(Protocol):
    """Speaks."""

    def speak(self, text: str, language: str, timeout: float) -> AsyncIterator[bytes]:
        """Speech in pieces that put together are one WAV file; the first begins with its header.

        Raises:
            ModelFault: one of the faults above, perhaps after some pieces.
        """
        ...
