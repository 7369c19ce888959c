"""A conversation from the bot to an attendant and back, through bus and queues."""

import random

from recado.conversation import Line
from tests.integration.chat.conftest import Chat, World
from tests.unit.chat.desk import Desk
from tests.unit.chat.world import HELLO, INVOICE, PERSON


def test_a_whole_handover(world: World, chat: Chat) -> None:
    chat.say(INVOICE, "m1", 1)
    chat.say(PERSON, "m2", 2)
    desk = Desk(chat.id)
    world.desk_tells(desk.queued("call_back", ahead=3, minutes=4))
    state = chat.read()["state"]
    assert (state["owner"], state["offers"]) == ("queued", ["call_back"])
    world.desk_tells(desk.assigned("Rui"))
    chat.say("é sobre a fatura de outubro", "m3", 3)
    world.desk_tells(desk.replied("já vejo"), desk.closed())
    assert chat.lines("attendant") == ["já vejo"]
    assert chat.read()["state"]["owner"] == "returned"
    assert chat.say(HELLO, "m4", 4)["lines"][0]["speaker"] == "bot"
    (first, packet), (second, message) = world.told_to_the_desk()
    assert (first, second) == ("HandoffRequested", "ChatMessage")
    assert packet["packet"]["intent"] == "invoice_copy"
    assert Line.model_validate(message["line"]).text == "é sobre a fatura de outubro"


def test_repeated_and_reordered_facts_are_heard_once_and_in_order(world: World, chat: Chat) -> None:
    chat.say(PERSON, "m1")
    desk = Desk(chat.id)
    facts = [desk.queued(), desk.assigned()]
    facts += [desk.replied(f"resposta {number}") for number in range(60)]
    facts.append(desk.closed())
    chance = random.Random(5)
    late = [at + (chance.randint(1, 8) if chance.random() < 0.05 else 0) for at in range(63)]
    order = sorted(range(63), key=lambda at: (late[at], at))
    sent = [facts[at] for at in order for _ in range(2 if chance.random() < 0.05 else 1)]
    assert sent != facts
    world.desk_tells(*sent)
    assert chat.lines("attendant") == [f"resposta {number}" for number in range(60)]
    assert chat.read()["state"]["owner"] == "returned"
    assert world.pump.given_back == 0


def test_facts_about_what_chat_does_not_know_are_put_aside_with_a_reason(
    world: World, chat: Chat
) -> None:
    world.desk_tells(Desk("cnv_gone").assigned(), Desk(chat.id, handover=7).assigned())
    reasons = world.dead_letters("ChatQueueDeadUrl")
    assert any("there is no conversation cnv_gone" in reason for reason in reasons)
    assert any("never asked for" in reason for reason in reasons)
