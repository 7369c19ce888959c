"""Template substitution."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_simulator.rendering import InvalidTemplate, RenderingFailed, compile_part, merged

anything = st.text(max_size=60)
literal = anything.filter(lambda text: "{" not in text and "}" not in text)


@given(before=literal, value=anything, after=literal)
def test_three_braces_substitute_raw_and_two_escape_in_html(
    before: str, value: str, after: str
) -> None:
    raw = compile_part(f"{before}{{{{{{x}}}}}}{after}", escape=True)
    escaped = compile_part(f"{before}{{{{ x }}}}{after}", escape=True)
    assert raw.render({"x": value}) == before + value + after
    assert escaped.render({"x": value}) == before + html.escape(value) + after


@given(anything)
def test_values_are_never_read_as_templates_again(value: str) -> None:
    assert compile_part("{{x}}", escape=False).render({"x": value, "y": "no"}) == value


@given(literal)
def test_text_without_slots_is_kept_as_it_is(text: str) -> None:
    assert compile_part(text, escape=True).render({}) == text


def test_dotted_names_reach_into_objects() -> None:
    part = compile_part("{{invoice.total}} {{paid}}", escape=False)
    assert part.render({"invoice": {"total": 10}, "paid": True}) == "10 true"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(RenderingFailed, match="Attribute 'name' is not present"):
        compile_part("{{name}}", escape=False).render({})


@pytest.mark.parametrize("block", ["{{#if paid}}x{{/if}}", "{{> part}}", "{{a b}}"])
def test_a_block_is_refused_by_name(block: str) -> None:
    with pytest.raises(InvalidTemplate, match="render blocks before sending"):
        compile_part(block, escape=False)


def test_replacement_data_lies_over_default_data_level_by_level() -> None:
    default = {"a": 1, "deep": {"x": 1, "y": 1}}
    assert merged(default, {"deep": {"y": 2}}) == {"a": 1, "deep": {"x": 1, "y": 2}}
