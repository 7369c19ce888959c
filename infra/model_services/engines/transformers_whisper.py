"""Speech to text with Whisper by transformers, from safetensors.

STT_MODEL is the model's folder, STT_DEVICE what PyTorch calls the device (`cpu`, `cuda` …).
"""

from typing import Any

import numpy as np
import torch
from transformers import (
    AutoProcessor,
    StoppingCriteria,
    StoppingCriteriaList,
    WhisperForConditionalGeneration,
)

from assistant.domain.ports import SAMPLE_RATE, TooLate, Transcript
from model_services.audio import Sound, read_wav
from model_services.options import Options
from model_services.weights import broken, weights
from model_services.workers import Stopped, Workers

_WINDOW = 30 * SAMPLE_RATE
"""Samples that Whisper hears at a time."""


class Whisper:
    """One model; one sound at a time, for PyTorch uses all CPUs for it."""

    def __init__(self, model: Any, processor: Any, device: str) -> None:
        self._model = model
        self._processor = processor
        self._device = device
        self._workers = Workers(1)

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """The words of a WAV file; it does not say how sure it is."""
        sound = read_wav(audio).at(SAMPLE_RATE)
        text = await self._workers.run(lambda stopped: self._heard(sound, language, stopped))
        return Transcript(text=text, language=language)

    def _heard(self, sound: Sound, language: str, stopped: Stopped) -> str:
        wave = sound.samples.astype(np.float32) / 32_768
        windows = [wave[start : start + _WINDOW] for start in range(0, len(wave), _WINDOW)]
        words = [self._window(window, language, stopped) for window in windows]
        return " ".join(word for word in words if word)

    def _window(self, wave: Any, language: str, stopped: Stopped) -> str:
        heard = self._processor(wave, sampling_rate=SAMPLE_RATE, return_tensors="pt")
        features = heard.input_features.to(self._device, self._model.dtype)
        with torch.inference_mode():
            tokens = self._model.generate(
                features,
                stopping_criteria=StoppingCriteriaList([Left(stopped)]),
                **self._spoken(language),
            )
        if stopped():
            raise TooLate("nobody waits for the transcript any more")
        text: str = self._processor.batch_decode(tokens, skip_special_tokens=True)[0]
        return text.strip()

    def _spoken(self, language: str) -> dict[str, str]:
        """What is said of the language; a model of one language is told nothing."""
        if not getattr(self._model.generation_config, "is_multilingual", False):
            return {}
        return {"language": language.split("-")[0].lower(), "task": "transcribe"}


class Left(StoppingCriteria):  # type: ignore[misc]
    """Ends a generation when nobody waits for it any more."""

    def __init__(self, stopped: Stopped) -> None:
        self._stopped = stopped

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """Whether to end, for each of the rows."""
        return torch.full((input_ids.shape[0],), self._stopped(), device=input_ids.device)


def engine(options: Options) -> Whisper:
    """The model of STT_MODEL.

    Raises:
        Misconfigured: it is not there or does not load.
    """
    folder = weights(options, "STT_MODEL", "a Whisper model with its processor, as safetensors")
    device = options.text("STT_DEVICE", "cpu")
    try:
        processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        model = WhisperForConditionalGeneration.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        )
        return Whisper(model.to(device).eval(), processor, device)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise broken("STT_MODEL", error) from error
