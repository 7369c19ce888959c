"""The use case of a recount: the running totals, against every customer and invoice.

The only place that scans; run by hand (`recado report recount`), never by a function.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from central.domain import balance
from central.domain.balance import Tallies, Tally, add
from central.domain.intake import Changes
from central.store.customers import CustomerStore, to_known_invoice
from central.store.statistics import TOTALS, is_total, to_tally
from recado import table
from recado.directory import to_customer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Recount:
    """Compares the totals with what they count, and mends them."""

    table_name: str
    dynamodb: "DynamoDBClient"
    zone: str

    def compare(self) -> dict[str, tuple[Tally, Tally]]:
        """The totals that differ: what is shown, and what was counted."""
        shown, counted = self._tallied()
        names = sorted({*shown, *counted})
        pairs = {name: (shown.get(name, Tally()), counted.get(name, Tally())) for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def mend(self) -> None:
        """Add what is missing; nobody may write customers meanwhile."""
        store = CustomerStore(self.table_name, self.dynamodb)
        for name, (shown, counted) in self.compare().items():
            store.commit(Changes(tallies={name: counted + -shown}))

    def _tallied(self) -> tuple[Tallies, Tallies]:
        """The totals that are shown, and those counted from every record; none of nothing."""
        shown: dict[str, Tally] = {}
        counted: dict[str, Tally] = {}
        for item in self._items():
            if is_total(item):
                shown[item["sk"]["S"]] = to_tally(item)
            else:
                for name, tally in self._of_record(item).items():
                    counted[name] = counted.get(name, Tally()) + tally
        return add(shown, {}), add(counted, {})

    def _items(self) -> Iterator[table.Item]:
        for page in table.pages(
            self.dynamodb.scan,
            TableName=self.table_name,
            FilterExpression=(
                "sk = :profile OR begins_with(sk, :invoice) OR begins_with(pk, :totals)"
            ),
            ExpressionAttributeValues=table.to_item(
                {":profile": "PROFILE", ":invoice": "INVOICE#", ":totals": TOTALS}
            ),
            ConsistentRead=True,
        ):
            yield from page

    def _of_record(self, item: table.Item) -> Tallies:
        if item["sk"]["S"] == "PROFILE":
            return balance.of_new_customer(self._day(to_customer(item).created_at))
        return balance.of_invoice(to_known_invoice(item).invoice)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()
