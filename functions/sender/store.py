"""The sender's tables: suppressed addresses, and the shared send rate beside the campaigns.

Key formats: suppression `email` (lower case), with an attribute for each `Reason`, and in
`soft_days` the days with a transient bounce; beside it what `sender.caps` keeps; rate bucket
`pk BUCKET#ses`, `sk BUCKET`, whose `free_at` is in microseconds since 1970.
"""

import contextlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from recado import settings, table, wire
from recado.model import Lane
from sender.domain.rate import Quota, cost_us
from sender.domain.suppression import Entry, Reason, SoftBounceRule, Suppression, told

_BATCH = 100
_BUCKET: table.Item = {"pk": {"S": "BUCKET#ses"}, "sk": {"S": "BUCKET"}}
_IDLE = "attribute_not_exists(free_at) OR free_at < :now"
_QUOTA_LIFE_MS = 60_000
"""SES answers GetAccount once a second; all workers together ask once a minute."""


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


@dataclass(frozen=True)
class Slot:
    """Room for some recipients, `wait_ms` milliseconds from now."""

    wait_ms: int


@dataclass(frozen=True)
class Full:
    """Every slot of the near future is taken; ask again in `retry_ms` milliseconds."""

    retry_ms: int


class _NotThen(Exception):
    """The bucket's condition did not hold; `free_at` is what it says instead."""

    def __init__(self, free_at: int) -> None:
        super().__init__(free_at)
        self.free_at = free_at


class RateBucket:
    """The account's send rate, shared by all workers."""

    def __init__(
        self, table_name: str, dynamodb: table.DynamoDB, fetch: Callable[[], Quota]
    ) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._fetch = fetch
        self._quota: Quota | None = None
        self._quota_until = 0
        self._free_at = 0

    def quota(self, now: int) -> Quota:
        """SES's present quota; asked of SES once a minute by all workers together."""
        if self._quota is None or now >= self._quota_until:
            self._quota = self._shared_quota(now)
            self._quota_until = now + _QUOTA_LIFE_MS // 10
        return self._quota

    def reserve(self, recipients: int, now: int, horizon: int) -> Slot | Full:
        """Take the next slot for so many recipients if it begins within `horizon` milliseconds.

        `free_at` never goes back: where the last one seen is too late, nobody has to be asked.
        """
        cost = cost_us(recipients, self.quota(now))
        present, latest = now * 1_000, (now + horizon) * 1_000
        while self._free_at <= latest:
            try:
                if self._free_at < present:
                    self._start(present, cost)
                    return Slot(wait_ms=0)
                return Slot(wait_ms=(self._take_next(present, latest, cost) - present) // 1_000)
            except _NotThen as refused:
                self._free_at = refused.free_at
        return Full(retry_ms=(self._free_at - latest) // 1_000 + 1)

    def _start(self, present: int, cost: int) -> None:
        """Begin anew after the bucket stood idle."""
        values = {":next": present + cost, ":now": present}
        self._free_at = self._write("SET free_at = :next", _IDLE, values)

    def _take_next(self, present: int, latest: int, cost: int) -> int:
        """Take the slot after the last one; returns when it begins."""
        self._free_at = self._write(
            "SET free_at = free_at + :cost",
            "free_at BETWEEN :now AND :latest",
            {":cost": cost, ":now": present, ":latest": latest},
        )
        return self._free_at - cost

    def slow_down(self, now: int, pause: int) -> None:
        """SES throttled us: leave `pause` milliseconds free, and ask for the quota anew."""
        self._quota_until = 0
        with contextlib.suppress(_NotThen):
            self._write(
                "SET free_at = :next, checked_at = :zero",
                "attribute_not_exists(free_at) OR free_at < :next",
                {":next": (now + pause) * 1_000, ":zero": 0},
            )

    def _write(self, update: str, condition: str, values: dict[str, int]) -> int:
        """Move the bucket; returns when its next slot is free."""
        numbers = {name: {"N": str(value)} for name, value in values.items()}
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=_BUCKET,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=numbers,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not table.condition_failed(error):
                raise
            response: Mapping[str, Any] = error.response
            stored = response.get("Item", {})
            raise _NotThen(int(stored.get("free_at", {"N": "0"})["N"])) from error
        return int(answer["Attributes"]["free_at"]["N"])

    def _shared_quota(self, now: int) -> Quota:
        item = self._dynamodb.get_item(TableName=self._table, Key=_BUCKET).get("Item", {})
        checked = int(item.get("checked_at", {"N": "0"})["N"])
        if "per_second" in item and now - checked < _QUOTA_LIFE_MS:
            return Quota(
                per_second=float(item["per_second"]["N"]),
                left_today=float(item["left_today"]["N"]),
                sending_enabled=item["sending_enabled"]["BOOL"],
            )
        quota = self._fetch()
        self._dynamodb.update_item(
            TableName=self._table,
            Key=_BUCKET,
            UpdateExpression=(
                "SET per_second = :rate, left_today = :left,"
                " sending_enabled = :on, checked_at = :now"
            ),
            ExpressionAttributeValues={
                ":rate": {"N": str(quota.per_second)},
                ":left": {"N": str(quota.left_today)},
                ":on": {"BOOL": quota.sending_enabled},
                ":now": {"N": str(now)},
            },
        )
        return quota
