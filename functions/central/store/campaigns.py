"""Campaign definitions, and the plan each was launched with."""

from typing import TYPE_CHECKING, Any

from central.domain.approval import Approval
from central.domain.campaigns import Definition
from recado import settings, table
from recado.contracts import PlanCampaign
from recado.errors import NotFound
from recado.listing import Listing, Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LISTED = "CAMPAIGNS"


class CampaignStore:
    """Campaigns in central's table; their progress is in the ledger of `campaigns`."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._listing = Listing(table_name, dynamodb)

    @classmethod
    def from_env(cls) -> "CampaignStore":
        """The campaigns of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client())

    def create(self, definition: Definition) -> None:
        """Store a new draft; one with this id that is there already stays as it is."""
        listed = {"listing_pk": LISTED, "listing_sk": definition.id}
        item = key(definition.id, "CAMPAIGN") | table.to_item(
            listed | definition.model_dump(mode="json", exclude_none=True)
        )
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return

    def get(self, campaign_id: str) -> Definition:
        """A campaign.

        Raises:
            NotFound: there is none with this id.
        """
        item = self._dynamodb.get_item(
            TableName=self._table, Key=key(campaign_id, "CAMPAIGN"), ConsistentRead=True
        ).get("Item")
        if not item:
            raise NotFound(f"there is no campaign {campaign_id}")
        return _to_definition(dict(item))

    def page(self, cursor: str | None, limit: int) -> Page[Definition]:
        """Campaigns, the newest first."""
        found = self._listing.page(LISTED, cursor, limit, newest_first=True)
        return Page[Definition](items=tuple(map(_to_definition, found.items)), cursor=found.cursor)

    def plan(self, campaign_id: str) -> PlanCampaign | None:
        """What a campaign was launched with; `None` for a draft."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=key(campaign_id, "PLAN"), ConsistentRead=True
        ).get("Item")
        return PlanCampaign.model_validate_json(item["plan"]["S"]) if item else None

    def launch(
        self, plan: PlanCampaign, launched_at: str, approved: Approval | None = None
    ) -> bool:
        """Mark a draft as launched with this plan; False when it was launched before.

        Also False when `approved` is not the request for approval that waits.
        """
        only = plan.template.version if plan.template else None
        update = "SET launched_at = :at, launched_by = :by, variant_versions = :versions"
        condition = "attribute_exists(pk)"
        values = table.to_item(
            {
                ":at": launched_at,
                ":by": plan.launched_by,
                ":version": only,
                ":versions": plan.variant_versions,
            }
        )
        if only is not None:
            update += ", template_version = :version"
        if approved is not None:
            update += ", approval = :approval"
            condition += " AND approval.id = :id AND attribute_not_exists(approval.rejected_at)"
            values |= {":approval": stored(approved), ":id": {"S": approved.id}}
        else:
            update += " REMOVE approval"
        mark = {
            "Update": {
                "TableName": self._table,
                "Key": key(plan.campaign_id, "CAMPAIGN"),
                "UpdateExpression": update,
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
            }
        }
        keep = {
            "Put": {
                "TableName": self._table,
                "Item": key(plan.campaign_id, "PLAN")
                | table.to_item({"plan": plan.model_dump_json()}),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        try:
            table.transact([mark, keep], dynamodb=self._dynamodb)
        except table.TransactionRefused:
            return False
        return True


def stored(approval: Approval) -> dict[str, Any]:
    """A request for approval as an attribute of its campaign."""
    values = approval.model_dump(mode="json", exclude_none=True)
    return {"M": table.to_item(values)}


def key(campaign_id: str, sort: str) -> table.Item:
    """The primary key of one item of a campaign in central's table."""
    return table.to_item({"pk": f"CAMPAIGN#{campaign_id}", "sk": sort})


def _to_definition(item: table.Item) -> Definition:
    values = table.from_item(item)
    return Definition.model_validate(
        {name: values[name] for name in Definition.model_fields if name in values}
    )
