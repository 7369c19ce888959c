"""Offers: made with a decision, moved along their journey, settled once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketing.domain.customers import Mailed, Offer
from marketing.domain.offers import settled_fact
from marketing.store import keys
from recado import settings, table, wire
from recado.errors import Conflict, NotFound
from recado.outgoing import Fact, Outgoing


@dataclass(frozen=True)
class Listed:
    """An offer to look at, and its place on the list that says so."""

    customer_id: str
    offer_id: str
    place: str


def made(table_name: str, offer: Offer, look_at: datetime | None) -> Iterator[keys.Write]:
    """The writes of a new offer: itself, what is to be done with it, and its first mail.

    At `look_at` its journey is looked at first.
    """
    yield _put(table_name, _item(offer), new=True)
    yield _listed(table_name, keys.SETTLE, offer.settles_at, offer)
    yield _counted(table_name, offer, {f"{offer.group}_made": 1})
    if offer.journey and look_at:
        yield _listed(table_name, keys.JOURNEY, look_at, offer)
    for mail in offer.mails:
        yield from _mailed(table_name, offer, mail)


class OfferStore:
    """The offers of one deployment."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB, outgoing: Outgoing) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._outgoing = outgoing

    @classmethod
    def from_env(cls, outgoing: Outgoing) -> "OfferStore":
        """The offers of the deployed suite."""
        return cls(settings.text("MARKETING_TABLE"), wire.client(), outgoing)

    def get(self, customer_id: str, offer_id: str) -> Offer:
        """An offer.

        Raises:
            NotFound: there is none of this id, or it was forgotten.
        """
        item = self._dynamodb.get_item(
            TableName=self._table,
            Key=keys.key(keys.customer(customer_id), keys.OFFER + offer_id),
            ConsistentRead=True,
        ).get("Item")
        if item is None:
            raise NotFound(f"there is no offer {offer_id} to {customer_id}")
        return Offer.model_validate_json(item["state"]["S"])

    def journeys(self, now: datetime) -> Iterator[Listed]:
        """Offers whose journey may go on by now."""
        return self._due(keys.JOURNEY, now)

    def to_settle(self, now: datetime) -> Iterator[Listed]:
        """Offers whose horizon is over by now."""
        return self._due(keys.SETTLE, now)

    def move(self, before: Offer, after: Offer, listed: Listed, look_at: datetime | None) -> None:
        """Write what a journey came to, with the mail it sends now.

        Raises:
            Conflict: somebody else changed the offer since it was read; nothing is written.
        """
        writes = [self._replaced(before, after), self._done(keys.JOURNEY, listed)]
        if look_at is not None:
            writes = [
                writes[0],
                *self._moved_on(listed, _listed(self._table, keys.JOURNEY, look_at, after)),
            ]
        for mail in after.mails[len(before.mails) :]:
            writes += _mailed(self._table, after, mail)
        self._write(writes, before)

    def settle(self, before: Offer, after: Offer, listed: Listed) -> tuple[Fact, ...]:
        """Write what became of an offer, and count it; the facts to be told now.

        Raises:
            Conflict: somebody else changed the offer since it was read; nothing is written.
        """
        facts = (Fact.of(settled_fact(after), after.settled_at or after.settles_at),)
        counted = {
            f"{after.group}_settled": 1,
            f"{after.group}_converted": int(bool(after.converted)),
        }
        writes = [
            self._replaced(before, after),
            self._done(keys.SETTLE, listed),
            _counted(self._table, after, counted),
            *self._outgoing.writes(facts),
        ]
        self._write(writes, before)
        return facts

    def refuse(self, before: Offer, after: Offer) -> None:
        """Write that a campaign of an offer was refused.

        Raises:
            Conflict: somebody else changed the offer since it was read; nothing is written.
        """
        self._write([self._replaced(before, after)], before)

    def forget(self, which: str, listed: Listed) -> None:
        """There is nothing more to look at."""
        self._dynamodb.delete_item(TableName=self._table, Key=keys.key(which, listed.place))

    def _due(self, which: str, now: datetime) -> Iterator[Listed]:
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :which AND sk < :to",
            ExpressionAttributeValues={
                ":which": {"S": which},
                ":to": {"S": keys.timed(now, "~")},
            },
            ConsistentRead=True,
        ):
            for item in page:
                place = item["sk"]["S"]
                _, customer_id, offer_id = place.split("#")
                yield Listed(customer_id, offer_id, place)

    def _moved_on(self, listed: Listed, put: keys.Write) -> list[keys.Write]:
        """The new place on the list instead of the old one, which may be the same."""
        if put["Put"]["Item"]["sk"]["S"] == listed.place:
            return [put]
        return [put, self._done(keys.JOURNEY, listed)]

    def _replaced(self, before: Offer, after: Offer) -> keys.Write:
        put = _put(self._table, _item(after.model_copy(update={"version": before.version + 1})))
        put["Put"] |= {
            "ConditionExpression": "#version = :read",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":read": {"N": str(before.version)}},
        }
        return put

    def _done(self, which: str, listed: Listed) -> keys.Write:
        return {"Delete": {"TableName": self._table, "Key": keys.key(which, listed.place)}}

    def _write(self, writes: list[keys.Write], before: Offer) -> None:
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused as refused:
            raise Conflict(f"the offer {before.id} changed meanwhile") from refused


def _item(offer: Offer) -> table.Item:
    key = keys.key(keys.customer(offer.customer_id), keys.OFFER + offer.id)
    listing = {"listing_pk": {"S": keys.offers_of(offer.rule)}, "listing_sk": {"S": offer.id}}
    state = {"state": {"S": offer.model_dump_json()}, "version": {"N": str(offer.version)}}
    return key | listing | state | keys.expiry(offer.made_at)


def _listed(table_name: str, which: str, at: datetime, offer: Offer) -> keys.Write:
    return _put(table_name, keys.key(which, keys.timed(at, offer.customer_id, offer.id)))


def _mailed(table_name: str, offer: Offer, mail: Mailed) -> Iterator[keys.Write]:
    """A mail of an offer as a member of its campaign, which is to be asked for."""
    member = keys.key(keys.campaign(mail.campaign_id), keys.MEMBER + offer.customer_id)
    yield _put(table_name, member | {"offer_id": {"S": offer.id}} | keys.expiry(mail.at))
    asking: table.Item = {
        "rule": {"S": offer.rule},
        "rule_version": {"N": str(offer.rule_version)},
        "place": {"N": str(mail.place)},
        "at": {"S": mail.at.isoformat()},
    }
    yield _put(table_name, keys.key(keys.ASKING, mail.campaign_id) | asking)


def _counted(table_name: str, offer: Offer, numbers: dict[str, int]) -> keys.Write:
    values: dict[str, Any] = {f":{name}": {"N": str(number)} for name, number in numbers.items()}
    return {
        "Update": {
            "TableName": table_name,
            "Key": keys.key("RESULTS", f"RULE#{offer.rule}"),
            "UpdateExpression": "ADD " + ", ".join(f"{name} :{name}" for name in numbers),
            "ExpressionAttributeValues": values,
        }
    }


def _put(table_name: str, item: table.Item, *, new: bool = False) -> keys.Write:
    put: dict[str, Any] = {"TableName": table_name, "Item": item}
    return {"Put": put | ({"ConditionExpression": "attribute_not_exists(pk)"} if new else {})}
