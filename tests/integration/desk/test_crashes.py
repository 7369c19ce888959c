"""The process may end between any two calls: nothing is lost and nothing is done twice."""

import contextlib
from collections.abc import Callable

import pytest

from desk.domain.dockets import Turn
from recado.conversation import TicketAssigned
from tests.integration.desk.conftest import (
    NINE,
    World,
    person,
    requested,
    token_of,
    withdrawn,
    wrote,
)

ANA = token_of("ana")


class Killed(BaseException):
    """The process is gone; no code of ours may catch it."""


class Killer:
    """Ends the process before its n-th call that changes something; nothing of it runs after."""

    WRITES = ("put_item", "update_item", "delete_item", "transact_write_items")

    def __init__(self, world: World, nth: int) -> None:
        self.world, self.left, self.fired = world, nth, False

    def __enter__(self) -> "Killer":
        self.world.dynamodb.before = self._count
        self.world.bus.before = self._live
        return self

    def __exit__(self, *_: object) -> None:
        self.world.dynamodb.before = lambda _: None
        self.world.bus.before = lambda: None

    def _live(self) -> None:
        if self.fired:
            raise Killed

    def _count(self, operation: str) -> None:
        if operation in self.WRITES:
            if self.left == 0:
                self.fired = True
                raise Killed
            self.left -= 1


Action = Callable[[World], None]


def _prepare(world: World) -> None:
    """Ana has two tickets, two more wait, Bia is there for sales."""
    world.open(person("ana", capacity=2), person("bia", "sales"), person("eva", "technical"))
    world.sign_in("ana", "bia")
    for number in range(4):
        world.request(f"cnv_{number}")
        world.later(1)


ACTIONS: dict[str, Action] = {
    "request": lambda world: world.hearing.hear(requested("cnv_9", NINE)),
    "message": lambda world: world.hearing.hear(wrote("cnv_0", 2, "alô?")),
    "left": lambda world: world.hearing.hear(withdrawn("cnv_0", 2)),
    "reply": lambda world: world.desk.reply(ANA, "tkt_0-1", 1, "m-1", "Bom dia!"),
    "close": lambda world: world.desk.close(ANA, "tkt_0-1", 1, "solved"),
    "sign in": lambda world: world.sign_in("eva"),
    "sign out": lambda world: world.desk.sign_out(ANA),
    "sweep": lambda world: world.office.sweep(),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_whatever_is_cut_off_and_done_again_ends_as_if_it_had_not_been(
    world: World, name: str
) -> None:
    """The n-th write fails for every n; then the same again, and a sweep."""
    _prepare(world)
    action = ACTIONS[name]
    nth = 0
    while True:
        with Killer(world, nth) as killer, contextlib.suppress(Killed):
            action(world)
        if not killer.fired:
            break
        world.check(settled=False)
        nth += 1
    world.later(20)
    world.office.sweep()
    world.check()
    _nothing_lost_or_doubled(world)


@pytest.mark.parametrize("name", [each for each in ACTIONS if each != "sweep"])
@pytest.mark.parametrize("nth", range(4))
def test_whatever_is_cut_off_once_is_put_right_by_the_sweep(
    world: World, name: str, nth: int
) -> None:
    _prepare(world)
    with Killer(world, nth), contextlib.suppress(Killed):
        ACTIONS[name](world)
    world.later(20)
    world.desk.heartbeat(token_of("bia"))
    world.office.sweep()
    world.check()
    _nothing_lost_or_doubled(world)


def _nothing_lost_or_doubled(world: World) -> None:
    floor = world.floor()
    for number in (*range(4), 9):
        name, ticket = f"cnv_{number}", f"tkt_{number}-1"
        if world.papers.papers(ticket).heard == 0:
            assert number == 9, "only the request that was cut off may be unknown"
            continue
        assert (ticket in floor.dockets) != (world.papers.ended(ticket) is not None)
        numbers = sorted({fact.number for fact in world.bus.facts if fact.ticket_id == ticket})
        assert numbers == list(range(1, len(numbers) + 1)), "no fact was swallowed"
        assert len(set(map(repr, world.bus.of(name)))) == len(numbers)
        turns = world.turns(ticket)
        told = [each for each in world.bus.of(name) if isinstance(each, TicketAssigned)]
        assert [each.token for each in told] == [each.token for each in turns]
        _one_at_a_time(turns)
        texts = [each.text for each in world.papers.entries(ticket, 0)]
        assert len(set(texts)) == len(texts)


def _one_at_a_time(turns: list[Turn]) -> None:
    for earlier in turns[:-1]:
        assert earlier.released_at is not None


def test_facts_the_bus_does_not_take_are_told_by_the_sweep(world: World) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    world.bus.broken = True
    ticket = world.request("cnv_1")
    world.desk.reply(ANA, ticket, 1, "m-1", "Bom dia!")
    assert world.bus.facts == []
    world.bus.broken = False
    world.later(20)
    world.office.sweep()
    assert world.bus.names("cnv_1") == ["TicketQueued", "TicketAssigned", "AttendantReplied"]
