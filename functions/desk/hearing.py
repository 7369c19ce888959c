"""What chat tells of a handover: applied once, in the order of its numbers."""

from collections.abc import Callable

from desk.domain import events as on
from desk.domain.dockets import Author, Entry, Papers
from desk.domain.news import CustomerWrote
from desk.domain.tickets import Status
from desk.office import Office
from desk.store.floor import FloorStore, Write, Writes
from desk.store.papers import PapersStore
from desk.trying import Sleep, persistently
from recado.clock import Clock
from recado.conversation import (
    CallBackChosen,
    ChatMessage,
    HandoffRequested,
    HandoffWithdrawn,
    HandoverEvent,
)
from recado.errors import Conflict, NotFound


class Hearing:
    """Applies chat's facts; the bus may repeat and reorder them."""

    def __init__(
        self,
        office: Office,
        store: FloorStore,
        papers: PapersStore,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._office = office
        self._store = store
        self._papers = papers
        self._clock = clock
        self._sleep = sleep

    def hear(self, event: HandoverEvent) -> None:
        """Apply a fact and those that waited for it; one that is early waits, a repeat is nothing.

        A repeat settles the desk, as the first delivery may have ended before that.

        Raises:
            Retryable: others kept changing the same ticket.
        """
        if not persistently(lambda: self._in_order(event), self._sleep):
            self._office.settle()

    def _in_order(self, event: HandoverEvent) -> bool:
        """Apply what is due, with this event or after it; whether it was this event's turn."""
        ticket_id = event.ticket_id
        papers = self._papers.papers(ticket_id)
        if event.number > papers.heard + 1:
            self._papers.park(event)
            papers = self._papers.papers(ticket_id)
        if event.number > papers.heard + 1:
            return True
        is_new = event.number == papers.heard + 1
        due = event if is_new else self._papers.early(ticket_id, papers.heard + 1)
        while due is not None:
            papers = self._apply(due, papers)
            due = self._papers.early(ticket_id, papers.heard + 1)
        return is_new

    def _apply(self, event: HandoverEvent, papers: Papers) -> Papers:
        """Apply a fact whose turn it is; the papers afterwards."""
        now = papers.model_copy(update={"heard": event.number})
        match event:
            case HandoffRequested():
                kept = self._papers.keep_packet(event, self._clock())
                self._office.admit(event, [self._noted(event, papers, now), kept])
            case ChatMessage():
                now = now.model_copy(update={"entries": papers.entries + 1})
                self._write_down(event, now.entries, self._noted(event, papers, now))
            case CallBackChosen():
                now = now.model_copy(update={"phone": event.phone})
                also = [self._noted(event, papers, now)]
                choice = on.ChoseCallBack(at=event.at, ticket_id=event.ticket_id)
                self._unless_over(lambda: self._office.once(choice, also), also)
            case HandoffWithdrawn():
                also = [self._noted(event, papers, now)]
                self._unless_over(lambda: self._withdraw(event, also), also)
            case _:
                self._store.write([self._noted(event, papers, now)])
        return now

    def _write_down(self, event: ChatMessage, number: int, noted: Write) -> None:
        entry = Entry(number=number, author=Author.CUSTOMER, text=event.line.text, at=event.line.at)
        self._store.write([noted, self._papers.entry(event.ticket_id, entry)])
        docket = self._store.docket(event.ticket_id)
        if docket is not None and docket.ticket.owner is not None:
            news = CustomerWrote(ticket_id=event.ticket_id, number=number)
            self._office.announce(docket.ticket.owner, news)

    def _withdraw(self, event: HandoffWithdrawn, also: Writes) -> None:
        """A customer who goes back to the bot leaves an attendant who has them by now."""
        now, ticket_id = self._clock(), event.ticket_id
        docket = self._store.docket(ticket_id)
        waits = docket is not None and docket.ticket.status is Status.WAITING
        leaves: on.ChoseBot | on.GaveUp = on.GaveUp(at=now, ticket_id=ticket_id)
        if event.why == "bot" and waits:
            leaves = on.ChoseBot(at=now, ticket_id=ticket_id)
        if self._office.once(leaves, also):
            self._office.settle()

    def _unless_over(self, change: Callable[[], object], also: Writes) -> None:
        """Make a change; where it comes too late, only note that it was heard."""
        try:
            change()
        except (Conflict, NotFound):
            self._store.write(also)

    def _noted(self, event: HandoverEvent, was: Papers, now: Papers) -> Write:
        return self._papers.noted(event.ticket_id, was, now, self._clock())
