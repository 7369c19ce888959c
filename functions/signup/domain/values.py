"""What a piece of text means as one of the form's fields: a value, or what is wrong with it."""

import re
import unicodedata
from collections.abc import Collection
from difflib import get_close_matches
from itertools import pairwise

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from recado.documents import document as checked
from signup.domain.extracted import Field, Wrong
from signup.domain.plain import folded

Answer = Field | Wrong

MAX_NAME, MAX_ADDRESS = 120, 300
"""Characters; central keeps as many of a name."""
MAX_READ = 500
"""Characters of a field that are read."""
MAX_TRIES = 20
"""Numbers in a text that are tried."""

DOCUMENT = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Za-z]{2}\.?[0-9A-Za-z]{3}\.?[0-9A-Za-z]{3}"
    r"[/ ]?[0-9A-Za-z]{4}[- ]?\d{2}"
    r"|\d{3}[. ]?\d{3}[. ]?\d{3}[-. /]?\d{2})(?![0-9A-Za-z])"
)
PHONE = re.compile(r"(?<![\d.\-/])\+?\(?\d[\d ().\-]{5,22}\d(?!\d)")
POSTCODE = re.compile(r"(?<![\d.\-/])(\d{2})\.?(\d{3})[-\u2013 ]?(\d{3})(?![\d.\-/]*\d)")
_CEP_BEHIND = re.compile(
    r"(?i)[\s,.;\u2013-]{0,6}(?:\bcep\b\W{0,4})?\d{2}\.?\d{3}-?\d{3}\b[\s,.;-]{0,4}$"
)
_PLACEHOLDER = re.compile(r"[\W_xX]*|n/?a|nao informado|nenhum|none|vazio|em branco|blank")
_TITLE = re.compile(r"(?:(?:sr|sra|srta|mr|mrs|ms)\.?|dona|senhora?) (?=\S+ \S)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"(?<=\w)\s{1,4}\([^()]{0,200}\)\W{0,4}$")
_WORD = re.compile(r"[a-z]+|\d+")
_SAME_UNIT = {"gigas": "giga", "gbps": "giga", "megas": "mega"}
_BRAZIL = 55
_LOWEST_POSTCODE = 1_000_000
"""CEPs begin at 01000-000 (Correios, Guia Postal Brasileiro)."""


def is_blank(text: str) -> bool:
    """Whether nothing was filled in, or what people write instead of nothing."""
    return bool(_PLACEHOLDER.fullmatch(folded(text[:MAX_READ]).strip()))


def name(text: str) -> Answer:
    """A person's or a company's name, without a title and what is said about it in brackets."""
    kept = "".join(
        sign
        for sign in _IN_BRACKETS.sub("", text[:MAX_READ])
        if unicodedata.category(sign)[0] not in {"S", "C"}
    )
    value = _TITLE.sub("", " ".join(kept.split()).strip(" ,;:-"), count=1)
    letters = sum(sign.isalpha() for sign in value)
    if letters < 2 or letters * 2 < len(value) or len(value) > MAX_NAME or "@" in value:
        return Wrong.UNREADABLE
    return Field(value=value, raw=text)


def document(text: str) -> Answer:
    """A CPF or CNPJ; several different valid ones are ambiguous."""
    written = documents(text)
    valid = {value for _, value in written if value}
    if len(valid) > 1:
        return Wrong.AMBIGUOUS
    if valid:
        return Field(value=valid.pop(), raw=text)
    return Wrong.CHECK_DIGITS if written else Wrong.UNREADABLE


def documents(text: str) -> list[tuple[re.Match[str], str | None]]:
    """What looks like a CPF or CNPJ in a text, each with its value if the check digits match."""
    found: list[tuple[re.Match[str], str | None]] = []
    for match in DOCUMENT.finditer(text):
        digits = sum(sign.isdigit() for sign in match.group())
        if digits < 6 or len(found) == MAX_TRIES:
            continue
        try:
            found.append((match, checked(match.group())))
        except ValueError:
            found.append((match, None))
    return found


def phone(text: str) -> Answer:
    """The first telephone number that exists, in E.164; without a country it is Brazil's."""
    wrong = Wrong.UNREADABLE
    for match in list(PHONE.finditer(text[:MAX_READ]))[:MAX_TRIES]:
        try:
            number = phonenumbers.parse(match.group(), "BR")
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            return Field(value=value, raw=text)
        if _has_its_length(number):
            wrong = Wrong.OUT_OF_RANGE
    return wrong


def _has_its_length(number: PhoneNumber) -> bool:
    """Whether a number that nobody has is at least as long as one; Brazil's begin with two digits
    of the area."""
    if number.country_code == _BRAZIL:
        return len(phonenumbers.national_significant_number(number)) in {10, 11}
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def postcode(text: str) -> Answer:
    """A CEP, eight digits."""
    values = {"".join(match.groups()) for match in POSTCODE.finditer(text[:MAX_READ])}
    if len(values) > 1:
        return Wrong.AMBIGUOUS
    if not values:
        return Wrong.UNREADABLE
    value = values.pop()
    return Wrong.OUT_OF_RANGE if int(value) < _LOWEST_POSTCODE else Field(value=value, raw=text)


def address(text: str) -> Answer:
    """Street, number, district and city on one line, without the CEP at its end."""
    value = _CEP_BEHIND.sub("", " ".join(text.split()))
    value = value.strip(" ,;-\u2013./|")
    if len(value) < 5 or len(value) > MAX_ADDRESS or not any(sign.isalpha() for sign in value):
        return Wrong.UNREADABLE
    return Field(value=value, raw=text)


def plan(text: str, plans: Collection[str]) -> Answer:
    """The plan a text names: by its name, by what only it has (`500 mega`), or mistyped."""
    named = plans_named(text, plans) or _plans_hinted(text, plans)
    if len(named) == 1:
        return Field(value=named[0], raw=text)
    if named:
        return Wrong.AMBIGUOUS
    numbers = _numbers(text[:60])
    by_name = {" ".join(words(each)): each for each in plans if _numbers(each) == numbers}
    close = get_close_matches(" ".join(words(text[:60])), by_name, n=1, cutoff=0.8)
    return Field(value=by_name[close[0]], raw=text) if close else Wrong.UNKNOWN_PLAN


def plans_named(text: str, plans: Collection[str]) -> list[str]:
    """The plans whose whole name is in a text, without those that are part of a longer one."""
    said = f" {' '.join(words(text[:MAX_READ]))} "
    named = [each for each in plans if f" {' '.join(words(each))} " in said]
    return [
        each
        for each in named
        if not any(
            each != other and words(each) == words(other)[: len(words(each))] for other in named
        )
    ]


def _plans_hinted(text: str, plans: Collection[str]) -> list[str]:
    said = words(text[:MAX_READ])
    owners: dict[str, list[str]] = {}
    for each in plans:
        for word in set(words(each)):
            owners.setdefault(word, []).append(each)
    telling = {
        word: names[0]
        for word, names in owners.items()
        if len(names) == 1 and (len(word) > 2 or word.isdigit())
    }
    hinted = {
        telling[word]
        for before, word in pairwise(["", *said])
        if len(word) > 1 and word in telling and not _unit_of_another(before, word, telling[word])
    }
    return sorted(hinted)


def _unit_of_another(before: str, word: str, plan: str) -> bool:
    """Whether a word is the unit of a number that the plan does not have: `50 giga`, `Giga`."""
    return before.isdigit() and not word.isdigit() and before not in _numbers(plan)


def _numbers(text: str) -> set[str]:
    """The numbers of a text: a letter may be mistyped, another number is another plan."""
    return {word for word in words(text) if word.isdigit()}


def words(text: str) -> list[str]:
    """A text's words and numbers, apart from one another: `500mb` is `500 mb`."""
    return [_SAME_UNIT.get(word, word) for word in _WORD.findall(folded(text))]
