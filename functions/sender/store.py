"""The sender's table of suppressed addresses.

Key format: `email` (lower case), with an attribute for each `Reason`, and in `soft_days` the days
with a transient bounce; beside it what `sender.caps` keeps.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from recado import settings, table, wire
from recado.model import Lane
from sender.domain.suppression import Entry, Reason, SoftBounceRule, Suppression, told

_BATCH = 100


class SuppressionStore:
    """Addresses that must not be written to."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "SuppressionStore":
        """The suppression list of the deployed suite."""
        return cls(settings.text("SUPPRESSION_TABLE"), wire.client())

    def put(self, suppression: Suppression, at: datetime) -> None:
        """Add a reason not to write to an address; the others it may have stay."""
        entry = {
            "lanes": {"SS": sorted(suppression.lanes)},
            "detail": {"S": suppression.detail},
            "source": {"S": suppression.source},
            "at": {"S": at.isoformat()},
        }
        self._update(
            suppression.email,
            "SET #reason = :entry",
            ExpressionAttributeNames={"#reason": suppression.reason},
            ExpressionAttributeValues={":entry": {"M": entry}},
        )

    def withdraw(self, email: str, reason: Reason) -> bool:
        """Take one reason away; False when it was not there. Others stay."""
        gone = "REMOVE #reason, soft_days" if reason is Reason.SOFT_BOUNCES else "REMOVE #reason"
        before = self._update(
            email, gone, ExpressionAttributeNames={"#reason": reason}, ReturnValues="UPDATED_OLD"
        )
        return reason in before

    def entries(self, email: str) -> tuple[Entry, ...]:
        """Every reason not to write to an address."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_key(email), ConsistentRead=True
        ).get("Item", {})
        return _entries(item)

    def note_soft_bounce(self, email: str, day: str, rule: SoftBounceRule, at: datetime) -> None:
        """Remember a day with a transient bounce; too many of them suppress the address."""
        after = self._update(
            email,
            "ADD soft_days :day",
            ExpressionAttributeValues={":day": {"SS": [day]}},
            ReturnValues="ALL_NEW",
        )
        days = set(after["soft_days"]["SS"])
        stale = rule.stale(days, day)
        if stale:
            self._update(
                email,
                "DELETE soft_days :stale",
                ExpressionAttributeValues={":stale": {"SS": sorted(stale)}},
            )
        suppression = rule.suppression(email, days - stale)
        if suppression:
            self.put(suppression, at)

    def read(self, keys: Collection[str]) -> dict[str, table.Item]:
        """The items of addresses, or of what else stands in the table; one call reads 100."""
        wanted = [_key(name) for name in {key.lower() for key in keys} if name]
        found: dict[str, table.Item] = {}
        while wanted:
            answer = self._dynamodb.batch_get_item(
                RequestItems={self._table: {"Keys": wanted[:_BATCH], "ConsistentRead": True}}
            )
            for item in answer["Responses"].get(self._table, []):
                found[item["email"]["S"]] = dict(item)
            refused = answer["UnprocessedKeys"].get(self._table)
            wanted = [*_keys(refused), *wanted[_BATCH:]]
        return found

    @staticmethod
    def reasons(items: Mapping[str, table.Item], lane: Lane) -> dict[str, str]:
        """Which of the addresses read are suppressed in a lane, each with the reason."""
        told_of = {email: told(_entries(item), lane) for email, item in items.items()}
        return {email: reason for email, reason in told_of.items() if reason is not None}

    def _update(self, email: str, update: str, **request: Any) -> Mapping[str, Any]:
        answer = self._dynamodb.update_item(
            TableName=self._table, Key=_key(email), UpdateExpression=update, **request
        )
        attributes: Mapping[str, Any] = answer.get("Attributes", {})
        return attributes


def _key(email: str) -> table.Item:
    return {"email": {"S": email.lower()}}


def _entries(item: Mapping[str, Any]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            reason=reason,
            lanes=tuple(Lane(lane) for lane in sorted(item[reason]["M"]["lanes"]["SS"])),
            detail=item[reason]["M"]["detail"]["S"],
            source=item[reason]["M"]["source"]["S"],
            at=datetime.fromisoformat(item[reason]["M"]["at"]["S"]),
        )
        for reason in Reason
        if reason in item
    )


def _keys(refused: Mapping[str, Any] | None) -> list[table.Item]:
    return list(refused["Keys"]) if refused else []
