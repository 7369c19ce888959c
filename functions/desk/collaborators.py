"""Who works with whom in this service: each is made once a process, when it is first needed."""

import time
from functools import cache

from desk.attending import Attending
from desk.domain.news import Listener
from desk.gateway import DeskQueue
from desk.hearing import Hearing
from desk.live import Listening, Live
from desk.office import Office
from desk.organising import Organising
from desk.store.floor import FloorStore
from desk.store.papers import PapersStore
from desk.store.staff import StaffStore
from recado import auth, bus, clock, settings, wire
from recado.connections import Connections
from recado.outgoing import Outgoing
from recado.push import pusher


@cache
def outgoing() -> Outgoing:
    """Facts for chat that may not have been published yet."""
    return Outgoing(settings.text("DESK_TABLE"), wire.client(), bus.bus())


@cache
def floor_store() -> FloorStore:
    """The open desk."""
    return FloorStore.from_env(outgoing())


@cache
def connections() -> Connections:
    """Attendants on a WebSocket."""
    return Connections(settings.text("DESK_TABLE"), wire.client())


@cache
def listener() -> Listener:
    """Who tells attendants at once what they should hear; they ask for it anyhow."""
    return Listening(pusher(connections()))


@cache
def office() -> Office:
    """The desk at work."""
    return Office(
        floor_store(),
        outgoing(),
        DeskQueue.from_env(),
        listener(),
        lambda: clock.now(),
        time.sleep,
    )


@cache
def hearing() -> Hearing:
    """What chat tells."""
    papers = PapersStore.from_env()
    return Hearing(office(), floor_store(), papers, lambda: clock.now(), time.sleep)


@cache
def attending() -> Attending:
    """What attendants do."""
    return Attending(
        office(),
        floor_store(),
        PapersStore.from_env(),
        StaffStore.from_env(),
        lambda: clock.now(),
        time.sleep,
    )


@cache
def live() -> Live:
    """Answers attendants on a WebSocket."""
    return Live(attending(), auth.tokens(), connections())


@cache
def organising() -> Organising:
    """What admins do."""
    zone = settings.text("TIME_ZONE", "America/Sao_Paulo")
    return Organising(StaffStore.from_env(), office(), auth.tokens(), zone, lambda: clock.now())
