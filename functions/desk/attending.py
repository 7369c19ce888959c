"""What attendants do at the desk, each known by their API token."""

from collections.abc import Callable
from datetime import datetime

from desk.domain import events as on
from desk.domain.dockets import Author, Docket, Entry, Record
from desk.office import Office
from desk.store.floor import FloorStore, Writes
from desk.store.papers import PapersStore
from desk.store.staff import StaffStore
from desk.trying import Sleep, persistently
from recado.clock import Clock
from recado.conversation import Packet
from recado.errors import Conflict, Forbidden, NotFound
from recado.model import Frozen


class Mine(Frozen):
    """A ticket of the attendant who asks; `token` has to come with everything done to it."""

    id: str
    conversation_id: str
    kind: str
    token: int
    created_at: datetime
    assigned_at: datetime | None
    reply_by: datetime | None
    call_back: bool


class Presence(Frozen):
    """An attendant at the desk, and their tickets, oldest first."""

    attendant_id: str
    name: str
    server_id: str
    signed_in: bool
    available: bool
    lease_until: datetime | None
    tickets: tuple[Mine, ...]


class TicketView(Frozen):
    """A ticket as its owner sees it: open (`mine`) or over (`record`)."""

    id: str
    mine: Mine | None
    packet: Packet
    call_back_phone: str | None
    record: Record | None


class Attending:
    """The use cases of an attendant; `who` is the id of the API token that came."""

    def __init__(
        self,
        office: Office,
        store: FloorStore,
        papers: PapersStore,
        staff: StaffStore,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._office = office
        self._store = store
        self._papers = papers
        self._staff = staff
        self._clock = clock
        self._sleep = sleep
        self._known: dict[str, str] = {}

    def sign_in(self, who: str) -> Presence:
        """Start to work, or come back."""
        me = self._me(who)
        self._office.happen(on.SignedIn(at=self._clock(), attendant_id=me))
        return self.presence(who)

    def sign_out(self, who: str) -> None:
        """Stop; what they have goes to others."""
        self._office.happen(on.SignedOut(at=self._clock(), attendant_id=self._me(who)))

    def heartbeat(self, who: str) -> datetime:
        """Show a sign of life; until when it counts. Usually one write and nothing else.

        Raises:
            Conflict: they are signed out.
        """
        now, me = self._clock(), self._known.get(who) or self._me(who)
        until = self._store.beat(me, who, now)
        if until is not None:
            return until
        me = self._me(who)
        self._office.happen(on.HeartBeat(at=now, attendant_id=me))
        lease = self._office.floor().desk.attendants[me].lease_until
        return lease or now

    def presence(self, who: str) -> Presence:
        """Who they are here, and what is theirs."""
        me, floor = self._me(who), self._office.floor()
        person = floor.desk.attendants.get(me)
        if person is None:
            raise NotFound(f"the server of attendant {me} is gone: an admin has to name another")
        return Presence(
            attendant_id=me,
            name=floor.names[me],
            server_id=person.server_id,
            signed_in=person.is_signed_in(),
            available=person.available,
            lease_until=person.lease_until,
            tickets=tuple(map(_mine, floor.owned_by(me))),
        )

    def next_ticket(self, who: str) -> Mine | None:
        """Their oldest ticket that waits for a first reply, after giving out what can be given."""
        me = self._me(who)
        floor = self._office.settle_for(me)
        waiting = [each for each in floor.owned_by(me) if each.ticket.reply_by is not None]
        return _mine(waiting[0]) if waiting else None

    def ticket(self, who: str, ticket_id: str, *, as_admin: bool = False) -> TicketView:
        """A ticket with all that chat handed over.

        Raises:
            Forbidden: it is not theirs, and they are no admin.
            NotFound: there is no such ticket.
        """
        docket, record = self._admitted(who, ticket_id, as_admin=as_admin)
        packet = self._papers.packet(ticket_id)
        if packet is None:
            raise NotFound(f"there is no ticket {ticket_id}")
        return TicketView(
            id=ticket_id,
            mine=_mine(docket) if docket else None,
            packet=packet,
            call_back_phone=self._papers.papers(ticket_id).phone,
            record=record,
        )

    def entries(
        self, who: str, ticket_id: str, after: int, *, as_admin: bool = False
    ) -> list[Entry]:
        """What was written since the handover, after an entry's number; raises as `ticket`."""
        self._admitted(who, ticket_id, as_admin=as_admin)
        return self._papers.entries(ticket_id, after)

    def reply(self, who: str, ticket_id: str, token: int, message_id: str, text: str) -> None:
        """Write to the customer; the same message id again sends nothing.

        Raises:
            Conflict: the ticket is not theirs under this token; nothing is sent.
            NotFound: there is no such open ticket.
        """
        me = self._me(who)

        def write() -> None:
            if self._papers.replied(ticket_id, me, message_id):
                return
            entry, also = self._next_entry(ticket_id, me, Author.ATTENDANT, text, message_id)
            event = on.Replied(at=entry.at, ticket_id=ticket_id, attendant_id=me, token=token)
            also.append(self._papers.reply_mark(ticket_id, entry))
            self._office.reply(event, message_id, text, also)

        self._try(ticket_id, write)

    def transfer(self, who: str, ticket_id: str, token: int, kind: str, note: str) -> None:
        """Give a ticket to whoever serves `kind`, with a note for them; raises as `reply`."""
        me = self._me(who)

        def give() -> bool:
            entry, also = self._next_entry(ticket_id, me, Author.NOTE, note)
            event = on.Transferred(
                at=entry.at, ticket_id=ticket_id, attendant_id=me, token=token, kind=kind
            )
            return self._office.once(event, also)

        self._try(ticket_id, give)
        self._office.settle()

    def close(self, who: str, ticket_id: str, token: int, outcome: str) -> None:
        """End a ticket; raises as `reply`. A repeat after it was closed so is nothing."""
        me = self._me(who)
        ended = self._papers.ended(ticket_id)
        if ended is None:
            self._try(ticket_id, lambda: self._end(me, ticket_id, token, outcome))
        elif (ended.attendant_id, ended.outcome) != (me, outcome):
            raise Conflict(f"ticket {ticket_id} is over: it was {ended.status}")
        self._office.settle()

    def _end(self, me: str, ticket_id: str, token: int, outcome: str) -> None:
        event = on.Closed(
            at=self._clock(),
            ticket_id=ticket_id,
            attendant_id=me,
            token=token,
            outcome=outcome,
        )
        papers = self._papers.papers(ticket_id)
        unread = self._papers.unchanged(ticket_id, papers)
        self._office.close(event, papers.heard, [unread])

    def _next_entry(
        self,
        ticket_id: str,
        me: str,
        author: Author,
        text: str,
        message_id: str | None = None,
    ) -> tuple[Entry, Writes]:
        papers = self._papers.papers(ticket_id)
        entry = Entry(
            number=papers.entries + 1,
            author=author,
            text=text,
            at=self._clock(),
            attendant_id=me,
            message_id=message_id,
        )
        longer = papers.model_copy(update={"entries": entry.number})
        noted = self._papers.noted(ticket_id, papers, longer, entry.at)
        return entry, [noted, self._papers.entry(ticket_id, entry)]

    def _admitted(
        self, who: str, ticket_id: str, *, as_admin: bool
    ) -> tuple[Docket | None, Record | None]:
        docket = self._store.docket(ticket_id)
        record = None if docket else self._papers.ended(ticket_id)
        owner = docket.ticket.owner if docket else record.attendant_id if record else None
        if not as_admin and owner != self._me(who):
            raise Forbidden(f"ticket {ticket_id} is not yours")
        return docket, record

    def _try(self, ticket_id: str, action: Callable[[], object]) -> None:
        """Act on a ticket; one that is over was somebody's before, which is a conflict."""
        try:
            persistently(action, self._sleep)
        except NotFound as error:
            ended = self._papers.ended(ticket_id)
            if ended is None:
                raise
            raise Conflict(f"ticket {ticket_id} is over: it was {ended.status}") from error

    def _me(self, who: str) -> str:
        me = self._staff.attendant_of(who)
        if me is None:
            raise Forbidden(
                f"the token {who} is no attendant's: an admin names it in /v1/desk/attendants"
            )
        self._known[who] = me
        return me


def _mine(docket: Docket) -> Mine:
    ticket = docket.ticket
    return Mine(
        id=ticket.id,
        conversation_id=docket.conversation_id,
        kind=ticket.kind,
        token=ticket.token,
        created_at=ticket.created_at,
        assigned_at=docket.assigned_at,
        reply_by=ticket.reply_by,
        call_back=ticket.call_back,
    )
