"""Phrases around a term, so that `quero` and `I need` tell the classifier nothing.

`examples/terms.csv` has the field's terms, as a noun or a verb; a phrase is made of an opener that
any intent may have, the term, and sometimes a closer. Whole examples get greetings and closers.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from bot_training.examples import Example
from recado.intent import Intent
from recado.model import Language

PHRASES = 3
"""Phrases that are made of each term."""

_TERMS = Path(__file__).parent / "examples" / "terms.csv"
_NOUN = {
    Language.PORTUGUESE: (
        "", "quero", "preciso de", "queria", "gostaria de", "tem como conseguir", "cadê",
        "me ajuda com", "é sobre", "quero saber sobre", "vcs têm", "preciso",
    ),
    Language.ENGLISH: (
        "", "I want", "I need", "can I get", "it's about", "help me with", "where is", "give me",
        "I'd like", "do you have", "can I have", "how about", "I wanna",
    ),
}  # fmt: skip
_VERB = {
    Language.PORTUGUESE: (
        "", "quero", "preciso", "gostaria de", "queria", "como faço pra", "posso", "dá pra",
        "tem como", "não consigo", "vcs podem", "onde posso", "estou tentando",
    ),
    Language.ENGLISH: (
        "", "I want to", "I need to", "I'd like to", "how do I", "how can I", "can I", "let me",
        "is it possible to", "where can I", "I'm trying to", "could I", "wanna",
    ),
}  # fmt: skip
_HELLO = {
    Language.PORTUGUESE: (
        "",
        "",
        "oi",
        "olá",
        "bom dia",
        "boa tarde",
        "ei",
        "blz?",
        "moço",
        "então",
    ),
    Language.ENGLISH: ("", "", "hi", "hello", "good morning", "hey", "ok so", "sorry", "well"),
}
_CLOSER = {
    Language.PORTUGUESE: ("", "", "por favor", "pf", "pfv", "obrigado", "urgente", "agora", "vlw"),
    Language.ENGLISH: ("", "", "please", "pls", "thanks", "asap", "now", "thx", "urgently"),
}


@dataclass(frozen=True)
class Term(Example):
    """A term of the field; `form` is noun or verb."""

    form: str


def terms() -> list[Term]:
    """The terms of every intent."""
    with _TERMS.open(encoding="utf-8", newline="") as file:
        return [
            Term(Language(row["language"]), Intent(row["intent"]), row["text"], row["form"])
            for row in csv.DictReader(file)
        ]


def phrases(term: Term, chance: Random) -> list[Example]:
    """A term in a few openers."""
    openers = (_NOUN if term.form == "noun" else _VERB)[term.language]
    return [
        greeted(Example(term.language, term.intent, f"{opener} {term.text}".strip()), chance)
        for opener in chance.sample(openers, PHRASES)
    ]


def greeted(example: Example, chance: Random) -> Example:
    """The example between a greeting and a closer, each of which may be none."""
    around = (chance.choice(_HELLO[example.language]), chance.choice(_CLOSER[example.language]))
    return replace(example, text=" ".join(filter(None, (around[0], example.text, around[1]))))


def varied(examples: Sequence[Example], seed: int) -> list[Example]:
    """What is learnt from examples and terms beside the examples themselves, without mistakes."""
    chance = Random(seed)  # noqa: S311 - wording, not secrets
    varied: list[Example] = []
    for example in examples:
        made = phrases(example, chance) if isinstance(example, Term) else [greeted(example, chance)]
        varied += made
    return varied
