"""Whether an address gets mail of a lane, for services that only want to know; `sender` decides.

Key format (sender's table): `email` (lower case), with a map for each reason, which has `lanes`
(a set) and `detail`. Whoever plans by this may be late by a moment: sender looks once more before
it sends.
"""

from recado import settings, table, wire
from recado.model import Lane


class Consent:
    """The suppression list, to read."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Consent":
        """The list of the deployed suite."""
        return cls(settings.text("SUPPRESSION_TABLE"), wire.client())

    def refusal(self, email: str, lane: Lane) -> str | None:
        """Why an address gets no mail of a lane; `None` if it may."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key={"email": {"S": email.lower()}}
        ).get("Item", {})
        entries = (value["M"] for value in item.values() if "M" in value)
        return next(
            (entry["detail"]["S"] for entry in entries if lane in entry["lanes"]["SS"]), None
        )
