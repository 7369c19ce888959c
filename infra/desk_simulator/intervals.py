"""Means with their 95 % intervals."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

_Z = NormalDist().inv_cdf(0.975)


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, within 0.004 from 5 degrees of freedom on.

    Source: the expansion in 1/freedom of Abramowitz and Stegun, Handbook of Mathematical Functions,
    26.7.5.
    """
    z = _Z
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return sum(term / float(freedom) ** power for power, term in enumerate(terms))


class Interval(NamedTuple):
    """A mean, and how far to each side its 95 % interval reaches."""

    mean: float
    half: float

    def __contains__(self, value: object) -> bool:
        """Whether a value lies within."""
        return isinstance(value, float) and abs(value - self.mean) <= self.half

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two have a value in common."""
        return abs(self.mean - other.mean) <= self.half + other.half

    @property
    def low(self) -> float:
        """Its lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Its upper end."""
        return self.mean + self.half


def interval(values: Sequence[float]) -> Interval:
    """The mean of independent values, at least six, with its interval by Student's t."""
    half = student(len(values) - 1) * stdev(values) / sqrt(len(values))
    return Interval(fmean(values), half)
