"""Jinja2 as Recado uses it: sandboxed, bounded, strict about missing fields, compiled once.

What a template may say is in `template_rules`. Filters: `{{ amount | money }}` and
`{{ due_date | date }}` write in the message's language; `money` takes a number or its text, `date`
an ISO date.
"""

import re
from collections.abc import Iterable, Mapping
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
    TemplateRuntimeError,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
)
from jinja2.exceptions import SecurityError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from recado import template_rules
from recado.errors import Rejected
from recado.model import Language, MailBody

CURRENCY = "BRL"
MAX_PART = 500_000
"""Characters of a rendered part: rendering stops there, whatever the fields hold."""
MAX_SUBJECT = 998
"""RFC 5322, 2.1.1: no line of a header is longer."""
MAX_AMOUNT_DIGITS = 15
_ALLOWS_ABSENCE = {"defined", "undefined", "default", "d"}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
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
            Rejected: a field is missing or does not fit the filter it is given to, or the
                message would be too large, or its subject more than a header may hold.
        """
        return RenderedMail(
            subject=_header(_render("subject", self.subject, fields)),
            html=_render("html", self.html, fields),
            text=_render("text", self.text, fields),
        )


def compile_body(
    body: MailBody, language: Language, lists: frozenset[str] = frozenset()
) -> CompiledMail:
    """Compile a body; `lists` names the fields that a template may go through with `for`.

    Raises:
        Rejected: a part is not valid Jinja2, or says what `template_rules` does not allow; the
            message has the part, the line and the reason.
    """
    return CompiledMail(
        subject=_compile("subject", body.subject, language, lists, escape=False),
        html=_compile("html", body.html, language, lists, escape=True),
        text=_compile("text", body.text, language, lists, escape=False),
    )


def _compile(
    part: str, source: str, language: Language, lists: frozenset[str], *, escape: bool
) -> Template:
    _tree(part, source, lists)
    try:
        return _environment(language, escape=escape).from_string(source)
    except TemplateSyntaxError as error:
        raise template_rules.invalid(part, error.lineno, str(error.message)) from error


def _tree(part: str, source: str, lists: frozenset[str] = frozenset()) -> nodes.Template:
    """A part's syntax, checked before anything of it is compiled: compiling folds constants."""
    text = source.strip() if part == "subject" else source
    try:
        tree = _environment(Language.ENGLISH, escape=False).parse(text)
    except TemplateSyntaxError as error:
        raise template_rules.invalid(part, error.lineno, str(error.message)) from error
    except RecursionError as error:
        raise template_rules.invalid(part, 1, "it is nested too deep: use fewer levels") from error
    except ValueError as error:
        raise template_rules.invalid(part, 1, f"it holds a number that is none: {error}") from error
    template_rules.check(part, tree, lists)
    return tree


def _header(text: str) -> str:
    """A rendered subject on one line.

    Raises:
        Rejected: it holds a control character, or is longer than a header may be.
    """
    subject = " ".join(text.split())
    if _CONTROL.search(subject):
        raise Rejected("the subject would hold a control character: remove it", field="subject")
    if len(subject) > MAX_SUBJECT:
        raise Rejected(
            f"the subject would have {len(subject)} characters: at most {MAX_SUBJECT} fit",
            field="subject",
        )
    return subject


def _render(part: str, template: Template, fields: Mapping[str, Any]) -> str:
    try:
        return template.render(fields)
    except UndefinedError as error:
        raise Rejected(
            f"the template's {part} uses a field that is missing: {error.message}", field=part
        ) from error
    except (TemplateError, ValueError, TypeError, ArithmeticError, AssertionError) as error:
        raise Rejected(f"the template's {part} cannot be rendered: {error}", field=part) from error


def _joined(pieces: Iterable[str]) -> str:
    kept: list[str] = []
    keep, size = kept.append, 0
    for piece in pieces:
        keep(piece)
        size += len(piece)
        if size > MAX_PART:
            raise TemplateRuntimeError(f"it grew beyond {MAX_PART} characters: shorten the fields")
    return "".join(kept)


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, where a mail cannot outgrow its limit and `*` and `%` are for numbers."""

    intercepted_binops = frozenset({"*", "%"})
    concat = staticmethod(_joined)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The result of an operator that could make much of little with a text."""
        if not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"{operator} is for numbers")
        return super().call_binop(context, operator, left, right)


@cache
def _environment(language: Language, *, escape: bool) -> ImmutableSandboxedEnvironment:
    environment = _Environment(undefined=StrictUndefined, autoescape=escape)
    environment.globals.clear()
    locale = _LOCALE[language]
    environment.filters["money"] = lambda amount: _money(str(amount), locale)
    environment.filters["date"] = lambda day: _date(str(day), locale)
    environment.filters["round"] = lambda number, digits=0: round(float(number), digits)
    environment.filters["title"] = lambda text: str(text).title()
    return environment


@lru_cache(maxsize=4096)
def _money(amount: str, locale: str) -> str:
    number = Decimal(amount)
    if not number.is_finite() or number.adjusted() >= MAX_AMOUNT_DIGITS:
        raise ValueError(f"{amount[:20]} is no amount of money")
    return format_currency(number, CURRENCY, locale=locale)


@lru_cache(maxsize=4096)
def _date(day: str, locale: str) -> str:
    return format_date(
        date.fromisoformat(day), format="short" if locale == "pt_BR" else "medium", locale=locale
    )


def fields_used(body: MailBody, lists: frozenset[str] = frozenset()) -> frozenset[str]:
    """The names of every field that a body's three parts refer to; `lists` as in `compile_body`.

    Raises:
        Rejected: a part is not valid Jinja2.
    """
    names: set[str] = set()
    for part, source in body:
        names |= find_undeclared_variables(_tree(part, source, lists))
    return frozenset(names)


def fields_required(body: MailBody) -> frozenset[str]:
    """Like `fields_used`, without those the body itself allows to be missing.

    That is what `{% if plan is defined %}` and `{{ plan | default("") }}` say.
    """
    optional: set[str] = set()
    for part, source in body:
        tree = _tree(part, source)
        tests = (node for node in tree.find_all(nodes.Test) if node.name in _ALLOWS_ABSENCE)
        filters = (node for node in tree.find_all(nodes.Filter) if node.name in _ALLOWS_ABSENCE)
        for node in (*tests, *filters):
            if isinstance(node.node, nodes.Name):
                optional.add(node.node.name)
    return fields_used(body) - optional
