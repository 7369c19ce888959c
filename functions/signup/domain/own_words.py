"""Which lines of a reply the person wrote: quotes told apart, the signature cut off.

quotequail finds where most mail programs begin to quote. It does not know the headings that
Outlook, Samsung, Zoho and Brazilian webmails write in Portuguese, nor introductions over more than
two lines, nor answers between or below quoted lines: that is added here. Every pattern looks at a
few bounded lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import quotequail

from signup.domain.plain import MAX_LINES, folded

MAX_INTRODUCTION = 4
"""Lines that "On … wrote:" may be broken into."""
_WIDE = 500
_QUOTE = re.compile(r"\A[ \t]*>[> ]*")
_INTRODUCTION = re.compile(
    r"[\s*_-]*(?:em|on|no dia|at|le|el)\b.{5,400}\b(?:escreveu|wrote|escribio)\b[\s:*_-]{0,20}"
)
_DIVIDER = re.compile(
    r"[\s>]*(?:-{2,}\s*(?:mensagem|original|forwarded|e-mail)\b[^-]{0,40}-{2,}|_{20,}"
    r"|begin forwarded message:|inicio da mensagem (?:encaminhada|reencaminhada):)\s*"
)
_FROM = re.compile(r"[\s*_>]*(?:de|from)\s*[*_]*\s*:\s*[*_]*.*\S")
_OTHER_HEADING = re.compile(
    r"[\s*_>]*(?:enviad[oa](?: em)?|sent|data|date|para|to|cc|assunto|subject)\s*[*_]*\s*:"
)
_CLOSING = re.compile(
    r"\s*(?:--\s*|__+\s*"
    r"|(?:(?:cordialmente|atenciosamente|atentamente|att|atte|sds|saudacoes|abs|abracos?|grat[oa]"
    r"|(?:muito )?obrigad[oa]|desde ja agradeco|(?:com os )?(?:melhores|meus)? ?cumprimentos"
    r"|(?:kind|best|warm)? ?regards|best(?: wishes)?|sincerely|yours (?:truly|sincerely|faithfully)"
    r"|many thanks|thanks(?: in advance| a lot| and regards)?|thank you|cheers|um abraco"
    r"|fico no aguardo|no aguardo)\b[\s,.!;]{0,10}(?:abracos|obrigad[oa]|e um abraco)?"
    r"[\s,.!]{0,10})"
    r"|(?:enviad[oa] (?:do|da|de|com|pelo|por|via)|sent (?:from|with|via)|get outlook for"
    r"|obter o outlook|baixe o outlook|enviado a partir)\b.{0,80}"
    r"|(?:aviso legal|aviso de confidencialidade|confidencialidade|esta mensagem (?:e|pode)"
    r"|confidentiality notice|disclaimer|this e-?mail (?:and|may|is)).{0,400})"
)


@dataclass(frozen=True)
class Line:
    """A line without its marks of quotation; `own` is what the person wrote now."""

    text: str
    own: bool


def told_apart(lines: Sequence[str]) -> list[Line]:
    """Every line, and whether the person wrote it now."""
    marked = [bool(_QUOTE.match(line)) for line in lines]
    start = _where_quoting_begins(lines)
    header = next(
        (at for at in range(start, min(start + 8, len(lines))) if _heads(lines, at)), None
    )
    by_marks = header is None and any(marked[start:])
    told = []
    for at, line in enumerate(lines):
        quoted = marked[at] or (at >= start and not by_marks)
        told.append(Line(_QUOTE.sub("", line, count=1) if marked[at] else line, own=not quoted))
    return _without_introduction(told, lines, start) if by_marks else told


def signature_begins(lines: Sequence[str], is_label: Sequence[bool]) -> int:
    """Where, among a person's own lines, the signature begins; `len(lines)` if there is none.

    A closing that is followed by a form (three labels or more) closes only the words above it.
    """
    for at, line in enumerate(lines):
        if _CLOSING.fullmatch(folded(line[:_WIDE])) and sum(is_label[at + 1 :]) < 3:
            return at
    return len(lines)


def _where_quoting_begins(lines: Sequence[str]) -> int:
    known = quotequail.quote("\n".join(lines), limit=MAX_LINES, quote_intro_line=True)
    first = known[0][1].count("\n") + 1 if len(known) > 1 and known[0][1] else len(lines)
    if len(known) > 1 and not known[0][1]:
        first = 0
    ours = (at for at in range(min(first, len(lines))) if _begins_quote(lines, at))
    return next(ours, first)


def _begins_quote(lines: Sequence[str], at: int) -> bool:
    line = folded(lines[at][:_WIDE])
    return bool(_DIVIDER.fullmatch(line)) or _heads(lines, at) or _introduces(lines, at) > 0


def _heads(lines: Sequence[str], at: int) -> bool:
    """Whether a block such as `De: … Enviada em: … Para: …` begins here."""
    if not _FROM.fullmatch(folded(lines[at][:_WIDE])):
        return False
    near = [folded(line[:_WIDE]) for line in lines[at + 1 : at + 7]]
    return sum(bool(_OTHER_HEADING.match(line)) for line in near) >= 2


def _introduces(lines: Sequence[str], at: int) -> int:
    """How many lines an introduction such as "Em … escreveu:" takes from here; 0 if none begins."""
    joined = ""
    for count, line in enumerate(lines[at : at + MAX_INTRODUCTION], start=1):
        joined = f"{joined} {folded(_QUOTE.sub('', line[:_WIDE], count=1)).strip()}".strip()
        if _INTRODUCTION.fullmatch(joined[:_WIDE]):
            return count
    return 0


def _without_introduction(told: list[Line], lines: Sequence[str], start: int) -> list[Line]:
    length = _introduces(lines, start) or 1 if start < len(lines) else 0
    return [
        Line(line.text, own=line.own and not start <= at < start + length)
        for at, line in enumerate(told)
    ]
