"""Looking into queues and their dead letters without taking anything out."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recado.figures.health import DeadLetter, QueueHealth

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SHOWN = 10
"""Dead letters of a queue that are shown: what SQS gives at once."""
_NO_REASON = "failed too often; the log of its function says why"


class QueueLooker:
    """Reads the state of queues by their physical names."""

    def __init__(self, sqs: "SQSClient") -> None:
        self._sqs = sqs

    def look(self, label: str, queue_name: str) -> QueueHealth:
        """A queue and its dead letters."""
        attributes = self._attributes(self._sqs.get_queue_url(QueueName=queue_name)["QueueUrl"])
        dead_url = self.dead_letters_of(attributes)
        dead = self._attributes(dead_url) if dead_url else {}
        number = _number(dead, "ApproximateNumberOfMessages")
        return QueueHealth(
            queue=label,
            waiting=_number(attributes, "ApproximateNumberOfMessages"),
            in_work=_number(attributes, "ApproximateNumberOfMessagesNotVisible"),
            dead=number,
            dead_letters=tuple(self.peek(dead_url)) if dead_url and number else (),
        )

    def dead_letters_of(self, attributes: Mapping[str, str]) -> str | None:
        """The URL of the dead-letter queue that a queue's attributes name."""
        policy = json.loads(attributes.get("RedrivePolicy", "{}"))
        if "deadLetterTargetArn" not in policy:
            return None
        name = policy["deadLetterTargetArn"].rpartition(":")[2]
        return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def peek(self, dead_url: str) -> Iterator[DeadLetter]:
        """Some dead letters, which stay visible to everybody."""
        answer = self._sqs.receive_message(
            QueueUrl=dead_url,
            MaxNumberOfMessages=SHOWN,
            VisibilityTimeout=0,
            MessageAttributeNames=["reason"],
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        once = {each["MessageId"]: each for each in answer.get("Messages", [])}
        return map(dead_letter, once.values())

    def _attributes(self, url: str) -> dict[str, str]:
        answer = self._sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "RedrivePolicy",
            ],
        )
        return {str(name): value for name, value in answer.get("Attributes", {}).items()}


def dead_letter(message: Mapping[str, Any]) -> DeadLetter:
    """A received message as it is shown."""
    sent = int(message.get("Attributes", {}).get("SentTimestamp", 0))
    reason = message.get("MessageAttributes", {}).get("reason", {}).get("StringValue")
    return DeadLetter(
        message_id=message["MessageId"],
        reason=reason or _NO_REASON,
        about=_about(message["Body"]),
        since=datetime.fromtimestamp(sent / 1000, UTC),
    )


def _about(body: str) -> str:
    try:
        content = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(content, dict):
        return ""
    return str(content.get("detail-type") or content.get("kind") or "")[:100]


def _number(attributes: Mapping[str, str], name: str) -> int:
    return int(attributes.get(name, 0))
