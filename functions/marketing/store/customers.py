"""What is kept of customers: their chats and tickets; and the one write of a decision."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from marketing.domain.customers import Chat, CustomerFile, Offer, Ticket
from marketing.domain.offers import scheduled_fact
from marketing.domain.scoring import Decision
from marketing.store import keys
from marketing.store.offers import made
from recado import settings, table, wire
from recado.outgoing import Fact, Outgoing


@dataclass(frozen=True)
class Due:
    """A customer to decide about, with the places on the list that say so."""

    customer_id: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Decided:
    """A decision with all that follows from it: an offer, or another look at `again_at`.

    `look_at` is when the offer's journey is looked at first.
    """

    file: CustomerFile
    due: Due
    decision: Decision
    offer: Offer | None = None
    look_at: datetime | None = None
    again_at: datetime | None = None


class Closed(NamedTuple):
    """What is known of a request that is over."""

    kind: str | None
    customer_id: str | None


class Stale(Exception):
    """Somebody else decided about the customer meanwhile."""


class CustomerStore:
    """Customers as marketing knows them."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB, outgoing: Outgoing) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._outgoing = outgoing

    @classmethod
    def from_env(cls, outgoing: Outgoing) -> "CustomerStore":
        """The customers of the deployed suite."""
        return cls(settings.text("MARKETING_TABLE"), wire.client(), outgoing)

    # ─── reading ───────────────────────────────────────────────────────────────────────────────

    def file(self, customer_id: str) -> CustomerFile:
        """All that is kept of a customer; an empty file of one that nothing is known of."""
        kept: dict[str, list[Any]] = {keys.CHAT: [], keys.TICKET: [], keys.OFFER: []}
        version = 0
        for item in self._partition(keys.customer(customer_id)):
            prefix, hash_sign, name = item["sk"]["S"].partition("#")
            if prefix == keys.STANDING:
                version = int(item["version"]["N"])
            elif prefix + hash_sign == keys.TICKET:
                kept[keys.TICKET] += self._open_ticket(name)
            else:
                kept[prefix + hash_sign].append(item["state"]["S"])
        return CustomerFile(
            customer_id=customer_id,
            version=version,
            chats=tuple(map(Chat.model_validate_json, kept[keys.CHAT])),
            tickets=tuple(kept[keys.TICKET]),
            offers=tuple(map(Offer.model_validate_json, kept[keys.OFFER])),
        )

    def due(self, now: datetime) -> Iterator[tuple[str, str]]:
        """Who is to be decided about by now: customers with their places on the list."""
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :due AND sk < :to",
            ExpressionAttributeValues={
                ":due": {"S": keys.DUE},
                ":to": {"S": keys.timed(now, "~")},
            },
            ConsistentRead=True,
        ):
            for item in page:
                place = item["sk"]["S"]
                yield place.split("#")[1], place

    def _open_ticket(self, ticket_id: str) -> list[Ticket]:
        item = self._dynamodb.get_item(
            TableName=self._table,
            Key=keys.key(keys.TICKET + ticket_id, "TICKET"),
            ConsistentRead=True,
        ).get("Item", {})
        if "kind" not in item or "closed_at" in item:
            return []
        return [Ticket(id=ticket_id, kind=item["kind"]["S"])]

    def _partition(self, pk: str) -> Iterator[table.Item]:
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ConsistentRead=True,
        ):
            yield from page

    # ─── what others told ──────────────────────────────────────────────────────────────────────

    def keep_chat(self, customer_id: str, chat: Chat) -> bool:
        """Keep what a conversation revealed, to be decided about; False when it was kept before."""
        item = keys.key(keys.customer(customer_id), keys.CHAT + chat.conversation_id)
        expiry = keys.expiry(chat.ended_at, keys.WORDS_KEPT)
        state = {"state": {"S": chat.model_dump_json()}} | expiry
        put = self._put(item | state)
        put["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
        try:
            table.transact([put, self._due(customer_id, chat.ended_at)], dynamodb=self._dynamodb)
        except table.TransactionRefused:
            return False
        return True

    def look_again(self, customer_id: str, at: datetime) -> None:
        """Decide about a customer once more."""
        self._dynamodb.put_item(**self._due(customer_id, at)["Put"])

    def open_ticket(self, ticket_id: str, kind: str, at: datetime) -> None:
        """Note a request at the desk; one that was closed before it was heard of stays closed."""
        self._note(ticket_id, "kind", kind, at)

    def close_ticket(self, ticket_id: str, at: datetime) -> Closed:
        """Note that a request is over."""
        item = self._note(ticket_id, "closed_at", at.isoformat(), at)
        kind, customer_id = (item.get(name, {}).get("S") for name in ("kind", "customer_id"))
        return Closed(kind, customer_id)

    def link_ticket(self, ticket_id: str, customer_id: str, at: datetime) -> None:
        """Note whose request it is."""
        self._note(ticket_id, "customer_id", customer_id, at)
        item = keys.key(keys.customer(customer_id), keys.TICKET + ticket_id) | keys.expiry(at)
        self._dynamodb.put_item(TableName=self._table, Item=item)

    def _note(self, ticket_id: str, field: str, value: str, at: datetime) -> table.Item:
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key=keys.key(keys.TICKET + ticket_id, "TICKET"),
            UpdateExpression="SET #field = :value, expires_at = :expiry",
            ExpressionAttributeNames={"#field": field},
            ExpressionAttributeValues={
                ":value": {"S": value},
                ":expiry": keys.expiry(at)["expires_at"],
            },
            ReturnValues="ALL_NEW",
        )
        attributes: table.Item = answer["Attributes"]
        return attributes

    # ─── deciding ──────────────────────────────────────────────────────────────────────────────

    def decide(self, decided: Decided) -> tuple[Fact, ...]:
        """Write a decision with all that follows, or nothing; the facts to be told now.

        Raises:
            Stale: somebody else decided about the customer since the file was read.
        """
        decision, offer = decided.decision, decided.offer
        facts = (Fact.of(scheduled_fact(offer), decision.at),) if offer else ()
        writes = [
            self._standing(decided.file, decision.at),
            self._put(_decision(decision)),
            *(
                {"Delete": {"TableName": self._table, "Key": keys.key(keys.DUE, place)}}
                for place in decided.due.places
            ),
            *(made(self._table, offer, decided.look_at) if offer else ()),
            *self._outgoing.writes(facts),
        ]
        if decided.again_at:
            writes.append(self._due(decision.customer_id, decided.again_at))
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused as refused:
            raise Stale from refused
        return facts

    def _standing(self, file: CustomerFile, at: datetime) -> keys.Write:
        version = {"version": {"N": str(file.version + 1)}} | keys.expiry(at)
        put = self._put(keys.key(keys.customer(file.customer_id), keys.STANDING) | version)
        if file.version == 0:
            put["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            put["Put"]["ConditionExpression"] = "#version = :read"
            put["Put"]["ExpressionAttributeNames"] = {"#version": "version"}
            put["Put"]["ExpressionAttributeValues"] = {":read": {"N": str(file.version)}}
        return put

    def _due(self, customer_id: str, at: datetime) -> keys.Write:
        return self._put(keys.key(keys.DUE, keys.timed(at, customer_id)))

    def _put(self, item: table.Item) -> keys.Write:
        return {"Put": {"TableName": self._table, "Item": item}}


def _decision(decision: Decision) -> table.Item:
    key = keys.key(keys.decisions(decision.customer_id), keys.timed(decision.at))
    expiry = keys.expiry(decision.at, keys.WORDS_KEPT)
    return key | {"state": {"S": decision.model_dump_json()}} | expiry
