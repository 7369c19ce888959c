"""Every engine by name. One is imported when it is asked for: the large ones need much else."""

import importlib
from typing import Any

from model_services.options import Options
from recado.settings import Misconfigured

ENGINES: dict[str, dict[str, str]] = {
    "stt": {
        "pocketsphinx": "pocketsphinx",
        "faster-whisper": "faster_whisper",
        "transformers": "transformers_whisper",
        "transcribe": "transcribe",
        "emulated": "emulated",
        "echo": "echo",
    },
    "llm": {
        "grounded": "grounded",
        "llama-cpp": "llama_cpp",
        "transformers": "transformers_llama",
        "bedrock": "bedrock",
        "emulated": "emulated",
        "echo": "echo",
    },
    "tts": {
        "espeak-ng": "espeak",
        "bark": "bark",
        "polly": "polly",
        "emulated": "emulated",
        "echo": "echo",
    },
}
LARGE = frozenset({"faster-whisper", "transformers", "llama-cpp", "bark"})
"""Engines whose packages only the environment of `make engines` has."""
DEFAULTS = {service: next(iter(engines)) for service, engines in ENGINES.items()}
"""The engine of each service that works offline with what `make environment` installs."""


def engine(service: str, name: str, options: Options) -> Any:
    """An engine, loaded and ready.

    Raises:
        Misconfigured: there is none of that name, or something it needs is missing.
    """
    setting = f"{service.upper()}_ENGINE"
    module = ENGINES[service].get(name)
    if module is None:
        known = ", ".join(ENGINES[service])
        raise Misconfigured(f"{setting} is {name!r}: it has to be one of {known}")
    try:
        return importlib.import_module(f"model_services.engines.{module}").engine(options)
    except ModuleNotFoundError as error:
        raise Misconfigured(
            f"{setting}={name} needs the package {error.name}, which is not installed here:"
            " `make engines` makes an environment with it (infra/requirements/engines.txt)"
        ) from error
