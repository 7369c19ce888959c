"""Reading single messages out of the ledger: pages of them, and one whole with its events."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from ses_simulator.audit import Selection
from ses_simulator.events import iso, record
from ses_simulator.ledger import Ledger, unpacked
from ses_simulator.publisher import happening

NOTHING_KEPT = (None, None, None)
ADDRESSES = "json_extract(head, '$.to', '$.cc', '$.bcc')"


@dataclass(frozen=True, slots=True)
class Search:
    """What the inbox shows: words in address or subject, a tag, and everything before a cursor."""

    words: str = ""
    selection: Selection = field(default_factory=Selection)
    before: int = 0
    limit: int = 50


def since(ledger: Ledger, selection: Selection, after: int, limit: int) -> list[dict[str, Any]]:
    """Messages in order of acceptance after a cursor (0 for the beginning)."""
    condition, parameters = selection.messages()
    query = f"SELECT * FROM messages WHERE number > ? AND {condition} ORDER BY number LIMIT ?"
    with ledger.reading() as db:
        return [_message(row) for row in db.execute(query, [after, *parameters, limit])]


def newest(ledger: Ledger, search: Search) -> list[dict[str, Any]]:
    """Messages newest first, filtered as the inbox asks."""
    condition, parameters = search.selection.messages()
    conditions, values = [condition], list[Any](parameters)
    if search.before:
        conditions.append("number < ?")
        values.append(search.before)
    if search.words:
        conditions.append(f"(subject LIKE ? ESCAPE '!' OR {ADDRESSES} LIKE ? ESCAPE '!')")
        values += [_containing(search.words)] * 2
    query = f"SELECT * FROM messages WHERE {' AND '.join(conditions)} ORDER BY number DESC LIMIT ?"
    with ledger.reading() as db:
        return [_message(row) for row in db.execute(query, [*values, search.limit])]


def one(ledger: Ledger, message_id: str, region: str) -> dict[str, Any] | None:
    """A message with its body (None when it is no longer kept), its source and its events."""
    number = _number_of(message_id)
    with ledger.reading() as db:
        row = db.execute(
            "SELECT * FROM messages WHERE number = ? AND message_id = ?", (number, message_id)
        ).fetchone()
        if row is None:
            return None
        message = _message(row)
        html, text, raw = _body(db, row)
        message["body_kept"] = (html, text, raw) != NOTHING_KEPT
        message |= {"html": html, "text": text, "source_text": raw or _source(message, html, text)}
        message["events"] = _events(db, number, region)
        return message


def _message(row: sqlite3.Row) -> dict[str, Any]:
    values: dict[str, Any] = dict(row) | json.loads(row["head"])
    values.pop("head")
    values["cursor"] = values.pop("number")
    values["at"] = iso(row["at_ms"])
    return values


def _number_of(message_id: str) -> int:
    parts = message_id.split("-")
    try:
        return int(parts[1], 16) if len(parts) > 1 else 0
    except ValueError:
        return 0


def _body(db: sqlite3.Connection, row: sqlite3.Row) -> tuple[str | None, ...]:
    """The body out of the block its call wrote, whose key is the number of its last message."""
    found = db.execute(
        "SELECT * FROM bodies WHERE last_message >= ? ORDER BY last_message LIMIT 1",
        (row["number"],),
    ).fetchone()
    if found is None:
        return NOTHING_KEPT
    bodies = unpacked(found["parts"])
    position = row["number"] - found["last_message"] - 1
    return bodies[position] if -position <= len(bodies) else NOTHING_KEPT


def _events(db: sqlite3.Connection, number: int, region: str) -> list[dict[str, Any]]:
    query = """
        SELECT events.type, events.outcome AS event_outcome, events.addresses, events.topic,
               events.due_ms, events.at_ms AS event_at_ms, events.detail, events.state,
               events.note, messages.*
        FROM events JOIN messages ON messages.number = events.message
        WHERE events.message = ? ORDER BY events.id
    """
    found = []
    for row in db.execute(query, (number,)):
        written = record(happening(dict(row)), region)
        found.append(
            {
                "type": written["eventType"],
                "at": iso(row["event_at_ms"]),
                "due": iso(row["due_ms"]),
                "topic": row["topic"],
                "state": row["state"],
                "note": row["note"],
                "record": written,
            }
        )
    return found


def _source(message: dict[str, Any], html: str | None, text: str | None) -> str:
    """The MIME source SES would have written for a Simple or Template message."""
    mime = EmailMessage(policy=SMTP.clone(utf8=True))
    mime["From"] = message["source"]
    mime["To"] = ", ".join(message["to"])
    if message["cc"]:
        mime["Cc"] = ", ".join(message["cc"])
    mime["Subject"] = " ".join(message["subject"].split())
    mime["Message-ID"] = f"<{message['message_id']}@email.amazonses.com>"
    for name, value in message["headers"]:
        if name not in mime:
            mime[name] = value
    mime.set_content(text or "", cte="8bit")
    if html is not None:
        mime.add_alternative(html, subtype="html", cte="8bit")
    return mime.as_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def _containing(words: str) -> str:
    escaped = words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
