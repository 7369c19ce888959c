"""What belongs to one ticket, kept for a while after it ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

from desk.domain.dockets import Entry, Papers, Record, Turn
from desk.domain.steps import Claim, Release
from desk.store import ticket_key
from recado import settings, table, wire
from recado.conversation import FROM_CHAT, HandoffRequested, HandoverEvent, Packet

_ENTRY, _EARLY = "entry#", "early#"
PAGE = 200
"""How many entries are read at once."""


class PapersStore:
    """The papers of every ticket."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB, kept: timedelta) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._kept = kept

    @classmethod
    def from_env(cls) -> "PapersStore":
        """The papers of the deployed suite."""
        kept = timedelta(days=settings.number("TICKET_DAYS", 90))
        return cls(settings.text("DESK_TABLE"), wire.client(), kept)

    def papers(self, ticket_id: str) -> Papers:
        """How far a ticket's papers go; new ones if it has none."""
        item = self._get(ticket_id, "papers")
        return Papers.model_validate_json(item["papers"]["S"]) if item else Papers()

    def packet(self, ticket_id: str) -> Packet | None:
        """What chat knew when it handed over."""
        item = self._get(ticket_id, "packet")
        return Packet.model_validate_json(item["packet"]["S"]) if item else None

    def ended(self, ticket_id: str) -> Record | None:
        """The record of a ticket that ended."""
        item = self._get(ticket_id, "record")
        return Record.model_validate_json(item["record"]["S"]) if item else None

    def entries(self, ticket_id: str, after: int) -> list[Entry]:
        """The entries after a number, in order, at most `PAGE`."""
        found = self._query(ticket_id, f"{_ENTRY}{after + 1:06}", f"{_ENTRY}999999", PAGE)
        return [Entry.model_validate_json(item["entry"]["S"]) for item in found]

    def turns(self, ticket_id: str) -> list[Turn]:
        """Who had the ticket, and when, in order."""
        found = self._query(ticket_id, "turn#000001", "turn#999999", PAGE)
        return [_to_turn(item) for item in found]

    def replied(self, ticket_id: str, attendant_id: str, message_id: str) -> bool:
        """Whether an attendant's message is stored already."""
        return self._get(ticket_id, f"reply#{attendant_id}#{message_id}") is not None

    def early(self, ticket_id: str, number: int) -> HandoverEvent | None:
        """Chat's fact of this number, if it came before its turn."""
        item = self._get(ticket_id, f"{_EARLY}{number:06}")
        return FROM_CHAT[item["type"]["S"]].model_validate_json(item["fact"]["S"]) if item else None

    def park(self, event: HandoverEvent) -> None:
        """Keep a fact of chat's until those before it have come."""
        values = {
            "type": type(event).__name__,
            "fact": event.model_dump_json(),
            "expires_at": self._expiry(event.at),
        }
        key = ticket_key(event.ticket_id, f"{_EARLY}{event.number:06}")
        self._dynamodb.put_item(TableName=self._table, Item=key | table.to_item(values))

    def noted(self, ticket_id: str, was: Papers, now: Papers, at: datetime) -> dict[str, Any]:
        """The write that brings the papers from one state to the next."""
        values = {
            "state": _state(now),
            "papers": now.model_dump_json(),
            "expires_at": self._expiry(at),
        }
        item = ticket_key(ticket_id, "papers") | table.to_item(values)
        return {"Put": {"TableName": self._table, "Item": item} | _unless_changed(was)}

    def unchanged(self, ticket_id: str, papers: Papers) -> dict[str, Any]:
        """The condition that nothing was added to the papers."""
        key = {"TableName": self._table, "Key": ticket_key(ticket_id, "papers")}
        return {"ConditionCheck": key | _unless_changed(papers)}

    def keep_packet(self, request: HandoffRequested, at: datetime) -> dict[str, Any]:
        """The write of what chat handed over."""
        return self._put(request.ticket_id, "packet", request.packet.model_dump_json(), at)

    def entry(self, ticket_id: str, entry: Entry) -> dict[str, Any]:
        """The write of an entry."""
        sort = f"{_ENTRY}{entry.number:06}"
        return self._put(ticket_id, sort, entry.model_dump_json(), entry.at)

    def reply_mark(self, ticket_id: str, entry: Entry) -> dict[str, Any]:
        """The write by which the same message is known again."""
        sort = f"reply#{entry.attendant_id}#{entry.message_id}"
        return self._put(ticket_id, sort, str(entry.number), entry.at)

    def record(self, record: Record) -> dict[str, Any]:
        """The write of a ticket's final record."""
        return self._put(record.ticket_id, "record", record.model_dump_json(), record.ended_at)

    def turn_begins(self, ticket_id: str, claim: Claim) -> dict[str, Any]:
        """The write of an attendant's time with a ticket."""
        values = {
            "attendant_id": claim.attendant_id,
            "server_id": claim.server_id,
            "assigned_at": claim.at.isoformat(),
            "expires_at": self._expiry(claim.at),
        }
        item = ticket_key(ticket_id, f"turn#{claim.token:06}") | table.to_item(values)
        condition = "attribute_not_exists(pk)"
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": condition}}

    def turn_ends(self, ticket_id: str, release: Release) -> dict[str, Any]:
        """The write of that time's end."""
        return {
            "Update": {
                "TableName": self._table,
                "Key": ticket_key(ticket_id, f"turn#{release.token:06}"),
                "UpdateExpression": "SET released_at = :now, reason = :reason",
                "ConditionExpression": "attribute_not_exists(released_at)",
                "ExpressionAttributeValues": table.to_item(
                    {":now": release.at.isoformat(), ":reason": str(release.reason)}
                ),
            }
        }

    def _put(self, ticket_id: str, sort: str, text: str, at: datetime) -> dict[str, Any]:
        values = {sort.partition("#")[0]: text, "expires_at": self._expiry(at)}
        return {
            "Put": {
                "TableName": self._table,
                "Item": ticket_key(ticket_id, sort) | table.to_item(values),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _get(self, ticket_id: str, sort: str) -> table.Item | None:
        found: table.Item | None = self._dynamodb.get_item(
            TableName=self._table, Key=ticket_key(ticket_id, sort), ConsistentRead=True
        ).get("Item")
        return found

    def _query(self, ticket_id: str, first: str, last: str, limit: int) -> list[table.Item]:
        found: list[table.Item] = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=table.to_item(
                {":pk": f"TICKET#{ticket_id}", ":first": first, ":last": last}
            ),
            Limit=limit,
            ConsistentRead=True,
        )["Items"]
        return found

    def _expiry(self, at: datetime) -> int:
        return int((at.astimezone(UTC) + self._kept).timestamp())


def _state(papers: Papers) -> str:
    return f"{papers.heard}/{papers.entries}"


def _unless_changed(papers: Papers) -> dict[str, Any]:
    if papers == Papers():
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#state = :was",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":was": {"S": _state(papers)}},
    }


def _to_turn(item: table.Item) -> Turn:
    values = table.from_item(item)
    return Turn.model_validate(
        {name: values[name] for name in Turn.model_fields if name in values}
        | {"token": int(values["sk"].removeprefix("turn#"))}
    )
