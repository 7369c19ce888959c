"""The assistant's answers in chat's conversations: whose word is taken, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain.arrivals import Message
from chat.domain.conversation import Waiting
from recado.conversation import Speaker
from recado.intent import Intent
from recado.model import Language
from recado.vouching import Subject, Vouched, genuine, vouched
from tests.factories import AT, customer
from tests.unit.chat.world import HELLO, INVOICE, PERSON, World

KEY = b"a-key-of-the-tests"
OWED = "You owe R$80.00."
SUBJECT = Subject(conversation_id="cnv_1", message_id="m1", text="how much do I owe")


@pytest.fixture
def world() -> World:
    return World(customer())


def said(world: World, chat: str, text: str, answer: str = "", number: int | None = None) -> None:
    """Say something with the assistant's answer."""
    message = Message(client_message_id=text, text=text, number=number, answer=answer)
    world.talking.say(world.head(chat), message, AT)


def test_the_assistants_answer_stands_instead_of_the_bots(world: World) -> None:
    chat = world.begin()
    said(world, chat, "how much do I owe", OWED)
    assert [(line.speaker, line.text) for line in world.lines(chat)] == [
        (Speaker.CUSTOMER, "how much do I owe"),
        (Speaker.BOT, OWED),
    ]
    assert not world.head(chat).unanswered
    assert world.head(chat).intents == ("invoice_copy",)


def test_the_bot_goes_on_after_the_assistants_answer(world: World) -> None:
    chat = world.begin()
    said(world, chat, "how much do I owe", OWED)
    said(world, chat, HELLO)
    assert len(world.said(chat, Speaker.BOT)) == 2


def test_a_repeat_with_another_answer_changes_nothing(world: World) -> None:
    chat = world.begin()
    for answer in (OWED, "You owe R$80.00, Ana."):
        said(world, chat, "how much do I owe", answer)
    assert world.said(chat, Speaker.BOT) == [OWED]


def test_a_person_who_has_the_conversation_is_not_talked_over(world: World) -> None:
    chat = world.begin()
    said(world, chat, PERSON)
    before = world.said(chat, Speaker.BOT)
    said(world, chat, "how much do I owe", OWED)
    assert world.said(chat, Speaker.BOT) == before


def test_a_question_of_the_bots_own_is_answered_to_the_bot(world: World) -> None:
    chat = world.begin()
    said(world, chat, INVOICE)
    said(world, chat, "ana@example.com", OWED)
    assert OWED not in world.said(chat, Speaker.BOT)
    assert len(world.said(chat, Speaker.BOT)) == 2


def test_an_answer_that_came_too_early_or_late_is_left_to_the_bot(world: World) -> None:
    chat = world.begin()
    said(world, chat, "second", OWED, number=2)
    said(world, chat, "first", OWED, number=1)
    assert OWED not in world.said(chat, Speaker.BOT)
    assert not world.head(chat).unanswered


def test_what_its_client_knows_a_message_to_be_about_needs_no_recognising(world: World) -> None:
    chat = world.begin(Language.ENGLISH)
    words = "tell me the sum that stands there"
    message = Message(client_message_id="m1", text=words, intent=Intent.INVOICE_COPY)
    world.talking.say(world.head(chat), message, AT)
    head = world.head(chat)
    assert head.intents == ("invoice_copy",)
    assert head.identity.waiting is Waiting.CLAIM
    assert head.standing.failures == 0
    said(world, chat, "hello again")  # what is known of one line says nothing of the next
    assert world.head(chat).intents == ("invoice_copy",)


def test_a_voucher_is_good_for_one_answer_to_one_message() -> None:
    answer = vouched(OWED, SUBJECT, KEY)
    assert genuine(answer, SUBJECT, KEY)
    assert not genuine(answer, SUBJECT, b"another key")
    assert not genuine(answer.model_copy(update={"text": "You owe nothing."}), SUBJECT, KEY)
    for field in ("conversation_id", "message_id", "text"):
        assert not genuine(answer, SUBJECT.model_copy(update={field: "other"}), KEY)


@given(st.text(min_size=1, max_size=50), st.text(min_size=1, max_size=50))
def test_no_other_text_has_the_same_voucher(one: str, other: str) -> None:
    forged = Vouched(text=other, voucher=vouched(one, SUBJECT, KEY).voucher)
    assert genuine(forged, SUBJECT, KEY) == (one == other)
