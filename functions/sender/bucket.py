"""The account's send rate, kept beside the campaigns and shared by all workers.

Key format: `pk BUCKET#ses`, `sk BUCKET`. `free_at`, the moment the next slot is free, is in
microseconds since 1970; all other times are in milliseconds.
"""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from recado import table
from sender.domain.rate import Quota, cost_us

_BUCKET: table.Item = {"pk": {"S": "BUCKET#ses"}, "sk": {"S": "BUCKET"}}
_IDLE = "attribute_not_exists(free_at) OR free_at < :now"
_SHARED_LIFE_MS = 60_000
"""All workers together ask SES once a minute, and after a throttle."""
_OWN_LIFE_MS = 1_000
"""How soon a worker sees that another has asked."""
_ASKING_MS = 2_000
"""SES answers GetAccount once a second: nobody else asks for so long."""
_POLL_MS = 200
_PAUSE_MS, _LONGEST_PAUSE_MS = 100, 1_600
"""What is left free after a throttle; of several in a row each leaves twice as much as the one
before, as others may be sending on the same account."""
_IN_A_ROW_MS = 5_000
"""Throttles of one worker that are no further apart are in a row."""
_WINDOW_MS = 1_000
"""SES counts what it took within a second."""


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
        self._pause = 0
        self._throttled_at = 0

    def quota(self, now: int) -> Quota:
        """SES's quota, at most a second old where another worker has seen it change."""
        if self._quota is None or now >= self._quota_until:
            self._quota = self._shared_quota(now)
            self._quota_until = now + _OWN_LIFE_MS
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

    def slow_down(self, now: int) -> None:
        """SES throttled us: leave a moment free, and ask for the quota anew."""
        in_a_row = now - self._throttled_at < _IN_A_ROW_MS
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_MS) if in_a_row else _PAUSE_MS
        self._throttled_at = now
        self._quota_until = 0
        self._dynamodb.update_item(
            TableName=self._table,
            Key=_BUCKET,
            UpdateExpression="SET checked_at = :zero",
            ExpressionAttributeValues={":zero": {"N": "0"}},
        )
        self._leave_free(now + self._pause)

    def _leave_free(self, until: int) -> None:
        with contextlib.suppress(_NotThen):
            self._write(
                "SET free_at = :next",
                "attribute_not_exists(free_at) OR free_at < :next",
                {":next": until * 1_000},
            )

    def _write(self, update: str, condition: str, values: dict[str, int]) -> int:
        """Move the bucket; returns when its next slot is free. What the bucket says of the quota
        is heeded from now on."""
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
            raise _NotThen(self._learn(response.get("Item", {}))) from error
        return self._learn(answer["Attributes"])

    def _learn(self, item: Mapping[str, Any]) -> int:
        self._quota = _to_quota(item) or self._quota
        return int(item.get("free_at", {"N": "0"})["N"])

    def _shared_quota(self, now: int) -> Quota:
        """The quota beside the bucket; one worker asks SES when it is too old, for all of them."""
        while True:
            item = self._dynamodb.get_item(TableName=self._table, Key=_BUCKET).get("Item", {})
            known = _to_quota(item)
            if known and now - int(item["checked_at"]["N"]) < _SHARED_LIFE_MS:
                return known
            if self._may_ask(now):
                return self._ask(now, known)
            if known:
                return known
            time.sleep(_POLL_MS / 1000)
            now += _POLL_MS

    def _may_ask(self, now: int) -> bool:
        """Whether nobody else has begun to ask SES in the last moment."""
        try:
            self._write(
                "SET asked_at = :now",
                "attribute_not_exists(asked_at) OR asked_at < :before",
                {":now": now, ":before": now - _ASKING_MS},
            )
        except _NotThen:
            return False
        return True

    def _ask(self, now: int, known: Quota | None) -> Quota:
        """Ask SES. Where it allows less than before, what was sent in the last second has to age
        until it fits."""
        quota = self._fetch()
        if known and quota.per_second < known.per_second:
            share = quota.per_second / known.per_second
            self._leave_free(now + round(_WINDOW_MS * (1 - share)))
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


def _to_quota(item: Mapping[str, Any]) -> Quota | None:
    if "per_second" not in item:
        return None
    return Quota(
        per_second=float(item["per_second"]["N"]),
        left_today=float(item["left_today"]["N"]),
        sending_enabled=item["sending_enabled"]["BOOL"],
    )
