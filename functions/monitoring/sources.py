"""What the owning services have stored, read whole: for a recount only, never for a report.

Read without the services' own code, from the formats that their stores document: a mistake they
make when they tell a fact is one that a recount must not repeat.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from monitoring.domain.mail import figures_of
from recado import table
from recado.conversation import ChatEnded, TicketEnded
from recado.figures.names import total
from recado.ledger.progress import ProgressBoard
from recado.ledger.reach import Engagement, Kind
from recado.ledger.states import count
from recado.ledger.store import Ledger, partition
from recado.model import Lane

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Sources:
    """The tables of other services."""

    def __init__(
        self, campaigns: str, conversations: str, desk: str, dynamodb: "DynamoDBClient"
    ) -> None:
        self._campaigns = campaigns
        self._conversations = conversations
        self._desk = desk
        self._dynamodb = dynamodb
        self._ledger = Ledger(campaigns, dynamodb)
        self._board = ProgressBoard(campaigns, dynamodb)

    def campaigns(self) -> Iterator[tuple[str, Lane]]:
        """Every campaign that was taken up."""
        for item in self._scan(self._campaigns, "META"):
            yield item["pk"]["S"].removeprefix("CAMPAIGN#"), Lane(item["lane"]["S"])

    def mail(self, campaign_id: str) -> dict[str, int]:
        """A campaign's counters, from every recipient's state and everybody's own marks."""
        states = total(count(chunk.states) for chunk in self._ledger.chunks(campaign_id))
        return figures_of(states, [self._engagement(campaign_id)])

    def chats(self) -> Iterator[ChatEnded]:
        """Every conversation that has ended, as its head tells it."""
        for item in self._scan(self._conversations, "HEAD"):
            head = json.loads(item["state"]["S"])
            if head.get("ended_at"):
                yield ChatEnded(
                    conversation_id=head["id"],
                    customer_id=None,
                    language=head["language"],
                    intents=head["intents"],
                    handovers=head["control"]["handover"],
                    started_at=head["started_at"],
                    ended_at=head["ended_at"],
                )

    def tickets(self) -> Iterator[TicketEnded]:
        """Every ticket that has ended, as its record tells it."""
        kept = TicketEnded.model_fields
        for item in self._scan(self._desk, "record"):
            record = json.loads(item["record"]["S"])
            yield TicketEnded.model_validate_json(
                json.dumps({name: record.get(name) for name in kept})
            )

    def _engagement(self, campaign_id: str) -> Engagement:
        marks = [
            item
            for page in table.pages(
                self._dynamodb.query,
                TableName=self._campaigns,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :touched)",
                ExpressionAttributeValues=table.to_item(
                    {":pk": partition(campaign_id), ":touched": "TOUCHED#"}
                ),
                ConsistentRead=True,
            )
            for item in page
        ]
        people = {
            kind.value: sum(len(mark.get(kind.value, {}).get("NS", ())) for mark in marks)
            for kind in Kind
        }
        return Engagement.model_validate(people)

    def _scan(self, table_name: str, sort: str) -> Iterator[dict[str, Any]]:
        for page in table.pages(
            self._dynamodb.scan,
            TableName=table_name,
            FilterExpression="sk = :sort",
            ExpressionAttributeValues={":sort": {"S": sort}},
            ConsistentRead=True,
        ):
            yield from page
