"""What an attendant gets with a conversation."""

from collections.abc import Iterable

from chat.domain.conversation import Head
from chat.domain.dialogue import Reason
from recado.conversation import Line, Packet
from recado.intent import Intent

MAX_TRANSCRIPT_BYTES = 120_000
"""The packet is a fact on the bus, which takes 256 KB; escaped text may be twice as long."""
MAX_TRANSCRIPT_LINES = 200


def packet(
    head: Head, lines: Iterable[Line], *, kind: str, reason: Reason, intent: Intent
) -> Packet:
    """The packet of a handover, with the latest lines that fit."""
    return Packet(
        kind=kind,
        reason=reason,
        language=head.language,
        intent=intent,
        confidence=head.confidence,
        slow_connection=head.slow_connection,
        customer_id=head.identity.customer_id,
        collected=head.collected,
        attempts=head.attempts,
        transcript=fitting(lines),
    )


def fitting(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The latest lines that fit a packet, in order."""
    kept: list[Line] = []
    room = MAX_TRANSCRIPT_BYTES
    for line in sorted(lines, key=lambda line: -line.sequence)[:MAX_TRANSCRIPT_LINES]:
        room -= len(line.text.encode())
        if room < 0:
            break
        kept.append(line)
    return tuple(reversed(kept))
