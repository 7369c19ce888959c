"""How figures that are shown compare with a recount."""

from collections.abc import Iterable
from typing import NamedTuple

from recado.figures.names import Figures


class Difference(NamedTuple):
    """A counter that is not what a recount gives."""

    where: str
    counter: str
    shown: int
    counted: int


def differences(where: str, shown: Figures, counted: Figures) -> list[Difference]:
    """Every counter that differs; one that is absent is zero."""
    return [
        Difference(where, name, shown.get(name, 0), counted.get(name, 0))
        for name in sorted({*shown, *counted})
        if shown.get(name, 0) != counted.get(name, 0)
    ]


def missing(found: Iterable[Difference]) -> dict[str, int]:
    """What to add to the counters shown, so that they are what was counted."""
    return {each.counter: each.counted - each.shown for each in found}
