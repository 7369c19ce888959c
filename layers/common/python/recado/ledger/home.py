"""Which table the ledger was written in, so that a restored snapshot is told from the live one.

A restored DynamoDB table always has a new name (DynamoDB developer guide, "Restoring a table"),
but its items still say the old one: what it believes to be pending may have been sent since.

Key format: `pk HOME`, `sk HOME`; `table` is a name, `restored_at` when a snapshot was settled in.
"""

from datetime import datetime

from botocore.exceptions import ClientError

from recado import settings, table

_KEY: table.Item = {"pk": {"S": "HOME"}, "sk": {"S": "HOME"}}


class Home:
    """The note in the campaigns table that names the table it was written in."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._is_here = False
        self._restored_at: datetime | None = None

    @classmethod
    def from_env(cls) -> "Home":
        """The note of the deployed suite's campaigns table."""
        return cls(settings.text("CAMPAIGNS_TABLE"), table.client())

    def is_here(self) -> bool:
        """Whether the table was written under its own name; asked again only while it was not."""
        if not self._is_here:
            item = self._dynamodb.get_item(
                TableName=self._table, Key=_KEY, ConsistentRead=True
            ).get("Item", {})
            self._is_here = item.get("table", {}).get("S") == self._table
            since = item.get("restored_at", {}).get("S")
            self._restored_at = datetime.fromisoformat(since) if since else None
        return self._is_here

    @property
    def restored_at(self) -> datetime | None:
        """When this table took over from another, if it did; known once `is_here` says so."""
        return self._restored_at

    def found(self) -> None:
        """Name a fresh table; whoever comes second changes nothing."""
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=_KEY | {"table": {"S": self._table}},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if not table.condition_failed(error):
                raise

    def move_in(self, now: datetime) -> None:
        """Make a snapshot the live table, once nothing in it runs any more."""
        self._dynamodb.put_item(
            TableName=self._table,
            Item=_KEY | {"table": {"S": self._table}, "restored_at": {"S": now.isoformat()}},
        )
