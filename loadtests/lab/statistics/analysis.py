"""One measure of a table of runs, analysed as far as its rows allow, and said in words."""

from dataclasses import dataclass
from math import isnan

import numpy as np
import pandas as pd

from loadtests.lab.statistics import assumptions, variance
from loadtests.lab.statistics.assumptions import LEVEL, Check
from loadtests.lab.statistics.variance import Effect, Pair, Welch
from loadtests.lab.statistics.wording import amount, p_value

_ENOUGH_RUNS = 15


@dataclass(frozen=True)
class Analysis:
    """What a measure's rows show. Tables that cannot be computed are empty; `words` say why."""

    measure: str
    rows: int
    factorial: list[Effect]
    logarithmic: list[Effect]
    """The same of the measure's logarithm, where differences are ratios."""
    welch: list[Welch]
    pairs: list[Pair]
    variances: Check
    normality: Check
    words: list[str]


def analyse(table: pd.DataFrame, measure: str) -> Analysis:
    """Analyse one measure of a table as `table.read` gives it."""
    refused = _why_not(table, measure)
    if refused:
        nothing = Check(np.nan, np.nan)
        return Analysis(measure, len(table), [], [], [], [], nothing, nothing, [refused])
    variances = assumptions.equal_variances(table, measure)
    if variance.has_every_cell(table):
        fitted = variance.model(table, measure)
        normality = assumptions.normal_residuals(fitted.resid)
        factorial, logarithmic = variance.factorial(fitted), _of_logarithm(table, measure)
    else:
        normality, factorial, logarithmic = Check(np.nan, np.nan), [], []
    welch, pairs = variance.welch(table, measure), variance.games_howell(table, measure)
    words = [
        *_about_assumptions(variances, normality, factorial, _fewest_runs(table)),
        *_about_factors(factorial, logarithmic, robust=variances.rejects),
        *_about_scenarios(table, measure, welch, pairs),
    ]
    return Analysis(
        measure, len(table), factorial, logarithmic, welch, pairs, variances, normality, words
    )


def _why_not(table: pd.DataFrame, measure: str) -> str:
    """Why a measure cannot be analysed at all; empty when it can."""
    spread = table.groupby(["scenario", "protocol"])[measure].nunique()
    if (spread < 2).all():
        return f"The runs of each cell have one and the same {measure}: nothing to test against."
    return ""


def _of_logarithm(table: pd.DataFrame, measure: str) -> list[Effect]:
    if (table[measure] <= 0).any():
        return []
    logarithms = table.assign(**{measure: np.log(table[measure])})
    return variance.factorial(variance.model(logarithms, measure))


def _fewest_runs(table: pd.DataFrame) -> int:
    return int(table.groupby(["scenario", "protocol"]).size().min())


def _about_assumptions(
    variances: Check, normality: Check, factorial: list[Effect], runs: int
) -> list[str]:
    if not factorial:
        return ["No factorial ANOVA: not every protocol was run in every scenario."]
    said = []
    if isnan(variances.p):
        said.append(
            "Two runs of a cell do not show whether variances differ: read Welch's ANOVA, which "
            "does not need them equal."
        )
    elif variances.rejects:
        said.append(
            f"The cells' variances differ (Brown-Forsythe {variances.statistic:.2f}, "
            f"{p_value(variances.p)}): read the F with HC3, Welch's ANOVA and Games-Howell; "
            "the plain F is given for comparison only."
        )
    else:
        said.append(
            f"Nothing speaks against equal variances (Brown-Forsythe {variances.statistic:.2f}, "
            f"{p_value(variances.p)}): the plain F may be read."
        )
    if isnan(normality.p):
        return said
    if normality.rejects:
        said.append(
            f"The residuals are not normal (Shapiro-Wilk {normality.statistic:.3f}, "
            f"{p_value(normality.p)}): {_robustness(runs)} compare the analysis of the logarithm, "
            "and the bootstrap intervals."
        )
    else:
        said.append(
            f"Nothing speaks against normal residuals (Shapiro-Wilk {normality.statistic:.3f}, "
            f"{p_value(normality.p)})."
        )
    return said


def _robustness(runs: int) -> str:
    """What the central limit theorem still gives for means of so many runs."""
    if runs < _ENOUGH_RUNS:
        return f"with as few as {runs} runs a cell p is a rough guide;"
    return f"means of {runs} runs bear that well, a p close to {LEVEL} does not;"


def _about_factors(
    factorial: list[Effect], logarithmic: list[Effect], *, robust: bool
) -> list[str]:
    residual = next((effect.df for effect in factorial if effect.term == "residual"), np.nan)
    by_logarithm = {effect.term: effect for effect in logarithmic}
    return [
        _about_factor(effect, residual, by_logarithm.get(effect.term), robust=robust)
        for effect in factorial
        if effect.term != "residual"
    ]


def _about_factor(
    effect: Effect, residual: float, logarithm: Effect | None, *, robust: bool
) -> str:
    hc3 = robust and not isnan(effect.p_robust)
    f, p = (effect.f_robust, effect.p_robust) if hc3 else (effect.f, effect.p)
    omega = effect.partial_omega_squared
    return (
        f"{effect.term}: F({effect.df:.0f}, {residual:.0f}) = {f:,.2f}"
        f"{' with HC3' if hc3 else ''}, {p_value(p)}, "
        f"partial eta squared {effect.partial_eta_squared:.3f}, "
        f"partial omega squared {omega:.3f} ({_how_large(omega)})"
        f"{_same_in_logarithms(p, logarithm, robust=hc3)}."
    )


def _same_in_logarithms(p: float, logarithm: Effect | None, *, robust: bool) -> str:
    if logarithm is None:
        return ""
    other = logarithm.p
    if robust and not isnan(logarithm.p_robust):
        other = logarithm.p_robust
    agrees = (p < LEVEL) == (other < LEVEL)
    return "; its logarithm says the same" if agrees else f"; of its logarithm, {p_value(other)}"


def _about_scenarios(
    table: pd.DataFrame, measure: str, welch: list[Welch], pairs: list[Pair]
) -> list[str]:
    said = []
    tested = {each.scenario for each in welch}
    for scenario, group in table.groupby("scenario", sort=False):
        if scenario not in tested:
            said.append(f"{scenario}: {_why_untested(group, measure)}.")
    for each in welch:
        apart = [pair for pair in pairs if pair.scenario == each.scenario and pair.p < LEVEL]
        said.append(
            f"{each.scenario}: Welch F({each.df_between:.0f}, {each.df_within:.1f}) = "
            f"{each.f:,.2f}, {p_value(each.p_holm)} after Holm; "
            + (
                "; ".join(map(_difference, apart))
                if apart
                else "no two protocols can be told apart"
            )
            + "."
        )
    return said


def _why_untested(group: pd.DataFrame, measure: str) -> str:
    if group["protocol"].nunique() < 2:
        return "one protocol, nothing to compare"
    same = group.groupby("protocol", sort=False)[measure].agg(["nunique", "first", "size"])
    constant = [
        f"all {line['size']:.0f} runs of {protocol} have {line['first']:g}"
        for protocol, line in same.iterrows()
        if line["nunique"] == 1
    ]
    return (
        f"no Welch ANOVA, {', '.join(constant)}: a value that never varies is a limit, "
        "a default or a count of a few, not a measurement"
    )


def _difference(pair: Pair) -> str:
    less, more = (pair.a, pair.b) if pair.difference < 0 else (pair.b, pair.a)
    low, high = sorted((abs(pair.low), abs(pair.high)))
    return (
        f"{less} below {more} by {amount(abs(pair.difference))} (95 % interval {amount(low)} to "
        f"{amount(high)}, g = {abs(pair.hedges_g):.2f})"
    )


def _how_large(omega: float) -> str:
    """J. Cohen, "Statistical Power Analysis for the Behavioral Sciences" (1988): .01, .06, .14."""
    for least, name in ((0.14, "large"), (0.06, "medium"), (0.01, "small")):
        if omega >= least:
            return name
    return "negligible"
