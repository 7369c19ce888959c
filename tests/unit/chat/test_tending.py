"""What the schedule does: heal, sweep, end what is idle."""

import pytest

from chat.domain.handover import Owner
from recado.conversation import ChatEnded, HandoffRequested, Speaker
from tests.factories import customer
from tests.unit.chat.desk import Desk
from tests.unit.chat.world import HELLO, INVOICE, PERSON, World


@pytest.fixture
def world() -> World:
    return World(customer())


def always() -> bool:
    return True


def test_only_what_has_waited_is_healed(world: World) -> None:
    chat = world.begin()
    world.store_only(chat, HELLO)
    assert world.tending.heal(world.later(seconds=10), always) == (0, 0)
    assert world.tending.heal(world.later(seconds=10), always) == (1, 0)
    assert world.tending.heal(world.later(seconds=10), always) == (0, 0)
    assert len(world.said(chat, Speaker.BOT)) == 1


def test_a_conversation_that_makes_trouble_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = sorted(world.begin() for _ in range(3))
    for chat in chats:
        world.store_only(chat, HELLO if chat != chats[0] else INVOICE)
    read = world.store.lines

    def broken(chat: str, **request: int) -> object:
        if chat == chats[0]:
            raise ValueError("this one breaks")
        return read(chat, **request)

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "lines", broken)
        assert world.tending.heal(world.later(minutes=1), always) == (2, 1)
    assert world.table.of("UNANSWERED") == [chats[0]]


def test_a_forgotten_conversation_leaves_the_lists(world: World) -> None:
    chat = world.begin()
    world.store_only(chat, HELLO)
    del world.table.items[f"CNV#{chat}", "HEAD"]
    world.later(hours=1)
    assert world.tending.heal(world.at, always) == (1, 0)
    assert world.tending.end_idle(world.at, always) == (1, 0)
    assert world.table.of("UNANSWERED") == world.table.of("IDLE") == []


def test_an_idle_conversation_ends_once(world: World) -> None:
    chat = world.begin()
    world.say(chat, INVOICE)
    assert world.tending.end_idle(world.later(minutes=29), always) == (0, 0)
    world.tending.end_idle(world.later(minutes=2), always)
    world.tending.end_idle(world.later(minutes=2), always)
    (ended,) = world.bus.of(ChatEnded)
    assert (ended.conversation_id, ended.intents) == (chat, ("invoice_copy",))
    assert world.head(chat).over
    assert world.table.of("IDLE") == []


def test_who_wrote_meanwhile_is_not_idle(world: World) -> None:
    chat = world.begin()
    world.later(minutes=20)
    world.say(chat, HELLO)
    world.tending.end_idle(world.later(minutes=15), always)
    assert not world.head(chat).over
    world.tending.end_idle(world.later(minutes=16), always)
    assert world.head(chat).over


def test_who_writes_at_that_very_moment_is_not_idle(world: World) -> None:
    chat = world.begin()
    world.later(minutes=31)

    def overtake() -> None:
        world.table.on_write = lambda: None
        world.say(chat, HELLO)

    world.table.on_write = overtake
    world.tending.end_idle(world.at, always)
    assert not world.head(chat).over
    assert len(world.table.of("IDLE")) == 1


@pytest.mark.parametrize("assigned", [False, True])
def test_who_waits_for_or_talks_to_a_person_is_not_idle(world: World, *, assigned: bool) -> None:
    chat = world.begin()
    world.say(chat, PERSON)
    desk = Desk(chat)
    if assigned:
        world.hear(desk.assigned())
    world.tending.end_idle(world.later(hours=2), always)
    assert world.head(chat).control.owner is (Owner.HUMAN if assigned else Owner.QUEUED)
    assert not world.head(chat).over
    world.hear(desk.closed())
    world.tending.end_idle(world.later(minutes=31), always)
    assert world.head(chat).over
    assert len(world.bus.of(HandoffRequested)) == len(world.bus.of(ChatEnded)) == 1


def test_what_was_ended_by_the_customer_only_leaves_the_list(world: World) -> None:
    chat = world.begin()
    world.talking.end(world.head(chat), world.at)
    world.tending.end_idle(world.later(minutes=31), always)
    assert len(world.bus.of(ChatEnded)) == 1
    assert world.table.of("IDLE") == []


def test_what_is_too_late_is_left_to_the_next_run(world: World) -> None:
    for _ in range(3):
        world.store_only(world.begin(), HELLO)
    asked = iter([True, False])
    assert world.tending.heal(world.later(minutes=1), lambda: next(asked)) == (1, 0)
    assert len(world.table.of("UNANSWERED")) == 2
