"""Templates: strict about fields, safe against what a field or an author brings."""

import pytest

from recado.errors import Rejected
from recado.model import Language, MailBody
from recado.templating import compile_body, fields_used


def body(html: str) -> MailBody:
    return MailBody(subject="s", html=html, text="t")


def rendered(html: str, language: Language = Language.PORTUGUESE, **fields: object) -> str:
    return compile_body(body(html), language).render(fields).html


@pytest.mark.parametrize(
    ("language", "money", "day"),
    [
        (Language.PORTUGUESE, "R$\xa01.234,50", "05/10/2026"),
        (Language.ENGLISH, "R$1,234.50", "Oct 5, 2026"),
    ],
)
def test_money_and_dates_are_written_as_the_language_does(
    language: Language, money: str, day: str
) -> None:
    text = rendered(
        "{{ amount | money }} {{ due | date }}", language, amount="1234.50", due="2026-10-05"
    )
    assert text == f"{money} {day}"


def test_a_missing_field_is_refused_by_name() -> None:
    with pytest.raises(Rejected, match="'name' is undefined") as refused:
        rendered("{{ name }}")
    assert refused.value.field == "html"


def test_a_syntax_error_names_the_part_and_the_line() -> None:
    with pytest.raises(Rejected, match="html is not valid, line 2"):
        compile_body(body("fine\n{% if %}"), Language.ENGLISH)


def test_an_amount_that_is_no_number_is_refused_not_raised() -> None:
    with pytest.raises(Rejected, match="cannot be rendered"):
        rendered("{{ amount | money }}", amount="muito")


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ items.append(1) }}",
    ],
)
def test_the_sandbox_lets_no_template_out(attack: str) -> None:
    with pytest.raises(Rejected):
        rendered(attack, items=[])


def test_the_fields_a_template_uses_are_found_in_all_its_parts() -> None:
    used = fields_used(MailBody(subject="{{ a }}", html="{% if b %}{{ c }}{% endif %}", text="d"))
    assert used == {"a", "b", "c"}
