"""What chat tells the desk in a race: a share of it twice and out of order."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from recado.conversation import (
    ChatMessage,
    HandoffRequested,
    HandoverEvent,
    Line,
    Packet,
    Speaker,
)
from recado.model import Language

KINDS = ("technical", "sales")
LINES = ("linha 2", "linha 3")
"""What each customer writes after the request, in order."""
_BATCH = 10
_WINDOW = 30
"""Facts are reordered within so many."""


def told(number: int, at: datetime) -> list[HandoverEvent]:
    """What chat tells of one conversation."""
    conversation = f"cnv_bench{number:06}"
    first = Line(sequence=1, speaker=Speaker.CUSTOMER, text="quero uma pessoa", at=at)
    packet = Packet(
        kind=KINDS[number % 2],
        reason="asked",
        language=Language.PORTUGUESE,
        intent="talk_to_person",
        confidence=0.9,
        transcript=(first,),
    )
    about: dict[str, Any] = {"conversation_id": conversation, "handover": 1, "at": at}
    lines = [
        Line(sequence=place, speaker=Speaker.CUSTOMER, text=text, at=at)
        for place, text in enumerate(LINES, start=2)
    ]
    return [
        HandoffRequested(number=1, packet=packet, **about),
        *(ChatMessage(number=line.sequence, line=line, **about) for line in lines),
    ]


@dataclass
class Feeder:
    """Puts what chat tells on the desk's queue, at most `ahead` requests before `closed`.

    `pause` is between requests, in seconds; what comes after the other is put there at once.
    """

    tell: Callable[[Sequence[HandoverEvent]], None]
    requests: int
    troubled: float
    ahead: int
    pause: float
    seed: int
    closed: set[str]
    asked: dict[str, datetime] = field(default_factory=dict)
    repeated: int = 0

    def run(self) -> None:
        """Feed every request of the plan."""
        chance = random.Random(self.seed)  # noqa: S311
        window: list[HandoverEvent] = []
        for number in range(self.requests):
            while number - len(self.closed) > self.ahead:
                self._send(window)
                window = []
                time.sleep(0.05)
            time.sleep(self.pause)
            for fact in told(number, datetime.now(UTC)):
                window.append(fact)
                if chance.random() < self.troubled:
                    self.repeated += 1
                    window.append(fact)
                    window.insert(chance.randrange(len(window)), window.pop())
            if len(window) >= (_WINDOW if not self.pause else _BATCH):
                self._send(window)
                window = []
        self._send(window)

    def _send(self, facts: list[HandoverEvent]) -> None:
        now = datetime.now(UTC)
        for fact in facts:
            if isinstance(fact, HandoffRequested):
                self.asked.setdefault(fact.ticket_id, now)
        for start in range(0, len(facts), _BATCH):
            self.tell(facts[start : start + _BATCH])
