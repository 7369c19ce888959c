"""Nothing but the way there and back: what the experiment measures a protocol alone with."""

from collections.abc import AsyncGenerator

from assistant.domain.ports import Prompt, Transcript
from model_services.options import Options


class Echo:
    """Gives back what it is given, at once."""

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """How long the audio is."""
        return Transcript(text=f"{len(audio)} bytes", language=language)

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncGenerator[str]:
        """The question."""
        yield prompt.question

    async def speak(self, text: str, language: str, timeout: float) -> AsyncGenerator[bytes]:
        """The text's bytes, which are no sound."""
        yield text.encode()


def engine(options: Options) -> Echo:
    """One without settings."""
    return Echo()
