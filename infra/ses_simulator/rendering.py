"""Template substitution as SES does it: ``{{x}}`` escaped in the Html part, ``{{{x}}}`` raw.

Source: "Using templates to send personalized email with the Amazon SES API", SES developer guide.
SES also offers Handlebars blocks (``{{#if}}``); this suite renders before it sends, so a block is
refused by name here.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_TAG = re.compile(r"\{\{\{\s*([^{}]+?)\s*\}\}\}|\{\{\s*([^{}]+?)\s*\}\}")
_NAME = re.compile(r"[A-Za-z_@][\w\-]*(\.[\w\-]+)*\Z")


class RenderingFailed(Exception):
    """The data lacks a value: SES accepts the mail, then emits Rendering Failure."""


class InvalidTemplate(Exception):
    """The template cannot be read; SES answers BadRequestException when it is created."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a template: which value, and whether it is HTML-escaped."""

    path: tuple[str, ...]
    escaped: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One compiled part of a template (subject, html or text): literal text and slots in order."""

    pieces: tuple[str | Slot, ...]

    def render(self, data: dict[str, Any]) -> str:
        """The part filled from ``data``; :class:`RenderingFailed` names what is missing."""
        return "".join([p if isinstance(p, str) else _fill(p, data) for p in self.pieces])


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled e-mail template; a part that the template does not have is None."""

    name: str
    subject: Part
    html: Part | None
    text: Part | None


@lru_cache(maxsize=1024)
def compiled(name: str, subject: str, html_part: str | None, text_part: str | None) -> Template:
    """Compile a template once; equal sources share one result."""
    return Template(
        name=name,
        subject=compile_part(subject, escape=False),
        html=None if html_part is None else compile_part(html_part, escape=True),
        text=None if text_part is None else compile_part(text_part, escape=False),
    )


def compile_part(source: str, *, escape: bool) -> Part:
    """Split one part into literals and slots; ``escape`` says whether ``{{x}}`` is HTML-escaped."""
    pieces: list[str | Slot] = []
    position = 0
    for tag in _TAG.finditer(source):
        pieces.append(source[position : tag.start()])
        pieces.append(_slot(tag, escape=escape))
        position = tag.end()
    pieces.append(source[position:])
    return Part(tuple(piece for piece in pieces if piece != ""))


def merged(default: dict[str, Any], replacement: dict[str, Any]) -> dict[str, Any]:
    """Replacement data laid over default data, key by key and level by level."""
    if not default:
        return replacement
    result = dict(default)
    for key, value in replacement.items():
        below = result.get(key)
        both_are_objects = isinstance(below, dict) and isinstance(value, dict)
        result[key] = merged(below, value) if both_are_objects else value  # type: ignore[arg-type]
    return result


def _slot(tag: re.Match[str], *, escape: bool) -> Slot:
    raw, plain = tag.groups()
    name = raw or plain
    if not _NAME.match(name):
        raise InvalidTemplate(
            f"Unsupported template expression {{{{{name}}}}}: the simulator substitutes names"
            " and dotted names only, so render blocks before sending."
        )
    return Slot(tuple(name.split(".")), escaped=escape and raw is None)


def _fill(slot: Slot, data: dict[str, Any]) -> str:
    value: Any = data
    for key in slot.path:
        if not isinstance(value, dict) or key not in value:
            raise RenderingFailed(
                f"Attribute '{'.'.join(slot.path)}' is not present in the rendering data."
            )
        value = value[key]
    text = value if isinstance(value, str) else _as_text(value)
    return html.escape(text) if slot.escaped else text


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
