"""Conversations: read by key, written as a whole from the version that was read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chat.domain.codes import Asked
from chat.domain.conversation import Head
from chat.domain.draft import Draft, Early, Received
from chat.racing import Stale
from chat.store import keys
from chat.store.writing import writes
from recado import settings, table, wire
from recado.conversation import FROM_DESK, HandoverEvent, Line, Speaker
from recado.errors import NotFound
from recado.outgoing import Fact, Outgoing

DAYS = 365


@dataclass(frozen=True)
class Written:
    """The conversation after a write, and the facts that are to be told now."""

    head: Head
    facts: tuple[Fact, ...]


class Conversations:
    """The conversations of one deployment."""

    def __init__(
        self, table_name: str, dynamodb: table.DynamoDB, outgoing: Outgoing, life: timedelta
    ) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._outgoing = outgoing
        self._life = life

    @classmethod
    def from_env(cls, outgoing: Outgoing) -> "Conversations":
        """The conversations of the deployed suite."""
        life = timedelta(days=settings.number("CONVERSATION_DAYS", DAYS))
        return cls(settings.text("CONVERSATIONS_TABLE"), wire.client(), outgoing, life)

    # ─── reading ───────────────────────────────────────────────────────────────────────────────

    def head(self, conversation_id: str) -> Head:
        """A conversation as it stands.

        Raises:
            NotFound: there is none of that id, or it was forgotten.
        """
        item = self._get(keys.key(conversation_id, keys.HEAD))
        if item is None:
            raise NotFound(f"there is no conversation {conversation_id}")
        return Head.model_validate_json(item["state"]["S"])

    def lines(self, conversation_id: str, *, after: int, limit: int) -> tuple[Line, ...]:
        """At most `limit` lines after a sequence."""
        first = keys.numbered(keys.LINE, after + 1)
        last = keys.numbered(keys.LINE, keys.LAST)
        return tuple(map(_line, self._between(conversation_id, first, last, Limit=limit)))

    def latest(self, conversation_id: str, limit: int) -> tuple[Line, ...]:
        """The last lines, at most `limit`, in order."""
        first, last = keys.numbered(keys.LINE, 1), keys.numbered(keys.LINE, keys.LAST)
        found = self._between(conversation_id, first, last, Limit=limit, ScanIndexForward=False)
        return tuple(reversed([_line(item) for item in found]))

    def received(self, conversation_id: str, client_message_id: str) -> Received | None:
        """A message that was stored, by the id its client gave it."""
        item = self._get(keys.key(conversation_id, keys.MESSAGE + client_message_id))
        return Received.model_validate_json(item["state"]["S"]) if item else None

    def early(self, head: Head) -> Mapping[int, Early]:
        """The messages that wait for one before them, by number."""
        if not head.early:
            return {}
        first = keys.numbered(keys.EARLY, head.next_number)
        last = keys.numbered(keys.EARLY, keys.LAST)
        found = self._between(head.id, first, last)
        waiting = (Early.model_validate_json(item["state"]["S"]) for item in found)
        return {message.number: message for message in waiting}

    def parked(self, head: Head) -> Mapping[int, HandoverEvent]:
        """The desk's facts of the latest handover whose turn has not come, by number."""
        if not head.handed.parked:
            return {}
        of_handover = keys.of_handover(head.control.handover)
        first = keys.numbered(of_handover, head.handed.heard + 1)
        found = self._between(head.id, first, keys.numbered(of_handover, keys.LAST))
        facts = (
            FROM_DESK[item["type"]["S"]].model_validate_json(item["state"]["S"]) for item in found
        )
        return {fact.number: fact for fact in facts}

    def asked(self, digest: str) -> Asked:
        """How often codes were asked for by a claim or customer."""
        item = self._get(keys.asked(digest))
        return Asked.model_validate_json(item["state"]["S"]) if item else Asked(digest=digest)

    # ─── writing ───────────────────────────────────────────────────────────────────────────────

    def begin(self, head: Head, look_at: datetime) -> None:
        """Store a new conversation; `look_at` is when it may first be idle."""
        fresh = Draft(head, head.started_at)
        first = [*writes(self._table, fresh, self._life), self._idle(head, look_at)]
        table.transact(first, dynamodb=self._dynamodb)

    def write(self, draft: Draft) -> Written:
        """Write a change, all or nothing, with the facts it makes true.

        Raises:
            Stale: the conversation changed since it was read, or one of the messages is stored.
        """
        facts = tuple(Fact.of(event, draft.at) for event in draft.facts)
        transaction = [*writes(self._table, draft, self._life), *self._outgoing.writes(facts)]
        try:
            table.transact(transaction, dynamodb=self._dynamodb)
        except table.TransactionRefused as refused:
            raise Stale from refused
        return Written(draft.head.model_copy(update={"version": draft.read.version + 1}), facts)

    def _idle(self, head: Head, look_at: datetime) -> keys.Write:
        item = keys.listed(keys.IDLE, f"{look_at.isoformat()}#{head.id}")
        return {"Put": {"TableName": self._table, "Item": item}}

    def _get(self, key: table.Item) -> Mapping[str, Any] | None:
        answer = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        found: Mapping[str, Any] | None = answer.get("Item")
        return found

    def _between(
        self, conversation_id: str, first: str, last: str, **request: Any
    ) -> Iterable[Mapping[str, Any]]:
        """Items of a conversation between two sort keys: one page, at most a megabyte."""
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": keys.key(conversation_id, "")["pk"],
                ":first": {"S": first},
                ":last": {"S": last},
            },
            ConsistentRead=True,
            **request,
        )
        items: list[Mapping[str, Any]] = answer["Items"]
        return items


def _line(item: Mapping[str, Any]) -> Line:
    return Line(
        sequence=int(item["sk"]["S"].removeprefix(keys.LINE)),
        speaker=Speaker(item["speaker"]["S"]),
        text=item["text"]["S"],
        at=datetime.fromisoformat(item["at"]["S"]),
    )
