"""Seeded typing mistakes: letters swapped, dropped and doubled, and accents left out."""

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from bot_training.examples import Example

LETTERS_PER_MISTAKE = 10
MOST = 3


def perturbed(examples: Iterable[Example], seed: int) -> list[Example]:
    """A copy of the examples with mistakes; the same seed gives the same copy."""
    chance = Random(seed)  # noqa: S311 - mistakes, not secrets
    return [replace(example, text=mistyped(example.text, chance)) for example in examples]


def mistyped(text: str, chance: Random) -> str:
    """A text with one mistake for every ten letters, at least one and at most three.

    Half of the texts lose their accents as well.
    """
    if chance.random() < 0.5:
        text = _without_accents(text)
    letters = sum(letter.isalpha() for letter in text)
    for _ in range(min(MOST, max(1, letters // LETTERS_PER_MISTAKE))):
        text = _one_mistake(text, chance)
    return text


def _one_mistake(text: str, chance: Random) -> str:
    places = [at for at, letter in enumerate(text) if letter.isalpha()]
    if len(places) < 2:
        return text
    at = chance.choice(places)
    kind = chance.choice(("swap", "drop", "double"))
    if kind == "swap":
        return text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]
    return text[:at] + (text[at] * 2 if kind == "double" else "") + text[at + 1 :]


def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))
