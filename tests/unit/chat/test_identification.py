from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain import identification
from chat.domain.identification import (
    CODES,
    CONVERSATION_WINDOW,
    CUSTOMER_WINDOW,
    LIFETIME,
    PER_CONVERSATION,
    PER_CUSTOMER,
    TRIES,
    Challenge,
    Claim,
    Sending,
    Verdict,
    claim_in,
    code_in,
    may_send,
    written,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = b"a key of the stack"


def challenged(
    customer_id: str | None = "c-1", code: str = "042917", sending: Sending = Sending.SEND
) -> Challenge:
    return identification.challenge(
        code, conversation_id="v-1", customer_id=customer_id, sending=sending, key=KEY, at=NOW
    )


def test_after_a_customers_limit_no_guess_opens_anything() -> None:
    asked = challenged(sending=Sending.PRETEND)
    assert identification.answer(asked, "042917", key=KEY, at=NOW)[1] is Verdict.WRONG


def test_the_right_code_proves_once() -> None:
    spent, verdict = identification.answer(challenged(), "042917", key=KEY, at=NOW)
    assert verdict is Verdict.PROVED
    _, again = identification.answer(spent, "042917", key=KEY, at=NOW)
    assert again is Verdict.SPENT


def test_a_code_expires() -> None:
    _, verdict = identification.answer(challenged(), "042917", key=KEY, at=NOW + LIFETIME)
    assert verdict is Verdict.EXPIRED


def test_the_fifth_wrong_code_spends_the_challenge() -> None:
    asked = challenged()
    verdicts = []
    for _ in range(TRIES):
        asked, verdict = identification.answer(asked, "000000", key=KEY, at=NOW)
        verdicts.append(verdict)
    assert verdicts == [Verdict.WRONG] * (TRIES - 1) + [Verdict.SPENT]
    assert identification.answer(asked, "042917", key=KEY, at=NOW)[1] is Verdict.SPENT


def test_a_code_of_another_conversation_proves_nothing() -> None:
    asked = challenged().model_copy(update={"conversation_id": "v-2"})
    assert identification.answer(asked, "042917", key=KEY, at=NOW)[1] is Verdict.WRONG


@given(
    tries=st.lists(st.tuples(st.integers(1, CODES - 1).map(written), st.integers(0, 900))),
    right=st.just("000000"),
)
def test_wrong_codes_sound_the_same_whether_or_not_the_customer_exists(
    tries: list[tuple[str, int]], right: str
) -> None:
    known, unknown = challenged("c-1", right), challenged(None, right)
    for code, seconds in tries:
        at = NOW + timedelta(seconds=seconds)
        known, told = identification.answer(known, code, key=KEY, at=at)
        unknown, told_unknown = identification.answer(unknown, code, key=KEY, at=at)
        assert told is told_unknown
        assert known.tries_left == unknown.tries_left


def test_no_code_opens_the_challenge_of_an_unknown_customer() -> None:
    assert identification.answer(challenged(None), "042917", key=KEY, at=NOW)[1] is Verdict.WRONG


def asked_before(**times: Any) -> Sending:
    given_times = {"in_conversation": (), "for_claim": (), "for_customer": (), **times}
    return may_send(known=True, at=NOW, **given_times)


def test_a_conversation_gets_a_few_codes_and_then_waits() -> None:
    often = [NOW - timedelta(minutes=1)] * PER_CONVERSATION
    assert asked_before(in_conversation=often[1:]) is Sending.SEND
    assert asked_before(in_conversation=often) is Sending.REFUSE
    long_ago = [NOW - CONVERSATION_WINDOW] * PER_CONVERSATION
    assert asked_before(in_conversation=long_ago) is Sending.SEND


@pytest.mark.parametrize("counted", ["for_claim", "for_customer"])
def test_a_customer_gets_a_few_codes_a_day_over_all_conversations(counted: str) -> None:
    often = [NOW - timedelta(hours=1)] * PER_CUSTOMER
    assert asked_before(**{counted: often[1:]}) is Sending.SEND
    assert asked_before(**{counted: often}) is Sending.PRETEND
    assert asked_before(**{counted: [NOW - CUSTOMER_WINDOW] * PER_CUSTOMER}) is Sending.SEND


@given(st.integers(0, 6), st.integers(0, 9), st.integers(0, 9))
def test_a_refusal_never_depends_on_whether_the_customer_exists(
    conversation: int, claim: int, customer: dict[str, Any] | None
) -> None:
    times = {
        "in_conversation": [NOW] * conversation,
        "for_claim": [NOW] * claim,
        "for_customer": [NOW] * customer,
    }
    refused = [may_send(known=k, at=NOW, **times) is Sending.REFUSE for k in (True, False)]
    assert refused[0] is refused[1]


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        ("é ana.lima@Example.com ok?", Claim(email="ana.lima@example.com")),
        ("meu cpf é 529.982.247-25", Claim(document="52998224725")),
        ("52998224725", Claim(document="52998224725")),
        ("cnpj 11.222.333/0001-81", Claim(document="11222333000181")),
        ("meu cpf é 529.982.247-26", None),
        ("111.111.111-11", None),
        ("não sei", None),
    ],
)
def test_a_claim_is_found_in_a_message(said: str, claim: Claim | None) -> None:
    assert claim_in(said) == claim


@pytest.mark.parametrize(
    ("said", "code"),
    [("042917", "042917"), ("o código é 042 917.", "042917"), ("1234567", None), ("não", None)],
)
def test_a_code_is_found_in_a_message(said: str, code: str | None) -> None:
    assert code_in(said) == code


def test_limits_count_a_claim_without_keeping_it() -> None:
    digest = Claim(email="ana@example.com").digest(KEY)
    assert "ana" not in digest
    assert digest == Claim(email="ana@example.com").digest(KEY)
    assert digest != Claim(email="bia@example.com").digest(KEY)
