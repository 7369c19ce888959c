"""Whatever is repeated and reordered on the way: nothing is lost, doubled or out of order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from chat.domain.arrivals import MAX_AHEAD
from chat.domain.handover import Owner
from recado.conversation import ChatMessage, HandoffRequested, HandoverEvent, Speaker
from tests.factories import customer
from tests.unit.chat.desk import Desk
from tests.unit.chat.world import HELLO, PERSON, World

T = TypeVar("T")
REPEATED = REORDERED = 0.05


@dataclass(frozen=True)
class Trouble:
    """How deliveries go wrong: a chance and a place for each."""

    draws: Sequence[tuple[float, float, int]]

    def deliver(self, sent: Sequence[T]) -> list[T]:
        """5 % twice, 5 % up to ten places later than sent; each at least once."""
        places: list[tuple[float, int, T]] = []
        for at, (thing, (twice, late, by)) in enumerate(zip(sent, self.draws, strict=True)):
            places.append((at + (by + 0.5 if late < REORDERED else 0), at, thing))
            if twice < REPEATED:
                places.append((at + by + 0.6, at, thing))
        return [thing for *_, thing in sorted(places, key=lambda place: place[:2])]


def troubles(many: int) -> st.SearchStrategy[Trouble]:
    chance = st.floats(0, 1, exclude_max=True)
    draw = st.tuples(chance, chance, st.integers(1, 10))
    return st.lists(draw, min_size=many, max_size=many).map(Trouble)


@settings(max_examples=40)
@given(troubles(40), st.integers(0, 40))
def test_the_customers_messages_arrive_once_and_in_order(trouble: Trouble, person: int) -> None:
    world = World()
    chat = world.begin()
    texts = [PERSON if number == person else f"mensagem {number}" for number in range(1, 41)]
    for number, text in trouble.deliver(list(enumerate(texts, start=1))):
        world.say(chat, text, f"m{number}", number)
    assert world.said(chat, Speaker.CUSTOMER) == texts
    assert not world.head(chat).unanswered
    assert world.table.of("UNANSWERED") == []
    told = [event.line.text for event in world.bus.of(ChatMessage)]
    requests = world.bus.of(HandoffRequested)
    read = [line.text for event in requests for line in event.packet.transcript]
    assert [text for text in read if text in texts] + told == texts


@settings(max_examples=60)
@given(st.permutations(range(1, MAX_AHEAD + 2)))
def test_any_order_within_the_window_is_put_right(order: list[int]) -> None:
    world = World()
    chat = world.begin()
    for number in order:
        world.say(chat, f"mensagem {number}", f"m{number}", number)
    assert world.said(chat, Speaker.CUSTOMER) == [
        f"mensagem {number}" for number in range(1, MAX_AHEAD + 2)
    ]


def day_at_the_desk(chat: str) -> list[HandoverEvent]:
    desk = Desk(chat)
    facts: list[HandoverEvent] = [desk.queued(), desk.assigned("Rui", 1)]
    facts += [desk.replied(f"resposta {number}") for number in range(15)]
    facts += [desk.requeued(1), desk.queued(), desk.assigned("Bia", 2)]
    facts += [desk.replied(f"resposta {number}", 2) for number in range(15, 36)]
    return [*facts, desk.closed()]


@settings(max_examples=40)
@given(troubles(42))
def test_the_desks_facts_are_heard_once_and_in_order(trouble: Trouble) -> None:
    world = World(customer())
    chat = world.begin()
    world.say(chat, PERSON)
    for fact in trouble.deliver(day_at_the_desk(chat)):
        world.hear(fact)
    check_the_day(world, chat)


@settings(max_examples=30)
@given(st.permutations(range(42)))
def test_the_desks_facts_may_come_in_any_order_at_all(order: list[int]) -> None:
    world = World(customer())
    chat = world.begin()
    world.say(chat, PERSON)
    facts = day_at_the_desk(chat)
    for place in order:
        world.hear(facts[place])
    check_the_day(world, chat)


def check_the_day(world: World, chat: str) -> None:
    assert world.said(chat, Speaker.ATTENDANT) == [f"resposta {number}" for number in range(36)]
    head = world.head(chat)
    assert head.control.owner is Owner.RETURNED
    assert (head.handed.heard, head.handed.parked) == (42, 0)
    waits = [text for text in world.said(chat, Speaker.BOT) if "Espera estimada" in text]
    assert len(waits) == 1
    sequences = [line.sequence for line in world.lines(chat)]
    assert sequences == list(range(1, len(sequences) + 1))
    assert world.say(chat, HELLO).lines[0].speaker is Speaker.BOT


@settings(max_examples=40)
@given(st.data())
def test_both_sides_at_once_lose_nothing(data: st.DataObject) -> None:
    """Customer and desk talk past each other; each side's own order holds."""
    world = World(customer())
    chat = world.begin()
    world.say(chat, PERSON, "m1", 1)
    facts = data.draw(troubles(42)).deliver(day_at_the_desk(chat))
    texts = [f"mensagem {number}" for number in range(2, 22)]
    messages = data.draw(troubles(20)).deliver(list(enumerate(texts, start=2)))
    while facts or messages:
        if facts and (not messages or data.draw(st.booleans())):
            world.hear(facts.pop(0))
        else:
            number, text = messages.pop(0)
            world.say(chat, text, f"m{number}", number)
    assert world.said(chat, Speaker.CUSTOMER) == [PERSON, *texts]
    assert world.said(chat, Speaker.ATTENDANT) == [f"resposta {number}" for number in range(36)]
    told = [event for event in world.bus.of(ChatMessage) if event.handover == 1]
    assert [event.number for event in told] == list(range(2, 2 + len(told)))
