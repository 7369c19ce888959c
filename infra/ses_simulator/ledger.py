"""The ledger: everything that was accepted, on disk before the caller hears of it.

One SQLite file in WAL mode. Each send call is one transaction of a few multi-row inserts, so a
killed simulator never forgets a message it acknowledged. Reading has its own connections and never
blocks sending; see :mod:`ses_simulator.audit` for the questions.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

FILE = "ses.sqlite3"
ROWS_PER_INSERT = 100
FASTEST = 1
CHECKPOINT_PAGES = 500
SETTLED_AT_ONCE = 20
PENDING, PUBLISHED, LOST, FAILED, UNPUBLISHED = (
    "pending",
    "published",
    "lost",
    "failed",
    "unpublished",
)
"""States of an event: waiting, sent, dropped by a fault, refused, no SNS endpoint given."""

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One API call: ``entries`` asked for, ``accepted`` of them taken, and how it ended."""

    operation: str
    entries: int
    accepted: int
    at_ms: int
    outcome: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one send call puts into the ledger; rows have the columns of ``schema.sql`` in order."""

    call: CallRecord
    messages: Sequence[Row] = ()
    recipients: Sequence[Row] = ()
    events: Sequence[Row] = ()
    bodies: Sequence[Row] = ()


class Ledger:
    """The file and its one writing connection. Safe to share between threads."""

    def __init__(self, state: Path, keep_bodies: int, *, checkpoints: bool = True) -> None:
        """`checkpoints`: whether this one moves the journal into the file, which takes some 40 ms
        from time to time; another process may do it instead."""
        state.mkdir(parents=True, exist_ok=True)
        self.path = state / FILE
        self._keep_bodies = keep_bodies
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA cache_size = -32000")
        self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES if checkpoints else 0}")
        self._db.executescript(files("ses_simulator").joinpath("schema.sql").read_text())
        self.next_message = 1 + self._highest("messages", "number")
        self.next_call = 1 + self._highest("calls", "id")

    def record(self, batch: Batch) -> int:
        """Write one call and what it accepted, all or nothing; returns the call's id."""
        with self._transaction():
            call_id = self.next_call
            call = batch.call
            self._insert(
                "calls",
                [
                    (
                        call_id,
                        call.operation,
                        call.entries,
                        call.accepted,
                        call.at_ms,
                        call.outcome,
                        call.detail,
                    )
                ],
            )
            self._insert("messages", batch.messages)
            self._insert("recipients", batch.recipients)
            self._insert("events", batch.events)
            self._keep(batch.bodies)
            self.next_call = call_id + 1
            self.next_message += len(batch.messages)
        return call_id

    def settle(self, event_ids: Sequence[int], state: str, note: str = "") -> None:
        """Note what became of pending events, few at a time: accepting mail waits for the lock."""
        for start in range(0, len(event_ids), SETTLED_AT_ONCE):
            some = event_ids[start : start + SETTLED_AT_ONCE]
            marks = ",".join("?" * len(some))
            with self._transaction():
                self._db.execute(
                    f"UPDATE events SET state = ?, note = ? WHERE id IN ({marks})",
                    (state, note, *some),
                )

    def save(self, kind: str, name: str, body: Any) -> None:
        """Keep a resource (a template, a configuration set ...) across restarts."""
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO resources VALUES (?, ?, ?)", (kind, name, json.dumps(body))
            )

    def discard(self, kind: str, name: str) -> None:
        """Forget a resource."""
        with self._transaction():
            self._db.execute("DELETE FROM resources WHERE kind = ? AND name = ?", (kind, name))

    def forget_mail(self) -> None:
        """Empty the ledger: calls, messages, bodies, events. Resources stay."""
        with self._transaction():
            for table in ("calls", "messages", "recipients", "events", "bodies"):
                self._db.execute(f"DELETE FROM {table}")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own that sees everything recorded so far."""
        uri = f"{self.path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, check_same_thread=False)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def close(self) -> None:
        """Close the file; nothing is pending in memory."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _insert(self, table: str, rows: Sequence[Row]) -> None:
        for start in range(0, len(rows), ROWS_PER_INSERT):
            some = rows[start : start + ROWS_PER_INSERT]
            marks = "(" + ",".join("?" * len(some[0])) + ")"
            self._db.execute(
                f"INSERT INTO {table} VALUES {','.join([marks] * len(some))}",
                [value for row in some for value in row],
            )

    def _keep(self, bodies: Sequence[Row]) -> None:
        if not bodies or not self._keep_bodies:
            return
        last = self.next_message + len(bodies) - 1
        self._db.execute("INSERT INTO bodies VALUES (?, ?)", (last, packed(bodies)))
        self._db.execute("DELETE FROM bodies WHERE last_message <= ?", (last - self._keep_bodies,))

    def _highest(self, table: str, column: str) -> int:
        found = self._db.execute(f"SELECT COALESCE(MAX({column}), 0) FROM {table}").fetchone()
        return int(found[0])


def packed(bodies: Sequence[Row]) -> bytes:
    """The ``(html, text, raw)`` of each message of a call, compressed together; NUL parts them."""
    parts = [part or "" for body in bodies for part in body]
    if any("\0" in part for part in parts):
        parts = [part.replace("\0", "\N{REPLACEMENT CHARACTER}") for part in parts]
    return zlib.compress("\0".join(parts).encode("utf-8", "surrogatepass"), FASTEST)


def unpacked(blob: bytes) -> list[tuple[str | None, ...]]:
    """The inverse of :func:`packed`; an empty part is None."""
    text = zlib.decompress(blob).decode("utf-8", "surrogatepass")
    parts = [part or None for part in text.split("\0")]
    return [tuple(parts[start : start + 3]) for start in range(0, len(parts), 3)]
