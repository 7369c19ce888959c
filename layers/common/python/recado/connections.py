"""Who is connected over a WebSocket, in the table of the service whose socket it is.

Key formats; `expires_at` forgets a connection that was never closed:

    connection           pk CONNECTION#<id>   sk CONNECTION
    those of a subject   pk CONNECTED#<subject>   sk <connection>

A connection is one subject's: a conversation's, an attendant's. It is written once the first frame
proved who is there.
"""

from datetime import datetime, timedelta

from recado import table
from recado.model import Frozen

LIFETIME = timedelta(hours=2, minutes=10)
"""API Gateway closes a connection after two hours."""

OF_ONE_SUBJECT = 20
"""How many connections of a subject are written to: the tabs and telephones of one person."""


class Connection(Frozen):
    """Whose a connection is; `token_id` is the token it was opened with, if it was with one."""

    id: str
    subject: str
    token_id: str = ""


class Connections:
    """The open connections of one service."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    def add(self, connection: Connection, at: datetime) -> None:
        """Note whose a connection is; it may have been somebody else's before."""
        expires_at = int((at + LIFETIME).timestamp())
        before = self._dynamodb.put_item(
            TableName=self._table,
            Item=_key(connection.id)
            | table.to_item(connection.model_dump() | {"expires_at": expires_at}),
            ReturnValues="ALL_OLD",
        ).get("Attributes")
        self._dynamodb.put_item(
            TableName=self._table,
            Item=_of(connection.subject, connection.id) | table.to_item({"expires_at": expires_at}),
        )
        if before and before["subject"]["S"] != connection.subject:
            self._delete(_of(before["subject"]["S"], connection.id))

    def get(self, connection_id: str) -> Connection | None:
        """Whose a connection is, if that was proved."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_key(connection_id), ConsistentRead=True
        ).get("Item")
        if not item:
            return None
        values = table.from_item(item)
        return Connection.model_validate({name: values[name] for name in Connection.model_fields})

    def of(self, subject: str) -> tuple[str, ...]:
        """The ids of a subject's connections, at most `OF_ONE_SUBJECT`."""
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :subject",
            ExpressionAttributeValues={":subject": {"S": _subject(subject)}},
            ConsistentRead=True,
            Limit=OF_ONE_SUBJECT,
        )
        return tuple(item["sk"]["S"] for item in answer["Items"])

    def remove(self, connection_id: str) -> None:
        """Forget a connection that is closed; one that is not known is none."""
        gone = self._dynamodb.delete_item(
            TableName=self._table, Key=_key(connection_id), ReturnValues="ALL_OLD"
        ).get("Attributes")
        if gone:
            self._delete(_of(gone["subject"]["S"], connection_id))

    def forget(self, subject: str, connection_id: str) -> None:
        """Forget that a connection is a subject's, as its socket is gone."""
        self._delete(_of(subject, connection_id))
        self.remove(connection_id)

    def _delete(self, key: table.Item) -> None:
        self._dynamodb.delete_item(TableName=self._table, Key=key)


def _key(connection_id: str) -> table.Item:
    return table.to_item({"pk": f"CONNECTION#{connection_id}", "sk": "CONNECTION"})


def _subject(subject: str) -> str:
    return f"CONNECTED#{subject}"


def _of(subject: str, connection_id: str) -> table.Item:
    return table.to_item({"pk": _subject(subject), "sk": connection_id})
