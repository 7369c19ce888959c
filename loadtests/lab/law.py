"""Little's law as a check of a run's books: L = X * R.

J. D. C. Little, "A Proof for the Queuing Formula: L = lambda W", Operations Research 9 (1961): the
mean number in a stable system is the rate of arrivals times the mean time spent in it. Every turn
counts, whatever became of it: one that timed out was in the system too. Turns at the edges of a
window count by the part of them that is inside: a window of few turns has many edges.
"""

from dataclasses import dataclass

TOLERANCE = 0.05


@dataclass(frozen=True)
class Law:
    """`inside` is L, turns in the system; `rate` is X, turns a second; `stay` is R, seconds."""

    inside: float
    rate: float
    stay: float

    @property
    def ratio(self) -> float:
        """X * R / L: 1 when the law holds, 0 when nothing happened."""
        return self.rate * self.stay / self.inside if self.inside else 0.0

    @property
    def holds(self) -> bool:
        """Whether it holds within the tolerance."""
        return abs(self.ratio - 1) <= TOLERANCE
