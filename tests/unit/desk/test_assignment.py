"""Who gets which ticket."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.domain import events as on
from desk.domain.assignment import attendant_for, drain, free, ticket_for
from desk.domain.attendants import given as given_one_more
from desk.domain.desk import Desk, after
from desk.domain.servers import Health, Server
from desk.domain.tickets import Ticket
from recado.errors import Conflict, NotFound
from tests.unit.desk.staff import NINE, at, attendant, desk_of, sign_in

NORTH = {"north": Server(id="north", capacity=10)}


def ticket(name: str, second: float = 0, kind: str = "technical") -> Ticket:
    return Ticket(id=name, kind=kind, created_at=at(second), server_id="north")


def arrive(desk: Desk, name: str, second: float, kind: str = "technical") -> Desk:
    return after(desk, on.Arrived(at=at(second), ticket_id=name, kind=kind))[0]


def test_a_specialist_is_taken_before_a_generalist() -> None:
    both = [attendant("ana", "technical", "sales"), attendant("bia", "technical")]
    chosen = attendant_for(ticket("t"), both, NORTH)
    assert chosen is not None
    assert chosen.id == "bia"


def test_among_equals_the_least_loaded_then_the_longest_idle_then_the_lowest_id_is_taken() -> None:
    ana, bia, cid = (attendant(name, capacity=2) for name in ("ana", "bia", "cid"))
    rested = cid.model_copy(update={"idle_since": at(-60)})
    assert attendant_for(ticket("t"), [bia, ana], NORTH) == ana
    assert attendant_for(ticket("t"), [bia, ana, rested], NORTH) == rested
    assert attendant_for(ticket("t"), [given_one_more(rested, at(-60)), bia], NORTH) == bia


def test_a_server_that_is_up_is_preferred_to_a_failing_one() -> None:
    servers = {
        "north": Server(id="north", capacity=5, health=Health.FAILING),
        "south": Server(id="south", capacity=5),
    }
    people = [attendant("ana"), attendant("bia", "technical", "sales", server="south")]
    common = ticket("t").model_copy(update={"server_id": None})
    chosen = attendant_for(common, people, servers)
    assert chosen is not None
    assert chosen.id == "bia"


def test_nobody_silent_signed_out_or_at_a_cap_is_free() -> None:
    people = [
        attendant("gone", present=False),
        attendant("silent").model_copy(update={"available": False}),
        attendant("busy").model_copy(update={"load": 1}),
        attendant("full", server="south"),
        attendant("ready"),
    ]
    servers = {**NORTH, "south": Server(id="south", capacity=1, load=1)}
    assert [each.id for each in free(people, servers, at(89))] == ["ready"]
    assert free(people, servers, at(90)) == []


def test_an_attendant_is_given_the_oldest_ticket_they_have_the_skill_for() -> None:
    waiting = [ticket("young", 9), ticket("other", 1, "sales"), ticket("old", 2)]
    chosen = ticket_for(attendant("ana", "technical"), waiting)
    assert chosen is not None
    assert chosen.id == "old"
    assert ticket_for(attendant("bia", "billing"), waiting) is None


@given(
    st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["technical", "sales"])), max_size=12),
    st.lists(
        st.tuples(st.sets(st.sampled_from(["technical", "sales"]), min_size=1), st.integers(1, 3)),
        max_size=5,
    ),
    st.integers(1, 6),
)
def test_draining_leaves_no_ticket_that_somebody_free_could_take(
    requests: list[tuple[int, str]], staff: list[tuple[set[str], int]], capacity: int
) -> None:
    waiting = [ticket(f"t{n}", second, kind) for n, (second, kind) in enumerate(requests)]
    people = [attendant(f"p{n}", *skills, capacity=cap) for n, (skills, cap) in enumerate(staff)]
    decided = drain(waiting, people, {"north": Server(id="north", capacity=capacity)}, NINE)
    owners = [each.attendant_id for each in decided]
    assert len({each.ticket_id for each in decided}) == len(decided) <= capacity
    assert all(owners.count(each.id) <= each.capacity for each in people)
    spare = {
        skill for each in people if owners.count(each.id) < each.capacity for skill in each.skills
    }
    left = [each for each in waiting if each.id not in {one.ticket_id for one in decided}]
    assert len(decided) == capacity or not [each for each in left if each.kind in spare]


def test_a_waiting_chat_is_assigned_on_release_before_a_newer_one() -> None:
    """Chatwoot #10583: the fourth chat stayed unassigned while the fifth was assigned."""
    desk = desk_of(attendant("ana", capacity=3))
    for number in range(4):
        desk = arrive(desk, f"chat-{number}", number)
    assert desk.tickets["chat-3"].owner is None
    solved = on.Closed(at=at(10), ticket_id="chat-0", attendant_id="ana", token=1, outcome="solved")
    desk, facts = after(desk, solved)
    assert [fact.ticket_id for fact in facts if isinstance(fact, on.Assigned)] == ["chat-3"]
    desk = arrive(desk, "chat-4", 11)
    assert desk.tickets["chat-4"].owner is None


def test_a_sign_in_drains_what_waited_for_it() -> None:
    desk = desk_of(attendant("ana", capacity=2, present=False))
    for number in range(3):
        desk = arrive(desk, f"chat-{number}", number)
    desk, facts = after(desk, sign_in("ana", 60))
    assert [fact.ticket_id for fact in facts if isinstance(fact, on.Assigned)] == [
        "chat-0",
        "chat-1",
    ]


def test_an_older_chat_on_a_full_server_gets_the_free_place_elsewhere_before_a_newcomer() -> None:
    desk = desk_of(attendant("ana"), attendant("bia", server="south", present=False))
    for number in range(2):
        desk = arrive(desk, f"chat-{number}", number)
    waits_at_north = desk.tickets["chat-1"].model_copy(update={"server_id": "north"})
    desk = replace(desk, tickets={**desk.tickets, "chat-1": waits_at_north})
    desk, _ = after(desk, sign_in("bia", 5))
    assert desk.tickets["chat-1"].owner == "bia"
    assert desk.tickets["chat-1"].server_id == "south"


def test_a_late_reply_with_an_old_token_is_refused_and_changes_nothing() -> None:
    desk = arrive(desk_of(attendant("ana"), attendant("bia")), "chat", 0)
    first = desk.tickets["chat"]
    assert first.owner == "ana"
    desk, _ = after(desk, on.HeartBeat(at=at(80), attendant_id="bia"))
    desk, _ = after(desk, on.Swept(at=at(100)))
    assert desk.tickets["chat"].owner == "bia"
    assert desk.tickets["chat"].token == first.token + 1
    late = on.Replied(at=at(101), ticket_id="chat", attendant_id="ana", token=first.token)
    with pytest.raises(Conflict, match="no longer ana's"):
        after(desk, late)


def test_what_the_desk_does_not_have_is_named() -> None:
    desk = desk_of(attendant("ana"))
    for event, named in (
        (on.Arrived(at=NINE, ticket_id="t", kind="billing"), "no kind of request billing"),
        (on.GaveUp(at=NINE, ticket_id="t"), "no open ticket t"),
        (sign_in("zoe", 0), "no attendant zoe"),
    ):
        with pytest.raises(NotFound, match=f"^{named}$"):
            after(desk, event)
