"""The staff's API to invitations and to what the mailbox brought, from API Gateway."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import Field

from recado import clock, rest
from recado.listing import Page
from recado.model import Frozen, Language, MailBody
from recado.observability import logger, metrics
from signup import collaborators, standard
from signup.domain.invitations import BATCH_ID, Batch, Invitation, State, shown
from signup.domain.post import Handled
from signup.inviting import NewInvitations

api = rest.resolver("Recado: signup", "Invitations, and what people answered.")
PAGE = 50
Limit = Annotated[int, Query(ge=1, le=200, description="How many items, at most.")]
Cursor = Annotated[
    str | None,
    Query(max_length=120, description="The `cursor` of the page before; none for the first."),
]
Number = Annotated[
    str | None,
    Query(pattern="^[0-9]{1,8}$", description="The `cursor` of the page before; none at first."),
]
Id = Annotated[str, Path(pattern=BATCH_ID)]


class BatchView(Batch):
    """A batch, and how many of its people are in which state now."""

    counts: dict[str, int] = Field(description="They add up to `invited`; zeros are left out.")


class Invited(Frozen):
    """How far one invitation is. `reason` says what was asked for, or why it did not go on."""

    id: str
    email: str
    name: str
    state: State
    asked: int
    confirmations: int
    reason: str
    customer_id: str | None
    changed_at: str


class StandardTemplate(Frozen):
    """The bodies of the standard invitation, for `PUT /v1/templates/{id}`."""

    bodies: dict[Language, MailBody]


@api.post("/v1/invitations", status_code=201, tags=["invitations"])
def invite(new: NewInvitations) -> BatchView:
    """Invite people by e-mail; a marketing campaign carries it, with all that holds for one."""
    batch = collaborators.inviting().invite(new, rest.caller_of(api).label, clock.now())
    return _view(batch)


@api.get("/v1/invitations", tags=["invitations"])
def batches(cursor: Cursor = None, limit: Limit = PAGE) -> Page[BatchView]:
    """List batches of invitations, the newest first."""
    page = collaborators.invitations().batches(cursor, limit)
    return Page[BatchView](items=tuple(map(_view, page.items)), cursor=page.cursor)


@api.get("/v1/invitations/template", tags=["invitations"])
def template() -> StandardTemplate:
    """Show the standard invitation, whose form is the one that answers are read by."""
    return StandardTemplate(bodies=standard.bodies())


@api.get("/v1/invitations/<batch_id>", tags=["invitations"])
def batch(batch_id: Id) -> BatchView:
    """Show a batch and how far its people are."""
    return _view(collaborators.invitations().batch(batch_id))


@api.get("/v1/invitations/<batch_id>/people", tags=["invitations"])
def people(batch_id: Id, cursor: Number = None, limit: Limit = PAGE) -> Page[Invited]:
    """List the people of a batch, and how far each is."""
    page = collaborators.invitations().invitations(batch_id, cursor, limit)
    return Page[Invited](items=tuple(map(_invited, page.items)), cursor=page.cursor)


@api.get("/v1/mailbox/review", tags=["mailbox"])
def review(cursor: Cursor = None, limit: Limit = PAGE) -> Page[Handled]:
    """List the mails that a person should look at, the newest first, each with the reason."""
    return collaborators.mails().review(cursor, limit)


def _view(batch: Batch) -> BatchView:
    counts = collaborators.invitations().counts(batch.id)
    return BatchView(**batch.model_dump(), counts=shown(counts, batch.expires_at, clock.now()))


def _invited(invitation: Invitation) -> Invited:
    return Invited(
        id=invitation.place.invitation_id,
        email=invitation.email,
        name=invitation.name,
        state=invitation.standing(clock.now()),
        asked=invitation.asked,
        confirmations=invitation.confirmations,
        reason=invitation.reason,
        customer_id=invitation.customer_id,
        changed_at=invitation.changed_at.isoformat(),
    )


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Wakes on API Gateway."""
    metrics.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
    answer = api.resolve(event, context)
    logger.info("request", method=event.get("httpMethod"), status=answer["statusCode"])
    return answer
