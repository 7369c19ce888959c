"""`python -m loadtests.stopwatch`: one sender's processor time, step by step, as JSON.

The steps are the sender's own functions, wrapped here with `time.process_time`; the product has no
timers. It handles what is on a queue until nothing is left, and then says how many microseconds
each step took, and one call of boto3's for comparison. With the bulk transport one thread works, so
the process's time is the step's.
"""

import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any

import boto3
import typer

from loadtests.poller import context, event

BATCH = 5
"""`BatchSize` of the billing and marketing senders in template.yaml."""
YARDSTICK_CALLS = 300
WARM_UP = 3
"""Invocations that are not counted: connections and templates are made in the first."""


def main(queue: Annotated[str, typer.Option()]) -> None:
    """Handle every message of a queue, `BATCH` an invocation."""
    told = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    from recado.ledger.progress import ProgressBoard
    from recado.ledger.store import Ledger
    from sender import bucket, composing, delivery, gateway, store, worker

    spent: Counter[str] = Counter()
    for owner, name, step in (
        (worker.ChunkTask, "model_validate_json", "parse the message"),
        (ProgressBoard, "status", "read the status"),
        (store.SuppressionStore, "read", "read suppressions"),
        (composing, "compose", "render"),
        (bucket.RateBucket, "quota", "read the quota"),
        (bucket.RateBucket, "reserve", "take a slot"),
        (Ledger, "claim", "claim"),
        (Ledger, "begin", "begin"),
        (Ledger, "record", "record"),
        (gateway.BulkTransport, "send", "SES call"),
        (delivery.Delivery, "announce_end", "look for the end"),
        (worker.metrics.provider, "flush_metrics", "metrics"),
    ):
        setattr(owner, name, timed(getattr(owner, name), step, spent))
    sqs = boto3.client("sqs")
    invocations = mails = total = 0
    while messages := sqs.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=BATCH, MessageSystemAttributeNames=["All"]
    ).get("Messages", []):
        if invocations == WARM_UP:
            spent.clear()
            total = 0
        records = event(messages)
        begun = time.process_time_ns()
        worker.handler(records, context())
        total += time.process_time_ns() - begun
        invocations += 1
        if invocations > WARM_UP:
            mails += sum(len(json.loads(message["Body"])["recipients"]) for message in messages)
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    steps = {step: nanoseconds / 1000 for step, nanoseconds in spent.items()}
    json.dump({"mails": mails, "us": total / 1000, "steps": steps, "yardstick": yardstick()}, told)
    told.flush()


def yardstick() -> float:
    """Processor time of one of boto3's `update_item` calls, in microseconds: how fast this is."""
    dynamodb = boto3.client("dynamodb")
    spent = []
    for number in range(YARDSTICK_CALLS):
        begun = time.process_time_ns()
        dynamodb.update_item(
            TableName=os.environ["CAMPAIGNS_TABLE"],
            Key={"pk": {"S": "YARDSTICK"}, "sk": {"S": str(number)}},
            UpdateExpression="SET stage = :claimed ADD version :one",
            ExpressionAttributeValues={":claimed": {"S": "claimed"}, ":one": {"N": "1"}},
            ReturnValues="ALL_NEW",
        )
        spent.append(time.process_time_ns() - begun)
    return statistics.median(spent) / 1000


def timed(function: Callable[..., Any], step: str, spent: Counter[str]) -> Callable[..., Any]:
    """The function, adding its processor time to a step; a step within a step counts once."""

    def measured(*args: Any, **named: Any) -> Any:
        before, begun = spent.total(), time.process_time_ns()
        try:
            return function(*args, **named)
        finally:
            inner = spent.total() - before
            spent[step] += time.process_time_ns() - begun - inner

    return measured


if __name__ == "__main__":
    typer.run(main)
