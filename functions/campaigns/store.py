"""Campaigns in DynamoDB; the chunks beside them belong to `recado.ledger.store`."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from campaigns.domain.campaign import Campaign
from recado import settings, table
from recado.contracts import PlanCampaign
from recado.errors import NotFound
from recado.ledger.chunk import Chunk
from recado.ledger.launches import ACTIVE_INDEX, Launches
from recado.ledger.progress import ProgressBoard, Status
from recado.ledger.store import VARIANT, Ledger, key
from recado.ledger.waking import WakingHours

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class CampaignStore:
    """Campaigns, their planning checkpoints and, through `ledger` and `board`, all about them."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self.ledger = Ledger(table_name, dynamodb)
        self.board = ProgressBoard(table_name, dynamodb)
        self.waking = WakingHours(table_name, dynamodb)
        self._launches = Launches(table_name, dynamodb)

    @classmethod
    def from_env(cls) -> "CampaignStore":
        """The campaigns of the deployed suite."""
        return cls(settings.text("CAMPAIGNS_TABLE"), table.client())

    def create(self, plan: PlanCampaign, status: Status, now: datetime, reason: str = "") -> bool:
        """Take up a launched campaign; False when it was taken up before."""
        noted = {"reason": reason, "active": "1"}
        if status is Status.RUNNING:
            noted["started_at"] = now.isoformat()
        fresh = Campaign(
            id=plan.campaign_id,
            lane=plan.lane,
            status=status,
            starts_at=plan.starts_at,
            correlation_id=plan.correlation_id,
        )
        try:
            table.transact(
                [
                    self._put("PLAN", plan.campaign_id, {"plan": plan.model_dump_json()}),
                    self._put("META", plan.campaign_id, _attributes(fresh) | noted),
                    self._put("COUNTS", plan.campaign_id, {"total": 0}),
                    self._launches.listing(plan.campaign_id, plan.lane, now),
                ],
                dynamodb=self._dynamodb,
            )
        except table.TransactionRefused:
            return False
        return True

    def get(self, campaign_id: str) -> Campaign:
        """A campaign as it stands now.

        Raises:
            NotFound: no such campaign was launched.
        """
        item = self._dynamodb.get_item(
            TableName=self._table, Key=key(campaign_id, "META"), ConsistentRead=True
        ).get("Item")
        if not item:
            raise NotFound(f"campaign {campaign_id} has not been launched")
        return to_campaign(dict(item))

    def active(self) -> Iterator[Campaign]:
        """Every campaign that is not over, or whose end may not have been announced."""
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            IndexName=ACTIVE_INDEX,
            KeyConditionExpression="active = :yes",
            ExpressionAttributeValues={":yes": {"S": "1"}},
        ):
            yield from map(to_campaign, page)

    def move(self, campaign: Campaign, to: Status, now: datetime, reason: str = "") -> bool:
        """Change a campaign's status; False when somebody else changed it first."""
        moment = table.to_item(
            {
                ":now": now.isoformat(),
                ":to": to,
                ":was": campaign.status,
                ":reason": reason,
                ":yes": "1",
            }
        )
        update = (
            "SET #status = :to, reason = :reason, active = :yes,"
            " started_at = if_not_exists(started_at, :now)"
        )
        update += ", ended_at = :now REMOVE announced" if to.over else " REMOVE ended_at, announced"
        return self._update(campaign.id, update, "#status = :was", moment)

    def note_announced(self, campaign: Campaign) -> None:
        """The bus took the news of this end: the schedule need not look after it any more."""
        ended_at = campaign.ended_at and campaign.ended_at.isoformat()
        self._update(
            campaign.id,
            "SET announced = :yes REMOVE active",
            "#status = :was AND ended_at = :ended",
            table.to_item({":yes": True, ":was": campaign.status, ":ended": ended_at}),
        )

    def add_page(
        self,
        campaign: Campaign,
        chunks: list[Chunk],
        cursor: str | None,
        variants: Mapping[str, int],
    ) -> bool:
        """Write a page's chunks, count them and move the checkpoint, all or nothing.

        `variants` is how many of their recipients get each variant of an experiment. Returns False
        when another planner wrote this page first.
        """
        counted = {f"v{place}": name for place, name in enumerate(variants)}
        additions = ", ".join(f"#{mark} :{mark}" for mark in counted)
        checkpoint = {
            "Update": {
                "TableName": self._table,
                "Key": key(campaign.id, "META"),
                "UpdateExpression": (
                    "SET planned_pages = :pages, planned_chunks = :chunks, #cursor = :cursor,"
                    " plan_done = :done" + (f" ADD {additions}" if counted else "")
                ),
                "ConditionExpression": "planned_pages = :was",
                "ExpressionAttributeNames": {"#cursor": "cursor"}
                | {f"#{mark}": f"{VARIANT}{name}" for mark, name in counted.items()},
                "ExpressionAttributeValues": table.to_item(
                    {
                        ":was": campaign.planned_pages,
                        ":pages": campaign.planned_pages + 1,
                        ":chunks": campaign.planned_chunks + len(chunks),
                        ":cursor": cursor or "",
                        ":done": cursor is None,
                    }
                    | {f":{mark}": variants[name] for mark, name in counted.items()}
                ),
            }
        }
        writes = self.ledger.planned(chunks) if chunks else []
        try:
            table.transact([checkpoint, *writes], dynamodb=self._dynamodb)
        except table.TransactionRefused:
            return False
        return True

    def note_enqueued(self, campaign_id: str, pages: int) -> None:
        """Remember that the chunks of the first `pages` pages are on the queue."""
        self._update(
            campaign_id,
            "SET enqueued_pages = :pages",
            "enqueued_pages < :pages",
            table.to_item({":pages": pages}),
        )

    def note_accepted(self, campaign_id: str, counts: Mapping[str, int]) -> None:
        """Remember the counts with which staff let a campaign go on."""
        self._update(
            campaign_id,
            "SET accepted_before = :counts",
            "attribute_exists(pk)",
            table.to_item({":counts": dict(counts)}),
        )

    def clear_wake(self, campaign: Campaign) -> bool:
        """Forget when a campaign wakes; False when that has changed meanwhile."""
        woken = campaign.wakes_at and campaign.wakes_at.astimezone(UTC).isoformat()
        return self._update(
            campaign.id,
            "REMOVE wakes_at, wakes_in",
            "wakes_at = :woken",
            table.to_item({":woken": woken}),
        )

    def note_open(self, campaign_id: str, number: int, now: datetime) -> None:
        """Remember how many recipients were open, and since when."""
        self._update(
            campaign_id,
            "SET open_seen = :open, open_seen_at = :now",
            "attribute_exists(pk)",
            table.to_item({":open": number, ":now": now.isoformat()}),
        )

    def _put(self, sort: str, campaign_id: str, values: dict[str, Any]) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": key(campaign_id, sort) | table.to_item(values),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _update(
        self, campaign_id: str, update: str, condition: str, values: dict[str, Any]
    ) -> bool:
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": key(campaign_id, "META"),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        if "#status" in update + condition:
            request["ExpressionAttributeNames"] = {"#status": "status"}
        try:
            self._dynamodb.update_item(**request)
        except ClientError as error:
            if table.condition_failed(error):
                return False
            raise
        return True


def _attributes(campaign: Campaign) -> dict[str, Any]:
    return campaign.model_dump(mode="json", exclude={"id"}, exclude_none=True)


def to_campaign(item: table.Item) -> Campaign:
    """A campaign from its stored META item."""
    values = table.from_item(item)
    known = {name: values[name] for name in Campaign.model_fields if name in values}
    known["cursor"] = known.get("cursor") or None
    return Campaign.model_validate(known | {"id": values["pk"].removeprefix("CAMPAIGN#")})
