"""Read access to the list of addresses that are not written to; only `sender` writes it.

Key format (sender's table): `email` in lower case, with one attribute for each reason: a map whose
`lanes` are the classes of mail it stops.
"""

from recado import settings, table, wire
from recado.model import Lane


class Suppressed:
    """The suppression list, to read."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Suppressed":
        """The list of the deployed suite."""
        return cls(settings.text("SUPPRESSION_TABLE"), wire.client())

    def __call__(self, email: str, lane: Lane) -> bool:
        """Whether an address is not written to in a lane."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key={"email": {"S": email.lower()}}, ConsistentRead=True
        ).get("Item", {})
        reasons = (value["M"] for value in item.values() if "M" in value)
        return any(lane in reason.get("lanes", {}).get("SS", ()) for reason in reasons)
