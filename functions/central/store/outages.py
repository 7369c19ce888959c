"""Outages: listed until they are ended."""

from typing import TYPE_CHECKING

from central.domain.outages import ended
from recado import settings, table
from recado.errors import NotFound
from recado.listing import Listing, Page
from recado.model import Outage
from recado.outages import LISTED, key, to_outage

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient


class OutageStore:
    """The writing side of outages; `recado.outages` is the reading one."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._listing = Listing(table_name, dynamodb)

    @classmethod
    def from_env(cls) -> "OutageStore":
        """The outages of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client())

    def add(self, outage: Outage) -> None:
        """Announce an outage."""
        listed = table.to_item({"listing_pk": LISTED, "listing_sk": outage.id})
        self._put(outage, listed)

    def page(self, at: "datetime", cursor: str | None, limit: int) -> Page[Outage]:
        """Outages that are not over, the newest announcement first."""
        found = self._listing.page(LISTED, cursor, limit, newest_first=True)
        outages = (to_outage(item) for item in found.items)
        return Page[Outage](
            items=tuple(outage for outage in outages if not outage.over(at)), cursor=found.cursor
        )

    def end(self, outage_id: str, at: "datetime") -> Outage:
        """Note that an outage is over; doing so again changes nothing.

        Raises:
            NotFound: there is none with this id.
        """
        item = self._dynamodb.get_item(
            TableName=self._table, Key=key(outage_id), ConsistentRead=True
        ).get("Item")
        if not item:
            raise NotFound(f"there is no outage {outage_id}")
        outage = to_outage(dict(item))
        over = ended(outage, at)
        if over != outage:
            self._put(over, {})
        return over

    def _put(self, outage: Outage, listed: table.Item) -> None:
        item = key(outage.id) | listed | table.to_item({"outage": outage.model_dump_json()})
        self._dynamodb.put_item(TableName=self._table, Item=item)
