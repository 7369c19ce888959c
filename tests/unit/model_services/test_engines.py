"""The engines that work offline, and what is said of those that cannot work here."""

import asyncio
import random
import shutil
import statistics
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain.ports import (
    BadInput,
    Prompt,
)
from model_services import ngrams
from model_services.audio import Sound, pieces_of, read_wav, silence
from model_services.catalogue import ENGINES, engine
from model_services.engines import emulated, espeak, grounded
from model_services.grounding import grounded as kept_to_facts
from model_services.grounding import numbers_in
from model_services.options import Options
from model_services.phrases import OURS, phrases_of
from model_services.workers import Stopped, Workers
from recado.settings import Misconfigured

from .services import SECONDS, every, soon, spoken, tone

needs_espeak = pytest.mark.skipif(
    shutil.which(espeak.PROGRAM) is None, reason="Debian's espeak-ng is not installed"
)


def load(service: str, name: str, **settings: str) -> Any:
    return engine(service, name, Options(1, settings))


# Speech


@pytest.fixture(scope="module")
def voice() -> Any:
    return load("tts", "espeak-ng")


@pytest.fixture(scope="module")
def ear() -> Any:
    return load("stt", "pocketsphinx")


@needs_espeak
@pytest.mark.parametrize(
    "question",
    ["What is my balance due?", "Please explain my last bill.", "How much do I owe?"],
)
def test_what_is_spoken_is_understood(voice: Any, ear: Any, question: str) -> None:
    transcript = asyncio.run(ear.transcribe(spoken(voice, question), "en", SECONDS))
    assert transcript.text == question.lower().strip("?.")


@needs_espeak
def test_the_same_sound_gives_the_same_words_whoever_spoke_before(voice: Any, ear: Any) -> None:
    question = spoken(voice, "When is my next bill due?")
    loud = Sound((read_wav(spoken(voice, "no")).samples * 0.05).astype(np.int16), 22_050).wav()

    async def heard() -> set[str]:
        sounds = (question, loud, question, tone(1.0), question)
        told = [(await ear.transcribe(sound, "en", SECONDS)).text for sound in sounds]
        return {told[0], told[2], told[4]}

    assert len(asyncio.run(heard())) == 1


@needs_espeak
def test_portuguese_is_spoken_and_longer_text_takes_longer(voice: Any) -> None:
    short = read_wav(spoken(voice, "A fatura é de cento e vinte reais.", "pt-BR"))
    long = read_wav(spoken(voice, "A fatura é de cento e vinte reais. " * 3, "pt-BR"))
    assert long.seconds > 2 * short.seconds > 2
    assert int(np.abs(short.samples).max()) > 1_000


@needs_espeak
@pytest.mark.parametrize("language", ["xx", "-f/etc/passwd", "en; reboot", "../../x"])
def test_a_language_is_a_tag_and_nothing_else(voice: Any, language: str) -> None:
    with pytest.raises(BadInput):
        spoken(voice, "hello", language)


@needs_espeak
@pytest.mark.parametrize("text", ["--help", "-w /tmp/out.wav", "<break/> $(reboot) `id`", "\x00a"])
def test_text_is_spoken_and_never_an_option(voice: Any, text: str) -> None:
    assert read_wav(spoken(voice, text)).seconds > 0.05


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    program = tmp_path / "hangs"
    program.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    program.chmod(0o700)
    voice = espeak.engine(Options(1, {"ESPEAK_PROGRAM": str(program)}))

    async def give_up() -> None:
        async with asyncio.timeout(0.3):
            await every(voice.speak("hello", "en", SECONDS))

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    assert time.monotonic() - began < SECONDS


def test_only_english_is_understood(ear: Any) -> None:
    with pytest.raises(BadInput, match="English only"):
        asyncio.run(ear.transcribe(tone(), "pt-BR", SECONDS))


def test_silence_is_no_words(ear: Any) -> None:
    quiet = Sound(silence(16_000), 16_000).wav()
    assert asyncio.run(ear.transcribe(quiet, "en", SECONDS)).text == ""


def test_phrases_with_words_nobody_can_pronounce_are_named(tmp_path: Path) -> None:
    file = tmp_path / "phrases.txt"
    file.write_text("pay my zorkblatt\n", encoding="utf-8")
    with pytest.raises(Misconfigured, match="zorkblatt"):
        load("stt", "pocketsphinx", POCKETSPHINX_PHRASES=str(file))
    with pytest.raises(Misconfigured, match="POCKETSPHINX_PHRASES"):
        load("stt", "pocketsphinx", POCKETSPHINX_PHRASES=str(tmp_path / "none-there.txt"))


def test_brackets_stand_for_each_of_their_alternatives(tmp_path: Path) -> None:
    file = tmp_path / "phrases.txt"
    file.write_text("# a remark\npay [my|the] [bill|debt]\n\nHELP\n", encoding="utf-8")
    assert [" ".join(phrase) for phrase in phrases_of(file)] == [
        "pay my bill",
        "pay my debt",
        "pay the bill",
        "pay the debt",
        "help",
    ]


words = st.sampled_from(["pay", "my", "bill", "now"])


@given(st.lists(st.lists(words, min_size=1, max_size=5).map(tuple), min_size=1, max_size=8))
def test_after_any_history_the_chances_add_up_to_one(phrases: list[tuple[str, ...]]) -> None:
    chance, backoff = read_arpa(ngrams.arpa(phrases))
    vocabulary = [gram[0] for gram in chance if len(gram) == 1 and gram[0] != ngrams.BEGIN]

    def likely(history: tuple[str, ...], word: str) -> float:
        if (*history, word) in chance:
            return float(10 ** chance[(*history, word)])
        return float(10 ** backoff.get(history, 0.0)) * likely(history[1:], word)

    for history in [(), *backoff]:
        total = sum(likely(history, word) for word in vocabulary)
        assert total == pytest.approx(1, abs=0.01)


def read_arpa(text: str) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]:
    chance: dict[tuple[str, ...], float] = {}
    backoff: dict[tuple[str, ...], float] = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) > 1:
            gram = tuple(fields[1].split())
            chance[gram] = float(fields[0])
            if len(fields) == 3:
                backoff[gram] = float(fields[2])
    return chance, backoff


def test_our_phrases_make_a_model_of_what_they_say() -> None:
    chance, _ = read_arpa(ngrams.arpa(phrases_of(OURS)))
    assert chance[("balance", "due")] > chance[("balance", ngrams.END)] - 3
    assert ("my", "bill") in chance


# WAV


@given(st.binary(max_size=300))
def test_no_bytes_whatsoever_do_more_than_be_refused(audio: bytes) -> None:
    with suppress(BadInput):
        assert read_wav(audio).seconds > 0


@given(st.integers(0, 200), st.binary(min_size=1, max_size=4))
def test_a_damaged_header_does_no_more_than_be_refused(place: int, damage: bytes) -> None:
    audio = bytearray(tone(0.01))
    audio[place : place + len(damage)] = damage
    with suppress(BadInput):
        assert read_wav(bytes(audio)).seconds > 0


def test_a_header_without_a_size_means_to_the_end() -> None:
    audio = bytearray(tone())
    audio[40:44] = b"\xff\xff\xff\x7f"
    assert len(read_wav(bytes(audio)).samples) == 3_200


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100])
def test_another_rate_keeps_length_and_pitch(rate: int) -> None:
    sound = read_wav(tone(0.5, rate)).at(16_000)
    assert sound.seconds == pytest.approx(0.5, abs=0.01)
    crossings = np.sum(np.diff(np.signbit(sound.samples.astype(float))))
    assert crossings / 2 / sound.seconds == pytest.approx(440, rel=0.02)


def test_pieces_are_the_whole() -> None:
    audio = tone(3.0)
    assert b"".join(pieces_of(audio)) == audio
    assert len(pieces_of(audio)) > 5


# Grounded answers

FACTS = (
    "The balance due is R$ 120.50.",
    "The next due date is 10 December 2026",
    "Your plan is Fibra 500.",
    "Last month you paid R$ 99.90.",
)


@pytest.mark.parametrize(
    ("question", "fact"),
    [("what is my balance due", 0), ("WHAT PLAN do I have?", 2), ("what have I paid", 3)],
)
def test_the_fact_that_fits_the_question_is_said(question: str, fact: int) -> None:
    assert answered(question)[0].startswith(FACTS[fact])


def test_portuguese_is_matched_without_accents_and_endings() -> None:
    prompt = Prompt(
        question="qual o valor das faturas em atraso?",
        language="pt-BR",
        facts=("Seu plano é Fibra 500.", "Há uma fatura atrasada de R$ 80,00, valor com multa."),
    )
    assert asyncio.run(every(grounded.Grounded().complete(prompt, SECONDS))) == [prompt.facts[1]]


def test_without_facts_it_says_so_in_the_persons_language() -> None:
    for language, says in (("pt-BR", "Não encontrei"), ("en", "did not find")):
        prompt = Prompt(question="quanto devo", language=language)
        assert says in "".join(asyncio.run(every(grounded.Grounded().complete(prompt, SECONDS))))


def answered(question: str, facts: tuple[str, ...] = FACTS) -> list[str]:
    prompt = Prompt(question=question, language="en", facts=facts)
    told: list[str] = asyncio.run(every(grounded.Grounded().complete(prompt, SECONDS)))
    return told


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=60), st.lists(st.text(max_size=40), max_size=6).map(tuple))
def test_no_number_is_said_that_no_fact_has(question: str, facts: tuple[str, ...]) -> None:
    said = answered(question, facts)
    assert numbers_in(["".join(said)]) <= numbers_in(
        ["".join(f" {fact}." for fact in facts), *facts]
    )


def test_a_generated_sentence_with_a_number_of_its_own_is_not_said() -> None:
    async def generated() -> Any:
        for piece in ("You owe R$ 12", "0.50. That is 3", " bills. Pay", " it soon. In 2027 more"):
            yield piece

    prompt = Prompt(question="and in 2026?", language="en", facts=("You owe R$ 120.50.",))
    said = asyncio.run(every(kept_to_facts(generated(), prompt)))
    assert "".join(said) == "You owe R$ 120.50. Pay it soon. "


# Emulated


def test_service_times_have_the_mean_that_was_declared() -> None:
    chance = random.Random(7)
    for spread in ("constant", "exponential", "lognormal:0.5"):
        times = emulated.service_times(0.1, spread)
        assert statistics.mean(times(chance) for _ in range(20_000)) == pytest.approx(0.1, rel=0.03)


def test_an_emulated_answer_has_the_declared_time_size_and_pieces() -> None:
    settings = {"EMULATED_MS": "60", "EMULATED_BYTES": "5000", "EMULATED_PIECES": "3"}
    model = emulated.engine(Options(1, settings))
    prompt = Prompt(question="?", language="en")
    began = time.monotonic()
    pieces = asyncio.run(every(model.complete(prompt, SECONDS)))
    assert time.monotonic() - began >= 0.06
    assert (len(pieces), len("".join(pieces))) == (3, 5_000)
    speech = b"".join(asyncio.run(every(model.speak("a", "en", SECONDS))))
    assert len(speech) == 5_000
    assert read_wav(speech).rate == emulated.RATE


def test_spinning_takes_the_cpu_and_ends_when_nobody_waits() -> None:
    model = emulated.engine(Options(1, {"EMULATED_MS": "50", "EMULATED_WORK": "spin"}))
    began = time.process_time()
    asyncio.run(model.transcribe(b"", "en", SECONDS))
    assert time.process_time() - began >= 0.045

    async def leave() -> None:
        endless = emulated.engine(Options(1, {"EMULATED_MS": "60000", "EMULATED_WORK": "spin"}))
        async with asyncio.timeout(0.1):
            await endless.transcribe(b"", "en", SECONDS)

    with pytest.raises(TimeoutError):
        asyncio.run(leave())


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("EMULATED_MS", "-1"),
        ("EMULATED_MS", "nan"),
        ("EMULATED_SPREAD", "uniform"),
        ("EMULATED_SPREAD", "lognormal:x"),
        ("EMULATED_WORK", "dream"),
        ("EMULATED_BYTES", "99999999"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=setting):
        emulated.engine(Options(1, {setting: value}))


# Threads


def test_a_stream_from_a_thread_ends_with_its_reader_and_tells_its_error() -> None:
    async def turn() -> None:
        workers = Workers(1)
        made: list[int] = []

        def count(stopped: Stopped) -> Any:
            while not stopped():
                made.append(len(made))
                yield made[-1]

        stream = workers.stream(count)
        assert await anext(stream) == 0
        await stream.aclose()
        size = len(made)
        assert not await soon(lambda: len(made) > size + 40, 0.2)

        def breaks(stopped: Stopped) -> Any:
            yield 1
            raise RuntimeError("broke down")

        broken = workers.stream(breaks)
        assert await anext(broken) == 1
        with pytest.raises(RuntimeError, match="broke down"):
            await anext(broken)

    asyncio.run(turn())


# What is not there


@pytest.mark.parametrize(("service", "name"), [("stt", "gpt"), ("llm", "espeak-ng"), ("tts", "")])
def test_an_unknown_engine_is_told_which_there_are(service: str, name: str) -> None:
    with pytest.raises(
        Misconfigured, match=f"{service.upper()}_ENGINE.*{next(iter(ENGINES[service]))}"
    ):
        load(service, name)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("stt", "faster-whisper"),
        ("stt", "transformers"),
        ("llm", "llama-cpp"),
        ("llm", "transformers"),
        ("tts", "bark"),
    ],
)
def test_a_missing_package_is_named_with_what_installs_it(service: str, name: str) -> None:
    with pytest.raises(Misconfigured, match="make engines"):
        load(service, name)


def test_a_missing_program_is_named_with_what_installs_it() -> None:
    with pytest.raises(Misconfigured, match="apt install espeak-ng"):
        load("tts", "espeak-ng", ESPEAK_PROGRAM="no-such-program")
