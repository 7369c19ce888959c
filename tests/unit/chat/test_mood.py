"""How messages sound, in both languages, and what is quoted of them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain.masking import MAX_QUOTE, masked
from chat.domain.mood import tone_of
from recado.interests import Mood

BAD, GOOD, PLAIN = Mood.NEGATIVE, Mood.POSITIVE, Mood.NEUTRAL


@pytest.mark.parametrize(
    ("message", "mood"),
    [
        ("Internet horrível, um absurdo", BAD),
        ("estou cansada de esperar", BAD),
        ("PÉSSIMO atendimento", BAD),
        ("nunca funciona essa porcaria", BAD),
        ("não gostei do atendimento", BAD),
        ("isso é um descaso com o cliente", BAD),
        ("já não aguento mais", BAD),
        ("Muito obrigado, resolveu!", GOOD),
        ("ótimo, funcionou", GOOD),
        ("não está ruim", GOOD),
        ("sem problema, valeu", GOOD),
        ("Bom dia, quero a segunda via", PLAIN),
        ("boa noite, qual o valor da fatura?", PLAIN),
        ("minha internet está lenta", PLAIN),
        ("I'm fed up, this is awful", BAD),
        ("not happy at all", BAD),
        ("your service is useless", BAD),
        ("worst provider ever", BAD),
        ("Thanks, that helped a lot", GOOD),
        ("it isn't bad", GOOD),
        ("great, it works again", GOOD),
        ("Good morning, I need my bill", PLAIN),
        ("my connection is slow", PLAIN),
        ("what time do you open?", PLAIN),
    ],
)
def test_a_message_sounds_as_somebody_who_reads_it_would_say(message: str, mood: Mood) -> None:
    assert tone_of(message).mood == mood


@pytest.mark.parametrize(
    "message",
    [
        "vou cancelar",
        "vou mudar de operadora",
        "o concorrente cobra menos",
        "vou reclamar na Anatel",
        "quero fazer a portabilidade",
        "I want to cancel",
        "I will switch provider",
        "I'm leaving you",
    ],
)
def test_who_speaks_of_leaving_is_heard(message: str) -> None:
    assert tone_of(message).leaving


@pytest.mark.parametrize("message", ["não quero cancelar", "I don't want to cancel", "oi", ""])
def test_who_does_not_is_not(message: str) -> None:
    assert tone_of(message).leaving == ()


def test_the_longest_message_takes_less_than_five_milliseconds() -> None:
    message = "não gostei, péssimo atendimento, vou cancelar e " * 40
    tone_of(message)
    begun = time.process_time()
    for _ in range(20):
        tone_of(message)
    assert (time.process_time() - begun) / 20 < 0.005


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("meu CPF é 529.982.247-25", "meu CPF é […]"),
        ("CNPJ 12.ABC.345/01DE-35", "CNPJ […]"),
        ("ligue (81) 99999-1234 por favor", "ligue […] por favor"),
        ("+55 81 3333 4444", "[…]"),
        ("escreva para ana.souza+x@example.com", "escreva para [e-mail]"),
        ("CEP 50030-230, sala 12", "CEP […], sala 12"),
        ("o código é 123 456", "o código é […]"),
        ("paguei R$ 129,90 em 2026", "paguei R$ 129,90 em 2026"),
        ("veja https://example.com/c/abc", "veja [link]"),
        ("linha um\nlinha  dois", "linha um linha dois"),
    ],
)
def test_a_quote_leaves_personal_data_out(said: str, quoted: str) -> None:
    assert masked(said) == quoted


@given(st.text(max_size=2_000))
def test_a_quote_is_one_short_line_whatever_was_written(said: str) -> None:
    quoted = masked(said)
    assert len(quoted) <= MAX_QUOTE
    assert "\n" not in quoted
    assert "@" not in quoted or not any("@" in word.strip("@") for word in quoted.split())
