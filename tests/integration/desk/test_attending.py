"""Attendants at work, from sign-in to the end of a ticket."""

import pytest

from desk.domain.news import CustomerWrote, TicketGiven, TicketTaken
from recado import table
from recado.conversation import (
    AttendantReplied,
    TicketAssigned,
    TicketClosed,
    TicketQueued,
    TicketRequeued,
)
from recado.errors import Conflict, Forbidden, NotFound
from tests.integration.desk.conftest import (
    Watched,
    World,
    person,
    token_of,
    wants_call,
    withdrawn,
    wrote,
)

ANA, BIA = token_of("ana"), token_of("bia")


def test_a_request_goes_to_who_is_there_and_back_to_the_bot_when_it_is_closed(
    world: World,
) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    ticket = world.request("cnv_1")
    (mine,) = world.mine("ana")
    assert (mine.id, mine.token) == (ticket, 1)
    world.later(10)
    world.desk.reply(ANA, ticket, 1, "m-1", "Bom dia!")
    world.later(50)
    world.desk.close(ANA, ticket, 1, "solved")
    assert world.mine("ana") == []
    queued, assigned, replied, closed = world.bus.of("cnv_1")
    assert isinstance(queued, TicketQueued)
    assert (queued.stage, queued.ahead, queued.wait) == ("queue", 0, queued.wait)
    assert isinstance(assigned, TicketAssigned)
    assert (assigned.attendant_id, assigned.attendant_name, assigned.token) == ("ana", "Ana", 1)
    assert isinstance(replied, AttendantReplied)
    assert (replied.message_id, replied.text) == ("m-1", "Bom dia!")
    assert isinstance(closed, TicketClosed)
    assert closed.waited.total_seconds() == 0
    assert closed.handled.total_seconds() == 60
    assert closed.heard == 1
    record = world.papers.ended(ticket)
    assert record is not None
    assert (record.outcome, record.attendant_id) == ("solved", "ana")
    world.check()


def test_who_becomes_free_gets_the_oldest_that_waits(world: World) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    first = world.request("cnv_1")
    world.later(1)
    second = world.request("cnv_2")
    world.later(1)
    world.request("cnv_3")
    world.desk.close(ANA, first, 1, "solved")
    assert [each.id for each in world.mine("ana")] == [second]
    world.check()


def test_the_same_message_twice_is_sent_once(world: World) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    ticket = world.request("cnv_1")
    for _ in range(2):
        world.desk.reply(ANA, ticket, 1, "m-1", "Bom dia!")
    assert world.bus.names("cnv_1").count("AttendantReplied") == 1
    assert [each.text for each in world.desk.entries(ANA, ticket, 0)] == ["Bom dia!"]


def test_what_both_sides_write_is_listed_in_the_order_the_desk_learned_it(world: World) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    ticket = world.request("cnv_1")
    world.hearing.hear(wrote("cnv_1", 2, "alô?"))
    world.desk.reply(ANA, ticket, 1, "m-1", "Bom dia!")
    world.hearing.hear(wrote("cnv_1", 3, "tudo bem?"))
    entries = world.desk.entries(ANA, ticket, 0)
    assert [(e.number, e.author.value, e.text) for e in entries] == [
        (1, "customer", "alô?"),
        (2, "attendant", "Bom dia!"),
        (3, "customer", "tudo bem?"),
    ]
    assert [e.number for e in world.desk.entries(ANA, ticket, 2)] == [3]


def test_an_old_token_sends_nothing(world: World) -> None:
    """A late reply after the ticket was given to somebody else."""
    world.open(person("ana"), person("bia"))
    world.sign_in("ana")
    ticket = world.request("cnv_1")
    world.sign_in("bia")
    world.desk.sign_out(ANA)
    assert [each.token for each in world.mine("bia")] == [2]
    for act in (
        lambda: world.desk.reply(ANA, ticket, 1, "m-1", "demorei"),
        lambda: world.desk.close(ANA, ticket, 1, "solved"),
        lambda: world.desk.transfer(ANA, ticket, 1, "sales", "nota"),
        lambda: world.desk.reply(BIA, ticket, 1, "m-2", "com a ficha velha"),
    ):
        with pytest.raises(Conflict):
            act()
    assert "AttendantReplied" not in world.bus.names("cnv_1")
    assert world.desk.entries(BIA, ticket, 0) == []


def test_a_reply_to_a_ticket_that_another_closed_is_a_conflict_and_to_none_at_all_not_found(
    world: World,
) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    ticket = world.request("cnv_1")
    world.desk.close(ANA, ticket, 1, "solved")
    world.desk.close(ANA, ticket, 1, "solved")
    with pytest.raises(Conflict, match="is over"):
        world.desk.reply(ANA, ticket, 1, "m-1", "mais uma coisa")
    with pytest.raises(NotFound):
        world.desk.reply(ANA, "tkt_none-1", 1, "m-1", "alguém?")


def test_who_signs_out_leaves_every_ticket_to_others_with_its_age(world: World) -> None:
    world.open(person("ana", capacity=3), person("bia", capacity=3))
    world.sign_in("ana")
    for number in range(3):
        world.request(f"cnv_{number}")
        world.later(1)
    world.sign_in("bia")
    world.desk.sign_out(ANA)
    assert len(world.mine("bia")) == 3
    requeued = [each for each in world.bus.facts if isinstance(each, TicketRequeued)]
    assert {each.reason for each in requeued} == {"signed_out"}
    world.check()


def test_a_transfer_goes_to_who_serves_the_other_kind_with_a_note(world: World) -> None:
    world.open(person("ana"), person("bia", "sales"))
    world.sign_in("ana", "bia")
    ticket = world.request("cnv_1")
    world.desk.transfer(ANA, ticket, 1, "sales", "quer mudar de plano")
    (mine,) = world.mine("bia")
    assert (mine.id, mine.kind, mine.token) == (ticket, "sales", 2)
    (note,) = world.desk.entries(BIA, ticket, 0)
    assert (note.author.value, note.text) == ("note", "quer mudar de plano")
    with pytest.raises(Forbidden):
        world.desk.ticket(ANA, ticket)
    assert world.bus.names("cnv_1")[-2:] == ["TicketRequeued", "TicketAssigned"]


def test_next_is_the_oldest_without_a_reply(world: World) -> None:
    world.open(person("ana", capacity=2))
    world.sign_in("ana")
    first = world.request("cnv_1")
    world.later(1)
    second = world.request("cnv_2")
    asked = world.desk.next_ticket(ANA)
    assert asked is not None
    assert asked.id == first
    world.desk.reply(ANA, first, 1, "m-1", "Bom dia!")
    asked = world.desk.next_ticket(ANA)
    assert asked is not None
    assert asked.id == second
    world.desk.reply(ANA, second, 1, "m-2", "Bom dia!")
    assert world.desk.next_ticket(ANA) is None


def test_a_heartbeat_is_one_write_and_no_reading_of_the_desk(world: World) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    world.later(60)
    calls: list[str] = []
    world.dynamodb.before = calls.append
    until = world.desk.heartbeat(ANA)
    world.dynamodb.before = lambda _: None
    assert calls == ["update_item"]
    assert (until - world.now).total_seconds() == 90


def test_a_heartbeat_after_the_lease_brings_the_attendant_back(world: World) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    world.later(120)
    ticket = world.request("cnv_1")
    assert world.mine("ana") == []
    world.desk.heartbeat(ANA)
    assert [each.id for each in world.mine("ana")] == [ticket]


def test_a_heartbeat_of_who_is_signed_out_is_refused(world: World) -> None:
    world.open(person("ana"))
    with pytest.raises(Conflict, match="sign in first"):
        world.desk.heartbeat(ANA)


def test_a_token_of_nobody_is_forbidden(world: World) -> None:
    with pytest.raises(Forbidden, match="no attendant's"):
        world.desk.presence(ANA)


def test_attendants_hear_at_once_what_concerns_them(world: World) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    ticket = world.request("cnv_1")
    world.hearing.hear(wrote("cnv_1", 2, "alô?"))
    world.hearing.hear(withdrawn("cnv_1", 3))
    names, news = zip(*world.heard.news, strict=True)
    assert set(names) == {"ana"}
    assert isinstance(news[0], TicketGiven)
    assert news[1] == CustomerWrote(ticket_id=ticket, number=1)
    assert news[2] == TicketTaken(ticket_id=ticket, token=1, reason="left")
    world.check()


def test_a_listener_that_fails_undoes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(world.heard, "hear", fail)
    world.open(person("ana"))
    world.sign_in("ana")
    world.request("cnv_1")
    assert len(world.mine("ana")) == 1


def test_the_call_back_number_is_shown_to_who_has_the_ticket(world: World) -> None:
    world.open(person("ana"))
    ticket = world.request("cnv_1")
    world.later(30)
    world.hearing.hear(wants_call("cnv_1", 2, world.now))
    world.later(600)
    world.sign_in("ana")
    shown = world.desk.ticket(ANA, ticket)
    assert shown.call_back_phone == "+55 81 5555-0101"
    assert shown.mine is not None
    assert shown.mine.call_back
    assert shown.packet.intent == "slow_connection"
    world.desk.close(ANA, ticket, 1, "called")
    record = world.papers.ended(ticket)
    assert record is not None
    assert record.waited is not None
    assert record.waited.total_seconds() == 30, "the clock stands still until they are called"


def test_who_closes_while_the_customer_writes_has_that_line_counted_as_heard(
    world: World,
) -> None:
    """Chat answers what came after `heard`, so the two must not overtake each other."""
    world.open(person("ana"))
    world.sign_in("ana")
    ticket = world.request("cnv_1")
    other = World(world.table, Watched(table.client()))
    written: list[bool] = []

    def write_first(operation: str) -> None:
        if operation == "transact_write_items" and not written:
            written.append(True)
            other.hearing.hear(wrote("cnv_1", 2, "espere"))

    world.dynamodb.before = write_first
    world.desk.close(ANA, ticket, 1, "solved")
    world.dynamodb.before = lambda _: None
    (closed,) = [each for each in world.bus.facts if isinstance(each, TicketClosed)]
    assert closed.heard == 2
