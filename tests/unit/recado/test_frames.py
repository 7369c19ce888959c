"""Frames of a WebSocket: whatever comes is read or refused with a reason."""

import json
from contextlib import suppress
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field, TypeAdapter

from recado import frames
from recado.errors import Conflict, Rejected, Retryable
from recado.model import Frozen


def _short(text: str) -> str:
    if len(text) > 9:
        raise ValueError("is too long: cut it")
    return text


class Open(Frozen):
    action: Literal["open"]
    key: str


class Say(Frozen):
    action: Literal["say"]
    text: Annotated[str, AfterValidator(_short)]
    number: int = 1


class Word(Frozen):
    text: str


FORM: TypeAdapter[Open | Say] = TypeAdapter(Annotated[Open | Say, Field(discriminator="action")])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_a_frame_is_read_by_its_action() -> None:
    assert frames.read('{"action":"say","text":"oi"}', FORM) == Say(action="say", text="oi")


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        ("", "not JSON", ""),
        ("None", "not JSON", ""),
        ("{", "not JSON", ""),
        ("[" * 10_000, "not JSON", ""),
        ('{"action":"say","text":"\\ud800"}', "not JSON", ""),
        ("[]", "the frame: ", ""),
        ('"open"', "the frame: ", ""),
        ("{}", "action is missing or unknown", "action"),
        ('{"action":"shout"}', "'open', 'say'", "action"),
        ('{"action":["open"]}', "action is missing or unknown", "action"),
        ('{"action":"open"}', "key is missing", "key"),
        ('{"action":"open","key":"k","more":1}', "more: Extra inputs", "more"),
        ('{"action":"say","text":"oi","number":"x"}', "number: Input should be", "number"),
        ('{"action":"say","text":"much too long"}', "text is too long: cut it", "text"),
    ],
)
def test_a_frame_that_cannot_be_read_is_refused_with_its_place(
    body: str, message: str, field: str
) -> None:
    with pytest.raises(Rejected, match=message) as refused:
        frames.read(body, FORM)
    assert refused.value.field == field


def test_a_frame_over_32_kb_is_refused_and_one_of_32_kb_is_not() -> None:
    empty = len('{"action":"open","key":""}')
    fits = json.dumps({"action": "open", "key": "k" * (32 * 1024 - empty)}, separators=(",", ":"))
    assert frames.read(fits, FORM)
    with pytest.raises(Rejected, match="the frame has 32769 bytes: at most 32768 are read"):
        frames.read(fits + " ", FORM)


def test_a_frame_is_measured_in_bytes() -> None:
    with pytest.raises(Rejected, match="bytes"):
        frames.read(json.dumps({"action": "open", "key": "ç" * 17_000}, ensure_ascii=False), FORM)


@given(body=st.text(alphabet=st.characters(codec=None)) | JSON.map(json.dumps))
def test_whatever_comes_is_read_or_rejected(body: str) -> None:
    with suppress(Rejected):
        assert frames.read(body, FORM).action in {"open", "say"}


def test_a_refusal_names_the_error_its_field_and_the_message_it_is_about() -> None:
    refused = frames.refusal(Rejected("text is empty", field="text"), "m-1")
    assert refused.model_dump() == {
        "type": "refused",
        "error": "Rejected",
        "message": "text is empty",
        "field": "text",
        "client_message_id": "m-1",
    }
    assert frames.refusal(Conflict("over")).error == "Conflict"
    assert frames.refusal(Retryable("later")).field == ""


@given(words=st.lists(st.text(max_size=9_000).map(lambda text: Word(text=text)), max_size=12))
def test_portions_hold_all_items_in_order_and_are_small(words: list[Word]) -> None:
    cut = frames.portions(tuple(words))
    assert [word for portion in cut for word in portion] == words
    for portion in cut:
        weights = [len(word.model_dump_json().encode()) for word in portion]
        assert portion
        assert len(portion) == 1 or sum(weights) <= frames.PUSHED_BYTES


def test_an_item_larger_than_a_portion_goes_alone() -> None:
    huge = Word(text="a" * frames.PUSHED_BYTES)
    small = Word(text="b")
    expected: list[Any] = [(small,), (huge,), (small,)]
    assert frames.portions((small, huge, small)) == expected
