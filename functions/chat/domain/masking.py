"""What is quoted of a customer's words leaves the conversation without obvious personal data."""

import re

MAX_QUOTE = 200
"""Characters of a quote (`recado.interests.Evidence`)."""
_MAIL = re.compile(r"\S+@\S+")
_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_DOCUMENT = re.compile(
    r"\b[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/[0-9A-Z]{4}-?\d{2}\b", re.IGNORECASE
)
_NUMBER = re.compile(r"\+?\(?\d(?:[ .()/\-]{0,3}\d){4,}")
"""Five digits or more, however they are parted: a CPF, a phone, a postcode, a code, a card."""
_SPACE = re.compile(r"\s+")


def masked(text: str) -> str:
    """A quote in one line; addresses, links, documents and long numbers are left out."""
    shown = _MAIL.sub("[e-mail]", text)
    shown = _LINK.sub("[link]", shown)
    shown = _NUMBER.sub("[…]", _DOCUMENT.sub("[…]", shown))
    shown = _SPACE.sub(" ", shown).strip()
    return shown if len(shown) <= MAX_QUOTE else shown[: MAX_QUOTE - 1] + "…"
