"""A straight line through monthly amounts, and where it leads: least squares, in decimals.

Sources: NIST/SEMATECH e-Handbook of Statistical Methods, 4.1.4.1 (least squares), 4.5.2.1
(intervals of a prediction) and 1.3.6.7.2 (quantiles of Student's t).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

FEWEST = 4
"""Months that a trend needs: with fewer the interval says nothing."""
_THOUSANDTHS = (
    *(12_706, 4_303, 3_182, 2_776, 2_571, 2_447, 2_365, 2_306, 2_262, 2_228, 2_201),
    *(2_179, 2_160, 2_145, 2_131, 2_120, 2_110, 2_101, 2_093, 2_086, 2_080, 2_074),
)
_T_975 = tuple(Decimal(number).scaleb(-3) for number in _THOUSANDTHS)
"""Quantiles of Student's t at 0.975 for 1, 2 … 22 degrees of freedom."""
MOST = len(_T_975) + 2
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Trend:
    """`slope` is the change a month, `clear` whether it differs from none (at 5 %).

    `projection` is the next month's amount, `low` to `high` its prediction interval of 95 %; money
    is not rounded here, and no bound is below zero.
    """

    slope: Decimal
    clear: bool
    projection: Decimal
    low: Decimal
    high: Decimal


def trend(points: Sequence[tuple[int, Decimal]], ahead: int) -> Trend | None:
    """The line through amounts by their month's number, and its value at the month `ahead`.

    None for fewer than `FEWEST` points. Months are distinct, at most `MOST` of them.
    """
    count = len(points)
    if count < FEWEST:
        return None
    mean_x = Decimal(sum(x for x, _ in points)) / count
    mean_y = sum((y for _, y in points), _ZERO) / count
    spread = sum(((x - mean_x) ** 2 for x, _ in points), _ZERO)
    slope = sum(((x - mean_x) * (y - mean_y) for x, y in points), _ZERO) / spread
    squares = sum(((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points), _ZERO)
    variance = squares / (count - 2)
    quantile = _T_975[count - 3]
    projection = mean_y + slope * (ahead - mean_x)
    leverage = 1 + 1 / Decimal(count) + (ahead - mean_x) ** 2 / spread
    half = quantile * (variance * leverage).sqrt()
    return Trend(
        slope=slope,
        clear=abs(slope) > quantile * (variance / spread).sqrt(),
        projection=max(_ZERO, projection),
        low=max(_ZERO, projection - half),
        high=max(_ZERO, projection + half),
    )
