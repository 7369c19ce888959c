"""What chat tells, in whatever order and however often it comes."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.domain.tickets import Status
from recado.conversation import HandoverEvent, TicketQueued, TicketRefused
from tests.integration.desk.conftest import (
    NINE,
    World,
    person,
    requested,
    token_of,
    wants_call,
    withdrawn,
    wrote,
)


def test_what_comes_early_waits_for_what_was_told_before(world: World) -> None:
    world.hearing.hear(wrote("cnv_1", 3, "terceira"))
    world.hearing.hear(wrote("cnv_1", 2, "segunda"))
    assert world.floor().dockets == {}
    world.hearing.hear(requested("cnv_1", NINE))
    entries = world.papers.entries("tkt_1-1", 0)
    assert [each.text for each in entries] == ["segunda", "terceira"]


@pytest.mark.parametrize("ending", ["left", "bot"])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_order_and_any_repeat_end_as_the_right_order_does(
    world: World, data: st.DataObject, ending: str
) -> None:
    """5 % repeated and reordered is the field's; here it is anything."""
    name = f"cnv_{data.draw(st.uuids())}"
    facts: list[HandoverEvent] = [
        requested(name, NINE),
        wrote(name, 2, "a"),
        wants_call(name, 3),
        wrote(name, 4, "b"),
        withdrawn(name, 5, ending),
    ]
    repeats = data.draw(st.lists(st.sampled_from(facts), max_size=4))
    for fact in data.draw(st.permutations([*facts, *repeats])):
        world.hearing.hear(fact)
    ticket = facts[0].ticket_id
    assert [(e.number, e.text) for e in world.papers.entries(ticket, 0)] == [(1, "a"), (2, "b")]
    assert world.papers.papers(ticket).heard == 5
    assert world.store.docket(ticket) is None
    record = world.papers.ended(ticket)
    assert record is not None
    assert record.status is (Status.DEFLECTED if ending == "bot" else Status.ABANDONED)
    assert world.bus.names(name) == ["TicketQueued"]


def test_a_customer_who_goes_back_to_the_bot_frees_the_attendant_they_got_meanwhile(
    world: World,
) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    world.request("cnv_1")
    second = world.request("cnv_2")
    world.hearing.hear(withdrawn("cnv_1", 2, "bot"))
    assert [each.id for each in world.mine("ana")] == [second]
    world.check()


def test_a_full_buffer_refuses_in_words_and_what_comes_after_is_passed_over(
    world: World,
) -> None:
    world.open(person("ana"))
    world.staff.put_kinds([kind.model_copy(update={"buffer": 1}) for kind in world.staff.kinds()])
    world.request("cnv_1")
    world.request("cnv_2")
    world.hearing.hear(wrote("cnv_2", 2, "alô?"))
    world.hearing.hear(withdrawn("cnv_2", 3))
    (refused,) = world.bus.of("cnv_2")
    assert isinstance(refused, TicketRefused)
    assert world.papers.papers("tkt_2-1").heard == 3


def test_a_kind_nobody_knows_is_refused_and_not_lost(world: World) -> None:
    world.request("cnv_1", "astrology")
    assert world.bus.names("cnv_1") == ["TicketRefused"]


def test_a_request_keeps_the_age_it_had_before_the_desk_heard_of_it(world: World) -> None:
    world.open(person("ana"))
    world.later(60)
    world.hearing.hear(requested("cnv_b", world.now))
    world.hearing.hear(requested("cnv_a", NINE))
    world.sign_in("ana")
    assert [each.conversation_id for each in world.mine("ana")] == ["cnv_a"]


def test_the_wait_is_estimated_from_what_tickets_took_and_unknown_where_nobody_is(
    world: World,
) -> None:
    world.open(person("ana"))
    world.request("cnv_1")
    world.sign_in("ana")
    world.request("cnv_2")
    world.request("cnv_3")
    waits = [fact.wait for fact in world.bus.facts if isinstance(fact, TicketQueued)]
    assert waits == [None, timedelta(minutes=5), timedelta(minutes=10)]
    world.later(60)
    world.desk.close(token_of("ana"), "tkt_1-1", 1, "solved")
    world.request("cnv_4")
    (queued,) = [fact for fact in world.bus.of("cnv_4") if isinstance(fact, TicketQueued)]
    assert queued.wait == 2 * timedelta(minutes=26 / 6), "five of five minutes, one of one"


def test_stages_offer_a_call_back_and_then_the_bot(world: World) -> None:
    world.open(person("ana"))
    world.staff.put_kinds([kind.model_copy(update={"buffer": 5}) for kind in world.staff.kinds()])
    for number in range(5):
        world.request(f"cnv_{number}")
    stages = [fact.stage for fact in world.bus.facts if isinstance(fact, TicketQueued)]
    assert stages == ["queue", "queue", "queue", "call_back", "deflect"]
