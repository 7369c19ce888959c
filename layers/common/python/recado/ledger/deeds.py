"""What each recipient of a campaign did with its mail, for who follows people and not sums."""

from dataclasses import dataclass

from recado import settings, table, wire
from recado.ledger.engagement import touched
from recado.ledger.reach import Kind
from recado.ledger.states import State
from recado.ledger.store import Ledger


@dataclass(frozen=True)
class Deed:
    """Where a recipient stands, and what was counted of them; machines are kinds of their own."""

    state: State
    kinds: frozenset[Kind]


class Deeds:
    """The recipients of campaigns."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Deeds":
        """The recipients of the deployed suite's campaigns."""
        return cls(settings.text("CAMPAIGNS_TABLE"), wire.client())

    def of(self, campaign_id: str) -> dict[str, Deed]:
        """Every recipient of a campaign as far as it is planned, by id."""
        found: dict[str, Deed] = {}
        for chunk in Ledger(self._table, self._dynamodb).chunks(campaign_id):
            did = touched(self._dynamodb, self._table, campaign_id, chunk.number)
            for place, recipient in enumerate(chunk.recipient_ids):
                kinds = frozenset(kind for kind, places in did.items() if place in places)
                found[recipient] = Deed(State(chunk.states[place]), kinds)
        return found
