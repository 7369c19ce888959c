"""Read access to announced outages for every service; only `central` writes them.

Key format (central's table): pk OUTAGE#<id>, sk OUTAGE; while it is not ended it is listed in
OUTAGES by id.
"""

from datetime import datetime, timedelta

from recado import settings, table, wire
from recado.listing import INDEX
from recado.model import Language, Outage

LISTED = "OUTAGES"
CACHED = timedelta(seconds=60)
"""How old what a process knows of outages may be."""


def key(outage_id: str) -> table.Item:
    """The primary key of an outage."""
    return table.to_item({"pk": f"OUTAGE#{outage_id}", "sk": "OUTAGE"})


def to_outage(item: table.Item) -> Outage:
    """An outage from its stored item."""
    return Outage.model_validate_json(item["outage"]["S"])


class Outages:
    """The outages that go on, read at most once a minute."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._open: tuple[Outage, ...] = ()
        self._read_at: datetime | None = None

    @classmethod
    def from_env(cls) -> "Outages":
        """The outages of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), wire.client())

    def current(self, now: datetime, city: str = "") -> tuple[Outage, ...]:
        """The outages that go on, the earliest first; with `city` only those of that city."""
        if self._read_at is None or not timedelta(0) <= now - self._read_at < CACHED:
            self._open, self._read_at = self._not_ended(), now
        found = (outage for outage in self._open if outage.current(now))
        here = (outage for outage in found if not city or outage.in_city(city))
        return tuple(sorted(here, key=lambda outage: (outage.starts_at, outage.id)))

    def _not_ended(self) -> tuple[Outage, ...]:
        return tuple(
            to_outage(item)
            for page in table.pages(
                self._dynamodb.query,
                TableName=self._table,
                IndexName=INDEX,
                KeyConditionExpression="listing_pk = :outages",
                ExpressionAttributeValues={":outages": {"S": LISTED}},
            )
            for item in page
        )


def as_field(outages: tuple[Outage, ...], language: Language) -> list[dict[str, str]]:
    """Outages as the flows' field `outages`: `area` names the cities, `note` is the text."""
    return [{"area": ", ".join(outage.cities), "note": outage.text[language]} for outage in outages]
