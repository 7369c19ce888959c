"""Intervals of means and percentiles over runs.

Turns of one run share its processes and its moment, so they are no independent observations: what
is drawn again is whole runs (the cluster bootstrap: A. C. Davison and D. V. Hinkley, "Bootstrap
Methods and their Application", 1997, section 3.8), with the percentile interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVEL = 0.95
RESAMPLES = 2_000
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its 95 % interval; of one run alone the ends are NaN."""

    value: float
    low: float
    high: float


def of_mean(runs: Sequence[float]) -> Interval:
    """Student's interval of the mean of runs."""
    values = np.asarray(runs, dtype=float)
    mean = float(values.mean())
    if len(values) < 2:
        return Interval(mean, np.nan, np.nan)
    reach = stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * stats.sem(values)
    return Interval(mean, mean - float(reach), mean + float(reach))


def of_percentile(runs: Sequence[Values], percentile: float, seed: int) -> Interval:
    """The interval of a percentile (0 to 100) of the values of all runs together."""
    pooled = _Pool(runs)
    everyone = np.arange(len(runs))
    value = pooled.percentile(everyone, percentile)
    if len(runs) < 2:
        return Interval(value, np.nan, np.nan)
    ends = stats.bootstrap(
        (everyone,),
        lambda drawn: pooled.percentile(drawn, percentile),
        vectorized=False,
        n_resamples=RESAMPLES,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(value, float(ends.low), float(ends.high))


class _Pool:
    """The values of several runs sorted once, so that a draw of runs costs one sum over them."""

    def __init__(self, runs: Sequence[Values]) -> None:
        values = np.concatenate(runs)
        order = np.argsort(values, kind="stable")
        self._runs = len(runs)
        self._values = values[order]
        self._run_of = np.repeat(np.arange(len(runs)), [len(run) for run in runs])[order]

    def percentile(self, drawn: NDArray[np.int_], percentile: float) -> float:
        """The smallest value that so many per cent of the drawn runs' values do not exceed."""
        times = np.bincount(drawn, minlength=self._runs)
        below = np.cumsum(times[self._run_of])
        place = np.searchsorted(below, below[-1] * percentile / 100)
        return float(self._values[min(int(place), len(self._values) - 1)])
