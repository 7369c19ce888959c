"""The pictures of a report, as PNG files; told apart in grey too, by lightness, marker and line."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from math import ceil
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, StrMethodFormatter
from scipy import stats

from loadtests.lab.law import TOLERANCE
from loadtests.lab.statistics.intervals import Interval, Values, of_mean

mpl.use("agg")  # no window, whatever the machine has

_INK, _QUIET = "#222222", "#9a9a9a"
_LOOKS = (
    ("#0b2545", "o", "-"),
    ("#b5441b", "s", "--"),
    ("#4d9f94", "^", "-."),
    ("#e6b94d", "D", ":"),
    ("#7d7d7d", "v", "-"),
    ("#bdbdbd", "P", "--"),
)
_STYLE: Any = {
    "font.size": 9,
    "axes.edgecolor": _QUIET,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "legend.frameon": False,
}
_DPI = 140
_WIDE = 3.4
_MOST_BESIDE = 4


def dots(table: pd.DataFrame, measure: str, unit: str, title: str, file: Path) -> None:
    """Every run of each scenario and protocol, with the mean and its 95 % interval."""
    scenarios = list(table["scenario"].unique())
    looks = _looks(list(table["protocol"].unique()))
    chance = np.random.default_rng(1)
    with mpl.rc_context(_STYLE):
        figure, panels = _panels(len(scenarios), title)
        for axes, scenario in zip(panels, scenarios, strict=True):
            group = table[table["scenario"] == scenario]
            for place, (protocol, (colour, marker, _)) in enumerate(looks.items()):
                runs = group.loc[group["protocol"] == protocol, measure].to_numpy(dtype=float)
                if not len(runs):
                    continue
                aside = place + chance.uniform(-0.22, 0.22, len(runs))
                axes.scatter(aside, runs, s=16, color=colour, marker=marker, alpha=0.75, lw=0)
                _interval(axes, place + 0.34, of_mean(list(runs)), _INK, "_")
            axes.set_xticks(range(len(looks)), list(looks), rotation=25, ha="right")
            axes.set_title(scenario, fontsize=10)
            axes.grid(visible=False, axis="x")
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.4g}"))
        panels[0].set_ylabel(unit)
        figure.savefig(file, dpi=_DPI)


def percentiles(
    cells: Mapping[tuple[str, str], Mapping[str, Interval]], title: str, file: Path
) -> None:
    """p50, p95 and p99 in milliseconds with intervals, by scenario and protocol."""
    scenarios = list(dict.fromkeys(scenario for scenario, _ in cells))
    looks = _looks(list(dict.fromkeys(protocol for _, protocol in cells)))
    with mpl.rc_context(_STYLE):
        figure, panels = _panels(len(scenarios), title)
        for axes, scenario in zip(panels, scenarios, strict=True):
            for place, (protocol, (colour, marker, _)) in enumerate(looks.items()):
                found = cells.get((scenario, protocol), {})
                for step, name in enumerate(found):
                    aside = step + (place - (len(looks) - 1) / 2) * 0.17
                    label = protocol if step == 0 else None
                    _interval(axes, aside, found[name], colour, marker, label)
            names = list(next(iter(cells.values())))
            axes.set_xticks(range(len(names)), names)
            axes.set_title(scenario, fontsize=10)
            axes.grid(visible=False, axis="x")
            axes.set_ylim(0, axes.get_ylim()[1] * 1.04)
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.4g}"))
        panels[0].set_ylabel("milliseconds")
        panels[-1].legend(loc="upper left", bbox_to_anchor=(1, 1))
        figure.savefig(file, dpi=_DPI)


def overhead(
    added_ms: Mapping[str, Mapping[str, float]],
    declared_ms: Mapping[str, float],
    title: str,
    file: Path,
) -> None:
    """The protocol's share of a turn over the time of its models; dotted upright: as declared.

    `added_ms` has, for each scenario, what each protocol adds to a turn.
    """
    looks = _looks(list(next(iter(added_ms.values()))))
    models = np.logspace(0, 4.2, 120)
    with mpl.rc_context(_STYLE):
        figure, panels = _panels(len(added_ms), title)
        for axes, (scenario, added) in zip(panels, added_ms.items(), strict=True):
            for protocol, (colour, _, line) in looks.items():
                share = 100 * added[protocol] / (added[protocol] + models)
                axes.plot(models, share, color=colour, ls=line, lw=1.8, label=protocol)
            axes.axvline(declared_ms[scenario], color=_QUIET, ls=":", lw=1)
            axes.axhline(1, color=_QUIET, lw=0.8)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_ylim(0.01, 100)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
            axes.set_title(scenario, fontsize=10)
            axes.set_xlabel("time of the models, ms")
        panels[0].set_ylabel("protocol's share of a turn, %")
        panels[-1].legend(loc="upper left", bbox_to_anchor=(1, 1))
        figure.savefig(file, dpi=_DPI)


def tails(latencies: Mapping[str, Mapping[str, Values]], title: str, file: Path) -> None:
    """The share of turns that took longer, by scenario and protocol; milliseconds."""
    looks = _looks(list(dict.fromkeys(name for each in latencies.values() for name in each)))
    with mpl.rc_context(_STYLE):
        figure, panels = _panels(len(latencies), title)
        for axes, (scenario, by_protocol) in zip(panels, latencies.items(), strict=True):
            for protocol, values in by_protocol.items():
                colour, _, line = looks[protocol]
                ordered = np.sort(values)
                longer = 1 - np.arange(len(ordered)) / len(ordered)
                axes.step(ordered, longer, color=colour, ls=line, lw=1.6, label=protocol)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_title(scenario, fontsize=10)
            axes.set_xlabel("milliseconds")
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
            axes.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))
            axes.xaxis.set_minor_formatter(StrMethodFormatter("{x:,g}"))
            axes.tick_params(axis="x", which="both", labelrotation=30, labelsize=7)
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        panels[0].set_ylabel("share of turns that took longer")
        panels[-1].legend(loc="upper left", bbox_to_anchor=(1, 1))
        figure.savefig(file, dpi=_DPI)


def law(rows: pd.DataFrame, title: str, file: Path) -> None:
    """X * R / L of every run by scenario and protocol; the band is the tolerance."""
    scenarios = list(rows["scenario"].unique())
    looks = _looks(list(rows["protocol"].unique()))
    chance = np.random.default_rng(1)
    with mpl.rc_context(_STYLE):
        figure, panels = _panels(len(scenarios), title)
        for axes, scenario in zip(panels, scenarios, strict=True):
            axes.axhspan(1 - TOLERANCE, 1 + TOLERANCE, color=_QUIET, alpha=0.25, lw=0)
            for place, (protocol, (colour, marker, _)) in enumerate(looks.items()):
                own = rows[(rows["scenario"] == scenario) & (rows["protocol"] == protocol)]
                aside = place + chance.uniform(-0.22, 0.22, len(own))
                axes.scatter(aside, own["law"], s=16, color=colour, marker=marker, lw=0)
            axes.set_xticks(range(len(looks)), list(looks), rotation=25, ha="right")
            axes.set_title(scenario, fontsize=10)
            axes.grid(visible=False, axis="x")
            axes.set_ylim(min(0.88, rows["law"].min() - 0.02), max(1.12, rows["law"].max() + 0.02))
        panels[0].set_ylabel("X * R / L")
        figure.savefig(file, dpi=_DPI)


def normality(residuals: "pd.Series[float]", title: str, file: Path) -> None:
    """The residuals of a model against those of a normal distribution."""
    (expected, found), (slope, intercept, _) = stats.probplot(residuals.to_numpy(dtype=float))
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.8, 3.8), layout="constrained")
        axes = figure.subplots()
        figure.suptitle(title, x=0.01, ha="left", fontsize=10)
        axes.scatter(expected, found, s=14, color=_LOOKS[0][0], lw=0)
        ends = np.array([expected[0], expected[-1]])
        axes.plot(ends, slope * ends + intercept, color=_LOOKS[1][0], ls="--", lw=1.2)
        axes.set_xlabel("quantiles of a normal distribution")
        axes.set_ylabel("residuals")
        figure.savefig(file, dpi=_DPI)


def _looks(names: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    return dict(zip(names, cycle(_LOOKS), strict=False))


def _panels(number: int, title: str) -> tuple[Figure, list[Axes]]:
    beside = min(number, _MOST_BESIDE)
    below = ceil(number / beside)
    size = (max(4.6, _WIDE * beside), 3.5 * below)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(below, beside, squeeze=False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    axes: list[Axes] = list(grid.flat)
    for spare in axes[number:]:
        spare.set_visible(False)
    return figure, axes[:number]


def _interval(
    axes: Axes, place: float, found: Interval, colour: str, marker: str, label: str | None = None
) -> None:
    ends = np.nan_to_num([[found.value - found.low], [found.high - found.value]])
    axes.errorbar(
        [place],
        [found.value],
        yerr=np.maximum(ends, 0),
        color=colour,
        marker=marker,
        ms=5,
        lw=1.2,
        capsize=2.5,
        ls="none",
        label=label,
    )
