"""Sentences out of a text that comes in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.sentences import LONGEST, Splitting, sentences

TEXTS = st.text(alphabet=st.sampled_from("ab1.,!? \n\"'Sr…:)"), max_size=600) | st.text(
    max_size=400
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You owe R$129.90. It is due!", ["You owe R$129.90.", "It is due!"]),
        ("Olá, Sra. Souza. Tudo bem?", ["Olá, Sra. Souza.", "Tudo bem?"]),
        ("Dr. A. Lima called... twice", ["Dr. A. Lima called...", "twice"]),
        ("Your bills:\n- F-7: R$ 1.234,56\n- F-8", ["Your bills:", "- F-7: R$ 1.234,56", "- F-8"]),
        ('He said "wait." Then left.', ['He said "wait."', "Then left."]),
        ("   ", []),
    ],
)
def test_a_text_is_cut_where_people_would_cut_it(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_the_first_sentence_is_there_as_soon_as_the_next_one_begins() -> None:
    splitting = Splitting()
    assert list(splitting.feed("Hello there.")) == []
    assert list(splitting.feed(" Wh")) == ["Hello there."]
    assert list(splitting.rest()) == ["Wh"]


@given(TEXTS, st.lists(st.integers(1, 50), max_size=20))
def test_how_a_text_is_cut_into_pieces_changes_nothing(text: str, sizes: list[int]) -> None:
    splitting, found, at = Splitting(), list[str](), 0
    for size in sizes:
        found += splitting.feed(text[at : at + size])
        at += size
    found += [*splitting.feed(text[at:]), *splitting.rest()]
    assert found == sentences(text)


@given(TEXTS)
def test_nothing_but_blanks_is_lost_and_no_sentence_is_empty_or_too_long(text: str) -> None:
    found = sentences(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(0 < len(sentence) <= LONGEST and sentence.strip() == sentence for sentence in found)
