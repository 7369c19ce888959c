"""Whether an analysis of variance may be believed, and what to read instead where it may not.

Sources: M. B. Brown and A. B. Forsythe, "Robust tests for the equality of variances", Journal of
the American Statistical Association 69 (1974): Levene's test around the median; S. S. Shapiro and
M. B. Wilk, "An analysis of variance test for normality", Biometrika 52 (1965).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pingouin

LEVEL = 0.05
_MOST_FOR_SHAPIRO = 5_000
_FEWEST = 3
"""Of two values both are as far from their median: their distances do not vary."""


@dataclass(frozen=True)
class Check:
    """One test of an assumption: its statistic and p; NaN where it cannot be computed."""

    statistic: float
    p: float

    @property
    def rejects(self) -> bool:
        """Whether the assumption does not hold, at the usual level."""
        return self.p < LEVEL


_NONE = Check(np.nan, np.nan)


def equal_variances(table: pd.DataFrame, measure: str) -> Check:
    """Brown and Forsythe over the cells."""
    cells = table["scenario"] + "/" + table["protocol"]
    groups = pd.DataFrame({"cell": cells, measure: table[measure]})
    if groups["cell"].nunique() < 2 or groups["cell"].value_counts().min() < _FEWEST:
        return _NONE
    line = pingouin.homoscedasticity(
        groups, dv=measure, group="cell", method="levene", center="median"
    ).iloc[0]
    return Check(float(line["W"]), float(line["pval"]))


def normal_residuals(residuals: "pd.Series[float]") -> Check:
    """Shapiro and Wilk on a model's residuals; of very many, on the first 5,000."""
    values = residuals.to_numpy()[:_MOST_FOR_SHAPIRO]
    if len(values) < 3 or np.ptp(values) == 0:
        return _NONE
    line = pingouin.normality(values).iloc[0]
    return Check(float(line["W"]), float(line["pval"]))
