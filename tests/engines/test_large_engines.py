"""The real loading code of the large engines, on models that `tiny` makes. `make engines` runs it.

The models speak no sense, so what is shown is that each form of weights loads, that an answer of
the right form comes out, and that one nobody waits for ends.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from ctranslate2.converters import TransformersConverter

from assistant.domain.ports import Prompt, Transcript
from model_services.audio import read_wav
from model_services.catalogue import engine
from model_services.options import Options
from recado.settings import Misconfigured
from tests.engines import tiny
from tests.unit.model_services.services import tone

SECONDS = 60.0
PROMPT = Prompt(question="How much do I owe?", language="en", facts=("You owe 10 reais.",))


@pytest.fixture(scope="session")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="session")
def converted(whisper: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("converted") / "model"
    TransformersConverter(str(whisper), copy_files=["tokenizer.json"]).convert(str(folder))
    return folder


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.llama(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="session")
def bark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bark(tmp_path_factory.mktemp("bark"))


def loaded(service: str, name: str, **settings: str) -> Any:
    return engine(service, name, Options(2, settings))


async def every(pieces: AsyncIterator[Any]) -> list[Any]:
    return [piece async for piece in pieces]


def transcribed(stt: Any, seconds: float, language: str) -> Transcript:
    heard = stt.transcribe(tone(seconds), language, SECONDS)
    transcript: Transcript = asyncio.run(heard)
    return transcript


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_whisper_by_transformers_gives_words(whisper: Path, language: str) -> None:
    transcript = transcribed(loaded("stt", "transformers", STT_MODEL=str(whisper)), 1, language)
    assert transcript.text
    assert transcript.language == language


def test_whisper_by_transformers_hears_more_than_a_window(whisper: Path) -> None:
    stt = loaded("stt", "transformers", STT_MODEL=str(whisper))
    assert len(transcribed(stt, 31, "en").text) > len(transcribed(stt, 1, "en").text)


def test_whisper_by_ctranslate2_gives_words(converted: Path) -> None:
    stt = loaded("stt", "faster-whisper", STT_MODEL=str(converted), STT_COMPUTE="float32")
    transcript = transcribed(stt, 1, "en")
    assert transcript.text
    assert transcript.confidence is not None
    assert 0 <= transcript.confidence <= 1


def test_llama_by_transformers_gives_text_that_has_no_number_of_its_own(llama: Path) -> None:
    llm = loaded("llm", "transformers", LLM_MODEL=str(llama))
    answer = "".join(asyncio.run(every(llm.complete(PROMPT, SECONDS))))
    assert set(filter(str.isascii, filter(str.isdigit, answer))) <= set("10")


def test_llama_by_llama_cpp_gives_text(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="the build of llama-cpp-python is optional")
    llm = loaded("llm", "llama-cpp", LLM_MODEL=str(tiny.llama_gguf(tmp_path / "tiny.gguf")))
    pieces = list(llm._generated(PROMPT, lambda: False))
    assert "".join(pieces)


def test_a_generation_that_nobody_waits_for_ends(llama: Path) -> None:
    llm = loaded("llm", "transformers", LLM_MODEL=str(llama))
    began = time.monotonic()
    assert len("".join(llm._generated(PROMPT, lambda: True))) < 20
    assert time.monotonic() - began < SECONDS


def test_bark_gives_sound_sentence_by_sentence(bark: Path) -> None:
    tts = loaded("tts", "bark", TTS_MODEL=str(bark))

    def spoken(text: str) -> float:
        pieces = asyncio.run(every(tts.speak(text, "en", SECONDS)))
        sound = read_wav(b"".join(pieces))
        assert sound.rate == 24_000
        return sound.seconds

    assert spoken("hello there. how are you?") > spoken("hello there.") > 0


@pytest.mark.parametrize(
    ("service", "name", "setting"),
    [
        ("stt", "transformers", "STT_MODEL"),
        ("stt", "faster-whisper", "STT_MODEL"),
        ("llm", "transformers", "LLM_MODEL"),
        ("tts", "bark", "TTS_MODEL"),
    ],
)
def test_weights_that_are_missing_or_broken_are_named(
    service: str, name: str, setting: str, tmp_path: Path
) -> None:
    wrong: list[Callable[[], Any]] = [
        lambda: loaded(service, name),
        lambda: loaded(service, name, **{setting: str(tmp_path / "nowhere")}),
        lambda: loaded(service, name, **{setting: str(tmp_path)}),
    ]
    for load in wrong:
        with pytest.raises(Misconfigured, match=setting):
            load()
