"""Work taken back from who is gone, and requests that find another server."""

from datetime import timedelta

from desk.domain import events as on
from desk.domain.desk import Desk, after
from desk.domain.kinds import TECHNICAL, Stage, stage
from desk.domain.rules import Rules
from desk.domain.servers import Health, Server, health
from desk.domain.supervisor import Reason, moves
from desk.domain.tickets import Ticket
from tests.unit.desk.staff import NINE, at, attendant, desk_of, sign_in


def busy_desk(rules: Rules | None = None) -> Desk:
    """Ana has a chat that began at nine; Bia, on another server, has not signed in."""
    people = (attendant("ana"), attendant("bia", server="south", present=False))
    desk, _ = after(
        desk_of(*people, rules=rules), on.Arrived(at=NINE, ticket_id="chat", kind="technical")
    )
    return desk


def test_an_attendant_who_signs_out_leaves_no_work_behind() -> None:
    """Chatwoot #7204: the agent was gone and kept the conversation."""
    desk, _ = after(busy_desk(), sign_in("bia", 10))
    desk, facts = after(desk, on.SignedOut(at=at(20), attendant_id="ana"))
    assert desk.owned_by("ana") == []
    assert desk.tickets["chat"].owner == "bia"
    assert facts[0] == on.Requeued(ticket_id="chat", attendant_id="ana", reason=Reason.SIGNED_OUT)


def test_an_attendant_who_falls_silent_loses_their_work_with_the_next_sweep() -> None:
    desk, facts = after(busy_desk(), on.Swept(at=at(89)))
    assert facts == ()
    desk, facts = after(desk, on.Swept(at=at(90)))
    assert facts == (
        on.Requeued(ticket_id="chat", attendant_id="ana", reason=Reason.LEASE_EXPIRED),
    )
    assert desk.tickets["chat"].created_at == NINE
    assert desk.attendants["ana"].load == desk.servers["north"].load == 0


def test_a_requeued_ticket_is_served_before_younger_ones() -> None:
    desk = busy_desk()
    for second in (5, 6):
        desk, _ = after(desk, on.Arrived(at=at(second), ticket_id=f"t{second}", kind="technical"))
    desk, _ = after(desk, on.Swept(at=at(90)))
    desk, facts = after(desk, sign_in("bia", 91))
    assert [fact.ticket_id for fact in facts if isinstance(fact, on.Assigned)] == ["chat"]


def test_a_missed_first_reply_requeues_and_the_silent_one_gets_nothing_new() -> None:
    desk = busy_desk(Rules(lease=timedelta(hours=1), first_reply=timedelta(minutes=3)))
    desk, _ = after(desk, on.HeartBeat(at=at(1), attendant_id="ana"))
    desk, facts = after(desk, on.Swept(at=at(180)))
    assert facts == (
        on.Requeued(ticket_id="chat", attendant_id="ana", reason=Reason.NO_FIRST_REPLY),
    )
    assert desk.tickets["chat"].owner is None
    desk, _ = after(desk, sign_in("ana", 200))
    assert desk.tickets["chat"].owner == "ana"


def test_a_reply_in_time_keeps_the_ticket() -> None:
    desk = busy_desk(Rules(lease=timedelta(hours=1)))
    desk, _ = after(desk, on.Replied(at=at(80), ticket_id="chat", attendant_id="ana", token=1))
    desk, facts = after(desk, on.Swept(at=at(600)))
    assert facts == ()


def test_without_a_supervisor_nothing_is_taken_back_or_moved() -> None:
    desk, facts = after(busy_desk(Rules(supervised=False)), on.Swept(at=at(900)))
    assert facts == ()
    assert desk.tickets["chat"].owner == "ana"


def test_one_chat_is_not_reassigned_dozens_of_times() -> None:
    """Chatwoot PR #14495. Two attendants who never reply each get it once, and that is all."""
    people = [attendant("ana"), attendant("bia", server="south")]
    desk = desk_of(*people, rules=Rules(lease=timedelta(days=1)))
    for person in people:
        desk, _ = after(desk, sign_in(person.id, 0))
    desk, _ = after(desk, on.Arrived(at=NINE, ticket_id="chat", kind="technical"))
    assigned = 1
    for minute in range(1, 240):
        desk, facts = after(desk, on.Swept(at=at(60 * minute)))
        assigned += sum(isinstance(fact, on.Assigned) for fact in facts)
    assert assigned == 2
    assert desk.tickets["chat"].moves <= Rules().max_moves + 1


def test_a_ticket_moved_a_moment_ago_or_too_often_goes_to_the_common_queue() -> None:
    servers = {name: Server(id=name, capacity=1) for name in ("north", "south")}
    idle = [attendant("bia", server="south")]
    ticket = Ticket(id="t", kind="technical", created_at=NINE, server_id="north")
    for changes, target in (
        ({}, "south"),
        ({"moves": 1, "moved_at": at(-10)}, None),
        ({"moves": 1, "moved_at": at(-300)}, "south"),
        ({"moves": 3, "moved_at": at(-900)}, None),
    ):
        moved = moves([ticket.model_copy(update=changes)], idle, servers, Rules(), NINE)
        assert [each.target for each in moved] == [target]


def test_a_free_place_is_promised_to_one_ticket_only_the_oldest() -> None:
    servers = {name: Server(id=name, capacity=1) for name in ("north", "south")}
    waiting = [
        Ticket(id=f"t{second}", kind="technical", created_at=at(second), server_id="north")
        for second in (3, 1, 2)
    ]
    moved = moves(waiting, [attendant("bia", server="south")], servers, Rules(), at(5))
    assert [each.ticket_id for each in moved] == ["t1"]


def test_what_waits_at_a_failing_server_becomes_everybodys() -> None:
    servers = {
        "north": Server(id="north", capacity=1, health=Health.FAILING),
        "south": Server(id="south", capacity=1),
    }
    ticket = Ticket(id="t", kind="technical", created_at=NINE, server_id="north")
    moved = moves([ticket], [], servers, Rules(), NINE)
    assert [(each.target, each.reason) for each in moved] == [(None, Reason.SERVER_FAILING)]


def test_a_servers_health_does_not_flap_between_its_limits() -> None:
    server = Server(id="north", capacity=4)
    people = [attendant(f"p{number}") for number in range(5)]

    def with_live(live: int, before: Health) -> Health:
        gone = [each.model_copy(update={"lease_until": NINE}) for each in people[live:]]
        known = server.model_copy(update={"health": before})
        return health(known, [*people[:live], *gone], Rules(), NINE)

    assert [with_live(live, Health.UP) for live in (5, 4, 3, 2)] == ["up", "up", "up", "failing"]
    assert [with_live(live, Health.FAILING) for live in (2, 3, 4)] == ["failing", "failing", "up"]
    assert health(server, [], Rules(), NINE) is Health.FAILING


def test_a_buffer_degrades_in_stages_and_then_refuses_in_words() -> None:
    kind = TECHNICAL.model_copy(update={"buffer": 10})
    assert [stage(kind, waiting) for waiting in (0, 5, 6, 7, 8, 9, 10)] == [
        Stage.QUEUE,
        Stage.QUEUE,
        Stage.CALL_BACK,
        Stage.CALL_BACK,
        Stage.DEFLECT,
        Stage.DEFLECT,
        Stage.REFUSE,
    ]


def test_with_a_full_buffer_a_request_is_refused_but_one_with_a_free_attendant_is_not() -> None:
    kind = TECHNICAL.model_copy(update={"buffer": 0})
    desk = desk_of(attendant("ana"), kinds=[kind])
    desk, facts = after(desk, on.Arrived(at=NINE, ticket_id="t1", kind="technical"))
    assert facts[0] == on.Admitted(ticket_id="t1", stage=Stage.QUEUE)
    desk, facts = after(desk, on.Arrived(at=NINE, ticket_id="t2", kind="technical"))
    assert facts == (on.Refused(ticket_id="t2", kind="technical"),)
    assert set(desk.tickets) == {"t1"}


def test_a_call_back_keeps_its_place_and_the_bots_help_ends_the_ticket() -> None:
    desk = busy_desk()
    for name in ("t1", "t2"):
        desk, _ = after(desk, on.Arrived(at=at(5), ticket_id=name, kind="technical"))
    desk, _ = after(desk, on.ChoseCallBack(at=at(6), ticket_id="t1"))
    desk, _ = after(desk, on.ChoseBot(at=at(6), ticket_id="t2"))
    assert set(desk.tickets) == {"chat", "t1"}
    solved = on.Closed(at=at(7), ticket_id="chat", attendant_id="ana", token=1, outcome="solved")
    desk, _ = after(desk, solved)
    assert desk.tickets["t1"].owner == "ana"
    assert desk.tickets["t1"].call_back
