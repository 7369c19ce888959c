"""Campaigns that offers lead to: whom they are for, and whether they were asked for."""

from collections.abc import Iterator
from datetime import datetime

from marketing.store import keys
from recado import settings, table, wire
from recado.contracts import CampaignAsked
from recado.model import Frozen
from recado.outgoing import Fact, Outgoing


class Asking(Frozen):
    """A campaign to ask for: a mail of a rule's journey, since `at`."""

    campaign_id: str
    rule: str
    rule_version: int
    place: int
    at: datetime


class Member(Frozen):
    """Somebody a campaign is for."""

    customer_id: str
    offer_id: str


class OfferCampaigns:
    """The campaigns of one deployment."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB, outgoing: Outgoing) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._outgoing = outgoing

    @classmethod
    def from_env(cls, outgoing: Outgoing) -> "OfferCampaigns":
        """The campaigns of the deployed suite."""
        return cls(settings.text("MARKETING_TABLE"), wire.client(), outgoing)

    def to_ask(self) -> Iterator[Asking]:
        """Campaigns that were not asked for yet."""
        for item in self._query(keys.ASKING, ""):
            values = table.from_item(item)
            yield Asking(
                campaign_id=values["sk"],
                rule=values["rule"],
                rule_version=int(values["rule_version"]),
                place=int(values["place"]),
                at=values["at"],
            )

    def members(self, campaign_id: str) -> Iterator[Member]:
        """Whom a campaign is for, by customer id."""
        for item in self._query(keys.campaign(campaign_id), keys.MEMBER):
            yield Member(
                customer_id=item["sk"]["S"].removeprefix(keys.MEMBER),
                offer_id=item["offer_id"]["S"],
            )

    def asked(self, fact: CampaignAsked | None, asking: Asking, now: datetime) -> tuple[Fact, ...]:
        """Note that a campaign is asked for, or needs not be; the facts to be told now.

        A campaign leaves the list with the fact, so it is asked for once.
        """
        facts = (Fact.of(fact, now),) if fact else ()
        done = {
            "Delete": {
                "TableName": self._table,
                "Key": keys.key(keys.ASKING, asking.campaign_id),
                "ConditionExpression": "attribute_exists(pk)",
            }
        }
        item = keys.key(keys.campaign(asking.campaign_id), "CAMPAIGN") | keys.expiry(now)
        kept = {"Put": {"TableName": self._table, "Item": item | _state(asking)}}
        try:
            table.transact([done, kept, *self._outgoing.writes(facts)], dynamodb=self._dynamodb)
        except table.TransactionRefused:
            return ()
        return facts

    def get(self, campaign_id: str) -> Asking | None:
        """A campaign that was asked for."""
        item = self._dynamodb.get_item(
            TableName=self._table,
            Key=keys.key(keys.campaign(campaign_id), "CAMPAIGN"),
            ConsistentRead=True,
        ).get("Item")
        return Asking.model_validate_json(item["state"]["S"]) if item else None

    def _query(self, pk: str, prefix: str) -> Iterator[table.Item]:
        begins = " AND begins_with(sk, :prefix)" if prefix else ""
        values = {":pk": {"S": pk}} | ({":prefix": {"S": prefix}} if prefix else {})
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression=f"pk = :pk{begins}",
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        ):
            yield from page


def _state(asking: Asking) -> table.Item:
    return {"state": {"S": asking.model_dump_json()}}
