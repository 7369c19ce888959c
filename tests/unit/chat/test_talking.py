"""What customers can do, over the real store on a table in memory."""

import threading
from datetime import timedelta

import pytest

from chat.domain.arrivals import MAX_AHEAD, Message
from chat.domain.conversation import Offer
from chat.domain.handover import Owner
from recado.conversation import (
    CallBackChosen,
    ChatEnded,
    ChatMessage,
    HandoffRequested,
    HandoffWithdrawn,
    Speaker,
)
from recado.errors import Conflict, NotFound, Rejected, Retryable
from recado.model import Language
from tests.factories import AT, customer
from tests.unit.chat.desk import Desk
from tests.unit.chat.world import HELLO, INVOICE, PERSON, World


@pytest.fixture
def world() -> World:
    return World(customer())


@pytest.fixture
def chat(world: World) -> str:
    return world.begin()


def test_a_message_is_stored_and_answered(world: World, chat: str) -> None:
    receipt = world.say(chat, HELLO, "m1")
    assert (receipt.client_message_id, receipt.sequence) == ("m1", 1)
    assert [line.speaker for line in receipt.lines] == [Speaker.BOT]
    assert [line.sequence for line in world.lines(chat)] == [1, 2]


def test_a_repeat_changes_nothing_and_answers_the_same(world: World, chat: str) -> None:
    first = world.say(chat, HELLO, "m1")
    version = world.head(chat).version
    assert world.say(chat, HELLO, "m1") == first
    assert world.head(chat).version == version


def test_a_repeat_after_the_end_is_still_a_repeat(world: World, chat: str) -> None:
    first = world.say(chat, HELLO, "m1")
    world.talking.end(world.head(chat), AT)
    assert world.say(chat, HELLO, "m1") == first
    with pytest.raises(Conflict, match="is over"):
        world.say(chat, HELLO, "m2")


def test_an_id_belongs_to_one_text(world: World, chat: str) -> None:
    world.say(chat, HELLO, "m1")
    with pytest.raises(Conflict, match="m1 belongs to another text"):
        world.say(chat, INVOICE, "m1")


def test_a_message_that_overtook_another_waits_for_it(world: World, chat: str) -> None:
    early = world.say(chat, "third", "m3", 3)
    assert (early.sequence, early.lines) == (None, ())
    assert world.lines(chat) == []
    world.say(chat, "second", "m2", 2)
    world.say(chat, "first", "m1", 1)
    assert world.said(chat, Speaker.CUSTOMER) == ["first", "second", "third"]
    assert world.say(chat, "third", "m3", 3).sequence == 3
    assert world.head(chat).early == 0


def test_a_number_belongs_to_one_message(world: World, chat: str) -> None:
    world.say(chat, "first", "m1", 1)
    world.say(chat, "third", "m3", 3)
    for number in (1, 3):
        with pytest.raises(Conflict, match=f"number {number} belongs to another message"):
            world.say(chat, "other", "other", number)


def test_a_number_far_ahead_is_refused(world: World, chat: str) -> None:
    world.say(chat, "early", "m", 1 + MAX_AHEAD)
    with pytest.raises(Rejected, match="message 1 is missing") as refusal:
        world.say(chat, "too early", "n", 2 + MAX_AHEAD)
    assert refusal.value.field == "number"


def test_a_message_without_a_number_is_the_next_one(world: World, chat: str) -> None:
    world.say(chat, "second", "m2", 2)
    world.say(chat, "first", "m1")
    assert world.said(chat, Speaker.CUSTOMER) == ["first", "second"]
    assert world.head(chat).next_number == 3


def test_the_whole_window_of_early_messages_joins_at_once(world: World, chat: str) -> None:
    numbers = range(2, 2 + MAX_AHEAD)
    for number in reversed(numbers):
        world.say(chat, f"{number}", f"m{number}", number)
    world.say(chat, PERSON, "m1", 1)
    assert world.said(chat, Speaker.CUSTOMER) == [PERSON, *map(str, numbers)]


def test_only_its_key_opens_a_conversation(world: World) -> None:
    begun = world.talking.begin(Language.ENGLISH, AT)
    other = world.talking.begin(Language.ENGLISH, AT)
    assert world.talking.admit(begun.id, begun.key).id == begun.id
    sentences = set()
    for conversation, key in ((begun.id, other.key), (begun.id, ""), ("cnv_none", begun.key)):
        with pytest.raises(NotFound) as refusal:
            world.talking.admit(conversation, key)
        sentences.add(str(refusal.value))
    assert len(sentences) == 1


def test_the_key_is_not_stored(world: World) -> None:
    begun = world.talking.begin(Language.ENGLISH, AT)
    assert begun.key not in repr(world.table.items)


def test_twenty_who_write_at_once_are_all_stored_once(world: World, chat: str) -> None:
    """rasa #7921: a conversation's lock gave up at three requests a second."""
    gate, refused = threading.Barrier(20), []

    def write(number: int) -> None:
        gate.wait()
        try:
            world.say(chat, f"mensagem {number}", f"m{number}")
        except Retryable as error:
            refused.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert refused == []
    assert world.table.refused > 0
    assert sorted(world.said(chat, Speaker.CUSTOMER)) == sorted(
        f"mensagem {number}" for number in range(20)
    )
    sequences = [line.sequence for line in world.lines(chat)]
    assert sequences == list(range(1, len(sequences) + 1))
    assert not world.head(chat).unanswered


def test_an_acknowledged_message_is_stored_whatever_happens_to_its_answer(
    world: World, chat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """chatwoot #15131: the webhook was answered with 200 and nothing was stored."""

    def crash(*_: object) -> None:
        raise Retryable("the bot is out of order")

    with monkeypatch.context() as broken:
        broken.setattr(type(world.answering), "answer", crash)
        receipt = world.say(chat, HELLO, "m1")
    assert receipt.sequence == 1
    assert world.said(chat, Speaker.CUSTOMER) == [HELLO]
    assert world.table.of("UNANSWERED") == [chat]


def test_a_message_that_cannot_be_stored_is_not_acknowledged(world: World, chat: str) -> None:
    """The other half of chatwoot #15131."""
    head = world.head(chat)
    world.table.on_write = lambda: world.table.items.pop((f"CNV#{chat}", "HEAD"), None)
    with pytest.raises(NotFound):
        world.talking.say(head, Message(client_message_id="m1", text=HELLO), AT)
    assert world.lines(chat) == []


@pytest.mark.parametrize("healer", ["repeat", "next message", "schedule"])
def test_a_crash_between_storing_and_answering_is_healed(
    world: World, chat: str, healer: str
) -> None:
    world.store_only(chat, HELLO, "m1")
    assert world.said(chat, Speaker.BOT) == []
    match healer:
        case "repeat":
            world.say(chat, HELLO, "m1")
        case "next message":
            world.say(chat, INVOICE, "m2")
        case "schedule":
            world.later(seconds=16)
            assert world.tending.heal(world.at, lambda: True) == (1, 0)
    assert world.said(chat, Speaker.BOT)[0].startswith("Olá!")
    assert len(world.said(chat, Speaker.BOT)) == len(world.said(chat, Speaker.CUSTOMER))
    assert world.table.of("UNANSWERED") == []


def test_who_waits_for_a_person_writes_to_the_desk(world: World, chat: str) -> None:
    world.say(chat, PERSON)
    receipt = world.say(chat, "alô?")
    assert receipt.lines == ()
    (requested,) = world.bus.of(HandoffRequested)
    (told,) = world.bus.of(ChatMessage)
    assert (requested.number, told.number) == (1, 2)
    assert (told.line.text, told.line.sequence) == ("alô?", receipt.sequence)
    assert told.line not in requested.packet.transcript


def test_a_call_back_is_chosen_where_it_is_offered(world: World, chat: str) -> None:
    world.say(chat, PERSON)
    desk = Desk(chat)
    with pytest.raises(Conflict, match="not offered"):
        world.talking.call_back(world.head(chat), "+55 81 99999-0000", AT)
    world.hear(desk.queued("call_back"))
    assert world.head(chat).handed.offers == (Offer.CALL_BACK,)
    for _ in range(2):
        world.talking.call_back(world.head(chat), "+55 81 99999-0000", AT)
    (chosen,) = world.bus.of(CallBackChosen)
    assert (chosen.number, chosen.phone) == (2, "+55 81 99999-0000")


def test_who_waits_for_a_call_may_leave_the_chat(world: World, chat: str) -> None:
    world.say(chat, PERSON)
    world.hear(Desk(chat).queued("call_back"))
    world.talking.call_back(world.head(chat), "81999990000", AT)
    world.talking.end(world.head(chat), AT)
    assert world.bus.of(HandoffWithdrawn) == []


def test_who_goes_back_to_the_bot_is_taken_from_the_queue(world: World, chat: str) -> None:
    world.say(chat, PERSON)
    world.hear(Desk(chat).queued("deflect"))
    for _ in range(2):
        head = world.talking.back_to_bot(world.head(chat), AT)
    assert head.control.owner is Owner.BOT
    (withdrawn,) = world.bus.of(HandoffWithdrawn)
    assert (withdrawn.why, withdrawn.number) == ("bot", 2)
    assert world.say(chat, HELLO).lines[0].speaker is Speaker.BOT
    world.say(chat, PERSON)
    assert [event.handover for event in world.bus.of(HandoffRequested)] == [1, 2]


def test_nobody_takes_the_conversation_from_an_attendant_by_choosing(
    world: World, chat: str
) -> None:
    world.say(chat, PERSON)
    world.hear(Desk(chat).assigned())
    with pytest.raises(Conflict, match="the conversation is human"):
        world.talking.back_to_bot(world.head(chat), AT)


def test_who_leaves_ends_the_conversation_once(world: World, chat: str) -> None:
    world.say(chat, INVOICE)
    world.say(chat, PERSON)
    world.later(minutes=1)
    for _ in range(2):
        world.talking.end(world.head(chat), world.at)
    (ended,) = world.bus.of(ChatEnded)
    assert ended.intents == ("invoice_copy", "human")
    assert ended.ended_at - ended.started_at == timedelta(minutes=1)
    (withdrawn,) = world.bus.of(HandoffWithdrawn)
    assert withdrawn.why == "left"
    with pytest.raises(Conflict, match="is over"):
        world.talking.back_to_bot(world.head(chat), AT)


def test_facts_that_the_bus_refused_are_left_to_the_sweep(world: World, chat: str) -> None:
    world.bus.down = True
    world.say(chat, PERSON)
    assert world.bus.events == []
    world.bus.down = False
    assert world.tending.sweep(world.later(seconds=20)) == 1
    assert len(world.bus.of(HandoffRequested)) == 1
    assert world.table.of("OUTGOING") == []


def test_watchers_learn_of_every_line_once(world: World, chat: str) -> None:
    world.say(chat, HELLO, "m1")
    world.say(chat, HELLO, "m1")
    world.say(chat, PERSON)
    world.hear(Desk(chat).assigned())
    assert world.watching.lines == world.lines(chat)


def test_watchers_learn_who_has_the_conversation_even_where_no_line_is_added(
    world: World, chat: str
) -> None:
    world.say(chat, PERSON)
    lines = world.lines(chat)
    world.hear(Desk(chat).assigned())
    assert world.lines(chat) == lines
    assert world.watching.owners[-1] == "human"


def test_lines_are_read_after_a_sequence(world: World, chat: str) -> None:
    for text in (HELLO, INVOICE, PERSON):
        world.say(chat, text)
    found = world.talking.lines_after(world.head(chat), 2, 3)
    assert [line.sequence for line in found] == [3, 4, 5]
