"""The outside: CloudWatch, which knows how old messages are and how often functions failed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import boto3

from recado import queue, settings
from recado.figures.health import ErrorRate
from recado.figures.queues import QueueLooker

HOUR = timedelta(hours=1)
_PERIOD = timedelta(minutes=5)
_AT_ONCE = 500
"""Metrics in one GetMetricData."""


def queue_names() -> dict[str, str]:
    """The queues to look at: what they are called here, and by SQS."""
    pairs = settings.text("QUEUES").split(",")
    return dict(pair.partition("=")[::2] for pair in pairs)


def looker() -> QueueLooker:
    """Looks at queues."""
    return QueueLooker(queue.client())


class CloudWatch:
    """CloudWatch's own metrics of one deployment."""

    def __init__(self, suite: str, cloudwatch: Any) -> None:
        self._suite = suite
        self._cloudwatch = cloudwatch

    @classmethod
    def from_env(cls) -> "CloudWatch | NoCloudWatch":
        """CloudWatch where the setting SUITE names the stack, none with `none`."""
        suite = settings.text("SUITE", "none")
        return NoCloudWatch() if suite == "none" else cls(suite, boto3.client("cloudwatch"))

    def oldest(self, queues: dict[str, str], now: datetime) -> dict[str, int]:
        """Seconds the oldest message of each queue has waited, in the last five minutes."""
        queries = [
            _query(label, "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", name, "Maximum")
            for label, name in queues.items()
        ]
        answers = self._answers(queries, now - 2 * _PERIOD, now)
        return {label: round(values[0]) for label, values in answers if values}

    def errors(self, now: datetime) -> ErrorRate:
        """How often the suite's functions ran and failed in the last hour."""
        queries = [
            _query(metric, "AWS/Lambda", metric, "FunctionName", name, "Sum")
            for name in self._functions()
            for metric in ("Invocations", "Errors")
        ]
        counted: Counter[str] = Counter()
        for metric, values in self._answers(queries, now - HOUR, now):
            counted[metric] += round(sum(values))
        return ErrorRate(invocations=counted["Invocations"], errors=counted["Errors"])

    def _functions(self) -> list[str]:
        """The suite's functions that have run lately.

        They are listed because a search by the beginning of a name matches words, not prefixes.
        """
        pages = self._cloudwatch.get_paginator("list_metrics").paginate(
            Namespace="AWS/Lambda", MetricName="Invocations", RecentlyActive="PT3H"
        )
        dimensions = [metric["Dimensions"] for page in pages for metric in page["Metrics"]]
        return sorted(
            only["Value"]
            for only, *others in filter(None, dimensions)
            if not others
            and only["Name"] == "FunctionName"
            and only["Value"].startswith(f"{self._suite}-")
        )

    def _answers(
        self, queries: Sequence[dict[str, Any]], since: datetime, now: datetime
    ) -> Iterator[tuple[str, list[float]]]:
        """Each query's label with its values, the newest first."""
        for first in range(0, len(queries), _AT_ONCE):
            found = self._cloudwatch.get_metric_data(
                MetricDataQueries=[
                    query | {"Id": f"q{number}"}
                    for number, query in enumerate(queries[first : first + _AT_ONCE])
                ],
                StartTime=since,
                EndTime=now,
                ScanBy="TimestampDescending",
            )
            yield from ((each["Label"], each["Values"]) for each in found["MetricDataResults"])


def _query(
    label: str, namespace: str, metric: str, dimension: str, value: str, stat: str
) -> dict[str, Any]:
    return {
        "Label": label,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": dimension, "Value": value}],
            },
            "Period": int(_PERIOD.total_seconds()),
            "Stat": stat,
        },
    }


class NoCloudWatch:
    """A world without CloudWatch: nothing is known, which is not the same as zero."""

    def oldest(self, queues: dict[str, str], now: datetime) -> dict[str, int]:  # noqa: ARG002
        """Nothing."""
        return {}

    def errors(self, now: datetime) -> None:
        """Nothing."""
