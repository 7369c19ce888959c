"""The desk's own queue, to which it leaves what it cannot finish now."""

import json
from typing import TYPE_CHECKING, Protocol

from recado import queue, settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

UNSETTLED = "DeskUnsettled"
_LATER_S = 1


class Wake(Protocol):
    """Who is asked to settle the desk later."""

    def settle_later(self) -> None: ...


class DeskQueue:
    """The queue that wakes `desk.events`."""

    def __init__(self, url: str, sqs: "SQSClient") -> None:
        self._url = url
        self._sqs = sqs

    @classmethod
    def from_env(cls) -> "DeskQueue":
        """The queue of the deployed suite."""
        return cls(settings.text("DESK_QUEUE_URL"), queue.client())

    def settle_later(self) -> None:
        """Ask for a settling in a second."""
        body = {"detail-type": UNSETTLED, "source": "recado.desk", "detail": {}}
        self._sqs.send_message(
            QueueUrl=self._url, MessageBody=json.dumps(body), DelaySeconds=_LATER_S
        )
