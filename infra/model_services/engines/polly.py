"""Speech with Amazon Polly.

POLLY_VOICES names a voice for each language as `pt-BR=Camila,en=Joanna`, POLLY_ENGINE Polly's own
engine (`neural`, `standard` …). Needs the permission polly:SynthesizeSpeech.
"""

from collections.abc import AsyncGenerator
from typing import Any

import numpy as np

from assistant.domain.ports import BadInput, TooLarge, TooLate
from model_services import aws
from model_services.audio import Sound, pieces_of
from model_services.options import Options
from model_services.workers import Stopped, Workers
from recado.settings import Misconfigured

RATE = 16_000
LONGEST = 3_000
"""Characters of one request: Polly's own limit."""
_VOICES = "pt-BR=Camila,en=Joanna"


class Polly:
    """Voices by language."""

    def __init__(self, client: Any, voices: dict[str, str], kind: str, threads: int) -> None:
        self._client = client
        self._voices = voices
        self._kind = kind
        self._workers = Workers(threads)

    async def speak(self, text: str, language: str, timeout: float) -> AsyncGenerator[bytes]:
        """Speech in pieces.

        Raises:
            BadInput: no voice is set for the language.
            TooLarge: Polly does not take so much at once.
        """
        voice = self._voices.get(language.lower()) or self._voices.get(language[:2].lower())
        if voice is None:
            raise BadInput(f"POLLY_VOICES has no voice for {language}")
        if len(text) > LONGEST:
            raise TooLarge(f"Polly takes {LONGEST} characters at once, not {len(text)}")
        sound = await self._workers.run(lambda stopped: self._spoken(text, voice, stopped))
        for piece in pieces_of(sound.wav()):
            yield piece

    def _spoken(self, text: str, voice: str, stopped: Stopped) -> Sound:
        if stopped():
            raise TooLate("nobody waits for the speech any more")
        with aws.faults_of("Polly"):
            answer = self._client.synthesize_speech(
                Text=text,
                VoiceId=voice,
                Engine=self._kind,
                OutputFormat="pcm",
                SampleRate=str(RATE),
            )
            pcm = answer["AudioStream"].read()
        return Sound(np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2"), RATE)


def engine(options: Options) -> Polly:
    """One with the settings above.

    Raises:
        Misconfigured: one of them is wrong.
    """
    voices = _voices(options.text("POLLY_VOICES", _VOICES))
    kind = options.text("POLLY_ENGINE", "neural")
    return Polly(aws.client("polly"), voices, kind, options.pool)


def _voices(text: str) -> dict[str, str]:
    pairs = [pair.strip().partition("=") for pair in text.split(",")]
    if not all(language and voice for language, _, voice in pairs):
        raise Misconfigured(f"the setting POLLY_VOICES is {text!r}: write it as {_VOICES}")
    return {language.lower(): voice for language, _, voice in pairs}
