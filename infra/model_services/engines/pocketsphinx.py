"""English speech to text with PocketSphinx, whose package brings its own model: works offline.

A small model of the nineties' kind: it understands clear sentences of common words, and takes
others for what sounds alike. See docs/assistant-models.md.
"""

import math
from queue import SimpleQueue

from pocketsphinx import Decoder

from assistant.domain.ports import SAMPLE_RATE, BadInput, TooLate, Transcript
from model_services.audio import Sound, read_wav
from model_services.options import Options
from model_services.workers import Stopped, Workers

_STEP = SAMPLE_RATE // 2
"""Samples between two looks at whether anybody still waits."""
_SILENCE = SAMPLE_RATE // 4
"""Samples of silence put around: the decoder loses words at the very edges."""


class PocketSphinx:
    """As many decoders as there are places: one decodes one sound at a time."""

    def __init__(self, decoders: int) -> None:
        self._workers = Workers(decoders)
        self._idle: SimpleQueue[Decoder] = SimpleQueue()
        for _ in range(decoders):
            self._idle.put(Decoder(samprate=float(SAMPLE_RATE), loglevel="FATAL"))

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """The words of a WAV file in English.

        Raises:
            BadInput: another language, or no such audio.
        """
        if language.split("-")[0].lower() != "en":
            raise BadInput(
                f"the engine pocketsphinx understands English only, not {language}: STT_ENGINE"
                " names the others"
            )
        sound = read_wav(audio).at(SAMPLE_RATE)
        return await self._workers.run(lambda stopped: self._decoded(sound, language, stopped))

    def _decoded(self, sound: Sound, language: str, stopped: Stopped) -> Transcript:
        decoder = self._idle.get()
        try:
            decoder.start_utt()
            try:
                _feed(decoder, sound, stopped)
            finally:
                decoder.end_utt()
            hypothesis = decoder.hyp()
            if hypothesis is None:
                return Transcript(text="", language=language, confidence=0.0)
            confidence = min(
                1.0, max(0.0, math.exp(min(0.0, decoder.get_logmath().log_to_ln(hypothesis.prob))))
            )
            return Transcript(text=hypothesis.hypstr, language=language, confidence=confidence)
        finally:
            self._idle.put(decoder)


def _feed(decoder: Decoder, sound: Sound, stopped: Stopped) -> None:
    silence = bytes(2 * _SILENCE)
    decoder.process_raw(silence)
    for start in range(0, len(sound.samples), _STEP):
        if stopped():
            raise TooLate("nobody waits for the transcript any more")
        decoder.process_raw(sound.samples[start : start + _STEP].tobytes())
    decoder.process_raw(silence)


def engine(options: Options) -> PocketSphinx:
    """One for a service with so many places."""
    return PocketSphinx(options.pool)
