"""What a conversation reveals when it ends, however it ends."""

from datetime import timedelta

import pytest

from chat.domain.revealing import MAX_EVIDENCE, Noticed, Revealed, revealed
from recado.conversation import ChatEnded, Line, Speaker
from recado.intent import Intent
from recado.interests import Aspect, Mood
from tests.factories import AT, customer
from tests.unit.chat.world import INVOICE, PERSON, World


def lines(*texts: str) -> list[Line]:
    """What the customer wrote, each answered by the bot two seconds later."""
    written = []
    for number, text in enumerate(texts):
        at = AT + timedelta(minutes=number)
        later = at + timedelta(seconds=2)
        written += [
            Line(sequence=2 * number + 1, speaker=Speaker.CUSTOMER, text=text, at=at),
            Line(sequence=2 * number + 2, speaker=Speaker.BOT, text="péssimo?", at=later),
        ]
    return written


def noticed(intent: Intent, sequence: int) -> Noticed:
    return Noticed(intent=intent, sequence=sequence, confidence=0.9)


def of(*texts: str, **intents: int) -> Revealed:
    found = [noticed(Intent(name), sequence) for name, sequence in intents.items()]
    return revealed(lines(*texts), found)


@pytest.mark.parametrize(
    ("text", "intent", "product", "aspect"),
    [
        ("minha internet está muito lenta", Intent.CONNECTION, "internet", Aspect.SLOW),
        ("my internet is so slow", Intent.CONNECTION, "internet", Aspect.SLOW),
        ("estou sem internet", Intent.CONNECTION, "internet", None),
        ("o 4g do celular não conecta", Intent.CONNECTION, "mobile", None),
        ("meu telefone fixo está mudo", Intent.CONNECTION, "phone", None),
        ("quero um plano mais barato", Intent.PLAN_CHANGE, "plan", Aspect.PRICE),
        ("do you have a cheaper plan?", Intent.PLAN_CHANGE, "plan", Aspect.PRICE),
        ("quero cancelar a tv", Intent.CANCELLATION, "tv", None),
        ("a fatura veio muito cara", Intent.INVOICE_COPY, "invoice", Aspect.PRICE),
    ],
)
def test_an_interest_says_what_it_is_about(
    text: str, intent: Intent, product: str, aspect: Aspect | None
) -> None:
    (found,) = of(text, **{intent: 1}).interests
    assert (found.intent, found.product, found.aspect) == (intent, product, aspect)
    assert [(each.sequence, each.quote) for each in found.evidence] == [(1, text)]


def test_what_is_written_after_an_intent_is_about_it_until_the_next() -> None:
    found = of(
        "internet lenta", "desde ontem", "um absurdo, vou cancelar", "e a fatura?", "obrigado",
        connection=1, invoice_copy=7,
    ).interests  # fmt: skip
    slow, bill = found
    assert (slow.mood, bill.mood) == (Mood.NEGATIVE, Mood.POSITIVE)
    assert slow.churn_risk > 0.7
    assert bill.churn_risk == 0
    assert [each.sequence for each in slow.evidence] == [1, 5]


def test_what_the_bot_and_attendants_say_is_nobodys_mood() -> None:
    (found,) = of("estou sem internet", connection=1).interests
    assert found.mood == Mood.NEUTRAL


def test_a_cancellation_is_a_risk_by_itself_and_more_with_anger() -> None:
    (calm,) = of("quero encerrar", cancellation=1).interests
    (angry,) = of("quero encerrar, péssimo serviço, vou pro concorrente", cancellation=1).interests
    assert 0.8 <= calm.churn_risk < angry.churn_risk <= 1


def test_the_same_interest_twice_is_one_with_little_evidence() -> None:
    found = of(*["internet lenta"] * 5, connection=1).interests
    again = revealed(
        lines(*["internet lenta"] * 5), [noticed(Intent.CONNECTION, number) for number in (1, 3, 9)]
    ).interests
    assert len(found) == len(again) == 1
    assert len(again[0].evidence) == MAX_EVIDENCE


def test_what_is_out_of_scope_is_no_interest() -> None:
    assert of("qual a capital da frança", out_of_scope=1).interests == ()
    assert of("oi").interests == ()


def test_messages_are_counted_and_the_first_answer_is_timed() -> None:
    found = of("oi", "internet lenta", connection=3)
    assert (found.messages, found.first_answer) == (2, timedelta(seconds=2))
    assert revealed([], []) == Revealed(interests=(), messages=0, first_answer=None)
    assert revealed(lines("oi")[:1], []).first_answer is None


def test_the_end_tells_it_whoever_ends_the_conversation() -> None:
    world = World(customer())
    left, idle = world.begin(), world.begin()
    for chat in (left, idle):
        world.say(chat, "oi")
        world.say(chat, "minha internet está muito lenta")
    world.talking.end(world.head(left), world.at)
    world.tending.end_idle(world.later(minutes=31), lambda: True)
    first, second = world.bus.of(ChatEnded)
    assert first.interests == second.interests
    assert [(each.intent, each.aspect) for each in first.interests] == [("connection", Aspect.SLOW)]
    assert (first.messages, first.first_answer) == (2, timedelta(0))
    assert first.customer_id is None


def test_a_wish_for_a_person_is_an_interest_in_the_service() -> None:
    world = World()
    chat = world.begin()
    world.say(chat, INVOICE)
    world.say(chat, PERSON)
    world.talking.end(world.head(chat), world.at)
    (ended,) = world.bus.of(ChatEnded)
    assert [each.product for each in ended.interests] == ["invoice", "service"]
