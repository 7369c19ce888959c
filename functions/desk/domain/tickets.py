"""A ticket: one customer's request for a person, from the buffer to its end."""

from datetime import datetime
from enum import StrEnum

from desk.domain.rules import Rules
from recado.errors import Conflict
from recado.model import Frozen


class Status(StrEnum):
    """Where a ticket is in its life."""

    WAITING = "waiting"
    ASSIGNED = "assigned"
    CLOSED = "closed"
    ABANDONED = "abandoned"
    DEFLECTED = "deflected"


class Ticket(Frozen):
    """A request, its place and its owner.

    `created_at` is its age and never changes. `server_id` is where it waits or is served; None is
    the common queue, open to every server. `call_back` says that the customer waits for a call and
    not on the line. `token` grows with every assignment: only who holds the
    latest one may act. `reply_by` is the first reply's deadline, None once it came.
    """

    id: str
    kind: str
    created_at: datetime
    status: Status = Status.WAITING
    server_id: str | None = None
    owner: str | None = None
    call_back: bool = False
    token: int = 0
    reply_by: datetime | None = None
    requeues: int = 0
    moves: int = 0
    moved_at: datetime | None = None
    outcome: str | None = None

    @property
    def age(self) -> tuple[datetime, str]:
        """The order in which tickets are served: oldest first, then by id."""
        return self.created_at, self.id


def assigned(
    ticket: Ticket, attendant_id: str, server_id: str, rules: Rules, now: datetime
) -> Ticket:
    """The ticket with an owner and a new token.

    Raises:
        Conflict: it does not wait.
    """
    _must_wait(ticket)
    return ticket.model_copy(
        update={
            "status": Status.ASSIGNED,
            "owner": attendant_id,
            "server_id": server_id,
            "token": ticket.token + 1,
            "reply_by": now + rules.first_reply,
        }
    )


def requeued(ticket: Ticket) -> Ticket:
    """The ticket taken from an owner who is gone or silent, back with its age in the common queue.

    The token stays, so that the next owner's is higher.
    """
    return _waiting_again(ticket).model_copy(
        update={"server_id": None, "requeues": ticket.requeues + 1}
    )


def replied(ticket: Ticket, attendant_id: str, token: int) -> Ticket:
    """The ticket after a reply of its owner.

    Raises:
        Conflict: the ticket has another owner or a newer token; the reply must not be sent.
    """
    _must_hold(ticket, attendant_id, token)
    return ticket.model_copy(update={"reply_by": None})


def transferred(ticket: Ticket, attendant_id: str, token: int, kind: str) -> Ticket:
    """The ticket given by its owner to whoever is free for `kind`, on any server.

    Raises:
        Conflict: as for `replied`.
    """
    _must_hold(ticket, attendant_id, token)
    return _waiting_again(ticket).model_copy(update={"kind": kind, "server_id": None})


def closed(ticket: Ticket, attendant_id: str, token: int, outcome: str) -> Ticket:
    """The ticket ended by its owner.

    Raises:
        Conflict: as for `replied`.
    """
    _must_hold(ticket, attendant_id, token)
    return ticket.model_copy(
        update={"status": Status.CLOSED, "owner": None, "reply_by": None, "outcome": outcome}
    )


def abandoned(ticket: Ticket) -> Ticket:
    """The ticket after the customer gave up, waiting or left alone by a silent attendant."""
    return ticket.model_copy(update={"status": Status.ABANDONED, "owner": None, "reply_by": None})


def called_back(ticket: Ticket) -> Ticket:
    """The ticket after the customer chose a call-back: it keeps its place.

    Raises:
        Conflict: it does not wait any more.
    """
    _must_wait(ticket)
    return ticket.model_copy(update={"call_back": True})


def deflected(ticket: Ticket) -> Ticket:
    """The ticket after the customer chose the bot's help instead of waiting.

    Raises:
        Conflict: it does not wait any more.
    """
    _must_wait(ticket)
    return ticket.model_copy(update={"status": Status.DEFLECTED})


def moved(ticket: Ticket, server_id: str | None, now: datetime) -> Ticket:
    """The waiting ticket in another server's queue, or in the common one."""
    return ticket.model_copy(
        update={"server_id": server_id, "moves": ticket.moves + 1, "moved_at": now}
    )


def _waiting_again(ticket: Ticket) -> Ticket:
    return ticket.model_copy(update={"status": Status.WAITING, "owner": None, "reply_by": None})


def _must_wait(ticket: Ticket) -> None:
    if ticket.status is not Status.WAITING:
        raise Conflict(f"ticket {ticket.id} does not wait: it is {ticket.status}")


def _must_hold(ticket: Ticket, attendant_id: str, token: int) -> None:
    if ticket.status is not Status.ASSIGNED or ticket.owner != attendant_id:
        raise Conflict(f"ticket {ticket.id} is no longer {attendant_id}'s: fetch the next one")
    if ticket.token != token:
        raise Conflict(
            f"token {token} of ticket {ticket.id} is old (now {ticket.token}): fetch it again"
        )
