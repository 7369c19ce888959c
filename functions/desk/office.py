"""The desk at work: an event is stored, then whoever is free gets what waits.

An event is decided on what is stored, and written if that has not changed meanwhile. Afterwards the
desk is read again and settled. Of a ticket that comes and an
attendant who becomes free at the same time, whichever was stored later is followed by a reading
that sees both: no ticket waits for somebody free.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from desk.domain import events as on
from desk.domain import steps, supervisor
from desk.domain.desk import Desk, received, settled, unsettles
from desk.domain.events import Event, Fact
from desk.domain.floor import Floor
from desk.domain.news import Listener, News, TicketGiven, TicketTaken
from desk.domain.steps import Step
from desk.gateway import Wake
from desk.store.floor import FloorStore, Overtaken, Writes
from desk.trying import Sleep, pauses, persistently
from recado import outgoing
from recado.clock import Clock
from recado.conversation import HandoffRequested
from recado.errors import Conflict, Retryable
from recado.observability import logger

_UNHURRIED = 0.05
"""Seconds; the first pause of who settles the desk and was overtaken."""


class Office:
    """Everything that happens to the desk goes through here."""

    def __init__(
        self,
        store: FloorStore,
        facts: outgoing.Outgoing,
        wake: Wake,
        listener: Listener,
        clock: Clock,
        sleep: Sleep,
        *,
        watchful: bool = True,
    ) -> None:
        """`watchful`: what a sweep would take back is taken back after every event."""
        self._watchful = watchful
        self._store = store
        self._facts = facts
        self._wake = wake
        self._listener = listener
        self._clock = clock
        self._sleep = sleep

    def floor(self) -> Floor:
        """The desk as it is now."""
        return self._store.floor()

    def happen(self, event: Event) -> None:
        """Let something happen that concerns attendants, and settle.

        Raises:
            Conflict, NotFound: the policy refuses it.
            Retryable: others were faster every time.
        """
        if persistently(lambda: self.once(event), self._sleep):
            self.settle()

    def once(self, event: Event, also: Sequence[dict[str, Any]] = ()) -> bool:
        """Store an event, and what belongs to it, in one attempt; whether the desk is to settle.

        Raises:
            Overtaken: the desk, or what `also` stands on, is not as it was.
            Conflict, NotFound: the policy refuses the event.
        """
        floor = self._store.floor()
        desk, facts = received(floor.desk, event)
        self._staff_changes(floor, desk, event)
        self.take(_steps(floor, desk, event, facts), also)
        return unsettles(floor.desk, event)

    def admit(self, request: HandoffRequested, also: Writes) -> None:
        """Store a request that chat hands over, or refuse it; settles.

        Raises:
            Overtaken: as `once`; or it is here already.
        """
        now, floor = self._clock(), self._store.floor()
        event = on.Arrived(
            at=now,
            ticket_id=request.ticket_id,
            kind=request.packet.kind,
            requested_at=min(request.at, now),
        )
        if event.kind in floor.desk.kinds:
            try:
                desk, facts = received(floor.desk, event)
            except Conflict as error:
                raise Overtaken(event.ticket_id) from error
        else:
            logger.warning("unknown kind of request", kind=event.kind, ticket=event.ticket_id)
            desk, facts = floor.desk, ()
        self.take([steps.arrived(floor, desk, facts, request, now)], also)
        self.settle()

    def reply(
        self, event: on.Replied, message_id: str, text: str, also: Sequence[dict[str, Any]]
    ) -> None:
        """Store an owner's reply, to be sent; raises as `once` does.

        It frees nobody, so the desk is read again only where their lease had ended before it.
        """
        floor = self._store.floor()
        desk, _ = received(floor.desk, event)
        self.take([steps.replied(floor, desk, event, message_id, text)], also)
        if settled(desk, event.at)[1]:
            self.settle()

    def close(self, event: on.Closed, heard: int, also: Sequence[dict[str, Any]]) -> None:
        """Store the end of a ticket, chat's facts applied up to `heard`; raises as `once` does."""
        floor = self._store.floor()
        received(floor.desk, event)
        self.take([steps.closed(floor, event, heard)], also)

    def settle(self) -> Floor:
        """Move and assign what can be, until nothing is left; returns the desk as it is then.

        Where others are faster too often, the desk's own queue takes it from there. They read the
        desk again after what they wrote, so there is no hurry.
        """
        for pause in pauses(_UNHURRIED):
            try:
                return self._settle_once()
            except Overtaken:
                self._sleep(pause)
            except Retryable:
                break
        self._wake.settle_later()
        return self._store.floor()

    def settle_for(self, attendant_id: str) -> Floor:
        """The desk, settled if that gives this attendant something.

        Whoever stored an event settles the desk; this is for those whose process ended before. An
        attendant who would gain nothing leaves it to them, or to the sweep.
        """
        floor = self._store.floor()
        _, facts = settled(floor.desk, self._clock())
        gains = any(
            isinstance(fact, on.Assigned) and fact.attendant_id == attendant_id for fact in facts
        )
        return self.settle() if gains else floor

    def sweep(self) -> None:
        """What the supervisor does every minute: recover, settle, tell what was left untold."""
        self.happen(on.Swept(at=self._clock()))
        self._facts.sweep(self._clock())

    def take(self, made: Iterable[Step], also: Sequence[dict[str, Any]] = ()) -> None:
        """Write steps one after the other, then tell chat and attendants of those written."""
        told: list[outgoing.Fact] = []
        done: list[Step] = []
        try:
            for step in made:
                told += self._store.take(step, also)
                done.append(step)
        finally:
            self._tell(told)
            for step in done:
                self._spread(step)

    def _settle_once(self) -> Floor:
        """One reading and what follows from it; the desk as it is then.

        An assignment makes no other one possible, so nothing has to be read after it. The time is
        taken after the reading, so that no assignment bears an earlier moment than the release that
        made it possible.
        """
        floor, now = self._store.floor(), self._clock()
        while self._is_due(floor, now):
            self.once(on.Swept(at=now))
            floor, now = self._store.floor(), self._clock()
        desk, facts = settled(floor.desk, now)
        made = steps.steps(floor, desk, facts, now)
        self.take(made)
        return floor.after(desk, [step.after for step in made if step.after is not None])

    def _is_due(self, floor: Floor, now: datetime) -> bool:
        desk = floor.desk
        if not (self._watchful and desk.rules.supervised):
            return False
        return bool(supervisor.recoveries(desk.tickets.values(), desk.attendants, now))

    def _staff_changes(self, floor: Floor, desk: Desk, event: Event) -> None:
        """What an event changes of attendants and servers without a ticket."""
        match event:
            case on.SignedIn():
                self._store.sign_in(desk.attendants[event.attendant_id], desk.rules)
            case on.HeartBeat():
                self._store.renew(desk.attendants[event.attendant_id])
            case on.SignedOut():
                self._store.sign_out(event.attendant_id)
            case on.Swept():
                for server in desk.servers.values():
                    if server.health is not floor.desk.servers[server.id].health:
                        self._store.set_health(server)

    def _tell(self, facts: list[outgoing.Fact]) -> None:
        try:
            self._facts.publish(facts)
        except Retryable as error:
            logger.warning("facts are left to the sweep", reason=str(error))

    def _spread(self, step: Step) -> None:
        if step.claim is not None and step.after is not None:
            ticket = step.after.ticket
            given = TicketGiven(
                ticket_id=ticket.id, token=ticket.token, kind=ticket.kind, reply_by=ticket.reply_by
            )
            self.announce(step.claim.attendant_id, given)
        release = step.release
        if release is not None and step.before is not None:
            if release.reason == "closed":
                self._count(step)
            if not release.by_themselves:
                taken = TicketTaken(
                    ticket_id=step.before.ticket.id, token=release.token, reason=release.reason
                )
                self.announce(release.attendant_id, taken)

    def announce(self, attendant_id: str, news: News) -> None:
        """Let an attendant hear what is stored; nothing that goes wrong there undoes it."""
        try:
            self._listener.hear(attendant_id, news)
        except Exception as error:  # noqa: BLE001
            logger.warning("news not heard", news=news.type, reason=type(error).__name__)

    def _count(self, step: Step) -> None:
        docket = step.before
        if docket is not None and docket.assigned_at is not None:
            handled = max(timedelta(), step.at - docket.assigned_at)
            self._store.add_handling(docket.ticket.kind, handled.total_seconds())


def _steps(floor: Floor, desk: Desk, event: Event, facts: tuple[Fact, ...]) -> list[Step]:
    match event:
        case on.ChoseCallBack():
            return [steps.called_back(floor, desk, event)]
        case on.ChoseBot() | on.GaveUp():
            return [steps.left(floor, event)]
        case _:
            return steps.steps(floor, desk, facts, event.at)
