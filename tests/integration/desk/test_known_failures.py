"""What service desks of others got wrong, by the issue that tells of it."""

from datetime import timedelta

import pytest

from desk.domain.rules import Rules
from recado.conversation import TicketAssigned, TicketRequeued
from recado.errors import Conflict
from tests.integration.desk.conftest import World, person, token_of

ANA, BIA = token_of("ana"), token_of("bia")


def test_chatwoot_10583_a_chat_stuck_unassigned_while_a_newer_one_is_assigned(
    world: World,
) -> None:
    """Two wait for the same skill on different servers; the older one is served first."""
    world.open(person("ana"), person("bia", server="south"))
    world.sign_in("ana", "bia")
    busy = [world.request("cnv_1"), world.request("cnv_2")]
    world.later(1)
    older = world.request("cnv_3")
    world.later(1)
    newer = world.request("cnv_4")
    homes = [world.docket(each).ticket.server_id for each in (older, newer)]
    assert set(homes) == {"north", "south"}
    free = world.docket(busy[0] if homes[1] == "north" else busy[1]).ticket
    assert free.owner is not None
    world.desk.close(token_of(free.owner), free.id, 1, "solved")
    assert world.docket(older).ticket.owner == free.owner, "though the newer one waited there"
    assert world.docket(newer).ticket.owner is None
    world.check()


def test_chatwoot_7204_an_agent_is_gone_and_the_work_is_kept(world: World) -> None:
    """Killed in mid-work: nothing is stranded after the lease and one sweep, with its age."""
    world.open(person("ana", capacity=3), person("bia", capacity=3))
    world.sign_in("ana")
    tickets = []
    for number in range(3):
        tickets.append(world.request(f"cnv_{number}"))
        world.desk.reply(ANA, tickets[-1], 1, f"m-{number}", "Bom dia!")
        world.later(1)
    ages = [world.docket(each).ticket.created_at for each in tickets]
    world.sign_in("bia")
    for _ in range(3):
        world.later(30)
        world.desk.heartbeat(BIA)
    world.office.sweep()
    assert [each.id for each in world.mine("bia")] == tickets
    assert [each.created_at for each in world.mine("bia")] == ages
    with pytest.raises(Conflict):
        world.desk.reply(ANA, tickets[0], 1, "m-late", "voltei")
    assert "m-late" not in [getattr(each, "message_id", "") for each in world.bus.facts]
    (requeued, *_) = [each for each in world.bus.facts if isinstance(each, TicketRequeued)]
    assert requeued.reason == "lease_expired"
    world.check()


def test_chatwoot_pr_14495_one_chat_reassigned_dozens_of_times(world: World) -> None:
    """An attendant who never answers loses a ticket once and gets nothing until they are back."""
    world.open(person("ana"), first_reply=timedelta(seconds=60))
    world.sign_in("ana")
    ticket = world.request("cnv_1")
    for _ in range(30):
        for _ in range(2):
            world.later(30)
            world.desk.heartbeat(ANA)
        world.office.sweep()
    assigned = [each for each in world.bus.facts if isinstance(each, TicketAssigned)]
    assert len(assigned) == 1
    assert world.docket(ticket).ticket.owner is None
    world.sign_in("ana")
    assert [each.token for each in world.mine("ana")] == [2]
    world.check()


def test_a_ticket_never_bounces_between_servers(world: World) -> None:
    """The other half of chatwoot PR #14495: moved three times at most, however they come and go."""
    world.open(person("ana"), person("bia", server="south"))
    world.sign_in("ana", "bia")
    held = [world.request("cnv_1"), world.request("cnv_2")]
    ticket = world.request("cnv_3")
    for each in held:
        owner = world.docket(each).ticket.owner
        assert owner is not None
        world.desk.reply(token_of(owner), each, 1, "m-1", "Bom dia!")
    for _ in range(10):
        world.later(91)
        world.office.sweep()
        world.sign_in("ana")
        world.later(91)
        world.office.sweep()
        world.sign_in("bia")
    assert world.docket(ticket).ticket.moves <= Rules().max_moves + 1
    world.check()


def test_nobody_is_given_anything_after_their_lease_though_no_sweep_came(world: World) -> None:
    world.open(person("ana"), person("bia"))
    world.sign_in("ana")
    world.later(100)
    world.sign_in("bia")
    world.request("cnv_1")
    assert world.docket("tkt_1-1").ticket.owner == "bia"


def test_work_of_who_is_gone_is_taken_back_by_whatever_happens_next(world: World) -> None:
    """No schedule has to come where anything else does."""
    busy = World(world.table, world.dynamodb, watchful=True)
    busy.open(person("ana"), person("bia", "sales"), person("eva"))
    busy.sign_in("ana", "bia")
    ticket = busy.request("cnv_1")
    busy.later(91)
    busy.sign_in("eva")
    assert busy.docket(ticket).ticket.owner == "eva"
    assert busy.bus.names("cnv_1")[-2:] == ["TicketRequeued", "TicketAssigned"]
    busy.check()


def test_without_a_supervisor_nothing_is_taken_back_and_nothing_hangs(world: World) -> None:
    busy = World(world.table, world.dynamodb, watchful=True)
    busy.open(person("ana"), person("eva"), supervised=False)
    busy.sign_in("ana")
    ticket = busy.request("cnv_1")
    busy.later(91)
    busy.sign_in("eva")
    assert busy.docket(ticket).ticket.owner == "ana"
