"""Reports by e-mail: the setting, and which were sent to whom."""

from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from central.domain.mailing import Mailing
from recado import settings, table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PK = "REPORTS"


class MailingStore:
    """What staff set, and what was done."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "MailingStore":
        """The setting of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client())

    def get(self) -> Mailing:
        """Who gets reports; nobody until somebody says so."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_key("MAILING"), ConsistentRead=True
        ).get("Item")
        return Mailing.model_validate_json(item["mailing"]["S"]) if item else Mailing()

    def put(self, mailing: Mailing) -> None:
        """Set who gets reports."""
        item = _key("MAILING") | table.to_item({"mailing": mailing.model_dump_json()})
        self._dynamodb.put_item(TableName=self._table, Item=item)

    def take(self, name: str, now: datetime) -> bool:
        """Become the one who sends a report to one address; False where somebody has."""
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=_key(f"SENT#{name}") | table.to_item({"taken_at": now.isoformat()}),
                ConditionExpression="attribute_not_exists(pk) OR given_back = :yes",
                ExpressionAttributeValues=table.to_item({":yes": True}),
            )
        except ClientError as error:
            if table.condition_failed(error):
                return False
            raise
        return True

    def give_back(self, name: str) -> None:
        """It did not leave: whoever comes next may send it."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key=_key(f"SENT#{name}"),
            UpdateExpression="SET given_back = :yes",
            ExpressionAttributeValues=table.to_item({":yes": True}),
        )


def _key(sort: str) -> table.Item:
    return table.to_item({"pk": _PK, "sk": sort})
