"""How far a campaign is: its status and counters, read by key."""

from recado import settings, table
from recado.contracts import PlanCampaign
from recado.errors import NotFound
from recado.ledger.standing import Progress, Status
from recado.ledger.states import State
from recado.ledger.store import TOTAL, VARIANT, key


class ProgressBoard:
    """Read access to the progress of campaigns for every service."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "ProgressBoard":
        """The board of the deployed suite."""
        return cls(settings.text("CAMPAIGNS_TABLE"), table.client())

    def get(self, campaign_id: str) -> Progress | None:
        """A campaign's progress; `None` until `campaigns` has taken it up."""
        meta, counts = (self._item(campaign_id, sort) for sort in ("META", "COUNTS"))
        return to_progress(meta, counts) if meta else None

    def status(self, campaign_id: str) -> Status | None:
        """A campaign's status; `None` until `campaigns` has taken it up."""
        meta = self._item(campaign_id, "META")
        return Status(meta["status"]["S"]) if meta else None

    def open(self, campaign_id: str) -> int:
        """How many recipients of a campaign are in no terminal state, as far as it is planned."""
        counts = self._item(campaign_id, "COUNTS")
        return sum(
            int(counts[state.counter]["N"])
            for state in State
            if not state.terminal and state.counter in counts
        )

    def plan(self, campaign_id: str) -> PlanCampaign:
        """The command that launched a campaign.

        Raises:
            NotFound: no such campaign was launched.
        """
        item = self._item(campaign_id, "PLAN")
        if not item:
            raise NotFound(f"campaign {campaign_id} has not been launched")
        return PlanCampaign.model_validate_json(item["plan"]["S"])

    def _item(self, campaign_id: str, sort: str) -> table.Item:
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=key(campaign_id, sort), ConsistentRead=True
        )
        return dict(answer.get("Item", {}))


def to_progress(meta: table.Item, counts: table.Item) -> Progress:
    """Progress from the stored META and COUNTS items."""
    values = table.from_item(meta)
    numbers = {name: int(value["N"]) for name, value in counts.items() if "N" in value}
    return Progress(
        status=values["status"],
        reason=values.get("reason", ""),
        plan_done=values["plan_done"],
        total=numbers.pop(TOTAL, 0),
        counts={state.counter: numbers.get(state.counter, 0) for state in State},
        variants={
            name.removeprefix(VARIANT): int(number)
            for name, number in sorted(values.items())
            if name.startswith(VARIANT)
        },
        accepted_before=values.get("accepted_before", {}),
        wakes_at=values.get("wakes_at"),
        wakes_in=values.get("wakes_in"),
        started_at=values.get("started_at"),
        ended_at=values.get("ended_at"),
    )


__all__ = ["Progress", "ProgressBoard", "Status", "to_progress"]
