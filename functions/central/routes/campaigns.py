"""Campaigns, and the report."""

from enum import StrEnum
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import StringConstraints

from central import collaborators
from central.domain.campaigns import CampaignView, NewCampaign
from central.domain.reports import Summary
from central.routes import PAGE, Cursor, Id, Limit
from central.watching import RecipientLine
from recado import clock, rest
from recado.contracts import Control
from recado.figures.periods import month_of
from recado.ledger.states import State
from recado.listing import Page
from recado.model import Frozen

router = rest.router()

StateName = StrEnum("StateName", {state.name: state.counter for state in State})  # type: ignore[misc]


@router.post("/v1/campaigns", status_code=201, tags=["campaigns"])
def draft(new: NewCampaign) -> CampaignView:
    """Keep a campaign as a draft; nothing is sent."""
    return collaborators.launching().draft(new, clock.now(), rest.caller_of(router).label)


@router.get("/v1/campaigns", tags=["campaigns"])
def campaigns(cursor: Cursor = None, limit: Limit = PAGE) -> Page[CampaignView]:
    """List campaigns, the newest first."""
    return collaborators.watching().views(cursor, limit)


@router.get("/v1/campaigns/<campaign_id>", tags=["campaigns"])
def campaign(campaign_id: Id) -> CampaignView:
    """Show a campaign: what it is, how far it is, and what recipients did with its mail."""
    return collaborators.watching().shown(campaign_id)


@router.post("/v1/campaigns/<campaign_id>/launch", status_code=202, tags=["campaigns"])
def launch(campaign_id: Id) -> CampaignView:
    """Try the template on a sample, then hand the campaign over; a large one awaits approval."""
    return collaborators.launching().launch(campaign_id, clock.now(), rest.caller_of(router))


Request = Annotated[
    str | None,
    Query(description="The `approval.id` you looked at; a newer one is then left alone."),
]


class Rejection(Frozen):
    """Why a large send shall not happen as it is."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


@router.post("/v1/campaigns/<campaign_id>/approve", status_code=202, tags=["campaigns"])
def approve(campaign_id: Id, request: Request = None) -> CampaignView:
    """Agree to a large send that somebody else launched; it is handed over as it was frozen."""
    return collaborators.approving().approve(
        campaign_id, request, clock.now(), rest.caller_of(router)
    )


@router.post("/v1/campaigns/<campaign_id>/reject", tags=["campaigns"])
def reject(campaign_id: Id, rejection: Rejection, request: Request = None) -> CampaignView:
    """Send a campaign that waits for approval back to its drafters, with a reason."""
    return collaborators.approving().reject(
        campaign_id, request, rejection.reason, clock.now(), rest.caller_of(router)
    )


@router.post("/v1/campaigns/<campaign_id>/pause", status_code=202, tags=["campaigns"])
def pause(campaign_id: Id) -> CampaignView:
    """Stop sending within seconds; nobody is skipped."""
    return _order(campaign_id, Control.PAUSE)


@router.post("/v1/campaigns/<campaign_id>/resume", status_code=202, tags=["campaigns"])
def resume(campaign_id: Id) -> CampaignView:
    """Go on with a paused campaign."""
    return _order(campaign_id, Control.RESUME)


@router.post("/v1/campaigns/<campaign_id>/cancel", status_code=202, tags=["campaigns"])
def cancel(campaign_id: Id) -> CampaignView:
    """End a campaign; whoever was not written to yet will not be."""
    return _order(campaign_id, Control.CANCEL)


@router.post("/v1/campaigns/<campaign_id>/retry", status_code=202, tags=["campaigns"])
def retry(campaign_id: Id) -> CampaignView:
    """Send again to exactly those who failed."""
    return _order(campaign_id, Control.RETRY_FAILED)


@router.get("/v1/campaigns/<campaign_id>/recipients", tags=["campaigns"])
def recipients(
    campaign_id: Id,
    state: Annotated[StateName | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Page[RecipientLine]:
    """List recipients and what became of them; a page may be short and still have a cursor."""
    wanted = State[state.name] if state else None
    return collaborators.watching().recipients(campaign_id, wanted, cursor, limit)


@router.get("/v1/reports/summary", tags=["reports"])
def summary(
    month: Annotated[str | None, Query(pattern=r"^2\d{3}-(0[1-9]|1[0-2])$")] = None,
) -> Summary:
    """Report on customers, money and campaigns, for this month unless told which."""
    today = collaborators.today()
    return collaborators.watching().report(today, month or month_of(today))


def _order(campaign_id: str, action: Control) -> CampaignView:
    return collaborators.launching().order(campaign_id, action, rest.caller_of(router).label)
