"""What a piece of text means as a field, and what is wrong with it."""

import pytest

from signup.domain import values
from signup.domain.extracted import Field, Wrong
from signup.domain.values import Answer

PLANS = ("Fibra 300", "Fibra 500", "Fibra 500 Plus", "Fibra 1 Giga", "Móvel 20 GB")


def said(answer: Answer) -> str:
    return answer.value if isinstance(answer, Field) else f"!{answer}"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("529.982.247-25", "52998224725"),
        ("529 982 247 25", "52998224725"),
        ("CPF 52998224725 (meu)", "52998224725"),
        ("12.abc.345/01de-35", "12ABC34501DE35"),
        ("529.982.247-25 ou 52998224725", "52998224725"),
        ("529.982.247-25 e 168.995.350-09", "!ambiguous"),
        ("529.982.247-26", "!check_digits"),
        ("222.222.222-22", "!check_digits"),
        ("529.982.247", "!unreadable"),
        ("não sei", "!unreadable"),
    ],
)
def test_documents(text: str, right: str) -> None:
    assert said(values.document(text)) == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("(11) 98123-4507", "+5511981234507"),
        ("11981234507", "+5511981234507"),
        ("+55 11 98123 4507", "+5511981234507"),
        ("0xx11 98123-4507", "+5511981234507"),
        ("(11) 3222-1234", "+551132221234"),
        ("+351 912 345 678", "+351912345678"),
        ("98123-4507", "!unreadable"),
        ("(20) 98123-4507", "!out_of_range"),
        ("ligue depois", "!unreadable"),
    ],
)
def test_telephone_numbers(text: str, right: str) -> None:
    assert said(values.phone(text)) == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("01310-100", "01310100"),
        ("01310100", "01310100"),
        ("01.310-100", "01310100"),
        ("00310-100", "!out_of_range"),
        ("1310-100", "!unreadable"),
        ("01310-100 ou 01310-200", "!ambiguous"),
    ],
)
def test_postcodes(text: str, right: str) -> None:
    assert said(values.postcode(text)) == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("fibra 300", "Fibra 300"),
        ("quero o Fibra 500 Plus", "Fibra 500 Plus"),
        ("Fibra 500", "Fibra 500"),
        ("movel 20gb", "Móvel 20 GB"),
        ("1 giga", "Fibra 1 Giga"),
        ("Fibr 300", "Fibra 300"),
        ("300 ou Móvel", "!ambiguous"),
        ("móvel de 20 giga", "Móvel 20 GB"),
        ("Satélite", "!unknown_plan"),
        ("Fibra 700", "!unknown_plan"),
        ("", "!unknown_plan"),
    ],
)
def test_plans(text: str, right: str) -> None:
    assert said(values.plan(text, PLANS)) == right


def test_without_plans_no_plan_is_known() -> None:
    assert values.plan("Fibra 300", ()) is Wrong.UNKNOWN_PLAN


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("  Ana   Souza 😊", "Ana Souza"),
        ("Clínica 24 Horas Ltda.", "Clínica 24 Horas Ltda."),
        ("12345", "!unreadable"),
        ("ana@example.net", "!unreadable"),
        ("A" * 121, "!unreadable"),
    ],
)
def test_names(text: str, right: str) -> None:
    assert said(values.name(text)) == right


def test_an_address_is_kept_without_its_postcode() -> None:
    assert said(values.address("Rua A,  12,\tCentro, Campinas - SP - CEP: 13010-000")) == (
        "Rua A, 12, Centro, Campinas - SP"
    )
    assert values.address("Rua " * 200) is Wrong.UNREADABLE
