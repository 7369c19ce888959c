"""The ledger rows of one send call, in the making."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ses_simulator.ledger import LOST, Batch, CallRecord, Row
from ses_simulator.outcomes import DELIVERED, OUTCOMES
from ses_simulator.submission import Entry, Envelope
from ses_simulator.wire import Content

WHOLE_MESSAGE = ("SEND", "DELIVERY")
"""Events that say the same whatever becomes of a recipient later."""


@dataclass(slots=True)
class Draft:
    """Collects accepted messages of one call; ``first_number`` is the ledger number of the first.

    ``publications`` says when an event of a type is published (nothing: never), ``event_state`` in
    which state it enters the ledger, ``id_suffix`` ends every message id.
    """

    first_number: int
    call_id: int
    now_ms: int
    envelope: Envelope
    configuration_set: str | None
    topics: Mapping[str, list[str]]
    publications: Callable[[str, int], list[int]]
    event_state: str
    id_suffix: str
    messages: list[Row] = field(default_factory=list)
    recipients: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    bodies: list[Row] = field(default_factory=list)

    def add(self, entry: Entry, content: Content, outcomes: Mapping[str, str], failure: str) -> str:
        """Add a message; ``outcomes`` is by recipient address (lower case). Returns its id."""
        number = self.first_number + len(self.messages)
        message_id = f"0100{self.now_ms:012x}-{number:08x}-{self.id_suffix}-000000"
        different = set(outcomes.values())
        self.messages.append(
            (
                number,
                message_id,
                self.call_id,
                self.now_ms,
                self.envelope.source,
                content.subject,
                self._head(entry),
                self.configuration_set,
                different.pop() if len(different) == 1 else "mixed",
            )
        )
        campaign, chunk = entry.tags.get("campaign", ""), entry.tags.get("chunk")
        self.recipients += [
            (campaign, address, number, self.now_ms, outcome, chunk)
            for address, outcome in outcomes.items()
        ]
        self.bodies.append((content.html, content.text, content.raw))
        if self.topics:
            self._add_events(number, outcomes, failure)
        return message_id

    def batch(self, call: CallRecord) -> Batch:
        """Everything to record in one transaction."""
        return Batch(call, self.messages, self.recipients, self.events, self.bodies)

    def _head(self, entry: Entry) -> str:
        sent_to = entry.destination
        return _json(
            {
                "to": sent_to.to,
                "cc": sent_to.cc,
                "bcc": sent_to.bcc,
                "reply_to": self.envelope.reply_to,
                "headers": entry.headers,
                "tags": entry.tags,
            }
        )

    def _add_events(self, number: int, outcomes: Mapping[str, str], failure: str) -> None:
        happened: dict[tuple[str, str], list[str]] = {}
        for address, outcome in outcomes.items():
            for event_type in OUTCOMES[outcome].events:
                told_as = DELIVERED if event_type in WHOLE_MESSAGE else outcome
                happened.setdefault((event_type, told_as), []).append(address)
        for position, ((event_type, outcome), addresses) in enumerate(happened.items()):
            at_ms = self.now_ms + position
            about = (None, number, event_type, outcome, _json(addresses))
            for topic in self.topics.get(event_type, ()):
                dues = self.publications(event_type, self.now_ms)
                state = self.event_state if dues else LOST
                self.events += [
                    (*about, topic, at_ms, due_ms, failure, state, "") for due_ms in dues or [at_ms]
                ]


_json = json.JSONEncoder(ensure_ascii=False).encode
