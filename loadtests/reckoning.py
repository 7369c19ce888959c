"""What a run under chaos did to each recipient, and whether the class's promise held: pure.

Two witnesses are compared: the delivery ledger, which says what the suite believes, and the SES
simulator, which says what it accepted, whose event it lost, and who was in a killed sender's hands.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from recado.ledger.states import State
from recado.model import Lane

MAX_IN_FLIGHT = 50
"""What one crash may have had in its hands: a chunk."""
ACCEPTED = frozenset({State.SENT, State.DELIVERED, State.BOUNCED, State.COMPLAINED})
NEVER_MEANT = frozenset({State.FAILED, State.SUPPRESSED, State.CANCELLED})


@dataclass(frozen=True)
class Fate:
    """One recipient: `state` and `ruled` from the delivery ledger, the rest from the simulator.

    `accepted` counts the mails SES took for them, `in_flight` the killed calls that carried one,
    `event_lost` tells whether a Send event about them was lost, `ruled` whether the class decided
    about them at some time because nothing had been heard.
    """

    state: State
    accepted: int
    in_flight: int = 0
    event_lost: bool = False
    ruled: bool = False


@dataclass(frozen=True)
class Terms:
    """What was promised: the class of mail, whether SES reports every Send, senders killed."""

    lane: Lane
    events: bool
    kills: int


@dataclass(frozen=True)
class Reckoning:
    """Sums over all recipients.

    `lost`: nobody at SES has their mail and the suite does not know it is missing. `duplicated`:
    mails beyond a recipient's first. `unknown`: recipients with mail in a killed call.
    `resolved_by_events` of them were cleared up by an event before the time to settle, the rest,
    `resolved_by_rule`, by the class: held (marketing) or sent again (billing). `undecided` are open
    at the end. `beyond_lost_events` are duplicated or held although no event of theirs was lost.
    """

    recipients: int
    lost: int
    duplicated: int
    unknown: int
    resolved_by_events: int
    resolved_by_rule: int
    held: int
    undecided: int
    beyond_lost_events: int


def reckon(fates: Iterable[Fate]) -> Reckoning:
    """Count every recipient."""
    everyone = list(fates)
    in_flight = [fate for fate in everyone if fate.in_flight]
    ruled = [fate for fate in in_flight if _by_rule(fate)]
    return Reckoning(
        recipients=len(everyone),
        lost=sum(_is_lost(fate) for fate in everyone),
        duplicated=sum(max(0, fate.accepted - 1) for fate in everyone),
        unknown=len(in_flight),
        resolved_by_events=len(in_flight) - len(ruled),
        resolved_by_rule=len(ruled),
        held=sum(fate.state is State.HELD for fate in everyone),
        undecided=sum(not fate.state.terminal for fate in everyone),
        beyond_lost_events=sum(
            (fate.accepted > 1 or fate.state is State.HELD) and not fate.event_lost
            for fate in everyone
        ),
    )


def broken_promises(found: Reckoning, terms: Terms, audience: int) -> list[str]:
    """What the run disproved, as sentences; empty when the promise of the class held."""
    claims = {
        f"the ledger has {found.recipients} recipients, the audience {audience}": (
            found.recipients == audience
        ),
        f"{found.lost} recipients are lost; 0 may be": found.lost == 0,
        f"{found.undecided} recipients are in no terminal state; 0 may be": found.undecided == 0,
        f"{found.duplicated} mails are repeats; {_may_repeat(terms)} may be": (
            found.duplicated <= _may_repeat(terms)
        ),
    }
    if terms.events:
        claims[
            f"{found.beyond_lost_events} recipients were held or written to twice although SES's"
            " event about them was not lost; 0 may be"
        ] = found.beyond_lost_events == 0
    return [claim for claim, holds in claims.items() if not holds]


def _may_repeat(terms: Terms) -> int:
    return 0 if terms.lane.at_most_once else MAX_IN_FLIGHT * terms.kills


def _is_lost(fate: Fate) -> bool:
    return fate.accepted == 0 and fate.state not in NEVER_MEANT | {State.HELD}


def _by_rule(fate: Fate) -> bool:
    return fate.ruled or fate.state is State.HELD or fate.accepted > 1
