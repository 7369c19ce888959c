"""The pages behind links as HTML."""

from typing import Any

from recado.model import Language
from recado.pages import Pages
from sender.domain.words import WORDS

PAGES = Pages("sender")


def page(name: str, language: Language, *, said: str = "", **values: Any) -> str:
    """A page in a language; `said` names the words that tell what just happened."""
    words = WORDS[name][language]
    template = "message" if name in {"bad", "expired"} else name
    told = words[said] if said else ""
    return PAGES.render(template, words=words, language=language, said=told, **values)
