"""Answers keep to the facts: what fits the question, and no number that no fact has.

A figure that a customer hears has been computed by code (`assistant.domain`) and handed over in a
fact. A generating model may put facts into its own words; a sentence of its with any other number
is not said.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import AsyncIterator, Iterable

from assistant.domain.ports import Prompt

_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORD = re.compile(r"[^\W\d_]{3,}")
_SENTENCE = re.compile(r".*?[.!?…]+(?=\s)\s*", re.DOTALL)
_MOST_FACTS = 4
_STEM = 5
"""Letters that make two words one: `fatura` and `faturas`, `invoice` and `invoices`."""

_EMPTY_ENGLISH = """
a about ago all and any are can could did does for from get give has have how is last let like made
many me much my need not now of on our please show tell than that the them then there these this
those to was were what when where which who why will with would you your
"""
_EMPTY_PORTUGUESE = """
ainda algum alguma aquela aquele ate com como cual da das de dela dele deste desta do dos ela ele em
entre era esse essa esta este estou eu foi for gostaria isso isto ja mais mas me mesmo meu meus
minha minhas muito na nao nas no nos numa onde os ou para pela pelo por porque posso pra qual quais
quando quanto quantos que quem quero saber se sem ser seu sua sao tem tenho tinha uma umas um uns
vai voce
"""
_EMPTY = frozenset((_EMPTY_ENGLISH + _EMPTY_PORTUGUESE).split())
"""Words that say nothing of what is asked about."""


def relevant(prompt: Prompt) -> tuple[str, ...]:
    """The facts that answer a question, in the order they were given.

    A fact counts the rarer the words are that it shares with the question; facts with less than
    half of the best one's count are left out. A question that shares no word gets the first facts,
    which whoever wrote the prompt put first.
    """
    asked = _stems(prompt.question)
    stems = [_stems(fact) for fact in prompt.facts]
    common = Counter(stem for fact in stems for stem in fact)
    counts = [sum(1 / common[stem] for stem in fact & asked) for fact in stems]
    best = max(counts, default=0.0)
    if best == 0:
        return prompt.facts[:_MOST_FACTS]
    fitting = [fact for fact, count in zip(prompt.facts, counts, strict=True) if count >= best / 2]
    return tuple(fitting[:_MOST_FACTS])


def _stems(text: str) -> frozenset[str]:
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.lower())
        if not unicodedata.combining(letter)
    )
    return frozenset(word[:_STEM] for word in _WORD.findall(plain) if word not in _EMPTY)


def numbers_in(texts: Iterable[str]) -> frozenset[str]:
    """The numbers written in figures, with thousands and decimals as they were written."""
    return frozenset(number for text in texts for number in _NUMBER.findall(text))


async def grounded(pieces: AsyncIterator[str], prompt: Prompt) -> AsyncIterator[str]:
    """A generated answer sentence by sentence, without those that have a number no fact has.

    Numbers of the question count as known: a model may say them back.
    """
    known = numbers_in((*prompt.facts, prompt.question))
    waiting = ""
    async for piece in pieces:
        waiting += piece
        while found := _SENTENCE.match(waiting):
            waiting = waiting[found.end() :]
            if numbers_in((found.group(),)) <= known:
                yield found.group()
    if waiting.strip() and numbers_in((waiting,)) <= known:
        yield waiting
