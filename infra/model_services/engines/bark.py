"""Speech with Bark by transformers, from safetensors: natural, and slow without a GPU.

TTS_MODEL is the model's folder, TTS_DEVICE what PyTorch calls the device, TTS_VOICE a voice of the
model's (`v2/en_speaker_6`); without it the model takes any.
"""

import re
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import numpy as np
import torch
from transformers import AutoProcessor, BarkModel

from assistant.domain.ports import TooLate
from model_services.audio import Sound, pieces_of
from model_services.options import Options
from model_services.weights import broken, weights
from model_services.workers import Stopped, Workers

_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
"""Bark makes at most some 13 seconds at a time: a sentence."""


class Bark:
    """One model; one sentence at a time."""

    def __init__(self, model: Any, processor: Any, device: str, voice: str | None) -> None:
        self._model = model
        self._processor = processor
        self._device = device
        self._voice = voice
        self._workers = Workers(1)

    async def speak(self, text: str, language: str, timeout: float) -> AsyncGenerator[bytes]:
        """Speech in pieces; the model hears from the text which language it is."""
        sound = await self._workers.run(lambda stopped: self._spoken(text, stopped))
        for piece in pieces_of(sound.wav()):
            yield piece

    def _spoken(self, text: str, stopped: Stopped) -> Sound:
        samples = [self._sentence(sentence) for sentence in _until(stopped, _SENTENCE.split(text))]
        return Sound(np.concatenate(samples), self._model.generation_config.sample_rate)

    def _sentence(self, sentence: str) -> Any:
        asked = self._processor(sentence, voice_preset=self._voice).to(self._device)
        with torch.inference_mode():
            wave = self._model.generate(**asked).float().cpu().numpy().reshape(-1)
        return (np.clip(wave, -1, 1) * 32_767).astype(np.int16)


def _until(stopped: Stopped, sentences: list[str]) -> Iterator[str]:
    for sentence in sentences:
        if stopped():
            raise TooLate("nobody waits for the speech any more")
        yield sentence


def engine(options: Options) -> Bark:
    """The model of TTS_MODEL.

    Raises:
        Misconfigured: it is not there or does not load.
    """
    folder = weights(options, "TTS_MODEL", "Bark with its processor, as safetensors")
    device = options.text("TTS_DEVICE", "cpu")
    voice = options.settings.get("TTS_VOICE") or None
    try:
        processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        model = BarkModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        return Bark(model.to(device).eval(), processor, device, voice)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise broken("TTS_MODEL", error) from error
