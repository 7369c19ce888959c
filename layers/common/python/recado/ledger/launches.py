"""Which campaigns there are, for whoever looks at all that move: listed, never scanned for.

Key formats in the campaigns table:

    pk LAUNCHED#<UTC day>  sk <campaign>   taken up on that day, with its `lane`
    index `active`                         META items of campaigns that are not over, or whose end
                                           may not have been announced
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from recado import settings, table
from recado.model import Lane

ACTIVE_INDEX = "active"


class Launched(NamedTuple):
    """A campaign that was taken up."""

    campaign_id: str
    lane: Lane


class Launches:
    """The campaigns of one deployment, as lists."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Launches":
        """The campaigns of the deployed suite."""
        return cls(settings.text("CAMPAIGNS_TABLE"), table.client())

    def listing(self, campaign_id: str, lane: Lane, at: datetime) -> dict[str, Any]:
        """The write that lists a campaign, for the transaction that takes it up."""
        item = {"pk": _on(at.astimezone(UTC).date()), "sk": campaign_id, "lane": lane}
        return {"Put": {"TableName": self._table, "Item": table.to_item(item)}}

    def on(self, day: date) -> Iterator[Launched]:
        """The campaigns that were taken up on a day of UTC."""
        for item in self._query("pk = :what", _on(day)):
            yield Launched(item["sk"]["S"], Lane(item["lane"]["S"]))

    def active(self) -> Iterator[Launched]:
        """The campaigns that are not over, or whose end may not have been announced."""
        for item in self._query("active = :what", "1", IndexName=ACTIVE_INDEX):
            yield Launched(item["pk"]["S"].removeprefix("CAMPAIGN#"), Lane(item["lane"]["S"]))

    def _query(self, condition: str, what: str, **request: Any) -> Iterator[table.Item]:
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues={":what": {"S": what}},
            **request,
        ):
            yield from page


def _on(day: date) -> str:
    return f"LAUNCHED#{day.isoformat()}"
