"""What staff look at: decisions, offers of a rule, results."""

from typing import TYPE_CHECKING

from marketing.domain.customers import Offer
from marketing.domain.scoring import Decision
from marketing.domain.uplift import Tally
from marketing.store import keys
from recado import settings, table
from recado.listing import Listing, Page
from recado.model import Frozen

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Counts(Frozen):
    """How many offers of a rule were made and settled, by group."""

    rule: str
    offered_made: int = 0
    hold_out_made: int = 0
    offered: Tally = Tally()
    held_out: Tally = Tally()


class Reports:
    """The reading side of marketing's table."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Reports":
        """The reports of the deployed suite."""
        return cls(settings.text("MARKETING_TABLE"), table.client())

    def decisions(self, customer_id: str, limit: int) -> tuple[Decision, ...]:
        """The latest decisions about a customer, the newest first."""
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.decisions(customer_id)}},
            ScanIndexForward=False,
            Limit=limit,
            ConsistentRead=True,
        )
        return tuple(Decision.model_validate_json(item["state"]["S"]) for item in answer["Items"])

    def offers(self, rule: str, cursor: str | None, limit: int) -> Page[Offer]:
        """A rule's offers, the newest first."""
        found = Listing(self._table, self._dynamodb).page(
            keys.offers_of(rule), cursor, limit, newest_first=True
        )
        offers = (Offer.model_validate_json(item["state"]["S"]) for item in found.items)
        return Page[Offer](items=tuple(offers), cursor=found.cursor)

    def results(self) -> tuple[Counts, ...]:
        """What came of every rule that made an offer."""
        found = table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "RESULTS"}},
        )
        return tuple(_counts(item) for page in found for item in page)


def _counts(item: table.Item) -> Counts:
    numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
    return Counts(
        rule=item["sk"]["S"].removeprefix("RULE#"),
        offered_made=numbers.get("offered_made", 0),
        hold_out_made=numbers.get("hold_out_made", 0),
        offered=_tally(numbers, "offered"),
        held_out=_tally(numbers, "hold_out"),
    )


def _tally(numbers: dict[str, int], group: str) -> Tally:
    return Tally(
        settled=numbers.get(f"{group}_settled", 0), converted=numbers.get(f"{group}_converted", 0)
    )
