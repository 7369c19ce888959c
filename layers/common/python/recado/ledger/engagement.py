"""Counting what recipients did with a campaign's mail, each person once a kind.

Key formats, under `pk CAMPAIGN#<id>` of the campaigns table:

    sk TOUCHED#<chunk>        which positions of the chunk did what, a set of numbers for each kind
    sk ENGAGEMENT#<variant>   how many did what, moved in the same transaction; `link <url>` too
"""

from typing import TYPE_CHECKING, Any

from recado import settings, table
from recado.ledger.reach import Engagement, Kind
from recado.ledger.store import key, partition
from recado.links import Reference

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_COUNTERS = "ENGAGEMENT#"
_LINK = "link "


class EngagementBook:
    """The counters of all campaigns."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "EngagementBook":
        """The counters of the deployed suite."""
        return cls(settings.text("CAMPAIGNS_TABLE"), table.client())

    def note(self, who: Reference, kind: Kind) -> bool:
        """Count that a recipient did something; False when it was counted before."""
        return self._count(who, kind.value)

    def note_link(self, who: Reference) -> bool:
        """Count that a recipient followed a link, each link once."""
        return self._count(who, f"{_LINK}{who.target}")

    def of(self, campaign_id: str) -> tuple[Engagement, ...]:
        """What was counted for a campaign, by variant."""
        found = [
            item
            for page in table.pages(
                self._dynamodb.query,
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :counters)",
                ExpressionAttributeValues={
                    ":pk": {"S": partition(campaign_id)},
                    ":counters": {"S": _COUNTERS},
                },
            )
            for item in page
        ]
        return tuple(map(_to_engagement, found))

    def _count(self, who: Reference, what: str) -> bool:
        names = {"#what": what}
        mark: dict[str, Any] = {
            "TableName": self._table,
            "Key": _touched_key(who.campaign_id, who.chunk),
            "UpdateExpression": "ADD #what :places",
            "ConditionExpression": "attribute_not_exists(#what) OR NOT contains(#what, :place)",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {
                ":places": {"NS": [str(who.position)]},
                ":place": {"N": str(who.position)},
            },
        }
        count: dict[str, Any] = {
            "TableName": self._table,
            "Key": key(who.campaign_id, f"{_COUNTERS}{who.variant}"),
            "UpdateExpression": "ADD #what :one",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        try:
            table.transact([{"Update": mark}, {"Update": count}], dynamodb=self._dynamodb)
        except table.TransactionRefused:
            return False
        return True


def touched(
    dynamodb: table.DynamoDB, table_name: str, campaign_id: str, chunk: int
) -> dict[Kind, frozenset[int]]:
    """Which positions of a chunk did what."""
    item = dynamodb.get_item(TableName=table_name, Key=_touched_key(campaign_id, chunk)).get(
        "Item", {}
    )
    return {kind: frozenset(map(int, item[kind]["NS"])) for kind in Kind if kind in item}


def _touched_key(campaign_id: str, chunk: int) -> table.Item:
    return key(campaign_id, f"TOUCHED#{chunk:08d}")


def _to_engagement(item: table.Item) -> Engagement:
    numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
    return Engagement(
        variant=item["sk"]["S"].removeprefix(_COUNTERS),
        links={
            name.removeprefix(_LINK): number
            for name, number in numbers.items()
            if name.startswith(_LINK)
        },
        **{kind.value: numbers.get(kind.value, 0) for kind in Kind},
    )
