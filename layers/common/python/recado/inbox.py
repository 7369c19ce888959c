"""Reading SQS batches: one bad message never holds up the others, and none is lost.

A message that will never work goes to the dead-letter queue at once, a message that failed too
often follows it; both carry the reason as a message attribute. Everything else that fails is
reported as a batch item failure, so that SQS delivers it again.
"""

import os
import traceback
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from botocore.exceptions import ClientError
from pydantic import ValidationError

from recado import queue, settings
from recado.errors import Rejected, Retryable
from recado.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LAST_DELIVERY = 6
"""A message that fails this many times is put aside with its reason, before SQS would do it
without one (`maxReceiveCount` in infra/messaging.yaml is 8)."""
_PERMANENT = (Rejected, ValidationError)
MAX_REASON = 1_000
_FIRST_WAIT = 2
_LONGEST_WAIT = 360
"""Seconds; each wait of an impatient reader is four times the one before, so that its last is long
enough for an outage."""


class Inbox(BatchProcessor):
    """Powertools' batch processor that gives every dead letter its reason."""

    def __init__(self, dead_letters: str, sqs: Callable[[], "SQSClient"]) -> None:
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        self._dead_letters = dead_letters
        self._sqs = sqs
        self._impatient = False

    @classmethod
    def from_env(cls) -> "Inbox":
        """The inbox of this function, with its own dead-letter queue."""
        return cls(settings.text("DEAD_LETTER_URL"), queue.client)

    def read(
        self,
        event: dict[str, Any],
        handle: Callable[[str], object],
        context: Any,
        *,
        impatient: bool = False,
    ) -> PartialItemFailureResponse:
        """Handle each message's body; returns the answer SQS expects from the function.

        `impatient`: a message that failed with `Retryable` comes again in seconds instead of after
        the queue's time-out, as somebody waits for it.
        """
        self._impatient = impatient
        with self(event["Records"], lambda record: handle(record.body), context):
            self.process()
        return self.response()

    def failure_handler(self, record: Any, exception: Any) -> Any:
        """Put a hopeless message aside with its reason; let SQS deliver any other again."""
        error = exception[1]
        received = int(record.attributes.approximate_receive_count)
        reason = f"{type(error).__name__}: {error}"
        where = traceback.extract_tb(exception[2])[-1]
        logger.warning(
            "message failed",
            message_id=record.message_id,
            received=received,
            error=type(error).__name__,
            at=f"{os.path.basename(where.filename)}:{where.lineno}",  # noqa: PTH119
        )
        if isinstance(error, _PERMANENT) or received >= LAST_DELIVERY:
            self._sqs().send_message(
                QueueUrl=self._dead_letters,
                MessageBody=record.body,
                MessageAttributes={
                    "reason": {"DataType": "String", "StringValue": reason[:MAX_REASON]}
                },
            )
            return self.success_handler(record, reason)
        if self._impatient and isinstance(error, Retryable):
            self._hurry(record, received)
        return super().failure_handler(record, exception)

    def _hurry(self, record: Any, received: int) -> None:
        """Let a message come again soon; where that fails it comes after the queue's time-out."""
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 4 ** (received - 1))
        try:
            self._sqs().change_message_visibility(
                QueueUrl=self._queue_of(record),
                ReceiptHandle=record.receipt_handle,
                VisibilityTimeout=wait,
            )
        except ClientError as error:
            logger.warning("message not hurried", reason=error.response["Error"]["Code"])

    def _queue_of(self, record: Any) -> str:
        """The URL of the queue a message came from, which lies beside its dead letters'."""
        name = record.event_source_arn.rpartition(":")[2]
        return f"{self._dead_letters.rpartition('/')[0]}/{name}"


@cache
def inbox() -> Inbox:
    """The process's inbox."""
    return Inbox.from_env()
