"""Templates: strict about fields, safe against what a field or an author brings."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


ONE_VALUE = "every field holds one value"
ALONE = "a template stands by itself"


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        ("{% for a in x %}{% for b in x %}.{% endfor %}{% endfor %}", f"for is not .* {ONE_VALUE}"),
        ("{% for i in range(10**9) %}x{% endfor %}", f"for is not .* {ONE_VALUE}"),
        ("{% for i in x recursive %}{{ loop(x) }}{% endfor %}", "for is not part"),
        ("{{ range(100000) }}", r"a call such as name\(\) is not .* use a filter"),
        ("{{ lipsum(n=100000) }}", "a call such as"),
        ("{{ cycler('a') }}", "a call such as"),
        ("{{ 'a'.center(10**9) }}", "a call such as"),
        ("{{ '{:999999999d}'.format(1) }}", "a call such as"),
        ("{% set n = namespace(x=1) %}", "a call such as"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", f"macro is not .* {ALONE}"),
        ("{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}", "macro is not"),
        ("{% include 'self' %}", f"include is not .* {ALONE}"),
        ("{% import 'a' as b %}", "import is not"),
        ("{% from 'a' import b %}", "import is not"),
        ("{% extends 'a' %}", "extends is not"),
        ("{% block a %}{{ self.a() }}{% endblock %}", "block is not"),
        ("{% filter upper %}x{% endfilter %}", "filter … endfilter is not .* name | upper"),
        ("{% set a %}x{% endset %}", "set … endset is not"),
        ("{% with a = 1 %}{% endwith %}", "with is not"),
        ("{% autoescape false %}{{ x }}{% endautoescape %}", "autoescape is not"),
        ("{% set a, b = 1, 2 %}", "set takes one name"),
        ("{{ 9**9**9 }}", r"\*\* is not"),
        ("{{ x.__class__ }}", "a dot behind a name is not"),
        ("{{ x['__class__'] }}", "behind a name is not"),
        ("{{ {'a': 1} }}", "is not part of Recado's templates: fields are plain values"),
        ('{{ "%0999999999d" | format(1) }}', "there is no filter format: use abs, "),
        ("{{ 'a' | center(10**9) }}", "there is no filter center"),
        ("{{ 'a' | indent(10**9) }}", "there is no filter indent"),
        ("{{ 'aaaa' | replace('', x) }}", "there is no filter replace"),
        ("{{ x | attr('__class__') }}", "there is no filter attr"),
        ("{{ x | safe }}", "there is no filter safe"),
        ("{{ x | default(*x) }}", r"default takes no \*"),
        ("{% if x is sameas x %}{% endif %}", "there is no test sameas: use boolean, "),
        ("{% do x %}", "unknown tag 'do'"),
        ("{{ " + "(" * 50_000, "nested too deep"),
        ("{% if x %}" * 45 + "{% endif %}" * 45, "nested more than 40 deep"),
        ("{{ " + "x + " * 60 + "x }}", "nested more than 40 deep"),
        ("{{ " + "x ~ " * 60 + "x }}", "joins more than 50 texts"),
        ("{% set a = x %}" + "{% set a = a ~ a %}" * 30, "joins more than 50 texts"),
        ("{{ x }}" * 1_001, "more than 1000 fields and texts"),
        ("{{ " + "9" * 5_000 + " }}", "a number that is none"),
        ("a\x00b", "holds a control character"),
        ("{{ 'a\\x07b' }}", "holds a control character"),
    ],
)
def test_a_template_that_could_do_harm_is_refused_with_a_remedy(attack: str, message: str) -> None:
    with pytest.raises(Rejected, match=message) as refused:
        compile_body(body(attack), Language.ENGLISH)
    assert refused.value.field == "html"
    assert "the template's html is not valid, line 1: " in str(refused.value)
    with pytest.raises(Rejected, match=message):
        fields_used(body(attack))


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        ("{{ 'a' * 99999999 }}", "is for numbers"),
        ("{{ x * 99999999 }}", "is for numbers"),
        ("{{ [x] * 99999999 }}", "is for numbers"),
        ("{{ '%0999999999d' % 5 }}", "% is for numbers"),
        ("{{ '%0999999999d' % x }}", "% is for numbers"),
        ("{{ 1 | round(-999999999) }}{{ 1 | round(2, 'ceil') }}", "cannot be rendered"),
        ("{{ name | truncate(1) }}", "cannot be rendered"),
        ("{{ '1e30' | money }}", "is no amount of money"),
        ("{{ 'NaN' | money }}", "is no amount of money"),
        ("{{ '1e999999999' | money }}", "is no amount of money"),
    ],
)
def test_what_only_shows_when_it_is_rendered_is_refused_then(attack: str, message: str) -> None:
    compiled = compile_body(body(attack), Language.ENGLISH)
    with pytest.raises(Rejected, match=message):
        compiled.render({"x": "a", "name": "Ana"})


def test_what_a_mail_needs_is_allowed() -> None:
    html = (
        "{% set who = (name | trim | title) ~ '!' %}{% if n > 1 and plan in ['A', 'B'] %}{{ who }}"
        "{% elif n is odd %}{{ n * 2 + 1 }} {{ n % 2 }}{% else %}{{ note | default('-') }}"
        "{% endif %} {{ 'day' if n == 1 else 'days' }} {{ 2.345 | round(1) }}{# note #}"
    )
    assert rendered(html, name=" ana lima ", n=2, plan="A") == "Ana Lima! days 2.3"
    assert rendered(html, name="ana", n=1, plan="C") == "3 1 day 2.3"
    assert rendered(html, name="ana", n=0, plan="C") == "- days 2.3"


def test_rendering_stops_when_a_part_outgrows_its_limit() -> None:
    compiled = compile_body(body("{{ x }}" * 900), Language.ENGLISH)
    assert len(compiled.render({"x": "y" * 500}).html) == 450_000
    with pytest.raises(Rejected, match="grew beyond 500000 characters"):
        compiled.render({"x": "y" * 20_000})


def test_the_costliest_template_on_the_largest_row_stays_cheap() -> None:
    heaviest = "{% if x | urlencode | title | urlencode | length > 3 %}{% endif %}" * 100
    compiled = compile_body(body(heaviest), Language.ENGLISH)
    began = time.process_time()
    compiled.render({"x": "é" * 10_000})
    assert time.process_time() - began < 5


@pytest.mark.parametrize("subject", ["Fatura\r\nBcc: x@evil.example", "{{ 'a\\nBcc: x' }}"])
def test_a_subject_of_two_lines_is_refused(subject: str) -> None:
    with pytest.raises(Rejected, match="subject is not valid, line 1: a subject is a header"):
        compile_body(MailBody(subject=subject, html="", text=""), Language.ENGLISH)


@pytest.mark.parametrize(
    ("value", "message"),
    [("a\x00b", "control character"), ("a\x7fb", "control character"), ("x" * 999, "998 fit")],
)
def test_a_field_cannot_make_the_subject_more_than_a_header(value: str, message: str) -> None:
    compiled = compile_body(MailBody(subject="{{ x }}", html="", text=""), Language.ENGLISH)
    with pytest.raises(Rejected, match=message) as refused:
        compiled.render({"x": value})
    assert refused.value.field == "subject"


def test_a_line_break_around_a_subject_does_no_harm() -> None:
    compiled = compile_body(MailBody(subject="Olá {{ x }}\n", html="", text=""), Language.ENGLISH)
    assert compiled.render({"x": "Ana\r\nBcc: eva@example.com"}).subject == (
        "Olá Ana Bcc: eva@example.com"
    )


@given(st.text(), st.text(max_size=40))
def test_a_rendered_subject_is_one_header_line_or_refused(value: str, fixed: str) -> None:
    source = MailBody(subject=fixed.replace("{", "(") + "{{ x }}", html="", text="")
    try:
        subject = compile_body(source, Language.ENGLISH).render({"x": value}).subject
    except Rejected:
        return
    assert not any(unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in subject)
    assert len(subject) <= 998


LISTS = frozenset({"bills"})
BILLS = "{% for bill in bills %}{{ bill.id }}: {{ bill.amount | money }}\n{% endfor %}"


def listing(text: str) -> MailBody:
    """A body that is only a text."""
    return MailBody(subject="", html="", text=text)


def test_a_list_that_the_suite_fills_is_shown_item_by_item() -> None:
    compiled = compile_body(listing(BILLS), Language.ENGLISH, LISTS)
    bills = [{"id": "F-1", "amount": "10.00"}, {"id": "F-2", "amount": "2.50"}]
    assert compiled.render({"bills": bills}).text == "F-1: R$10.00\nF-2: R$2.50\n"
    assert fields_used(listing(BILLS), LISTS) == {"bills"}


@pytest.mark.parametrize(
    ("attack", "why"),
    [
        ("{% for a in name %}{% endfor %}", "a loop goes once through bills"),
        ("{% for a in bills %}{% for b in bills %}{% endfor %}{% endfor %}", "another loop"),
        ("{% for a in bills if a %}{% endfor %}", "a loop goes once"),
        ("{% for a in bills recursive %}{% endfor %}", "a loop goes once"),
        ("{% for a, b in bills %}{% endfor %}", "give each item one name"),
        ("{% for a in bills %}{{ name.x }}{% endfor %}", "a dot behind a name"),
        ("{% for a in bills %}{{ a.x.y }}{% endfor %}", "a dot behind a name"),
        ("{% for a in bills %}{{ a.x() }}{% endfor %}", "a call such as"),
        ("{% for a in bills %}{% endfor %}{{ a.x }}", "a dot behind a name"),
    ],
)
def test_a_loop_can_do_no_more_than_that(attack: str, why: str) -> None:
    with pytest.raises(Rejected, match=why):
        compile_body(listing(attack), Language.ENGLISH, LISTS)
