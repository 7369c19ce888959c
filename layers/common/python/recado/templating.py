"""Jinja2 as Recado uses it: sandboxed, strict about missing fields, compiled once.

Filters: `{{ amount | money }}` and `{{ due_date | date }}` write in the message's language;
`money` takes a number or its text, `date` an ISO date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import (
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
)
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from recado.errors import Rejected
from recado.model import Language, MailBody

CURRENCY = "BRL"
_ALLOWS_ABSENCE = {"defined", "undefined", "default", "d"}
_LOCALE = {Language.PORTUGUESE: "pt_BR", Language.ENGLISH: "en"}


@dataclass(frozen=True)
class RenderedMail:
    """A message ready to send."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class CompiledMail:
    """A body whose three templates are compiled."""

    subject: Template
    html: Template
    text: Template

    def render(self, fields: Mapping[str, Any]) -> RenderedMail:
        """The message for one recipient.

        Raises:
            Rejected: a field is missing or does not fit the filter it is given to.
        """
        return RenderedMail(
            subject=" ".join(_render("subject", self.subject, fields).split()),
            html=_render("html", self.html, fields),
            text=_render("text", self.text, fields),
        )


def compile_body(body: MailBody, language: Language) -> CompiledMail:
    """Compile a body.

    Raises:
        Rejected: a part is not valid Jinja2; the message has the part, the line and the reason.
    """
    return CompiledMail(
        subject=_compile("subject", body.subject, language, escape=False),
        html=_compile("html", body.html, language, escape=True),
        text=_compile("text", body.text, language, escape=False),
    )


def _compile(part: str, source: str, language: Language, *, escape: bool) -> Template:
    try:
        return _environment(language, escape=escape).from_string(source)
    except TemplateSyntaxError as error:
        message = f"the template's {part} is not valid, line {error.lineno}: {error.message}"
        raise Rejected(message, field=part) from error


def _render(part: str, template: Template, fields: Mapping[str, Any]) -> str:
    try:
        return template.render(fields)
    except UndefinedError as error:
        raise Rejected(
            f"the template's {part} uses a field that is missing: {error.message}", field=part
        ) from error
    except (TemplateError, ValueError, TypeError, ArithmeticError) as error:
        raise Rejected(f"the template's {part} cannot be rendered: {error}", field=part) from error


@cache
def _environment(language: Language, *, escape: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=escape)
    locale = _LOCALE[language]
    environment.filters["money"] = lambda amount: _money(str(amount), locale)
    environment.filters["date"] = lambda day: _date(str(day), locale)
    return environment


@lru_cache(maxsize=4096)
def _money(amount: str, locale: str) -> str:
    return format_currency(Decimal(amount), CURRENCY, locale=locale)


@lru_cache(maxsize=4096)
def _date(day: str, locale: str) -> str:
    return format_date(
        date.fromisoformat(day), format="short" if locale == "pt_BR" else "medium", locale=locale
    )


def fields_used(body: MailBody) -> frozenset[str]:
    """The names of every field that a body's three parts refer to.

    Raises:
        Rejected: a part is not valid Jinja2.
    """
    names: set[str] = set()
    for part, source in body:
        try:
            tree = _environment(Language.ENGLISH, escape=False).parse(source)
        except TemplateSyntaxError as error:
            message = f"the template's {part} is not valid, line {error.lineno}: {error.message}"
            raise Rejected(message, field=part) from error
        names |= find_undeclared_variables(tree)
    return frozenset(names)


def fields_required(body: MailBody) -> frozenset[str]:
    """Like `fields_used`, without those the body itself allows to be missing.

    That is what `{% if plan is defined %}` and `{{ plan | default("") }}` say.
    """
    optional: set[str] = set()
    for _, source in body:
        tree = _environment(Language.ENGLISH, escape=False).parse(source)
        tests = (node for node in tree.find_all(nodes.Test) if node.name in _ALLOWS_ABSENCE)
        filters = (node for node in tree.find_all(nodes.Filter) if node.name in _ALLOWS_ABSENCE)
        for node in (*tests, *filters):
            if isinstance(node.node, nodes.Name):
                optional.add(node.node.name)
    return fields_used(body) - optional
