"""`python -m loadtests.poller`: one sender process, fed as Lambda's event source mapping feeds it.

It says `ready` when the sender is imported and connected, begins when told `go`, and runs until it
is terminated. What the handler logs is thrown away.
"""

import os
import signal
import sys
import time
from types import SimpleNamespace
from typing import Annotated, Any

import boto3
import typer
from botocore.config import Config

_TIME_LEFT_MS = 60_000
_IDLE_S = 0.02


def event(messages: list[Any]) -> dict[str, Any]:
    """Received messages as Lambda gets them."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:send",
                "awsRegion": "us-east-1",
            }
            for message in messages
        ]
    }


def context() -> Any:
    """A Lambda context with a minute left."""
    return SimpleNamespace(
        function_name="sender",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:sender",
        aws_request_id="request",
        get_remaining_time_in_millis=lambda: _TIME_LEFT_MS,
    )


def main(
    queue: Annotated[str, typer.Option(help="The queue to read.")],
    batch: Annotated[int, typer.Option(help="Chunks an invocation.")] = 1,
    threads: Annotated[int, typer.Option(help="Of the single transport; 0: as deployed.")] = 0,
) -> None:
    """Poll, hand to the sender's handler, delete what it dealt with."""
    control = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    from sender import gateway, worker

    if threads:
        gateway.THREADS = threads
    worker.delivery()
    gateway.quota(gateway.client())
    sqs = boto3.client("sqs", config=Config(read_timeout=10))
    sqs.receive_message(QueueUrl=f"{queue}/none")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    control.write("ready\n")
    control.flush()
    sys.stdin.readline()
    while True:
        messages = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=batch, MessageSystemAttributeNames=["All"]
        ).get("Messages", [])
        if not messages:
            time.sleep(_IDLE_S)
            continue
        answer = worker.handler(event(messages), context())
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        done = [
            {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
            for place, message in enumerate(messages)
            if message["MessageId"] not in failed
        ]
        if done:
            sqs.delete_message_batch(QueueUrl=queue, Entries=done)


if __name__ == "__main__":
    typer.run(main)
