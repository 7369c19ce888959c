"""When a message that failed comes again."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from recado.errors import Retryable
from recado.inbox import Inbox
from tests.factories import context, sqs_event

DEAD = "https://sqs.us-east-1.amazonaws.com/123456789012/dead"


class Sqs:
    """The queues: which message was given which wait, in seconds."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.waits: list[tuple[Any, ...]] = []
        self._refuses = refuses

    def change_message_visibility(self, **request: Any) -> None:
        if self._refuses:
            error = {"Error": {"Code": "ReceiptHandleIsInvalid", "Message": "too late"}}
            raise ClientError(error, "ChangeMessageVisibility")  # type: ignore[arg-type]
        wanted = ("QueueUrl", "ReceiptHandle", "VisibilityTimeout")
        self.waits.append(tuple(request[name] for name in wanted))


def failing(sqs: Sqs, error: Exception, received: int, *, impatient: bool = True) -> list[Any]:
    """The items a reader gives back whose only message fails so."""
    event = sqs_event("news")
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(received)

    def fail(body: str) -> None:
        raise error

    inbox = Inbox(DEAD, lambda: sqs)  # type: ignore[arg-type, return-value]
    answer = inbox.read(event, fail, context(), impatient=impatient)
    return list(answer["batchItemFailures"])


@pytest.mark.parametrize(("received", "wait"), [(1, 2), (2, 8), (3, 32), (4, 128), (5, 360)])
def test_what_somebody_waits_for_comes_again_soon_and_then_ever_later(
    received: int, wait: int
) -> None:
    sqs = Sqs()
    assert failing(sqs, Retryable("others were faster"), received)
    queue = "https://sqs.us-east-1.amazonaws.com/123456789012/queue"
    assert sqs.waits == [(queue, "receipt-0", wait)]


def test_other_failures_and_patient_readers_keep_the_queues_own_time() -> None:
    sqs = Sqs()
    assert failing(sqs, LookupError("a defect"), 1)
    assert failing(sqs, Retryable("in other hands"), 1, impatient=False)
    assert sqs.waits == []


def test_a_message_that_cannot_be_hurried_is_given_back_all_the_same() -> None:
    assert failing(Sqs(refuses=True), Retryable("others were faster"), 1)
