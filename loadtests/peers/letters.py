"""What both peers render: the sample template, with Jinja2 and Babel, compiled once a process."""

import os
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import Environment, StrictUndefined, Template

_TEMPLATES = Path(os.environ["PEER_TEMPLATES"])
_LOCALE = "pt_BR"


class Letter(NamedTuple):
    """A rendered message."""

    subject: str
    html: str
    text: str


def letter(fields: dict[str, Any]) -> Letter:
    """The message for one recipient."""
    return Letter(*(template.render(fields).strip() for template in _compiled()))


@cache
def _compiled() -> tuple[Template, ...]:
    return tuple(
        _environment(escape=part.endswith("html")).from_string(
            (_TEMPLATES / part).read_text(encoding="utf-8")
        )
        for part in ("pt-BR.subject.txt", "pt-BR.html", "pt-BR.txt")
    )


def _environment(*, escape: bool) -> Environment:
    environment = Environment(undefined=StrictUndefined, autoescape=escape)  # noqa: S701
    environment.filters["money"] = cache(
        lambda amount: format_currency(Decimal(str(amount)), "BRL", locale=_LOCALE)
    )
    environment.filters["date"] = cache(
        lambda day: format_date(date.fromisoformat(str(day)), format="short", locale=_LOCALE)
    )
    return environment
