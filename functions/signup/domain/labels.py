"""The form's labels, as people write and rewrite them, and what stands behind each.

An answer may stand on its label's line, on the next one, or, where a label is quoted, unquoted
below it. What is left blank is no answer.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum

from signup.domain.extracted import Asked
from signup.domain.own_words import Line
from signup.domain.plain import folded

MAX_CONTINUED = 4
"""Lines that an address may take."""
WRAPPED = 72
"""Signs from which on mail programs break a line of plain text (RFC 3676 has 78 at most)."""
MISTYPED = 0.8
"""How like a label a word has to be that stands where one would (`difflib`)."""


class Beside(StrEnum):
    """Labels that the form does not have, but people write."""

    PLACE = "place"
    """A part of the address with a line of its own: district, city, state."""
    OTHER = "other"


Meaning = Asked | Beside

_WORDS: dict[Meaning, str] = {
    Asked.NAME: "nome completo|nome e sobrenome|nome do titular|nome da empresa|nome|razao social"
    "|titular|full name|company name|company|name",
    Asked.DOCUMENT: "cpf/mf|cnpj/mf|cpf|cnpj|documento|document|tax id|tax number",
    Asked.PHONE: "telefone (?:para|de) contato|telefone celular|telefone fixo|telefone residencial"
    r"|telefone|celular|whatsapp|whats|zap|fone|tel\.?|cel\.?|contato|contact number"
    "|contact phone|phone number|cell phone|mobile phone|telephone|phone|mobile|cell",
    Asked.ADDRESS: "endereco (?:completo|residencial|comercial)"
    r"|endereco (?:de|para) (?:a )?\w{3,15}|endereco|end\.?|logradouro|rua e numero"
    r"|rua e n[o.]|rua(?=[ ]?:)|street(?=[ ]?:)|onde (?:eu )?moro"
    "|street address|full address|address|where i live",
    Asked.POSTCODE: r"cep|codigo postal|cod\.? postal|postal code|post code|postcode|zip code|zip",
    Asked.PLAN: "plano escolhido|plano desejado|plano de interesse|plano|pacote|chosen plan"
    "|selected plan|plan|package",
    Beside.PLACE: "numero|complemento|bairro|cidade|municipio|estado|uf|city|state|district"
    "|neighbou?rhood|number|unit|apartment",
    Beside.OTHER: "e-?mail|codigo do convite|invitation code|codigo|rg|data de nascimento"
    "|nascimento|date of birth|obs|observacoes|observacao|assunto|subject|profissao"
    "|site|ramal|office|fax",
}
_MEANINGS: dict[str, Meaning] = {
    f"{type(meaning).__name__.lower()}_{meaning.value}": meaning for meaning in _WORDS
}
_ANY = "|".join(words for words in _WORDS.values())
_NAMED = "|".join(
    f"(?P<{group}>(?:{_WORDS[meaning]})(?!\\w))" for group, meaning in _MEANINGS.items()
)
_LABEL = (
    rf"(?P<label>{_NAMED})(?:[ ]?(?:/|\bou\b|\bor\b|\be\b)[ ]?(?:{_ANY})(?!\w))?"
    r"(?:[ ]?n(?:[o°º]|umero|umber|r)?\.?(?=[ :]))?(?:[ ]?\([^()]{0,40}\))?[ ]?[*_]{0,2}"
)
_LEAD = (
    r"[ \t]{0,40}[^\w\s]{0,3}[ \t]{0,4}(?:\d{1,2}[ ]?[.)ºª-])?[ \t]{0,4}[*_]{0,2}"
    r"(?:meu |minha |my |seu |sua |your )?"
)
_AT_START = re.compile(
    rf"{_LEAD}{_LABEL}(?:[.]{{2,40}})?[ ]{{0,4}}"
    r"(?:(?:[:=?\]\t]|[-=]{1,3}>|→)[*_]{0,2}|[-\u2013\u2014](?=[ ]|$))"
)
_WITHIN = re.compile(rf"(?<![\w/]){_LABEL}[:=][*_]{{0,2}}")
_TRAILING = re.compile(
    rf"(?<=[.;,|][ ]){_LABEL}(?:[ ](?:e|eh|is))?[ ](?P<number>(?=[\d(+]))?(?=\S)"
)
"""A label without a sign, behind another label on the same line: `Endereço: …. CEP 01310-100`."""
_ALONE = re.compile(rf"{_LEAD}{_LABEL}[\s:*_-]{{0,6}}")
_LOOSE = re.compile(rf"{_LEAD}{_LABEL}[ ]+(?:(?:e|eh|is)[ ]+)?(?:o[ ]+)?(?=\S)")
_SPELLINGS = tuple(
    word
    for words in _WORDS.values()
    for word in words.split("|")
    if len(word) >= 4 and word.replace(" ", "").isalpha()
)
_LONG_SPELLINGS = tuple(word for word in _SPELLINGS if len(word) >= 5)
_PLACE_NOT_PLAN = re.compile(r"\W*(?:diretor|piloto)\b")
"""Quarters of Palmas and Brasília: `Plano Diretor Sul`, `Plano Piloto`."""
_NEXT_SENTENCE = re.compile(r"(?<=\d)[.;!] +(?=[^\W\d_])")
_EDGES = " \t*_,;|>/"
_ANSWER_MARK = re.compile(r"(?:r|resp|resposta|answer)[ ]?[:.)-][ ]*")


@dataclass(frozen=True)
class Labelled:
    """What stands behind a label on line `at`; `own` if the person wrote it now."""

    meaning: Meaning
    value: str
    own: bool
    at: int
    lines: tuple[int, ...]


Plausible = Callable[[Asked, str], bool]


def is_label(line: str) -> bool:
    """Whether a line begins with one of the form's labels."""
    return _first(line) is not None


def labelled(lines: Sequence[Line], plausible: Plausible) -> list[Labelled]:
    """Everything behind labels, in its order.

    `plausible` says whether a line that has no label may answer a field.
    """
    found: list[Labelled] = []
    for at, line in enumerate(lines):
        here = list(_on_line(line, at))
        if here:
            found += here
        elif line.text.strip() and found:
            found[-1] = _continued(found[-1], line, at, plausible, lines)
    return found


def before(line: str) -> str:
    """What stands before the first label of a line; nothing where none is within it."""
    if _first(line):
        return ""
    found = _WITHIN.search(folded(line))
    return line[: found.start()] if found else ""


def behind(value: str) -> str:
    """What a sentence says behind a number: `529.982.247-25. Podem ligar no …`."""
    found = _NEXT_SENTENCE.search(value)
    return value[found.end() :] if found else ""


def loosely_labelled(line: str) -> tuple[Meaning, str] | None:
    """A label without a sign behind it, as in `CPF 529…`, and the rest of the line."""
    found = _LOOSE.match(folded(line))
    if not found:
        return None
    others = (
        mark.start() for mark in _TRAILING.finditer(folded(line), found.end()) if _tells(mark)
    )
    return _meaning(found), line[found.end() : next(others, len(line))].strip(_EDGES)


def _on_line(line: Line, at: int) -> Iterator[Labelled]:
    text = _spelled(line.text)
    marks = _marks(text)
    ends = [begin for begin, _, _ in marks[1:]] + [len(text)] * bool(marks)
    for (_, begin, meaning), end in zip(marks, ends, strict=True):
        yield Labelled(meaning, _value(text[begin:end]), line.own, at, (at,))


def _spelled(line: str) -> str:
    """The line with a mistyped label at its beginning put right: `Telfone:`, `Palno:`."""
    head, colon, rest = line.partition(":")
    word = folded(head).strip(_EDGES)
    if not colon or not 4 <= len(word) <= 20 or _marks(line):
        return line
    close = [each for each in _SPELLINGS if _swapped(word, each)]
    close = close or get_close_matches(word, _LONG_SPELLINGS, n=1, cutoff=MISTYPED)
    return f"{close[0]}:{rest}" if close else line


def _swapped(word: str, label: str) -> bool:
    """Whether two letters of a label behind its first are swapped."""
    return word[0] == label[0] and len(word) == len(label) and sorted(word) == sorted(label)


def _marks(line: str) -> list[tuple[int, int, Meaning]]:
    """Where each label of a line begins and ends, and what it means."""
    plain = folded(line)
    first = _first(line)
    begin = first.end() if first else 0
    found = [first] if first else []
    found += _WITHIN.finditer(plain, begin)
    if not found:
        return []
    begin = found[0].end()
    trailing = [mark for mark in _TRAILING.finditer(plain, begin) if _tells(mark)]
    places = {mark.start("label"): (mark.start(), mark.end(), _meaning(mark)) for mark in trailing}
    places |= {mark.start("label"): (mark.start(), mark.end(), _meaning(mark)) for mark in found}
    return [places[place] for place in sorted(places)]


def _tells(mark: re.Match[str]) -> bool:
    meaning = _meaning(mark)
    numbered = meaning in {Asked.DOCUMENT, Asked.PHONE, Asked.POSTCODE}
    if meaning is Asked.PLAN:
        return not _PLACE_NOT_PLAN.match(mark.string, mark.end())
    return numbered and mark.group("number") is not None


def _value(text: str) -> str:
    """What was written, without the signs around it and a mark such as `R:`."""
    bare = text.strip(_EDGES)
    mark = _ANSWER_MARK.match(folded(bare))
    return bare[mark.end() :] if mark else bare


def _first(line: str) -> re.Match[str] | None:
    plain = folded(line)
    return _AT_START.match(plain) or _ALONE.fullmatch(plain)


def _meaning(mark: re.Match[str]) -> Meaning:
    return next(meaning for group, meaning in _MEANINGS.items() if mark.group(group) is not None)


def _wrapped(line: str, following: str) -> bool:
    """Whether a mail program broke a line because its next word did not fit."""
    return len(line) + len(following.split()[0]) >= WRAPPED and not line.endswith(",")


def _continued(
    last: Labelled, line: Line, at: int, plausible: Plausible, lines: Sequence[Line]
) -> Labelled:
    """The label above with a line that may belong to it."""
    text = _value(line.text)
    blank_between = any(not each.text.strip() for each in lines[last.lines[-1] + 1 : at])
    if last.meaning in Beside or not (line.own or not last.own):
        return last
    asked = Asked(last.meaning)
    adjacent = not blank_between and at == last.lines[-1] + 1 and line.own == last.own
    if not last.value:
        near = at - last.lines[-1] <= 3 if line.own else adjacent
        if near and plausible(asked, text):
            return replace(last, value=text, own=line.own, lines=(*last.lines, at))
        return last
    loose = loosely_labelled(line.text)
    if loose and loose[0] is not Beside.PLACE:
        return last
    if asked is Asked.ADDRESS and adjacent and len(last.lines) < MAX_CONTINUED:
        between = " " if _wrapped(lines[last.lines[-1]].text, text) else ", "
        return replace(last, value=f"{last.value}{between}{text}", lines=(*last.lines, at))
    return last
