from hypothesis import given
from hypothesis import strategies as st

from chat.domain.text import READ_AT_MOST, features, normalise


def test_accents_case_and_punctuation_make_no_difference() -> None:
    assert normalise("  Não, RECEBI a 2ª-via!!") == "nao recebi a 0a via"


def test_numbers_addresses_and_links_become_signs() -> None:
    said = "cpf 123.456.789-09, ana.lima@example.com, https://example.com/x?y=1"
    assert normalise(said) == "cpf 0 @ #"


def test_a_letter_written_many_times_is_written_twice() -> None:
    assert normalise("leeeenta") == normalise("leenta") == "leenta"


def test_words_pairs_and_characters_are_features() -> None:
    found = features("net caiu")
    assert {"=net", "=caiu", "=net caiu", " n", " net ", "caiu "} <= set(found)


def test_only_the_beginning_of_a_long_message_is_read() -> None:
    assert features("a b " * READ_AT_MOST) == features("a b " * (READ_AT_MOST // 4))


@given(st.text())
def test_any_text_becomes_plain_words(message: str) -> None:
    assert set(normalise(message)) <= set("abcdefghijklmnopqrstuvwxyz0123456789@# ")
