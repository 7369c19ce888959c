"""Money, days and shares: as they are written in an answer, and as they are said."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, parse_decimal

from recado.model import Language
from recado.templating import CURRENCY

_LOCALE = {Language.PORTUGUESE: "pt_BR", Language.ENGLISH: "en"}
_DAY = {Language.PORTUGUESE: "dd/MM/yyyy", Language.ENGLISH: "MMMM d, yyyy"}
_SAID_DAY = {Language.PORTUGUESE: "d 'de' MMMM 'de' yyyy", Language.ENGLISH: "MMMM d, yyyy"}
_MONTH = {Language.PORTUGUESE: "MMMM 'de' yyyy", Language.ENGLISH: "MMMM yyyy"}
_UNITS = {
    Language.PORTUGUESE: (("real", "reais"), ("centavo", "centavos"), " e ", "menos "),
    Language.ENGLISH: (("real", "reais"), ("centavo", "centavos"), " and ", "minus "),
}
_PERCENT = {Language.PORTUGUESE: "por cento", Language.ENGLISH: "percent"}
_AMOUNT = re.compile(r"(?P<minus>-?)R\$\s?(?P<amount>\d(?:[\d.,]*\d)?)")
_SHARE = re.compile(r"(?<=\d)\s?%")
_WRITTEN_DAY = re.compile(r"\b(\d{2})/(\d{2})/(\d{4})\b")
_BULLET = re.compile(r"(?m)^\s*[-•*]\s+")
_CENT = Decimal("0.01")


def money(amount: Decimal, language: Language) -> str:
    """An amount as it is written, to the cent: `R$ 1.234,56`."""
    return format_currency(
        amount.quantize(_CENT, ROUND_HALF_UP), CURRENCY, locale=_LOCALE[language]
    )


def day(when: date, language: Language) -> str:
    """A day as it is written."""
    return format_date(when, _DAY[language], locale=_LOCALE[language])


def month(when: date, language: Language) -> str:
    """A month and its year."""
    return format_date(when, _MONTH[language], locale=_LOCALE[language])


def share(percent: Decimal, language: Language) -> str:
    """A percentage with one decimal at most: `12,5%`."""
    return format_decimal(percent, "#,##0.#", locale=_LOCALE[language]) + "%"


def said(text: str, language: Language) -> str:
    """A written text for a voice: money, days and percentages in words, no marks of a list."""
    text = _BULLET.sub("", text)
    text = _AMOUNT.sub(lambda found: _said_amount(found, language), text)
    text = _WRITTEN_DAY.sub(lambda found: _said_day(found, language), text)
    return _SHARE.sub(f" {_PERCENT[language]}", text)


def said_money(amount: Decimal, language: Language) -> str:
    """An amount as it is said: `129 reais e 90 centavos`; the voice reads the numbers."""
    whole_unit, cent_unit, joint, minus = _UNITS[language]
    amount = amount.quantize(_CENT, ROUND_HALF_UP)
    whole, cents = divmod(int(abs(amount) * 100), 100)
    parts = [_counted(whole, whole_unit)] if whole or not cents else []
    parts += [_counted(cents, cent_unit)] if cents else []
    return (minus if amount < 0 else "") + joint.join(parts)


def _said_amount(found: re.Match[str], language: Language) -> str:
    amount = parse_decimal(found["amount"], locale=_LOCALE[language])
    return said_money(-amount if found["minus"] else amount, language)


def _said_day(found: re.Match[str], language: Language) -> str:
    try:
        when = date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return found.group()
    return format_date(when, _SAID_DAY[language], locale=_LOCALE[language])


def _counted(number: int, unit: tuple[str, str]) -> str:
    return f"{number} {unit[number != 1]}"
