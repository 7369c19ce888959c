"""Money, days and shares, written and said."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.wording import day, money, said, said_money, share
from recado.model import Language

PT, EN = Language.PORTUGUESE, Language.ENGLISH


@pytest.mark.parametrize(
    ("amount", "portuguese", "english"),
    [
        ("1234.56", "1234 reais e 56 centavos", "1234 reais and 56 centavos"),
        ("1.01", "1 real e 1 centavo", "1 real and 1 centavo"),
        ("2.00", "2 reais", "2 reais"),
        ("0.75", "75 centavos", "75 centavos"),
        ("0.00", "0 reais", "0 reais"),
        ("-3.50", "menos 3 reais e 50 centavos", "minus 3 reais and 50 centavos"),
    ],
)
def test_money_is_said_as_people_say_it(amount: str, portuguese: str, english: str) -> None:
    for language, expected in ((PT, portuguese), (EN, english)):
        assert said_money(Decimal(amount), language) == expected
        assert said(money(Decimal(amount), language), language) == expected


def test_a_line_of_chat_is_said_without_marks() -> None:
    line = "- F-7: R$\xa01.129,90, vence em 10/11/2026"
    assert said(line, PT) == "F-7: 1129 reais e 90 centavos, vence em 10 de novembro de 2026"
    assert said("up by 12.5%", EN) == "up by 12.5 percent"
    assert said("no dia 99/99/2026", PT) == "no dia 99/99/2026"


@given(st.decimals(Decimal("-99999999.99"), Decimal("99999999.99"), places=2))
def test_every_amount_that_is_written_is_said_to_the_cent(amount: Decimal) -> None:
    for language in Language:
        assert said(money(amount, language), language) == said_money(amount, language)


def test_days_and_shares_are_written_as_each_language_writes_them() -> None:
    assert day(date(2026, 10, 5), PT) == "05/10/2026"
    assert day(date(2026, 10, 5), EN) == "October 5, 2026"
    assert share(Decimal("12.5"), PT) == "12,5%"
    assert share(Decimal("12.0"), EN) == "12%"
