"""The states of a recipient, and which evidence outweighs which."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a recipient stands; a chunk stores one letter each.

    CONTROL: kept out on purpose, to compare with those who were written to.
    BOUNCED is a hard bounce, which SES holds against the sender. UNDELIVERED is all else that SES
    took and did not deliver: a mailbox that stayed full, a server that stayed away, a virus.
    """

    PENDING = "P"
    UNKNOWN = "U"
    FAILED = "F"
    SUPPRESSED = "N"
    HELD = "H"
    CANCELLED = "X"
    CONTROL = "O"
    SENT = "S"
    DELIVERED = "D"
    UNDELIVERED = "R"
    BOUNCED = "B"
    COMPLAINED = "C"

    @property
    def counter(self) -> str:
        """The name of this state in counters and reports."""
        return self.name.lower()

    @property
    def terminal(self) -> bool:
        """Whether nothing more has to be done for the recipient."""
        return self not in {State.PENDING, State.UNKNOWN}


_WEIGHT: Mapping[str, int] = {
    State.PENDING: 0,
    State.UNKNOWN: 1,
    State.FAILED: 2,
    State.SUPPRESSED: 2,
    State.HELD: 2,
    State.CANCELLED: 2,
    State.CONTROL: 2,
    State.SENT: 3,
    State.DELIVERED: 4,
    State.UNDELIVERED: 5,
    State.BOUNCED: 6,
    State.COMPLAINED: 7,
}
"""What SES says it did outweighs what we decided, and later facts outweigh earlier ones, so that
events may come late, twice or in any order and still lead to the same state."""


@dataclass(frozen=True)
class Outcome:
    """What became of one recipient, with the reason when it is not the good one."""

    state: State
    reason: str = ""

    def outweighs(self, other: "Outcome") -> bool:
        """Whether this is stronger evidence than `other`."""
        return _WEIGHT[self.state] > _WEIGHT[other.state]


def merge(states: str, outcomes: Mapping[int, Outcome]) -> str:
    """The states after taking in outcomes by position; weaker evidence changes nothing.

    Raises:
        IndexError: a position is outside the chunk.
    """
    letters = list(states)
    for position, outcome in outcomes.items():
        if _WEIGHT[outcome.state] > _WEIGHT[letters[position]]:
            letters[position] = outcome.state
    return "".join(letters)


def positions(states: str, state: State) -> list[int]:
    """Where in the chunk recipients in `state` stand."""
    return [position for position, letter in enumerate(states) if letter == state]


def count(states: str) -> dict[str, int]:
    """How many recipients are in each state, by counter name."""
    return {State(letter).counter: number for letter, number in Counter(states).items()}


def difference(before: str, after: str) -> dict[str, int]:
    """What to add to the campaign's counters when a chunk changes; zeros are left out."""
    change = Counter(count(after))
    change.subtract(count(before))
    return {name: number for name, number in change.items() if number}
