"""A day of the simulator, lived again through the real store: the same assignments."""

from desk.domain import events as on
from desk.domain.staff import Profile
from desk.domain.trace import Trace, read
from desk_simulator.engine import simulate
from desk_simulator.scenario import Scenario
from recado.conversation import TicketAssigned, ticket_id
from tests.integration.desk.conftest import World, requested, token_of, wants_call, withdrawn

DAY = Scenario(
    timesteps=36,
    servers=(2, 3),
    buffer=12,
    failure_rate=0.2,
    load=2.5,
    patience=4.0,
    repair=2.0,
    deflection=0.4,
    call_back=0.4,
    seed=3,
)


def test_a_recorded_day_gives_the_same_assignments_in_the_store(world: World) -> None:
    run = simulate(DAY)
    trace = read(run.trace.lines())
    kinds = {type(event).__name__ for event in trace.events}
    assert kinds == {
        *("Arrived", "ChoseCallBack", "ChoseBot", "GaveUp"),
        *("SignedIn", "HeartBeat", "Replied", "Closed", "Swept"),
    }
    assert len(trace.events) > 300
    _open(world, trace)
    for event in trace.events:
        world.now = event.at
        _live(world, event)
    told = [
        (each.ticket_id, each.attendant_id, each.token, each.at)
        for each in world.bus.facts
        if isinstance(each, TicketAssigned)
    ]
    assert len(told) > 40
    assert told == [
        (_ticket(each.ticket_id), each.attendant_id, each.token, each.at)
        for each in run.assignments
    ]


def _open(world: World, trace: Trace) -> None:
    desk = trace.opening
    world.staff.put_rules(desk.rules)
    world.staff.put_kinds(list(desk.kinds.values()))
    for server in desk.servers.values():
        world.staff.put_server(server.id, server.capacity)
    for number, each in enumerate(desk.attendants.values()):
        profile = Profile(
            id=each.id,
            name=each.id,
            server_id=each.server_id,
            skills=each.skills,
            capacity=each.capacity,
            token_id=token_of(f"p{number}"),
        )
        world.staff.put_profile(profile, None)


def _live(world: World, event: on.Event) -> None:
    """What chat or an attendant does that is this event at the desk."""
    match event:
        case on.Arrived():
            world.hearing.hear(requested(event.ticket_id, event.at, event.kind))
        case on.ChoseCallBack():
            world.hearing.hear(wants_call(event.ticket_id, _next(world, event), event.at))
        case on.ChoseBot():
            world.hearing.hear(withdrawn(event.ticket_id, _next(world, event), "bot", event.at))
        case on.GaveUp():
            world.hearing.hear(withdrawn(event.ticket_id, _next(world, event), "left", event.at))
        case on.Swept():
            world.office.sweep()
        case on.SignedIn() | on.SignedOut():
            world.office.happen(event)
        case on.HeartBeat():
            _beat(world, event)
        case on.Replied():
            ticket, name = _ticket(event.ticket_id), _token(world, event.attendant_id)
            world.desk.reply(name, ticket, event.token, f"m-{event.token}", "Bom dia!")
        case on.Closed():
            ticket, name = _ticket(event.ticket_id), _token(world, event.attendant_id)
            world.desk.close(name, ticket, event.token, event.outcome)
        case _:
            raise AssertionError(f"the simulator has no {event}")


def _beat(world: World, event: on.HeartBeat) -> None:
    world.desk.heartbeat(_token(world, event.attendant_id))


def _token(world: World, attendant_id: str) -> str:
    profile = world.staff.profile(attendant_id)
    assert profile is not None
    return profile.token_id


def _next(world: World, event: on.ChoseCallBack | on.ChoseBot | on.GaveUp) -> int:
    return world.papers.papers(_ticket(event.ticket_id)).heard + 1


def _ticket(name: str) -> str:
    return ticket_id(name, 1)
