"""Approval of a large send by a second person: whose word is needed, and what it is about."""

from datetime import datetime

from pydantic import Field

from recado.errors import Conflict, Forbidden
from recado.model import Frozen, Identifier


class Approval(Frozen):
    """A request to approve one frozen plan, and what became of it.

    `recipients` is how many there are at least: counting stops once approval is needed, and rows
    that turn out to be unusable are counted too. The versions are those of the plan's template, or
    of each variant's.
    """

    id: Identifier
    asked_at: datetime
    asked_by: str
    asked_by_token: str
    template_version: int | None = None
    variant_versions: dict[str, int] = Field(default_factory=dict)
    recipients: int
    approved_at: datetime | None = None
    approved_by: str | None = None
    rejected_at: datetime | None = None
    rejected_by: str | None = None
    rejected_because: str | None = None

    @property
    def open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.approved_at is None and self.rejected_at is None


def needs_approval(recipients: int, above: int | None) -> bool:
    """Whether a send to so many needs a second person; `above` is `None` where none ever does."""
    return above is not None and recipients > above


def open_request(campaign_id: str, approval: Approval | None, request: str | None) -> Approval:
    """The request that waits for a decision.

    Raises:
        Conflict: there is none, or `request` names one that a later launch has replaced.
    """
    if approval is None or not approval.open:
        raise Conflict(f"the campaign {campaign_id} does not wait for approval")
    if request not in {None, approval.id}:
        raise Conflict(
            f"the request {request} was replaced: {approval.asked_by} launched {campaign_id} anew;"
            f" look at it again, the request is now {approval.id}"
        )
    return approval


def check_second_person(approval: Approval, token_id: str) -> None:
    """Raises `Forbidden` when whoever launched a campaign would also approve it."""
    if token_id == approval.asked_by_token:
        raise Forbidden(
            f"{approval.asked_by} launched this campaign with the same token: more than"
            f" {approval.recipients - 1:,} people get it, so somebody else has to approve it"
        )
