"""Labelled messages: `training.csv` to learn from, three held-out files to be judged by.

Columns: `language` (BCP 47), `intent`, `text`. Nobody tunes anything on the held-out messages.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from recado.intent import Intent
from recado.model import Language

_FOLDER = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class Example:
    """A message and what it is about."""

    language: Language
    intent: Intent
    text: str


def training() -> list[Example]:
    """The messages to learn from."""
    return _read(_FOLDER / "training.csv")


def held_out() -> list[Example]:
    """The messages to be judged by."""
    return _read(_FOLDER / "held_out.csv")


def second_held_out() -> list[Example]:
    """Messages written after the first evaluation, before anything was trained again."""
    return _read(_FOLDER / "second_held_out.csv")


def third_held_out() -> list[Example]:
    """Messages by somebody who had seen neither the others nor the program."""
    return _read(_FOLDER / "third_held_out.csv")


def _read(path: Path) -> list[Example]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Example(Language(row["language"]), Intent(row["intent"]), row["text"])
            for row in csv.DictReader(file)
        ]
