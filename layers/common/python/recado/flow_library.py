"""Read access to the bot's flows for every service; only `central` writes them.

Key formats (central's table):

    the newest version's number   pk CHAT_FLOWS   sk LATEST
    a version                     pk CHAT_FLOWS   sk VERSION#<number>

Version 1 is the document the suite comes with, which is not stored.
"""

from datetime import datetime, timedelta

from recado import settings, table, wire
from recado.errors import NotFound
from recado.flows import FlowDocument, default_document, parse

CACHED = timedelta(seconds=60)
"""How long after staff saved a version a process may still begin with the one before."""
FIRST = 1
_PK = "CHAT_FLOWS"


def latest_key() -> table.Item:
    """The primary key of the newest version's number."""
    return table.to_item({"pk": _PK, "sk": "LATEST"})


def version_key(version: int) -> table.Item:
    """The primary key of a version."""
    return table.to_item({"pk": _PK, "sk": f"VERSION#{version:06d}"})


class FlowLibrary:
    """Every version of the flows; what was read once is kept."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._versions: dict[int, FlowDocument] = {}
        self._newest: int = FIRST
        self._read_at: datetime | None = None

    @classmethod
    def from_env(cls) -> "FlowLibrary":
        """The flows of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), wire.client())

    def newest(self, now: datetime) -> FlowDocument:
        """The newest version, as of a minute ago at the earliest."""
        if self._read_at is None or not timedelta(0) <= now - self._read_at < CACHED:
            self._newest, self._read_at = self.newest_number(), now
        return self.version(self._newest)

    def version(self, number: int) -> FlowDocument:
        """One version.

        Raises:
            NotFound: there is none with this number.
        """
        if number not in self._versions:
            self._versions[number] = self._read(number)
        return self._versions[number]

    def newest_number(self) -> int:
        """The newest version's number, as of now."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=latest_key(), ConsistentRead=True
        ).get("Item")
        return int(item["version"]["N"]) if item else FIRST

    def _read(self, number: int) -> FlowDocument:
        if number == FIRST:
            return default_document()
        item = self._dynamodb.get_item(
            TableName=self._table, Key=version_key(number), ConsistentRead=True
        ).get("Item")
        if not item:
            raise NotFound(f"there is no version {number} of the flows")
        return parse(item["document"]["S"])
