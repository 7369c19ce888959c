"""Turns in DynamoDB, and what is still to be told of them. Key formats, in the assistant's table:

    turn                        pk CNV#<conversation>   sk TURN#<id>   (`expires_at`)
    asked, before it was known  pk CNV#<conversation>   sk ASKED       (`expires_at`)
    who was asking
    facts                       pk OUTGOING             (`recado.outgoing`)

No text and no sound of anybody is stored here: what was said stands in chat's conversation.
"""

from datetime import datetime, timedelta

from assistant.domain.financial.questions import Depth
from recado import settings, table, wire
from recado.outgoing import Fact, Outgoing
from recado.turns import AssistantTurn

ASKED_FOR = timedelta(minutes=30)
"""How long a question waits for its customer to be identified."""


class TurnStore:
    """The turns of one deployment."""

    def __init__(
        self, table_name: str, dynamodb: table.DynamoDB, outgoing: Outgoing, keep: timedelta
    ) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._outgoing = outgoing
        self._keep = keep

    @classmethod
    def from_env(cls, outgoing: Outgoing, keep: timedelta) -> "TurnStore":
        """The turns of the deployed suite."""
        return cls(settings.text("ASSISTANT_TABLE"), wire.client(), outgoing, keep)

    def record(self, turn: AssistantTurn) -> None:
        """Keep a turn and tell it."""
        fact = Fact.of(turn, turn.ended_at)
        item = _key(turn.conversation_id or "none", f"TURN#{turn.turn_id}") | table.to_item(
            {
                "turn": turn.model_dump_json(exclude={"correlation_id"}),
                "expires_at": _epoch(turn.ended_at + self._keep),
            }
        )
        put = {"Put": {"TableName": self._table, "Item": item}}
        table.transact([put, *self._outgoing.writes([fact])], dynamodb=self._dynamodb)
        self._outgoing.publish([fact])

    def asked(self, conversation_id: str, at: datetime) -> Depth | None:
        """What was asked in a conversation before it was known who was asking."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_key(conversation_id, "ASKED"), ConsistentRead=True
        ).get("Item")
        if not item or int(item["expires_at"]["N"]) <= at.timestamp() or "depth" not in item:
            return None
        return Depth(item["depth"]["S"])

    def remember(self, conversation_id: str, depth: Depth | None, at: datetime) -> None:
        """Remember what was asked, or that it has been answered."""
        values = {"depth": depth and depth.value, "expires_at": _epoch(at + ASKED_FOR)}
        item = _key(conversation_id, "ASKED") | table.to_item(values)
        self._dynamodb.put_item(TableName=self._table, Item=item)


def _key(conversation_id: str, sort: str) -> table.Item:
    return table.to_item({"pk": f"CNV#{conversation_id}", "sk": sort})


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())
