"""What calls to AWS are billed as, counted where boto3, or the sender's client of SES, makes them.

Sources: "Read and write operations" and "Item sizes and formats", DynamoDB developer guide; "Amazon
SQS pricing" (each 64 KB of payload is a request).
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

import boto3

READ_BYTES, WRITE_BYTES, MESSAGE_BYTES = 4_096, 1_024, 65_536
WAIT_MS = {"dynamodb": 5.0, "sqs": 5.0, "s3": 20.0, "events": 10.0, "sesv2": 50.0}
"""How long a call waits within a region: the assumption behind Lambda's time."""
CALL_CPU_MS = 0.6
"""Processor time of one boto3 call, moto's part taken out: measured apart (DESIGN's 622 us)."""

Unit = tuple[str, str]


def item_size(item: Mapping[str, Any]) -> int:
    """Bytes of an item: names and values in UTF-8, numbers about a byte for two digits."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Bytes of one attribute value."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return len(content.strip("-").replace(".", "")) // 2 + 2
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind == "SS":
        return sum(len(text.encode()) for text in content)
    if kind == "M":
        return 3 + item_size(content) + len(content)
    if kind == "L":
        return 3 + sum(value_size(each) + 1 for each in content)
    raise ValueError(f"no size is known of a {kind}")


def read_units(size: int, *, consistent: bool) -> float:
    """Units of reading so many bytes at once; nothing found costs as much as a little."""
    return max(1, ceil(size / READ_BYTES)) * (1.0 if consistent else 0.5)


def write_units(size: int, *, transactional: bool = False) -> float:
    """Units of writing an item of so many bytes."""
    return max(1, ceil(size / WRITE_BYTES)) * (2.0 if transactional else 1.0)


class Meter:
    """Counts what a session's clients do. Make it before the clients, inside `mock_aws`."""

    def __init__(self, session: boto3.Session) -> None:
        self.units: Counter[Unit] = Counter()
        self.wait_ms = 0.0
        self.calls = 0
        self.inside_ns = 0
        self._reader = boto3.Session().client("dynamodb")
        self._entered = 0
        session.events.register("before-parameter-build", self._remember)
        session.events.register("before-call", self._enter)
        session.events.register("after-call", self._leave)
        session.events.register("after-call-error", self._error)

    def ses(self, send: Callable[..., Any]) -> Callable[..., Any]:
        """The way of the sender's own client to SES, which goes around boto3, metered."""

        def metered(*asked: Any) -> Any:
            self._enter()
            try:
                return send(*asked)
            finally:
                self.calls += 1
                self.wait_ms += WAIT_MS["sesv2"]
                self._error()

        return metered

    def _remember(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["metered"] = dict(params)

    def _enter(self, **_: Any) -> None:
        self._entered = time.process_time_ns()

    def _error(self, **_: Any) -> None:
        self.inside_ns += time.process_time_ns() - self._entered

    def _leave(
        self, model: Any, parsed: Mapping[str, Any], context: dict[str, Any], **_: Any
    ) -> None:
        service = model.service_model.service_name
        self.calls += 1
        self.wait_ms += WAIT_MS.get(service, 0.0)
        self._count(service, model.name, context["metered"], parsed)
        self.inside_ns += time.process_time_ns() - self._entered

    def _count(
        self, service: str, operation: str, params: dict[str, Any], parsed: Mapping[str, Any]
    ) -> None:
        if service == "dynamodb":
            self._count_dynamodb(operation, params, parsed)
        elif service == "sqs":
            entries = params.get("Entries", [params])
            size = sum(len(entry.get("MessageBody", "").encode()) for entry in entries)
            self.units["SQS", "request"] += max(1, ceil(size / MESSAGE_BYTES))
        elif service == "s3":
            self.units["S3", "PUT" if operation.startswith("Put") else "GET"] += 1
        elif service == "events":
            self.units["EventBridge", "event"] += len(params.get("Entries", []))

    def _count_dynamodb(
        self, operation: str, params: dict[str, Any], parsed: Mapping[str, Any]
    ) -> None:
        read, written = ("DynamoDB", "read unit"), ("DynamoDB", "write unit")
        consistent = bool(params.get("ConsistentRead"))
        if operation == "GetItem":
            size = item_size(parsed.get("Item", {}))
            self.units[read] += read_units(size, consistent=consistent)  # type: ignore[assignment]
        elif operation == "Query":
            size = sum(map(item_size, parsed.get("Items", [])))
            self.units[read] += read_units(size, consistent=consistent)  # type: ignore[assignment]
        elif operation == "BatchGetItem":
            for name, asked in params["RequestItems"].items():
                found = [item_size(item) for item in parsed.get("Responses", {}).get(name, [])]
                found += [0] * (len(asked["Keys"]) - len(found))
                kind = bool(asked.get("ConsistentRead"))
                self.units[read] += sum(read_units(size, consistent=kind) for size in found)  # type: ignore[assignment]
        elif operation == "TransactWriteItems":
            for write in (one for each in params["TransactItems"] for one in each.values()):
                self.units[written] += self._written(write, transactional=True)  # type: ignore[assignment]
        elif operation in {"PutItem", "UpdateItem", "DeleteItem"}:
            self.units[written] += self._written(params, transactional=False)  # type: ignore[assignment]
        else:
            raise ValueError(f"no units are known of {operation}")

    def _written(self, write: dict[str, Any], *, transactional: bool) -> float:
        """Units of one write, with the index that lists active campaigns."""
        item = write.get("Item") or self._stored(write)
        units = write_units(item_size(item), transactional=transactional)
        return units + (write_units(item_size(item)) if "active" in item else 0)

    def _stored(self, write: dict[str, Any]) -> dict[str, Any]:
        found = self._reader.get_item(TableName=write["TableName"], Key=write["Key"])
        return dict(found.get("Item", {}))
