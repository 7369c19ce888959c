"""The pages behind confirmation links as HTML."""

from typing import Any

from recado.model import Language
from recado.pages import Pages
from signup.domain.words import WORDS

PAGES = Pages("signup")


def page(name: str, language: Language, **values: Any) -> str:
    """A page in a language."""
    template = "confirm" if name == "confirm" else "message"
    return PAGES.render(template, words=WORDS[name][language], language=language, **values)
