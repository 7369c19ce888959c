"""How often marketing may write to a person: at most so many mails in any so many days.

Days are UTC's and counted from 1970, so that a campaign every Monday meets a cap of one in seven
days whatever the hour its chunks were sent at. A mail that is tried again is not counted twice: its
turn moves to the day of the new attempt.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_FORM = re.compile(r"([1-9][0-9]?)/([1-9][0-9]?)d")
_CLOCKS_DIFFER = 1
"""Days a turn is kept longer, for a worker whose clock has not reached midnight yet."""


class Turn(NamedTuple):
    """A marketing mail that went, or is about to go, to a person on a day."""

    day: int
    mail: str


History = tuple[Turn, ...]


@dataclass(frozen=True)
class Cap:
    """At most `most` mails in any `days` days."""

    most: int
    days: int

    @classmethod
    def parse(cls, text: str) -> "Cap":
        """The cap that `3/7d` stands for.

        Raises:
            ValueError: it does not have this form.
        """
        found = _FORM.fullmatch(text)
        if not found:
            raise ValueError(f"must be like 3/7d (3 mails in 7 days, 99 at most), not {text!r}")
        return cls(most=int(found[1]), days=int(found[2]))

    @property
    def reason(self) -> str:
        """Why somebody gets no mail."""
        mails = "1 marketing mail" if self.most == 1 else f"{self.most} marketing mails"
        return f"had {mails} in the last {'day' if self.days == 1 else f'{self.days} days'}"

    def after(self, history: History, turn: Turn) -> History | None:
        """A person's history with one more mail; `None` when that were one too many."""
        if any(past.mail == turn.mail and past.day >= turn.day for past in history):
            return history
        first = turn.day - self.days + 1
        others = [past for past in history if past.mail != turn.mail]
        if sum(past.day >= first for past in others) >= self.most:
            return None
        return (*(past for past in others if past.day >= first - _CLOCKS_DIFFER), turn)


class Asked(NamedTuple):
    """Somebody's place in a chunk, their address in lower case, and the mail they are to get."""

    position: int
    address: str
    mail: str


@dataclass(frozen=True)
class Decision:
    """The histories that change, and the positions that are over the cap."""

    changed: dict[str, History]
    refused: frozenset[int]


def decide(
    cap: Cap, histories: Mapping[str, History], asked: Sequence[Asked], day: int
) -> Decision:
    """Who of a chunk may be written to on a day; an address that is there twice counts twice."""
    present = dict(histories)
    refused = set()
    for position, address, mail in asked:
        after = cap.after(present.get(address, ()), Turn(day, mail))
        if after is None:
            refused.add(position)
        else:
            present[address] = after
    changed = {
        address: history
        for address, history in present.items()
        if history != histories.get(address, ())
    }
    return Decision(changed, frozenset(refused))
