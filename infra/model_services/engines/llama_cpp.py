"""A language model by llama.cpp, from one GGUF file: Llama 3.1 Instruct and its like on CPUs.

LLM_MODEL is the file, LLM_CONTEXT how many tokens prompt and answer may have, LLM_GPU_LAYERS how
many layers a GPU takes.
"""

import os
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from llama_cpp import Llama

from assistant.domain.ports import Prompt
from model_services.grounding import grounded
from model_services.options import Options
from model_services.prompting import MAX_TOKENS, messages
from model_services.weights import broken, weights
from model_services.workers import Stopped, Workers

_CONTEXT = 4_096


class LlamaCpp:
    """One model; one answer at a time, for llama.cpp uses all CPUs for it."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._workers = Workers(1)

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncGenerator[str]:
        """The answer sentence by sentence."""
        made = self._workers.stream(lambda stopped: self._generated(prompt, stopped))
        async for sentence in grounded(made, prompt):
            yield sentence

    def _generated(self, prompt: Prompt, stopped: Stopped) -> Iterator[str]:
        told = self._model.create_chat_completion(
            messages(prompt), max_tokens=MAX_TOKENS, temperature=0.0, stream=True
        )
        for part in told:
            if stopped():
                return
            text = part["choices"][0]["delta"].get("content")
            if text:
                yield text


def engine(options: Options) -> LlamaCpp:
    """The model of LLM_MODEL.

    Raises:
        Misconfigured: it is not there or does not load.
    """
    file = weights(options, "LLM_MODEL", "a chat model as a GGUF file")
    try:
        return LlamaCpp(
            Llama(
                str(file),
                n_ctx=int(options.number("LLM_CONTEXT", _CONTEXT)),
                n_gpu_layers=int(options.number("LLM_GPU_LAYERS", 0)),
                n_threads=os.cpu_count(),
                verbose=False,
            )
        )
    except (ValueError, RuntimeError, OSError) as error:
        raise broken("LLM_MODEL", error) from error
