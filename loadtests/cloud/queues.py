"""The SQS calls that a poller and a sender make: visibility, delays, receipts, no order."""

import hashlib
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from loadtests.cloud.tables import Refused

Request = dict[str, Any]


@dataclass
class Message:
    """A message: when it was sent, how often it was received, and by which receipt."""

    id: str
    body: str
    sent_ms: int
    received: int = 0
    receipt: str = ""


@dataclass
class Queue:
    """One queue; `visible` is a heap of (visible from, number, message)."""

    visible: list[tuple[int, int, Message]] = field(default_factory=list)
    held: dict[str, tuple[int, Message]] = field(default_factory=dict)


class Queues:
    """All queues by URL; each exists as soon as it is used."""

    def __init__(self, now_ms: Callable[[], int], visibility_ms: int) -> None:
        self._now_ms = now_ms
        self._visibility_ms = visibility_ms
        self._queues: dict[str, Queue] = {}
        self._numbers = itertools.count()
        self._calls = {
            "SendMessage": self._send,
            "SendMessageBatch": self._send_batch,
            "ReceiveMessage": self._receive,
            "DeleteMessage": self._delete,
            "DeleteMessageBatch": self._delete_batch,
        }

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        """Answer one call.

        Raises:
            Refused: the call is not one that senders make.
        """
        handle = self._calls.get(operation)
        if handle is None:
            raise Refused("ValidationException", message=f"the double has no {operation}")
        return handle(self._queues.setdefault(request["QueueUrl"], Queue()), request)

    def waiting(self) -> dict[str, tuple[int, int]]:
        """How many messages of each queue are to be received, and in a receiver's hands."""
        return {url: (len(queue.visible), len(queue.held)) for url, queue in self._queues.items()}

    def _send(self, queue: Queue, entry: Request) -> dict[str, Any]:
        now, number = self._now_ms(), next(self._numbers)
        message = Message(f"m-{number}", entry["MessageBody"], now)
        from_ms = now + 1_000 * int(entry.get("DelaySeconds", 0))
        heapq.heappush(queue.visible, (from_ms, number, message))
        return {"MessageId": message.id, "MD5OfMessageBody": _md5(message.body)}

    def _send_batch(self, queue: Queue, request: Request) -> dict[str, Any]:
        entries = request["Entries"]
        return {
            "Successful": [{"Id": entry["Id"], **self._send(queue, entry)} for entry in entries]
        }

    def _receive(self, queue: Queue, request: Request) -> dict[str, Any]:
        now = self._now_ms()
        self._release(queue, now)
        taken: list[dict[str, Any]] = []
        while (
            len(taken) < request.get("MaxNumberOfMessages", 1)
            and queue.visible
            and queue.visible[0][0] <= now
        ):
            _, number, message = heapq.heappop(queue.visible)
            message.received += 1
            message.receipt = f"{number}.{message.received}"
            queue.held[message.receipt] = (now + self._visibility_ms, message)
            taken.append(_received(message))
        return {"Messages": taken} if taken else {}

    def _delete(self, queue: Queue, request: Request) -> dict[str, Any]:
        queue.held.pop(request["ReceiptHandle"], None)
        return {}

    def _delete_batch(self, queue: Queue, request: Request) -> dict[str, Any]:
        for entry in request["Entries"]:
            self._delete(queue, entry)
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}

    def _release(self, queue: Queue, now: int) -> None:
        """What nobody deleted in time is visible again."""
        late = [receipt for receipt, (until, _) in queue.held.items() if until <= now]
        for receipt in late:
            _, message = queue.held.pop(receipt)
            heapq.heappush(queue.visible, (now, next(self._numbers), message))


def _received(message: Message) -> dict[str, Any]:
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "Body": message.body,
        "MD5OfBody": _md5(message.body),
        "Attributes": {
            "ApproximateReceiveCount": str(message.received),
            "SentTimestamp": str(message.sent_ms),
        },
    }


def _md5(body: str) -> str:
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
