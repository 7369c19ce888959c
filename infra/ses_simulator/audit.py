"""The questions a test asks of the ledger: how many, who twice, how fast."""

from __future__ import annotations

import sqlite3
from collections import deque
from dataclasses import dataclass
from typing import Any

from ses_simulator.ledger import Ledger
from ses_simulator.quota import SECOND_MS

INDEXED_TAGS = ("campaign", "chunk")


@dataclass(frozen=True, slots=True)
class Selection:
    """Recipients of messages with one tag value, or of all messages when ``tag`` is empty."""

    tag: str = ""
    value: str = ""

    @classmethod
    def parse(cls, text: str | None) -> Selection:
        """Read ``name:value``; nothing selects everything."""
        name, colon, value = (text or "").partition(":")
        if text and not (name and colon):
            raise ValueError(f"tag must be name:value, such as campaign:c-1, not {text!r}")
        return cls(name, value)

    def recipients(self) -> tuple[str, list[str]]:
        """FROM and WHERE over ``recipients``, with parameters; campaign and chunk use an index."""
        if not self.tag:
            return "recipients", []
        if self.tag in INDEXED_TAGS:
            return f"recipients WHERE {self.tag} = ?", [self.value]
        where = "json_extract(messages.head, ?) = ?"
        joined = "recipients JOIN messages ON messages.number = recipients.message"
        return f"{joined} WHERE {where}", [self._path(), self.value]

    def messages(self) -> tuple[str, list[str]]:
        """A condition over ``messages``, with its parameters.

        A chunk is few messages, found by index; other tags are read along with the messages.
        """
        if not self.tag:
            return "1", []
        if self.tag == "chunk":
            return "number IN (SELECT message FROM recipients WHERE chunk = ?)", [self.value]
        return "json_extract(head, ?) = ?", [self._path(), self.value]

    def _path(self) -> str:
        quoted = self.tag.replace('"', "")
        return f'$.tags."{quoted}"'


def summary(ledger: Ledger, selection: Selection) -> dict[str, Any]:
    """Counts over recipients, times in epoch ms.

    ``accepted`` counts recipients of accepted messages, ``duplicates`` those beyond the first for
    the same address, ``max_in_one_second`` the largest number in any half-open window of 1,000 ms.
    """
    source, parameters = selection.recipients()
    with ledger.reading() as db:
        accepted, first_at, last_at = db.execute(
            f"SELECT COUNT(*), MIN(recipients.at_ms), MAX(recipients.at_ms) FROM {source}",
            parameters,
        ).fetchone()
        unique = db.execute(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM {source} GROUP BY address)", parameters
        ).fetchone()[0]
        return {
            "accepted": accepted,
            "unique_recipients": unique,
            "duplicates": accepted - unique,
            "by_domain": _counts(
                db, "substr(address, instr(address, '@') + 1)", source, parameters
            ),
            "by_outcome": _counts(db, "recipients.outcome", source, parameters),
            "first_at": first_at,
            "last_at": last_at,
            "max_in_one_second": _busiest_second(db, source, parameters),
        }


def duplicates(ledger: Ledger, selection: Selection, limit: int = 1_000) -> list[dict[str, Any]]:
    """Addresses that got more than one message, with how many and which; most often first."""
    source, parameters = selection.recipients()
    query = f"""
        SELECT address, COUNT(*) AS times, MIN(recipients.at_ms) AS first_at,
               MAX(recipients.at_ms) AS last_at, GROUP_CONCAT(recipients.message) AS numbers
        FROM {source} GROUP BY address HAVING COUNT(*) > 1 ORDER BY times DESC, address LIMIT ?
    """
    with ledger.reading() as db:
        found = [dict(row) for row in db.execute(query, [*parameters, limit])]
        for row in found:
            row["message_ids"] = _message_ids(db, row.pop("numbers"))
        return found


def calls(ledger: Ledger, after: int = 0, limit: int = 1_000) -> list[dict[str, Any]]:
    """API calls in order, from the one after the id ``after``."""
    with ledger.reading() as db:
        rows = db.execute("SELECT * FROM calls WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
        return [dict(row) for row in rows]


def call_outcomes(ledger: Ledger) -> dict[str, int]:
    """How many API calls ended in each way."""
    with ledger.reading() as db:
        return _counts(db, "outcome", "calls", [])


def event_states(ledger: Ledger) -> dict[str, int]:
    """How many events are in each state (pending, published, lost, failed, unpublished)."""
    with ledger.reading() as db:
        return _counts(db, "state", "events", [])


def lost_events(ledger: Ledger, selection: Selection) -> list[dict[str, str]]:
    """Events that were never published, one row an address: ``type`` and ``address``."""
    condition, parameters = selection.messages()
    query = f"""
        SELECT events.type, json_each.value AS address
        FROM events JOIN messages ON messages.number = events.message, json_each(events.addresses)
        WHERE events.state = 'lost' AND {condition} ORDER BY events.id
    """
    with ledger.reading() as db:
        return [dict(row) for row in db.execute(query, parameters)]


def pending_events(ledger: Ledger, due_ms: int) -> int:
    """Events still to be published that were due by a time."""
    query = "SELECT COUNT(*) FROM events WHERE state = 'pending' AND due_ms <= ?"
    with ledger.reading() as db:
        return int(db.execute(query, (due_ms,)).fetchone()[0])


def recipients_since(ledger: Ledger, at_ms: int) -> list[tuple[int, int]]:
    """What the daily quota counts since a time: recipients by minute, no simulator mailboxes."""
    query = """
        SELECT at_ms / 60000, COUNT(*) FROM recipients
        WHERE at_ms > ? AND address NOT LIKE '%@simulator.amazonses.com' GROUP BY 1 ORDER BY 1
    """
    with ledger.reading() as db:
        return [(row[0], row[1]) for row in db.execute(query, (at_ms,))]


def _counts(
    db: sqlite3.Connection, what: str, source: str, parameters: list[str]
) -> dict[str, int]:
    query = f"SELECT {what}, COUNT(*) AS n FROM {source} GROUP BY 1 ORDER BY n DESC"
    return {row[0]: row[1] for row in db.execute(query, parameters)}


def _busiest_second(db: sqlite3.Connection, source: str, parameters: list[str]) -> int:
    query = f"SELECT recipients.at_ms, COUNT(*) FROM {source} GROUP BY 1 ORDER BY 1"
    window: deque[tuple[int, int]] = deque()
    held = busiest = 0
    for at_ms, count in db.execute(query, parameters):
        window.append((at_ms, count))
        held += count
        while window[0][0] <= at_ms - SECOND_MS:
            held -= window.popleft()[1]
        busiest = max(busiest, held)
    return busiest


def _message_ids(db: sqlite3.Connection, numbers: str) -> list[str]:
    query = f"SELECT message_id FROM messages WHERE number IN ({numbers}) ORDER BY number"
    return [row[0] for row in db.execute(query)]
