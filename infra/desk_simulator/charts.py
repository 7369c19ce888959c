"""The pictures of a run and of a comparison, as PNG files."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from desk_simulator.records import Run

mpl.use("agg")  # no window, whatever the machine has

_GREEN, _RED, _BLUE, _ORANGE, _QUIET = "#2a9d4a", "#d62839", "#264653", "#e08e2b", "#9a9a9a"
_STYLE: Any = {
    "font.size": 10,
    "axes.edgecolor": _QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "legend.frameon": False,
}
_DPI = 130
_WINDOW = 5


def write(run: Run, folder: Path) -> list[Path]:
    """throughput.png, buffer.png and failures.png of a run; the files written."""
    with mpl.rc_context(_STYLE):
        pictures = {
            "throughput.png": _throughput(run),
            "buffer.png": _buffer(run),
            "failures.png": _failures(run),
        }
        for name, figure in pictures.items():
            figure.savefig(folder / name, dpi=_DPI)
    return [folder / name for name in pictures]


def _throughput(run: Run) -> Figure:
    """Processed in green, failed in red: a step's count as bars, the mean of five as a line."""
    steps = run.steps
    figure = Figure(figsize=(9, 4.4), layout="constrained")
    axes = figure.subplots()
    for column, colour, sign in (("processed", _GREEN, 1), ("failed", _RED, -1)):
        axes.bar(steps["step"], sign * steps[column], width=1.0, color=colour, alpha=0.3)
        smooth = steps[column].rolling(_WINDOW, center=True, min_periods=1).mean()
        total = int(steps[column].sum())
        axes.plot(steps["step"], sign * smooth, color=colour, lw=2, label=f"{column} ({total})")
    axes.axhline(0, color=_QUIET, lw=0.8)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("step")
    axes.set_ylabel("requests a step (failed below zero)")
    axes.set_title(f"Requests processed and failed · {_title(run)}", loc="left", fontsize=11)
    axes.legend(ncols=2, loc="upper left", bbox_to_anchor=(0, 1.0))
    axes.margins(x=0.01, y=0.2)
    return figure


def _buffer(run: Run) -> Figure:
    """What waits and is served at each step's end, and what was turned away."""
    steps, scenario = run.steps, run.scenario
    figure = Figure(figsize=(9, 5.2), layout="constrained")
    levels, flows = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    levels.fill_between(
        steps["step"], steps["buffered"], step="mid", color=_ORANGE, alpha=0.5, label="waiting"
    )
    levels.step(
        steps["step"], steps["in_service"], where="mid", color=_BLUE, label="with an attendant"
    )
    levels.axhline(
        sum(scenario.servers), color=_BLUE, ls=":", lw=1, label="capacity of the servers"
    )
    levels.set_ylabel("requests")
    levels.legend(ncols=3, loc="upper left", bbox_to_anchor=(0, 1.14))
    limit = "no limit" if scenario.buffer is None else f"{scenario.buffer} places"
    figure.suptitle(f"Buffer ({limit}) · {_title(run)}", x=0.01, ha="left", fontsize=11)
    flows.bar(steps["step"], steps["redirected"], width=1.0, color=_GREEN, label="redirected")
    flows.bar(steps["step"], -steps["rejected"], width=1.0, color=_RED, label="rejected")
    flows.axhline(0, color=_QUIET, lw=0.8)
    flows.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    flows.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    flows.set_ylabel("a step")
    flows.set_xlabel("step")
    flows.legend(ncols=2, loc="upper left", bbox_to_anchor=(0, 1.3))
    flows.margins(x=0.01, y=0.1)
    return figure


def _failures(run: Run) -> Figure:
    """How often each attendant failed, and what that did to what they processed."""
    table = run.attendants
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    frequency, impact = figure.subplots(1, 2)
    places = range(len(table))
    frequency.barh(places, table["failures"], color=_RED, alpha=0.8)
    frequency.set_yticks(places, table["attendant"].str.removeprefix("attendant-"), fontsize=8)
    frequency.invert_yaxis()
    frequency.xaxis.set_major_locator(MaxNLocator(integer=True))
    frequency.set_xlabel(f"failures in {run.scenario.timesteps} steps")
    frequency.set_ylabel("attendant (server-number)")
    for server, group in table.groupby("server"):
        impact.scatter(100 * group["availability"], group["processed"], label=server, s=36)
    _trend(impact, table)
    impact.set_xlabel("time at work, % (lower: failed more, or longer)")
    impact.set_ylabel("requests processed")
    impact.yaxis.set_major_locator(MaxNLocator(integer=True))
    impact.legend(fontsize=9)
    figure.suptitle(f"Failures and their impact · {_title(run)}", x=0.01, ha="left", fontsize=11)
    return figure


def _trend(axes: Any, table: pd.DataFrame) -> None:
    share = 100 * table["availability"].to_numpy()
    if len(set(share)) < 2:
        return
    slope, start = np.polyfit(share, table["processed"], 1)
    ends = np.array([share.min(), share.max()])
    label = f"{10 * slope:+.1f} for 10 points"
    axes.plot(ends, start + slope * ends, color=_QUIET, ls="--", label=label)


def _title(run: Run) -> str:
    scenario = run.scenario
    supervisor = "on" if scenario.supervised else "off"
    return f"failure rate {scenario.failure_rate:g}, supervisor {supervisor}, seed {scenario.seed}"


def comparison(table: pd.DataFrame, file: Path) -> None:
    """Failed requests with the supervisor on and off, by failure rate, with 95 % intervals."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 4.2), layout="constrained")
        shares, gain = figure.subplots(1, 2)
        at = np.arange(len(table))
        for offset, name, colour in ((-0.2, "off", _RED), (0.2, "on", _GREEN)):
            shares.bar(
                at + offset,
                100 * table[f"failed_{name}"],
                yerr=100 * table[f"failed_{name}_half"],
                width=0.38,
                color=colour,
                alpha=0.8,
                capsize=3,
                label=f"supervisor {name}",
            )
        shares.set_ylabel("requests given up, % of those arrived")
        shares.legend()
        gain.axhline(0, color=_QUIET, lw=0.8)
        gain.errorbar(
            at, table["gained"], yerr=table["gained_half"], fmt="o", color=_BLUE, capsize=4
        )
        gain.set_ylabel("requests processed more, a run (paired)")
        for axes in (shares, gain):
            axes.set_xticks(at, [f"{100 * rate:g} %" for rate in table["failure_rate"]])
            axes.set_xlabel("failure rate of each attendant, a step")
        figure.savefig(file, dpi=_DPI)
