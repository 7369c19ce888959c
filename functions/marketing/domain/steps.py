"""A journey: what follows an offer's first mail, and when.

Staff write it as nested steps. `compiled` lays them out in one line, with jumps that only lead
forward: so a journey always ends, and each mail of it has one number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from recado.model import Frozen, Identifier

MAX_SENDS = 10
"""Mails of one journey, the offer's own among them."""
MAX_DEPTH = 3
"""Branches within branches."""


class Signal(StrEnum):
    """What a customer may have done since the last mail of a journey.

    `opened` and `clicked` count people, not the machines that follow links before them;
    `answered`: began a conversation.
    """

    OPENED = "opened"
    CLICKED = "clicked"
    ANSWERED = "answered"


class Wait(Frozen):
    """Let days pass."""

    do: Literal["wait"]
    days: int = Field(ge=1, le=90)


class Send(Frozen):
    """Send another mail."""

    do: Literal["send"]
    template_id: Identifier


class Branch(Frozen):
    """Go on by what the customer did since the last mail."""

    do: Literal["branch"]
    on: Signal
    yes: tuple["Step", ...] = ()
    no: tuple["Step", ...] = ()


Step = Annotated[Wait | Send | Branch, Field(discriminator="do")]
Branch.model_rebuild()


@dataclass(frozen=True)
class Check:
    """Go on here if the signal was seen, else at `otherwise`."""

    on: Signal
    otherwise: int


@dataclass(frozen=True)
class Jump:
    """Go on at `to`."""

    to: int


Instruction = Wait | Send | Check | Jump


def compiled(steps: Sequence[Step]) -> tuple[Instruction, ...]:
    """The steps in one line; every place that is led to comes later than where it is led from."""
    return tuple(_laid_out(steps, 0))


def _laid_out(steps: Sequence[Step], first: int) -> list[Instruction]:
    line: list[Instruction] = []
    for step in steps:
        if not isinstance(step, Branch):
            line.append(step)
            continue
        here = first + len(line)
        yes = _laid_out(step.yes, here + 1)
        after_yes = here + 1 + len(yes) + 1
        no = _laid_out(step.no, after_yes)
        line += [Check(step.on, after_yes), *yes, Jump(after_yes + len(no)), *no]
    return line


def mistakes(steps: Sequence[Step], where: str, depth: int = 0) -> Iterator[str]:
    """What cannot be used, each with its place."""
    for place, step in enumerate(steps):
        if not isinstance(step, Branch):
            continue
        here = f"{where}.{place}"
        if depth == MAX_DEPTH:
            yield f"{here}: branches are nested {MAX_DEPTH} deep at most; write another rule"
            continue
        if not step.yes and not step.no:
            yield f"{here}: neither `yes` nor `no` has a step; give one or remove the branch"
        yield from mistakes(step.yes, f"{here}.yes", depth + 1)
        yield from mistakes(step.no, f"{here}.no", depth + 1)


def templates(steps: Sequence[Step]) -> Iterator[str]:
    """The templates of all mails, in the order of the line."""
    for instruction in compiled(steps):
        if isinstance(instruction, Send):
            yield instruction.template_id
