"""The use cases of a second person: approve a large send, or send it back."""

from datetime import datetime

from central.domain.approval import Approval, check_second_person, open_request
from central.domain.campaigns import CampaignView
from central.launching import Launching
from central.store.approvals import ApprovalStore
from central.store.campaigns import CampaignStore
from central.watching import Watching
from recado.auth import Caller
from recado.errors import Conflict


class Approving:
    """Decides about campaigns that wait for approval."""

    def __init__(
        self,
        campaigns: CampaignStore,
        approvals: ApprovalStore,
        launching: Launching,
        watching: Watching,
    ) -> None:
        self._campaigns = campaigns
        self._approvals = approvals
        self._launching = launching
        self._watching = watching

    def approve(
        self, campaign_id: str, request: str | None, now: datetime, by: Caller
    ) -> CampaignView:
        """Hand over the plan that was frozen when approval was asked for.

        A repeat by the same person hands it over again until it is taken up.

        Raises:
            Forbidden: the same person launched it.
            Conflict: nothing waits for approval, or no longer this request.
        """
        definition = self._campaigns.get(campaign_id)
        if definition.launched_at is None:
            approval = open_request(campaign_id, definition.approval, request)
            check_second_person(approval, by.token_id)
            self._launch(campaign_id, approval, now, by.label)
        self._launching.hand_over(campaign_id)
        return self._watching.view(campaign_id)

    def reject(
        self, campaign_id: str, request: str | None, reason: str, now: datetime, by: Caller
    ) -> CampaignView:
        """Make a campaign a draft again, with the reason; its own launcher may do that too.

        Raises:
            Conflict: nothing waits for approval, or no longer this request.
        """
        approval = open_request(campaign_id, self._campaigns.get(campaign_id).approval, request)
        rejected = approval.model_copy(
            update={"rejected_at": now, "rejected_by": by.label, "rejected_because": reason}
        )
        if not self._approvals.reject(campaign_id, rejected):
            raise _decided(campaign_id)
        return self._watching.view(campaign_id)

    def _launch(self, campaign_id: str, approval: Approval, now: datetime, by: str) -> None:
        approved = approval.model_copy(update={"approved_at": now, "approved_by": by})
        plan = self._approvals.proposed(campaign_id, approval.id)
        if plan is None or not self._campaigns.launch(
            plan.model_copy(update={"approved_by": by, "approved_at": now}),
            now.isoformat(),
            approved,
        ):
            raise _decided(campaign_id)


def _decided(campaign_id: str) -> Conflict:
    return Conflict(
        f"somebody else launched {campaign_id} anew or decided about it at the same time:"
        " look at it again"
    )
