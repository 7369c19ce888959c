"""Speech to text with Whisper by faster-whisper (CTranslate2): the quickest on CPUs.

STT_MODEL is the folder of a converted model, STT_DEVICE `cpu` or `cuda`, STT_COMPUTE a type that
CTranslate2 knows (`int8`, `float16` …).
"""

import math
from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from assistant.domain.ports import SAMPLE_RATE, TooLate, Transcript
from model_services.audio import Sound, read_wav
from model_services.options import Options
from model_services.weights import broken, weights
from model_services.workers import Stopped, Workers


class FasterWhisper:
    """One model, used by as many threads as there are places."""

    def __init__(self, model: Any, threads: int) -> None:
        self._model = model
        self._workers = Workers(threads)

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """The words of a WAV file."""
        sound = read_wav(audio).at(SAMPLE_RATE)
        return await self._workers.run(lambda stopped: self._heard(sound, language, stopped))

    def _heard(self, sound: Sound, language: str, stopped: Stopped) -> Transcript:
        wave = sound.samples.astype(np.float32) / 32_768
        segments, _ = self._model.transcribe(wave, language=language.split("-")[0].lower())
        words: list[str] = []
        certainty: list[float] = []
        for segment in segments:
            if stopped():
                raise TooLate("nobody waits for the transcript any more")
            words.append(segment.text.strip())
            certainty.append(min(1.0, math.exp(segment.avg_logprob)))
        confidence = sum(certainty) / len(certainty) if certainty else 0.0
        return Transcript(text=" ".join(words), language=language, confidence=confidence)


def engine(options: Options) -> FasterWhisper:
    """The model of STT_MODEL.

    Raises:
        Misconfigured: it is not there or does not load.
    """
    folder = weights(options, "STT_MODEL", "a Whisper model converted for CTranslate2")
    try:
        model = WhisperModel(
            str(folder),
            device=options.text("STT_DEVICE", "cpu"),
            compute_type=options.text("STT_COMPUTE", "int8"),
            num_workers=options.pool,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise broken("STT_MODEL", error) from error
    return FasterWhisper(model, options.pool)
