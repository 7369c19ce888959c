"""Reading an import takes the same memory however long the file is."""

import tracemalloc
from collections.abc import Iterator
from typing import Any, cast

import pytest

from central.domain.imports import Import, ImportStatus
from central.domain.rows import Kind
from central.gateway import Block, Files
from central.reading import Reader
from central.store.customers import CustomerStore
from central.store.imports import ImportStore
from recado import table
from recado.bus import Bus
from recado.directory import listing_key
from recado.queue import Queue
from tests.factories import AT, TODAY, customer

BLOCK = 4_096
HEADER = b"id,customer_id,amount,issued_on,due_on\n"


class ForgetfulDynamoDB:
    """Knows every customer, remembers nothing that is written but the import itself."""

    def __init__(self, job: Import) -> None:
        self._job = table.to_item(job.model_dump(mode="json", exclude_none=True))
        self.rows = 0

    def get_item(self, **_: Any) -> dict[str, Any]:
        return {"Item": self._job}

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        (name, request), *_ = RequestItems.items()
        ids = [key["pk"]["S"] for key in request["Keys"] if key["sk"]["S"] == "PROFILE"]
        return {"Responses": {name: [_profile(pk) for pk in ids]}}

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> None:  # noqa: N803
        self.rows += sum(
            "Put" in write and "due_on" in write["Put"]["Item"] for write in TransactItems
        )


class EndlessFile:
    """An invoice file of any length that is never in memory as a whole."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def blocks(self, _file: str, offset: int, _etag: str | None = None) -> Iterator[Block]:
        held = bytearray(HEADER)
        for number in range(self._rows):
            held += b"F-%07d,C-%06d,129.90,2026-10-01,2026-10-10\n" % (number, number // 2)
            if len(held) >= BLOCK:
                yield Block(bytes(held[offset:]), "etag", self._rows)
                offset = 0
                held.clear()
        yield Block(bytes(held[offset:]), "etag", self._rows)


class Nowhere:
    """A bus nobody listens to."""

    def publish(self, event: object) -> None:
        """Forget it."""


def _profile(pk: str) -> table.Item:
    person = customer(id=pk.removeprefix("CUSTOMER#"))
    values = person.model_dump(mode="json") | {"pk": pk, "sk": "PROFILE", "version": 1}
    return listing_key(person.id) | table.to_item(values)


def peak_of_reading(rows: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """The most memory in bytes that reading a file of so many rows takes."""
    job = Import(id="imp_1", kind=Kind.INVOICES, filename="a.csv", file="imports/x", created_at=AT)
    dynamodb = cast("Any", ForgetfulDynamoDB(job))
    monkeypatch.setattr(table, "client", lambda: dynamodb)
    reader = Reader(
        ImportStore("central", dynamodb),
        CustomerStore("central", dynamodb),
        cast("Files", EndlessFile(rows)),
        cast("Queue", None),
        cast("Bus", Nowhere()),
        lambda: AT,
        lambda: TODAY,
    )
    tracemalloc.start()
    done = reader.read(job.id, lambda: True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (done.status, done.rows, done.accepted) == (ImportStatus.DONE, rows, rows)
    assert dynamodb.rows == rows
    return peak


def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    peak_of_reading(100, monkeypatch)
    small = peak_of_reading(150, monkeypatch)
    large = peak_of_reading(1_000, monkeypatch)
    assert large < 1.1 * small
