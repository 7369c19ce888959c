"""What changes between reading the desk and writing an assignment makes the store refuse it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from desk.domain.steps import Step
from desk.store.floor import Overtaken
from recado import table
from tests.integration.desk.conftest import (
    Watched,
    World,
    person,
    requested,
    token_of,
    withdrawn,
)

ANA, BIA = token_of("ana"), token_of("bia")
Meanwhile = Callable[[World], None]


def _ana_gets_another(other: World) -> None:
    other.hearing.hear(requested("cnv_older", other.now - timedelta(seconds=60), "sales"))


def _bia_gets_the_servers_last_place(other: World) -> None:
    other.staff.put_server("north", 1)
    other.hearing.hear(requested("cnv_older", other.now - timedelta(seconds=60), "billing"))


def _ana_signs_out(other: World) -> None:
    other.store.sign_out("ana")


def _ana_falls_silent(other: World) -> None:
    person = other.floor().desk.attendants["ana"]
    other.store.renew(person.model_copy(update={"lease_until": other.now}))


def _ana_loses_the_skill(other: World) -> None:
    before = other.staff.profile("ana")
    assert before is not None
    other.staff.put_profile(before.model_copy(update={"skills": frozenset({"sales"})}), before)


def _ana_changes_server(other: World) -> None:
    other.staff.put_server("south", 5)
    before = other.staff.profile("ana")
    assert before is not None
    other.staff.put_profile(before.model_copy(update={"server_id": "south"}), before)


def _the_customer_leaves(other: World) -> None:
    other.hearing.hear(withdrawn("cnv_1", 2, "left", other.now))


@pytest.mark.parametrize(
    "meanwhile",
    [
        _ana_gets_another,
        _bia_gets_the_servers_last_place,
        _ana_signs_out,
        _ana_falls_silent,
        _ana_loses_the_skill,
        _the_customer_leaves,
    ],
)
def test_an_assignment_that_is_no_longer_right_is_not_written(
    world: World, meanwhile: Meanwhile
) -> None:
    _prepare(world)
    assert _interrupted_at_the_assignment(world, meanwhile)
    docket = world.store.docket("tkt_1-1")
    assert docket is None or docket.ticket.owner is None
    world.check()


def test_an_assignment_to_who_changed_server_counts_where_they_are(world: World) -> None:
    _prepare(world)
    assert _interrupted_at_the_assignment(world, _ana_changes_server)
    assert world.docket("tkt_1-1").ticket.server_id == "south"
    world.check()


def test_of_two_who_decided_the_same_one_is_refused(world: World) -> None:
    """The version of the ticket, and the turn that only one can begin, both say no."""
    _prepare(world)
    assert _interrupted_at_the_assignment(world, lambda other: other.office.settle())
    (turn,) = world.turns("tkt_1-1")
    assert (turn.attendant_id, turn.token) == ("ana", 1)
    assert world.docket("tkt_1-1").version == 2
    world.check()


def test_a_change_decided_on_an_old_version_of_a_ticket_is_refused(world: World) -> None:
    _prepare(world)
    ticket = world.request("cnv_1")
    old = world.docket(ticket)
    world.desk.reply(ANA, ticket, 1, "m-1", "Bom dia!")
    with pytest.raises(Overtaken):
        world.store.take(Step(old, old.with_ticket(old.ticket), world.now))
    with pytest.raises(Overtaken):
        world.store.take(Step(old, None, world.now))
    assert world.docket(ticket).told == 3


def test_who_did_not_reply_in_time_gets_nothing_until_they_sign_in_again(world: World) -> None:
    _prepare(world)
    world.request("cnv_1")
    for _ in range(2):
        world.later(89)
        world.desk.heartbeat(ANA)
    world.later(10)
    world.office.sweep()
    assert not world.floor().desk.attendants["ana"].available
    assert world.mine("ana") == []
    world.sign_in("ana")
    assert len(world.mine("ana")) == 1


def _prepare(world: World) -> None:
    """Ana is there; Bia, on the same server, serves another kind."""
    kinds = world.staff.kinds()
    world.staff.put_kinds([*kinds, kinds[0].model_copy(update={"id": "billing"})])
    world.open(person("ana", "technical", "sales"), person("bia", "billing"))
    world.sign_in("ana", "bia")


def _interrupted_at_the_assignment(world: World, meanwhile: Meanwhile) -> bool:
    """A ticket comes; between the decision to give it to Ana and its writing, `meanwhile`."""
    other = World(world.table, Watched(table.client()))
    other.now = world.now
    transactions = 0
    done = False

    def count(operation: str) -> None:
        nonlocal transactions, done
        transactions += operation == "transact_write_items"
        if transactions == 2 and not done:
            done = True
            meanwhile(other)

    world.dynamodb.before = count
    world.request("cnv_1")
    world.dynamodb.before = lambda _: None
    return done
