"""The running totals, to read."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from central.domain.balance import Tally, open_due
from recado import settings, table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PARTITION = "STATS"


class Statistics:
    """Totals that the writes of customers and invoices keep."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Statistics":
        """The totals of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client())

    def totals(self, names: Iterable[str]) -> dict[str, Tally]:
        """Totals by name; one that nothing was ever added to is absent."""
        found = {}
        for name in names:
            item = self._dynamodb.get_item(
                TableName=self._table, Key=table.to_item({"pk": _PARTITION, "sk": name})
            ).get("Item")
            if item:
                found[name] = _to_tally(item)
        return found

    def open_before(self, day: date) -> dict[date, Tally]:
        """Open invoices by due date, for the due dates before `day`."""
        prefix = open_due(day).removesuffix(day.isoformat())
        found: dict[date, Tally] = {}
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=table.to_item(
                {
                    ":pk": _PARTITION,
                    ":first": open_due(date.min),
                    ":last": open_due(day - timedelta(days=1)),
                }
            ),
        ):
            for item in page:
                found[date.fromisoformat(item["sk"]["S"].removeprefix(prefix))] = _to_tally(item)
        return found


def _to_tally(item: Mapping[str, Any]) -> Tally:
    values = table.from_item(item)
    return Tally(
        customers=int(values.get("customers", 0)),
        invoices=int(values.get("invoices", 0)),
        amount=values.get("amount", Tally().amount),
    )
