"""A language model by transformers, from safetensors: Llama 3.1 Instruct and its like.

LLM_MODEL is the model's folder, LLM_DEVICE what PyTorch calls the device, LLM_DTYPE a type of
PyTorch's (`auto`: as the weights are).
"""

from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    StoppingCriteriaList,
    TextIteratorStreamer,
)

from assistant.domain.ports import Prompt
from model_services.engines.transformers_whisper import Left
from model_services.grounding import grounded
from model_services.options import Options
from model_services.prompting import MAX_TOKENS, messages
from model_services.weights import broken, weights
from model_services.workers import Stopped, Workers
from recado.settings import Misconfigured

_STEP_S = 60.0
"""The longest a single token may take."""


class TransformersLlama:
    """One model; one answer at a time, for PyTorch uses all CPUs for it."""

    def __init__(self, model: Any, tokenizer: Any, device: str) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._device = device
        self._workers = Workers(1)

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncGenerator[str]:
        """The answer sentence by sentence."""
        made = self._workers.stream(lambda stopped: self._generated(prompt, stopped))
        async for sentence in grounded(made, prompt):
            yield sentence

    def _generated(self, prompt: Prompt, stopped: Stopped) -> Iterator[str]:
        asked = self._tokenizer.apply_chat_template(
            messages(prompt), add_generation_prompt=True, return_tensors="pt", return_dict=True
        ).to(self._device)
        streamer = TextIteratorStreamer(
            self._tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=_STEP_S
        )
        with ThreadPoolExecutor(1) as beside:
            generating = beside.submit(self._generate, asked, streamer, stopped)
            yield from streamer
            generating.result()

    def _generate(self, asked: Any, streamer: Any, stopped: Stopped) -> None:
        try:
            with torch.inference_mode():
                self._model.generate(
                    **asked,
                    max_new_tokens=MAX_TOKENS,
                    do_sample=False,
                    streamer=streamer,
                    stopping_criteria=StoppingCriteriaList([Left(stopped)]),
                )
        finally:
            streamer.end()


def engine(options: Options) -> TransformersLlama:
    """The model of LLM_MODEL.

    Raises:
        Misconfigured: it is not there, does not load, or is no chat model.
    """
    folder = weights(options, "LLM_MODEL", "a chat model with its tokenizer, as safetensors")
    device = options.text("LLM_DEVICE", "cpu")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=options.text("LLM_DTYPE", "auto"),
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise broken("LLM_MODEL", error) from error
    if not tokenizer.chat_template:
        raise Misconfigured(
            "the model of LLM_MODEL has no chat template: take one that follows instructions"
        )
    return TransformersLlama(model.to(device).eval(), tokenizer, device)
