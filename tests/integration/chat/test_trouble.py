"""Crashes, repeats, reordering and races, through the real triggers."""

import random
import threading

import pytest

from chat import collaborators
from chat.answering import Answering
from chat.domain.arrivals import Message
from chat.domain.conversation import Head
from chat.domain.draft import Draft
from recado.errors import Retryable
from tests.integration.chat.conftest import Chat, World
from tests.unit.chat.desk import Desk
from tests.unit.chat.world import HELLO, INVOICE, PERSON


class Crash(BaseException):
    """The process ends."""


@pytest.mark.parametrize("healer", ["repeat", "next", "schedule"])
def test_a_crash_after_storing_and_before_answering_loses_nothing(
    world: World, chat: Chat, monkeypatch: pytest.MonkeyPatch, healer: str
) -> None:
    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as crashed:
        crashed.setattr(Answering, "answer", crash)
        with pytest.raises(Crash):
            chat.say(HELLO, "m1", 1)
    assert chat.lines("customer") == [HELLO]
    assert chat.lines("bot") == []
    match healer:
        case "repeat":
            chat.say(HELLO, "m1", 1)
        case "next":
            chat.say(HELLO, "m2", 2)
        case "schedule":
            assert world.minute(seconds=16)["healed"] == 1
    assert len(chat.lines("bot")) == len(chat.lines("customer"))
    assert world.minute(seconds=60)["healed"] == 0


def test_twenty_devices_writing_at_once_are_all_answered(
    world: World, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """rasa #7921: a conversation's lock gave up at three requests a second."""
    chat.read()
    gate, statuses = threading.Barrier(20), []

    def write(number: int) -> None:
        talking = collaborators.talking()
        gate.wait()
        head = talking.admit(chat.id, chat.key)
        message = Message(client_message_id=f"m{number}", text=f"mensagem {number}")
        statuses.append(talking.say(head, message, world.now[0]).sequence)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(set(statuses)) == 20
    assert sorted(chat.lines("customer")) == sorted(f"mensagem {n}" for n in range(20))
    sequences = [line["sequence"] for line in chat.read()["lines"]]
    assert sequences == list(range(1, len(sequences) + 1))
    assert world.minute(seconds=60)["healed"] == 0


def test_repeated_and_reordered_messages_are_put_right(world: World, chat: Chat) -> None:
    chance = random.Random(11)
    texts = [f"mensagem {number}" for number in range(1, 61)]
    late = [at + (chance.randint(1, 8) if chance.random() < 0.05 else 0) for at in range(60)]
    for at in sorted(range(60), key=lambda at: (late[at], at)):
        for _ in range(2 if chance.random() < 0.05 else 1):
            chat.say(texts[at], f"m{at}", at + 1)
    assert chat.lines("customer") == texts
    told = [
        detail["line"]["text"] for kind, detail in world.told_to_the_desk() if kind == "ChatMessage"
    ]
    assert told == texts[len(texts) - len(told) :]


def test_an_answer_prepared_before_an_assignment_is_never_said(
    world: World, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """chatwoot PR #13673: the bot talked over the human."""
    talking, telling = collaborators.talking(), collaborators.telling()
    write = telling.write
    raced: list[Draft] = []

    def say(text: str, name: str) -> None:
        message = Message(client_message_id=name, text=text)
        talking.say(talking.admit(chat.id, chat.key), message, world.now[0])

    def overtaken(draft: Draft) -> Head:
        if draft.head.answered and not raced:
            raced.append(draft)
            say(PERSON, "m2")
            world.desk_tells(Desk(chat.id).assigned())
        return write(draft)

    monkeypatch.setattr(telling, "write", overtaken)
    say(INVOICE, "m1")
    assert [line.speaker for line in raced[0].lines] == ["bot"]
    assert chat.read()["state"]["owner"] == "human"
    speakers = [line["speaker"] for line in chat.read()["lines"]]
    assert speakers == ["customer", "customer", "bot", "bot"]
    chat.say(HELLO, "m3")
    assert chat.read()["lines"][-1]["speaker"] == "customer"


def test_a_message_that_was_not_stored_is_not_acknowledged(
    world: World, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """chatwoot #15131: the webhook was answered with 200 and nothing was stored."""

    def down(*_: object) -> None:
        raise Retryable("DynamoDB is down")

    with monkeypatch.context() as broken:
        broken.setattr(type(collaborators.conversations()), "write", down)
        answer = chat("POST", "messages", {"client_message_id": "m1", "text": HELLO})
    assert answer.status == 503
    assert chat.read()["lines"] == []
    assert chat.say(HELLO, "m1")["sequence"] == 1


def test_idle_conversations_end_and_busy_ones_do_not(world: World, chat: Chat) -> None:
    waiting = world.begin()
    waiting.say(PERSON, "m1")
    world.minute(minutes=31)
    assert chat.read()["state"]["ended_at"] is not None
    assert waiting.read()["state"]["ended_at"] is None
