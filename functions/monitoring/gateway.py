"""The outside: CloudWatch, which knows how old messages are and how often functions failed."""

from datetime import datetime, timedelta
from typing import Any

import boto3

from recado import queue, settings
from recado.figures.health import ErrorRate
from recado.figures.queues import QueueLooker

HOUR = timedelta(hours=1)


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
            {
                "Id": f"q{number}",
                "Label": label,
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/SQS",
                        "MetricName": "ApproximateAgeOfOldestMessage",
                        "Dimensions": [{"Name": "QueueName", "Value": name}],
                    },
                    "Period": 300,
                    "Stat": "Maximum",
                },
            }
            for number, (label, name) in enumerate(queues.items())
        ]
        answer = self._ask(queries, now - timedelta(minutes=10), now)
        return {each["Label"]: round(each["Values"][0]) for each in answer if each["Values"]}

    def errors(self, now: datetime) -> ErrorRate:
        """How often the suite's functions ran and failed in the last hour."""
        queries = [
            {
                "Id": metric.lower(),
                "Expression": (
                    "SUM(SEARCH('{AWS/Lambda,FunctionName} FunctionName=\"" + self._suite + '-"'
                    f" MetricName=\"{metric}\"', 'Sum', 3600))"
                ),
                "Period": 3600,
            }
            for metric in ("Invocations", "Errors")
        ]
        answer = self._ask(queries, now - HOUR, now)
        found = {each["Id"]: round(sum(each["Values"])) for each in answer}
        return ErrorRate(invocations=found.get("invocations", 0), errors=found.get("errors", 0))

    def _ask(self, queries: list[dict[str, Any]], since: datetime, now: datetime) -> Any:
        return self._cloudwatch.get_metric_data(
            MetricDataQueries=queries, StartTime=since, EndTime=now
        )["MetricDataResults"]


class NoCloudWatch:
    """A world without CloudWatch: nothing is known, which is not the same as zero."""

    def oldest(self, queues: dict[str, str], now: datetime) -> dict[str, int]:  # noqa: ARG002
        """Nothing."""
        return {}

    def errors(self, now: datetime) -> None:
        """Nothing."""
