"""Plans that wait for approval.

Key format, beside the campaign in central's table: `pk CAMPAIGN#<id>`, `sk PROPOSAL`; the newest
request replaces the one before, and names itself in `approval_id`.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from central.domain.approval import Approval
from central.store.campaigns import key, stored
from recado import settings, table
from recado.contracts import PlanCampaign

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ApprovalStore:
    """Requests for approval, and the frozen plans they are about."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "ApprovalStore":
        """The requests of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client())

    def ask(self, plan: PlanCampaign, approval: Approval) -> bool:
        """Ask for approval of a plan, in place of any earlier one; False if it was launched."""
        proposal = {
            "Put": {
                "TableName": self._table,
                "Item": key(plan.campaign_id, "PROPOSAL")
                | table.to_item({"approval_id": approval.id, "plan": plan.model_dump_json()}),
            }
        }
        request = self._change(
            plan.campaign_id,
            approval,
            "attribute_exists(pk) AND attribute_not_exists(launched_at)",
        )
        try:
            table.transact([{"Update": request}, proposal], dynamodb=self._dynamodb)
        except table.TransactionRefused:
            return False
        return True

    def proposed(self, campaign_id: str, approval_id: str) -> PlanCampaign | None:
        """The plan a request is about; `None` once a later request has replaced it."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=key(campaign_id, "PROPOSAL"), ConsistentRead=True
        ).get("Item")
        if not item or item["approval_id"]["S"] != approval_id:
            return None
        return PlanCampaign.model_validate_json(item["plan"]["S"])

    def reject(self, campaign_id: str, rejected: Approval) -> bool:
        """Close a request; False when it is no longer the open one."""
        update = self._change(
            campaign_id,
            rejected,
            "approval.id = :id AND attribute_not_exists(launched_at)"
            " AND attribute_not_exists(approval.rejected_at)",
        )
        update["ExpressionAttributeValues"] |= table.to_item({":id": rejected.id})
        try:
            self._dynamodb.update_item(**update)
        except ClientError as error:
            if table.condition_failed(error):
                return False
            raise
        return True

    def _change(self, campaign_id: str, approval: Approval, condition: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": key(campaign_id, "CAMPAIGN"),
            "UpdateExpression": "SET approval = :approval",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":approval": stored(approval)},
        }
