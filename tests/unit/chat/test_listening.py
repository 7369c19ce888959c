"""What the desk's facts do to a conversation."""

import pytest

from chat.domain.handover import Owner
from recado.conversation import ChatMessage, HandoffRequested, Line, Speaker
from recado.errors import NotFound, Rejected
from recado.model import Language
from tests.factories import customer
from tests.unit.chat.desk import Desk
from tests.unit.chat.world import HELLO, INVOICE, PERSON, World


@pytest.fixture
def world() -> World:
    return World(customer())


@pytest.fixture
def chat(world: World) -> str:
    """A conversation that waits for a person."""
    begun = world.begin()
    world.say(begun, PERSON)
    return begun


@pytest.fixture
def desk(chat: str) -> Desk:
    return Desk(chat)


def test_the_wait_is_told_once_a_handover(world: World, chat: str, desk: Desk) -> None:
    world.hear(desk.queued(ahead=2, minutes=5))
    world.hear(desk.queued(ahead=1, minutes=3))
    waits = [text for text in world.said(chat, Speaker.BOT) if "frente" in text]
    assert waits == ["Pessoas na sua frente: 2. Espera estimada: 5 min."]


def test_where_nobody_is_at_work_no_time_is_promised(world: World, chat: str, desk: Desk) -> None:
    world.hear(desk.queued(ahead=0, minutes=None))
    assert world.said(chat, Speaker.BOT)[-1] == (
        "Você é o próximo da fila. Ainda não há atendentes disponíveis; guardamos o seu lugar."
    )


def test_the_wait_is_told_in_the_conversations_language(world: World) -> None:
    chat = world.begin(Language.ENGLISH)
    world.say(chat, "I want to talk to a person")
    world.hear(Desk(chat).queued("deflect", ahead=1, minutes=7))
    assert world.said(chat, Speaker.BOT)[-1] == (
        "People ahead of you: 1. Estimated wait: 7 min. If you prefer, we call you and you keep "
        "your place. Or go on with me, without waiting."
    )


def test_a_refusal_is_said_and_the_bot_goes_on(world: World, chat: str, desk: Desk) -> None:
    world.hear(desk.refused())
    assert "não há lugar" in world.said(chat, Speaker.BOT)[-1]
    assert world.head(chat).control.owner is Owner.BOT
    world.say(chat, PERSON)
    assert [event.handover for event in world.bus.of(HandoffRequested)] == [1, 2]


def test_what_was_written_to_a_desk_that_refused_is_answered_by_the_bot(
    world: World, chat: str, desk: Desk
) -> None:
    world.say(chat, INVOICE)
    assert len(world.bus.of(ChatMessage)) == 1
    world.hear(desk.refused())
    assert "CPF/CNPJ" in world.said(chat, Speaker.BOT)[-1]
    assert world.table.of("UNANSWERED") == []


def test_what_the_desk_had_not_read_when_it_closed_is_answered_by_the_bot(
    world: World, chat: str, desk: Desk
) -> None:
    world.hear(desk.assigned())
    world.say(chat, "obrigado")
    world.say(chat, INVOICE)
    before = world.said(chat, Speaker.BOT)
    world.hear(desk.closed(heard=2))
    assert len(world.said(chat, Speaker.BOT)) == len(before) + 1
    assert "CPF/CNPJ" in world.said(chat, Speaker.BOT)[-1]


def test_what_the_desk_read_is_not_answered_again(world: World, chat: str, desk: Desk) -> None:
    world.hear(desk.assigned())
    world.say(chat, INVOICE)
    before = world.lines(chat)
    world.hear(desk.closed(heard=2))
    assert world.lines(chat) == before
    assert world.head(chat).control.owner is Owner.RETURNED


def test_the_bot_is_silent_while_an_attendant_has_the_conversation(
    world: World, chat: str, desk: Desk
) -> None:
    """chatwoot PR #13673: the bot talked over the human."""
    world.hear(desk.assigned())
    before = world.said(chat, Speaker.BOT)
    for text in (HELLO, INVOICE, PERSON):
        world.say(chat, text)
    world.hear(desk.replied("sou o Rui"))
    world.hear(desk.queued("deflect"))
    assert world.said(chat, Speaker.BOT) == before
    assert [event.line.text for event in world.bus.of(ChatMessage)] == [HELLO, INVOICE, PERSON]


def test_an_answer_under_way_is_dropped_when_an_attendant_is_assigned(world: World) -> None:
    """chatwoot PR #13673, at the moment of the race: between deciding and writing."""
    chat = world.begin()
    world.store_only(chat, HELLO)

    def overtake() -> None:
        world.table.on_write = lambda: None
        world.say(chat, PERSON)
        world.hear(Desk(chat).assigned())

    world.table.on_write = overtake
    world.answering.answer(world.head(chat), world.at)
    assert world.head(chat).control.owner is Owner.HUMAN
    assert [text.partition("!")[0] for text in world.said(chat, Speaker.BOT)] == [
        "Olá",
        "Vou passar você para uma pessoa da equipe. Ela verá a nossa conversa.",
    ]
    assert world.table.refused == 1


def test_an_attendants_line_is_shown_as_it_was_written(world: World, chat: str, desk: Desk) -> None:
    world.hear(desk.assigned())
    world.hear(desk.replied("oi, sou o Rui"))
    line: Line = world.lines(chat)[-1]
    assert (line.speaker, line.text) == (Speaker.ATTENDANT, "oi, sou o Rui")


def test_a_repeat_is_passed_over(world: World, chat: str, desk: Desk) -> None:
    assigned, replied = desk.assigned(), desk.replied("oi")
    for fact in (assigned, replied, replied, assigned):
        world.hear(fact)
    assert world.said(chat, Speaker.ATTENDANT) == ["oi"]


def test_an_early_fact_waits_for_its_turn(world: World, chat: str, desk: Desk) -> None:
    assigned, replied = desk.assigned(), desk.replied("oi")
    for _ in range(2):
        world.hear(replied)
    assert world.said(chat, Speaker.ATTENDANT) == []
    assert world.head(chat).handed.parked == 1
    world.hear(assigned)
    assert world.said(chat, Speaker.ATTENDANT) == ["oi"]
    assert world.head(chat).handed.parked == 0


def test_a_hundred_early_facts_are_heard_in_order(world: World, chat: str, desk: Desk) -> None:
    facts = [desk.assigned(), *(desk.replied(str(number)) for number in range(100))]
    for fact in reversed(facts):
        world.hear(fact)
    assert world.said(chat, Speaker.ATTENDANT) == [str(number) for number in range(100)]


def test_a_late_fact_of_an_earlier_handover_is_passed_over(
    world: World, chat: str, desk: Desk
) -> None:
    late = desk.assigned()
    world.talking.back_to_bot(world.head(chat), world.at)
    world.say(chat, PERSON)
    world.hear(late)
    assert world.head(chat).control.owner is Owner.QUEUED


def test_an_assignment_that_crosses_a_withdrawal_changes_nothing(
    world: World, chat: str, desk: Desk
) -> None:
    world.talking.back_to_bot(world.head(chat), world.at)
    world.hear(desk.assigned())
    assert world.head(chat).control.owner is Owner.BOT
    world.hear(desk.replied("oi, sou o Rui"))
    assert world.said(chat, Speaker.ATTENDANT) == ["oi, sou o Rui"]


def test_nothing_is_written_into_a_conversation_that_is_over(
    world: World, chat: str, desk: Desk
) -> None:
    world.hear(desk.assigned())
    world.talking.end(world.head(chat), world.at)
    before = world.lines(chat)
    for fact in (desk.replied("ainda aí?"), desk.closed()):
        world.hear(fact)
    assert world.lines(chat) == before


def test_a_handover_that_was_never_asked_for_is_put_aside(world: World, chat: str) -> None:
    with pytest.raises(Rejected, match="never asked for"):
        world.hear(Desk(chat, handover=2).assigned())


def test_a_conversation_that_is_gone_is_put_aside(world: World) -> None:
    with pytest.raises(NotFound):
        world.hear(Desk("cnv_none").assigned())


def test_a_requeued_conversation_waits_without_a_second_notice(
    world: World, chat: str, desk: Desk
) -> None:
    world.hear(desk.queued())
    world.hear(desk.assigned())
    before = world.said(chat, Speaker.BOT)
    world.hear(desk.requeued())
    world.hear(desk.queued())
    assert world.head(chat).control.owner is Owner.QUEUED
    assert world.said(chat, Speaker.BOT) == before
