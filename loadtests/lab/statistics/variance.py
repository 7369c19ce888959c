"""Whether protocols differ: factorial ANOVA, Welch's ANOVA and Games-Howell, with effect sizes.

Sources: R. A. Fisher's analysis of variance with sums of squares of type III on sum contrasts
(statsmodels); B. L. Welch, "On the comparison of several mean values: an alternative approach",
Biometrika 38 (1951); P. A. Games and J. F. Howell, "Pairwise multiple comparison procedures with
unequal n's and/or variances", Journal of Educational Statistics 1 (1976) (pingouin); partial omega
squared: S. Olejnik and J. Algina, "Generalized eta and omega squared statistics", Psychological
Methods 8 (2003); Hedges' g: L. V. Hedges, Journal of Educational Statistics 6 (1981); S. Holm, "A
simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pingouin
from statsmodels.formula.api import ols
from statsmodels.regression.linear_model import RegressionResultsWrapper
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.libqsturng import qsturng

_TERMS = {
    "C(scenario, Sum)": "scenario",
    "C(protocol, Sum)": "protocol",
    "C(scenario, Sum):C(protocol, Sum)": "scenario x protocol",
    "Residual": "residual",
}
_NONE = (np.nan, np.nan)


@dataclass(frozen=True)
class Effect:
    """A line of the factorial table; F, p and sizes of the residual are NaN."""

    term: str
    sum_of_squares: float
    df: float
    f: float
    p: float
    partial_eta_squared: float
    partial_omega_squared: float
    f_robust: float
    """F with the covariance HC3, which holds when the variances differ."""
    p_robust: float


@dataclass(frozen=True)
class Welch:
    """Welch's ANOVA over the protocols of one scenario; `p_holm` is adjusted for the scenarios."""

    scenario: str
    f: float
    df_between: float
    df_within: float
    p: float
    p_holm: float
    eta_squared: float


@dataclass(frozen=True)
class Pair:
    """Two protocols of one scenario compared by Games and Howell; `difference` is a minus b."""

    scenario: str
    a: str
    b: str
    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    """The ends of the difference's simultaneous 95 % interval."""
    p: float
    hedges_g: float


def model(table: pd.DataFrame, measure: str) -> RegressionResultsWrapper:
    """The full model of the scenarios and protocols, or of the protocols where there is one."""
    factors = [name for name in ("scenario", "protocol") if table[name].nunique() > 1]
    formula = " * ".join(f"C({name}, Sum)" for name in factors)
    return ols(f"{measure} ~ {formula}", table).fit()


def has_every_cell(table: pd.DataFrame) -> bool:
    """Whether each protocol was run in each scenario."""
    cells = table.groupby(["scenario", "protocol"]).ngroups
    return bool(cells == table["scenario"].nunique() * table["protocol"].nunique())


def factorial(fitted: RegressionResultsWrapper) -> list[Effect]:
    """The table of a fitted model, type III."""
    plain = anova_lm(fitted, typ=3).drop(index="Intercept")
    robust = _robust(fitted)
    residual = plain.loc["Residual"]
    error = residual["sum_sq"] / residual["df"]
    return [
        Effect(
            term=_TERMS[term],
            sum_of_squares=float(line["sum_sq"]),
            df=float(line["df"]),
            f=float(line["F"]),
            p=float(line["PR(>F)"]),
            partial_eta_squared=_partial_eta(line, residual) if term != "Residual" else np.nan,
            partial_omega_squared=(
                _partial_omega(line, error, fitted.nobs) if term != "Residual" else np.nan
            ),
            f_robust=robust.get(term, _NONE)[0],
            p_robust=robust.get(term, _NONE)[1],
        )
        for term, line in plain.iterrows()
    ]


def _robust(fitted: RegressionResultsWrapper) -> dict[str, tuple[float, float]]:
    """F and p of each term with the covariance HC3, where the rows are enough to estimate it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            table = anova_lm(fitted, typ=3, robust="hc3")
        except Warning:  # the covariance is singular: hardly any run differs from its cell's mean
            return {}
    return {str(term): (float(line["F"]), float(line["PR(>F)"])) for term, line in table.iterrows()}


def _partial_eta(line: pd.Series, residual: pd.Series) -> float:
    return float(line["sum_sq"] / (line["sum_sq"] + residual["sum_sq"]))


def _partial_omega(line: pd.Series, error: float, rows: float) -> float:
    """Less biased than eta; below zero when the effect is smaller than chance would make it."""
    above = line["sum_sq"] - line["df"] * error
    return float(above / (line["sum_sq"] + (rows - line["df"]) * error))


def varies(group: pd.DataFrame, measure: str) -> bool:
    """Whether every protocol's rows differ among themselves: Welch divides by each variance."""
    return bool((group.groupby("protocol")[measure].nunique() > 1).all())


def welch(table: pd.DataFrame, measure: str) -> list[Welch]:
    """Welch's ANOVA of each scenario where it can be computed."""
    found = []
    for scenario, group in table.groupby("scenario", sort=False):
        if group["protocol"].nunique() > 1 and varies(group, measure):
            line = pingouin.welch_anova(group, dv=measure, between="protocol").iloc[0]
            found.append((str(scenario), line))
    if not found:
        return []
    adjusted = pingouin.multicomp([line["p_unc"] for _, line in found], method="holm")[1]
    return [
        Welch(
            scenario=scenario,
            f=float(line["F"]),
            df_between=float(line["ddof1"]),
            df_within=float(line["ddof2"]),
            p=float(line["p_unc"]),
            p_holm=float(p_holm),
            eta_squared=float(line["np2"]),
        )
        for (scenario, line), p_holm in zip(found, adjusted, strict=True)
    ]


def games_howell(table: pd.DataFrame, measure: str) -> list[Pair]:
    """Every two protocols of each scenario, where the rows of both vary."""
    found = []
    for scenario, group in table.groupby("scenario", sort=False):
        if group["protocol"].nunique() < 2 or not varies(group, measure):
            continue
        protocols = group["protocol"].nunique()
        lines = pingouin.pairwise_gameshowell(group, dv=measure, between="protocol")
        found += [_pair(str(scenario), line, protocols) for _, line in lines.iterrows()]
    return found


def _pair(scenario: str, line: pd.Series, protocols: int) -> Pair:
    reach = qsturng(0.95, protocols, line["df"]) / np.sqrt(2) * line["se"]
    return Pair(
        scenario=scenario,
        a=str(line["A"]),
        b=str(line["B"]),
        mean_a=float(line["mean_A"]),
        mean_b=float(line["mean_B"]),
        difference=float(line["diff"]),
        low=float(line["diff"] - reach),
        high=float(line["diff"] + reach),
        p=float(line["pval"]),
        hedges_g=float(line["hedges"]),
    )
