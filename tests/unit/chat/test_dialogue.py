import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain.dialogue import (
    FAILURES,
    OFF_TOPIC,
    Answer,
    Ask,
    Greet,
    HandOver,
    Reason,
    Rephrase,
    SayScope,
    Standing,
    Thresholds,
    decide,
)
from chat.domain.intents import Reading
from recado.intent import Intent

THRESHOLDS = Thresholds(answer=0.8, close=0.6, human=0.2)


def reading(**chances: float) -> Reading:
    """A reading with these probabilities; the rest is shared by the other intents."""
    known = {Intent(intent): chance for intent, chance in chances.items()}
    others = [intent for intent in Intent if intent not in known]
    left = (1 - sum(known.values())) / len(others)
    every = {**dict.fromkeys(others, left), **known}
    return Reading(tuple(sorted(every.items(), key=lambda entry: -entry[1])), english=0.5)


SURE = reading(payment=0.9)
CLOSE = reading(payment=0.45, invoice_copy=0.4)
LOST = reading(payment=0.2)


def test_a_sure_reading_is_answered_and_forgets_failures() -> None:
    move, standing = decide("paguei", SURE, Standing(failures=1), THRESHOLDS)
    assert move == Answer(Intent.PAYMENT, 0.9)
    assert standing == Standing()


def test_two_close_intents_are_both_named() -> None:
    move, standing = decide("a conta", CLOSE, Standing(), THRESHOLDS)
    assert move == Ask(Intent.PAYMENT, Intent.INVOICE_COPY)
    assert standing == Standing(failures=1, asked=(Intent.PAYMENT, Intent.INVOICE_COPY))


def test_a_message_nobody_understands_is_asked_for_again() -> None:
    move, standing = decide("hm", LOST, Standing(), THRESHOLDS)
    assert move == Rephrase()
    assert standing == Standing(failures=1)


@pytest.mark.parametrize("second", [CLOSE, LOST])
@pytest.mark.parametrize("first", [CLOSE, LOST])
def test_the_second_failure_hands_over(first: Reading, second: Reading) -> None:
    _, standing = decide("hm", first, Standing(), THRESHOLDS)
    other = reading(plan_change=0.4, sign_up=0.3) if second is CLOSE else second
    move, _ = decide("hm", other, standing, THRESHOLDS)
    assert isinstance(move, HandOver)
    assert move.reason is Reason.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("said", "picked"),
    [
        ("1", "payment"),
        ("2.", "invoice_copy"),
        ("a segunda", "invoice_copy"),
        ("First!", "payment"),
    ],
)
def test_this_or_that_is_settled_by_a_pick(said: str, picked: str) -> None:
    asked = Standing(failures=1, asked=(Intent.PAYMENT, Intent.INVOICE_COPY))
    assert decide(said, LOST, asked, THRESHOLDS) == (Answer(Intent(picked), 1.0), Standing())


def test_this_or_that_is_settled_by_words_that_tell_the_two_apart() -> None:
    asked = Standing(failures=1, asked=(Intent.PAYMENT, Intent.INVOICE_COPY))
    move, _ = decide("pagar", reading(payment=0.5, invoice_copy=0.05), asked, THRESHOLDS)
    assert isinstance(move, Answer)
    assert move.intent is Intent.PAYMENT


def test_neither_of_the_two_is_a_second_failure() -> None:
    asked = Standing(failures=1, asked=(Intent.PAYMENT, Intent.INVOICE_COPY))
    move, _ = decide("nenhuma das duas", SURE_OF_SOMETHING_ELSE, asked, THRESHOLDS)
    assert isinstance(move, HandOver)
    assert move.reason is Reason.NOT_UNDERSTOOD


SURE_OF_SOMETHING_ELSE = reading(cancellation=0.9)


def test_a_new_subject_after_a_question_is_answered() -> None:
    asked = Standing(failures=1, asked=(Intent.PAYMENT, Intent.INVOICE_COPY))
    move, _ = decide("quero cancelar", SURE_OF_SOMETHING_ELSE, asked, THRESHOLDS)
    assert move == Answer(Intent.CANCELLATION, 0.9)


def test_a_greeting_is_greeted_and_is_no_failure() -> None:
    assert decide("Oi, bom dia!", LOST, Standing(failures=1), THRESHOLDS) == (
        Greet(),
        Standing(failures=1),
    )


@pytest.mark.parametrize("said", ["Oi!", "good morning", "Obrigada!", "ok", "Thanks."])
def test_nobody_is_passed_to_a_person_for_a_greeting_or_thanks(said: str) -> None:
    move, _ = decide(said, reading(human=0.4, out_of_scope=0.3), Standing(), THRESHOLDS)
    assert not isinstance(move, HandOver)
    move, _ = decide("gente, por favor", reading(human=0.4), Standing(), THRESHOLDS)
    assert isinstance(move, HandOver)


def test_who_is_off_topic_hears_what_the_bot_is_for_and_then_gets_a_person() -> None:
    standing = Standing()
    off_topic = reading(out_of_scope=0.9)
    for _ in range(OFF_TOPIC - 1):
        move, standing = decide("pizza", off_topic, standing, THRESHOLDS)
        assert move == SayScope()
    move, _ = decide("pizza", off_topic, standing, THRESHOLDS)
    assert isinstance(move, HandOver)
    assert move.reason is Reason.OFF_TOPIC


standings = st.builds(
    Standing,
    failures=st.integers(0, FAILURES - 1),
    off_topic=st.integers(0, OFF_TOPIC - 1),
    asked=st.none() | st.just((Intent.PAYMENT, Intent.CONNECTION)),
)


@given(standings, st.floats(0.2, 1))
def test_who_asks_for_a_person_is_always_handed_over_at_once(
    standing: Standing, chance: float
) -> None:
    move, _ = decide("atendente", reading(human=chance), standing, THRESHOLDS)
    assert isinstance(move, HandOver)
    assert move.reason is Reason.ASKED


chances = st.lists(st.floats(0.001, 1), min_size=len(Intent), max_size=len(Intent))


@given(st.lists(chances, min_size=OFF_TOPIC * FAILURES, max_size=OFF_TOPIC * FAILURES))
def test_nobody_is_kept_without_an_answer_for_long(messages: list[list[float]]) -> None:
    """Each message is answered, or one of the next few is handed over."""
    standing, fruitless = Standing(), 0
    for weights in messages:
        total = sum(weights)
        ranking = sorted(zip(Intent, weights, strict=True), key=lambda entry: -entry[1])
        said = Reading(tuple((intent, weight / total) for intent, weight in ranking), 0.5)
        move, standing = decide("hm", said, standing, THRESHOLDS)
        fruitless = 0 if isinstance(move, Answer | HandOver) else fruitless + 1
        assert fruitless < FAILURES + OFF_TOPIC
