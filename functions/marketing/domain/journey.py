"""Where a customer is in a journey, and what comes next: a state machine without a clock.

    offer's mail ──> wait ──> branch ──> send ──> ... ──> over
          └── converted, opted out, refused, settled ──> stopped

`at` only grows, `since` only moves forward, and `sent` has each mail once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketing.domain.steps import Check, Instruction, Jump, Send, Signal, Wait
from recado.model import Frozen

CONVERTED, OPTED_OUT, OVER = "converted", "opted_out", "over"
FIRST = 0
"""The place of the offer's own mail."""
PUT_OFF = timedelta(days=1)
"""When a mail that may not go now is thought of again."""


class Journey(Frozen):
    """The next instruction, since when it is the next, and the places of the mails that were sent.

    `stopped` says why there is nothing more to come; empty as long as there is.
    """

    at: int
    since: datetime
    sent: tuple[int, ...] = ()
    stopped: str = ""


@dataclass(frozen=True)
class Seen:
    """What is known of the customer since the last mail, and of the offer.

    `excluded`: something that may pass forbids another mail now, such as an open ticket.
    """

    signals: frozenset[Signal] = frozenset()
    converted: bool = False
    opted_out: bool = False
    excluded: bool = False


@dataclass(frozen=True)
class Moved:
    """The journey after a look at it: a mail to send now, and when to look again."""

    journey: Journey
    send: Send | None = None
    look_at: datetime | None = None


def begun(at: datetime) -> Journey:
    """A journey whose first mail is on its way."""
    return Journey(at=FIRST + 1, since=at, sent=(FIRST,))


def first_look(line: Sequence[Instruction], at: datetime) -> datetime | None:
    """When to look at a journey that begins at `at`; None if its first mail is all of it."""
    if len(line) == 1:
        return None
    second = line[FIRST + 1]
    return at + timedelta(days=second.days) if isinstance(second, Wait) else at


def advanced(line: Sequence[Instruction], journey: Journey, seen: Seen, now: datetime) -> Moved:
    """Go on as far as can be gone: to a wait that is not over, to one mail, or to the end."""
    if journey.stopped:
        return Moved(journey)
    if seen.converted or seen.opted_out:
        return Moved(_stopped(journey, CONVERTED if seen.converted else OPTED_OUT))
    at, since = journey.at, journey.since
    while at < len(line):
        match line[at]:
            case Wait(days=days):
                due = since + timedelta(days=days)
                if now < due:
                    return Moved(_moved(journey, at, since), look_at=due)
                at, since = at + 1, due
            case Check(on=signal, otherwise=otherwise):
                at = at + 1 if signal in seen.signals else otherwise
            case Jump(to=to):
                at = to
            case Send() as send:
                if at in journey.sent:
                    at += 1
                elif seen.excluded:
                    return Moved(_moved(journey, at, since), look_at=now + PUT_OFF)
                else:
                    return _with_mail(journey, at, send, max(now, since))
    return Moved(_stopped(_moved(journey, at, since), OVER))


def _with_mail(journey: Journey, at: int, send: Send, now: datetime) -> Moved:
    after = _moved(journey, at + 1, now).model_copy(update={"sent": (*journey.sent, at)})
    return Moved(after, send=send, look_at=now)


def _moved(journey: Journey, at: int, since: datetime) -> Journey:
    return journey.model_copy(update={"at": at, "since": max(since, journey.since)})


def _stopped(journey: Journey, why: str) -> Journey:
    return journey.model_copy(update={"stopped": why})
