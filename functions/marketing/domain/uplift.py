"""How much more often an offer's goal is reached by those who got it than by those held out.

The difference of two shares, with its 95 % interval by the hybrid score method: Newcombe,
"Interval estimation for the difference between independent proportions: comparison of eleven
methods", Statistics in Medicine 17 (1998) 873-890, method 10; built from Wilson's score intervals
(Wilson, JASA 22 (1927) 209-212). It keeps its promise for small groups and for shares of 0 and 1.
"""

from math import sqrt
from statistics import NormalDist
from typing import Literal

from recado.model import Frozen

ENOUGH = 20
"""Settled offers that each group needs before a difference is told: with fewer the interval is
wider than 40 points, which is no help to anybody."""
_Z = NormalDist().inv_cdf(0.975)

Verdict = Literal["not enough yet", "no difference seen", "helps", "harms"]


class Tally(Frozen):
    """How many offers of a group were settled, and how many of them reached the goal."""

    settled: int = 0
    converted: int = 0

    @property
    def share(self) -> float:
        """Of those settled, the share that reached the goal."""
        return self.converted / self.settled


class Uplift(Frozen):
    """The comparison. Shares and points are between 0 and 1; None where there is not enough yet."""

    offered: Tally
    held_out: Tally
    verdict: Verdict
    difference: float | None = None
    low: float | None = None
    high: float | None = None


def wilson(converted: int, settled: int) -> tuple[float, float]:
    """The score interval of a share, with z of 95 %."""
    share, square = converted / settled, _Z**2
    middle = 2 * settled * share + square
    reach = _Z * sqrt(square + 4 * settled * share * (1 - share))
    whole = 2 * (settled + square)
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def newcombe(first: Tally, second: Tally) -> tuple[float, float]:
    """The interval of `first`'s share less `second`'s."""
    difference = first.share - second.share
    low_1, high_1 = wilson(first.converted, first.settled)
    low_2, high_2 = wilson(second.converted, second.settled)
    down = sqrt((first.share - low_1) ** 2 + (high_2 - second.share) ** 2)
    up = sqrt((high_1 - first.share) ** 2 + (second.share - low_2) ** 2)
    return max(-1.0, difference - down), min(1.0, difference + up)


def uplift(offered: Tally, held_out: Tally) -> Uplift:
    """What can be said of a rule so far."""
    if min(offered.settled, held_out.settled) < ENOUGH:
        return Uplift(offered=offered, held_out=held_out, verdict="not enough yet")
    low, high = newcombe(offered, held_out)
    verdict: Verdict = "no difference seen"
    if low > 0 or high < 0:
        verdict = "helps" if low > 0 else "harms"
    return Uplift(
        offered=offered,
        held_out=held_out,
        verdict=verdict,
        difference=offered.share - held_out.share,
        low=low,
        high=high,
    )
