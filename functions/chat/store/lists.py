"""What is still to be done: conversations to answer or to end, and codes to mail."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chat.domain.codes import CodeMail
from chat.store import keys
from recado import settings, table, wire
from recado.model import Frozen


class Idle(Frozen):
    """A conversation that may be idle; `sk` names its place on the list."""

    conversation_id: str
    sk: str


class Lists:
    """The lists of one deployment. Each read goes through a list's own partition, by its order."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Lists":
        """The lists of the deployed suite."""
        return cls(settings.text("CONVERSATIONS_TABLE"), wire.client())

    def unanswered(self, before: datetime) -> Iterator[str]:
        """Conversations with a line that has waited for the bot since before a moment."""
        for item in self._items(keys.UNANSWERED):
            if datetime.fromisoformat(item["at"]["S"]) < before:
                yield item["sk"]["S"]

    def forget(self, conversation_id: str) -> None:
        """A conversation is gone, with the line that waited."""
        self._delete(keys.UNANSWERED, conversation_id)

    def idle(self, now: datetime) -> Iterator[Idle]:
        """Conversations to look at by now, the most overdue first."""
        for item in self._items(keys.IDLE, up_to=now.isoformat()):
            sk = item["sk"]["S"]
            yield Idle(conversation_id=sk.partition("#")[2], sk=sk)

    def look_again(self, idle: Idle, at: datetime) -> None:
        """Look at a conversation once more, later."""
        later = keys.listed(keys.IDLE, f"{at.isoformat()}#{idle.conversation_id}")
        table.transact(
            [
                {"Put": {"TableName": self._table, "Item": later}},
                {"Delete": {"TableName": self._table, "Key": keys.listed(keys.IDLE, idle.sk)}},
            ],
            dynamodb=self._dynamodb,
        )

    def looked(self, idle: Idle) -> None:
        """A conversation is over: nothing is left to look at."""
        self._delete(keys.IDLE, idle.sk)

    def codes(self, before: str) -> Iterator[CodeMail]:
        """Codes that somebody left behind before putting them on the queue; ids sort by time."""
        for item in self._items(keys.CODES, up_to=before):
            yield CodeMail.model_validate_json(item["state"]["S"])

    def queued(self, code: CodeMail) -> None:
        """A code is on the queue."""
        self._delete(keys.CODES, code.id)

    def _items(self, name: str, up_to: str = "~") -> Iterator[dict[str, Any]]:
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :name AND sk < :to",
            ExpressionAttributeValues={":name": {"S": name}, ":to": {"S": up_to}},
            ConsistentRead=True,
        ):
            yield from page

    def _delete(self, name: str, sk: str) -> None:
        self._dynamodb.delete_item(TableName=self._table, Key=keys.listed(name, sk))
