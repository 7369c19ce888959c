"""No figure is said that was not computed: a language model's text is held against its facts."""

import re
from collections.abc import Iterable

_NUMBER = re.compile(r"\d(?:[\d.,/]*\d)?")


def figures(text: str) -> set[str]:
    """The numbers in a text, as they are written."""
    return set(_NUMBER.findall(text))


def keeps_to(text: str, facts: Iterable[str]) -> bool:
    """Whether every number in a text stands in one of the facts, written the same way."""
    known = set[str]().union(*(figures(fact) for fact in facts))
    return figures(text) <= known
