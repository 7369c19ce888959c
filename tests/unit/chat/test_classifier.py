import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_training.evaluate import judge, sets
from bot_training.examples import held_out
from bot_training.metrics import macro_f1, recall_of_human
from chat.domain.classifier import WEIGHTS, model
from chat.domain.intents import is_slowness
from chat.domain.text import READ_AT_MOST, normalise
from recado.intent import Intent
from recado.model import Language

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text(encoding="utf-8"))
MILLISECONDS = 5
FLOORS = {Language.PORTUGUESE: (0.90, 0.87), Language.ENGLISH: (0.91, 0.88)}
"""Macro-F1 as written and mistyped."""


@pytest.mark.parametrize("said", REFERENCE, ids=lambda said: said["text"])
def test_pure_python_says_what_scikit_learn_says(said: dict[str, Any]) -> None:
    reading = model().read(said["text"])
    assert {**dict(reading.ranking)} == pytest.approx(
        {Intent(intent): chance for intent, chance in said["intents"].items()}, abs=1e-6
    )
    assert reading.english == pytest.approx(said["english"], abs=1e-6)


@given(st.text())
def test_any_message_gets_probabilities_that_add_up_to_one(message: str) -> None:
    reading = model().read(message)
    assert sum(chance for _, chance in reading.ranking) == pytest.approx(1)
    assert {intent for intent, _ in reading.ranking} == set(Intent)
    assert reading.confidence == max(chance for _, chance in reading.ranking)


@pytest.mark.parametrize("language", Language)
def test_the_committed_weights_hold_the_evaluations_floor(language: Language) -> None:
    """docs/bot.md has the numbers; these floors lie a little below them."""
    judged = {title: [judge(e) for e in examples] for title, examples in sets(language).items()}
    clean, mistyped = judged["held out"], judged["held out, mistyped"]
    assert recall_of_human(clean) >= 0.99
    assert recall_of_human(judged["second held out"]) >= 0.99
    assert recall_of_human(mistyped) >= 0.975
    assert macro_f1(clean) >= FLOORS[language][0]
    assert macro_f1(mistyped) >= FLOORS[language][1]


def test_the_longest_message_is_read_in_time() -> None:
    message = " ".join(example.text for example in held_out())[:READ_AT_MOST]
    classifier = model()
    began = process_time()
    for _ in range(20):
        classifier.read(message)
    assert (process_time() - began) / 20 * 1000 < MILLISECONDS


def test_the_weights_stay_small() -> None:
    assert WEIGHTS.stat().st_size < 200_000


def test_the_language_of_a_short_message_is_the_conversations() -> None:
    reading = model().read("1")
    assert reading.language(Language.ENGLISH) is Language.ENGLISH
    assert reading.language(Language.PORTUGUESE) is Language.PORTUGUESE


def test_the_language_is_told_from_the_message() -> None:
    assert model().read("minha internet caiu").language() is Language.PORTUGUESE
    assert model().read("my internet is down").language() is Language.ENGLISH
    switched = model().read("i would like to talk to a person please")
    assert switched.language(Language.PORTUGUESE) is Language.ENGLISH


@pytest.mark.parametrize(
    ("said", "slow"),
    [("net lenta demais", True), ("internet is so slow", True), ("sem sinal nenhum", False)],
)
def test_a_slow_connection_is_told_from_none(said: str, *, slow: bool) -> None:
    assert is_slowness(normalise(said)) is slow
