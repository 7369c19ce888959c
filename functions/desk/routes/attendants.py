"""What attendants call, each with their own token."""

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field, StringConstraints

from desk.attending import Mine, Presence, TicketView
from desk.collaborators import attending
from desk.domain.dockets import Entry
from desk.routes import TicketId
from recado import rest
from recado.auth import Role
from recado.conversation import MAX_TEXT
from recado.model import Frozen, Identifier

router = rest.router()
TAG = "attendants"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
Token = Annotated[int, Field(ge=1, description="The ticket's `token`, as it came with it.")]


class Lease(Frozen):
    """Until when an attendant counts as present."""

    lease_until: datetime


class Next(Frozen):
    """The ticket to answer next, if there is one."""

    ticket: Mine | None


class Entries(Frozen):
    """What was written since the handover; ask for more `after` the last number."""

    items: tuple[Entry, ...]


class NewReply(Frozen):
    """A message to the customer; `message_id` is the attendant's own, and makes a repeat known."""

    token: Token
    message_id: Identifier
    text: Text


class NewTransfer(Frozen):
    """To whoever serves `kind`, on any server."""

    token: Token
    kind: Identifier
    note: Text


class NewClosing(Frozen):
    """How it ended, in the operator's own code: `solved`, `sold` …"""

    token: Token
    outcome: Identifier


def _who() -> str:
    return rest.caller_of(router).token_id


def _is_admin() -> bool:
    return rest.caller_of(router).role is Role.ADMIN


@router.post("/v1/desk/sign-in", tags=[TAG])
@rest.allow(Role.ATTENDANT)
def sign_in() -> Presence:
    """Start to work, or come back."""
    return attending().sign_in(_who())


@router.post("/v1/desk/sign-out", status_code=204, tags=[TAG])
@rest.allow(Role.ATTENDANT)
def sign_out() -> Response[str]:
    """Stop; tickets that are still theirs go to others."""
    attending().sign_out(_who())
    return rest.nothing()


@router.post("/v1/desk/heartbeat", tags=[TAG])
@rest.allow(Role.ATTENDANT)
def heartbeat() -> Lease:
    """Show a sign of life, well within every lease."""
    return Lease(lease_until=attending().heartbeat(_who()))


@router.get("/v1/desk/me", tags=[TAG])
@rest.allow(Role.ATTENDANT)
def me() -> Presence:
    """Show whether the attendant is signed in, and their tickets."""
    return attending().presence(_who())


@router.post("/v1/desk/next", tags=[TAG])
@rest.allow(Role.ATTENDANT)
def next_ticket() -> Next:
    """Give the attendant's oldest ticket that waits for a first reply."""
    return Next(ticket=attending().next_ticket(_who()))


@router.get("/v1/desk/tickets/<ticket_id>", tags=[TAG])
@rest.allow(Role.ATTENDANT)
def ticket(ticket_id: TicketId) -> TicketView:
    """Show a ticket with all that the bot handed over, to its owner or an admin."""
    return attending().ticket(_who(), ticket_id, as_admin=_is_admin())


@router.get("/v1/desk/tickets/<ticket_id>/lines", tags=[TAG])
@rest.allow(Role.ATTENDANT)
def lines(ticket_id: TicketId, after: Annotated[int, Query(ge=0, le=999_998)] = 0) -> Entries:
    """List what was written since the handover, to its owner or an admin."""
    found = attending().entries(_who(), ticket_id, after, as_admin=_is_admin())
    return Entries(items=tuple(found))


@router.post("/v1/desk/tickets/<ticket_id>/replies", status_code=204, tags=[TAG])
@rest.allow(Role.ATTENDANT)
def reply(ticket_id: TicketId, new: NewReply) -> Response[str]:
    """Write to the customer; the same message id again sends nothing."""
    attending().reply(_who(), ticket_id, new.token, new.message_id, new.text)
    return rest.nothing()


@router.post("/v1/desk/tickets/<ticket_id>/transfer", status_code=204, tags=[TAG])
@rest.allow(Role.ATTENDANT)
def transfer(ticket_id: TicketId, new: NewTransfer) -> Response[str]:
    """Pass a ticket on, with a note that only attendants see."""
    attending().transfer(_who(), ticket_id, new.token, new.kind, new.note)
    return rest.nothing()


@router.post("/v1/desk/tickets/<ticket_id>/close", status_code=204, tags=[TAG])
@rest.allow(Role.ATTENDANT)
def close(ticket_id: TicketId, new: NewClosing) -> Response[str]:
    """End a ticket; the same again changes nothing."""
    attending().close(_who(), ticket_id, new.token, new.outcome)
    return rest.nothing()
