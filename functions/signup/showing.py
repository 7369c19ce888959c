"""The pages behind confirmation links as HTML: complete in themselves, a strict policy."""

import base64
import hashlib
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from recado.model import Language
from signup.domain.words import WORDS


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("signup", "html"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
    )


@cache
def _style() -> str:
    return _environment().get_template("style.css").render()


@cache
def headers() -> dict[str, str]:
    """What every page is sent with: nothing is loaded, framed, kept or told to others."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self';"
            " base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }


def page(name: str, language: Language, **values: Any) -> str:
    """A page in a language."""
    template = "confirm" if name == "confirm" else "message"
    return (
        _environment()
        .get_template(f"{template}.html")
        .render(words=WORDS[name][language], language=language, style=_style(), **values)
    )
