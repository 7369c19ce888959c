"""What is accepted in the fields of customers and invoices."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from central.domain.fields import address, amount_of, day_of, phone, printable
from recado.documents import document


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("129.90", "129.90"),
        ("129,90", "129.90"),
        ("129", "129.00"),
        ("129,9", "129.90"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567,89", "1234567.89"),
        ("R$ 129,90", "129.90"),
        ("0", "0.00"),
    ],
)
def test_amounts_are_understood_as_people_write_them(text: str, amount: str) -> None:
    assert amount_of(text) == Decimal(amount)
    assert str(amount_of(text)) == amount


@pytest.mark.parametrize(
    "text",
    ["", "-1", "1.234", "1,234", "1.23.4", "12.34,5.6", "1e3", "NaN", "\u0661\u0662", "1 234,00"],
)
def test_amounts_that_could_mean_something_else_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        amount_of(text)


def test_dates_are_iso_or_brazilian() -> None:
    assert day_of("2026-10-31") == day_of("31/10/2026") == date(2026, 10, 31)


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "31/02/2026", "10/31/2026", "20261031", "1/1/26"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        day_of(text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("529.982.247-25", "52998224725"),
        ("52998224725", "52998224725"),
        ("11.222.333/0001-81", "11222333000181"),
        ("12.abc.345/01de-35", "12ABC34501DE35"),
    ],
)
def test_documents_lose_their_punctuation(text: str, digits: str) -> None:
    assert document(text) == digits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "52998224726",
        "11111111111",
        "00000000000",
        "5299822472",
        "11222333000182",
        "5299822472\u0665",
    ],
)
def test_documents_with_wrong_digits_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        document(text)


def test_an_address_is_kept_in_the_form_ses_takes() -> None:
    assert address("Ana@Café.com") == "Ana@xn--caf-dma.com"


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (address, "ana@example.com\r\nBcc: eve@example.com"),
        (address, "joão@example.com"),
        (address, "ana@localhost"),
        (phone, "call me"),
        (printable, "Ana\u2028Souza"),
        (printable, "Ana\x85Souza"),
        (printable, "\ud800"),
    ],
)
def test_what_could_break_a_mail_is_refused(check: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValueError, match=r"holds|is not"):
        check(text)
