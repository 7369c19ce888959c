"""The pictures of a result, as PNG files."""

import csv
from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

mpl.use("agg")  # no window, whatever the machine has

_INK, _P50, _P95, _ACCENT, _QUIET = "#222222", "#2a9d8f", "#e76f51", "#264653", "#9a9a9a"
_STYLE: Any = {
    "font.size": 10,
    "axes.edgecolor": _QUIET,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "legend.frameon": False,
}
_SERIES = ("#264653", "#2a9d8f", "#e9c46a", "#f4a261", "#e76f51", "#8ab17d", "#9a9a9a")
_DPI = 140


def traffic(history: Path, campaign: tuple[float, float], title: str, file: Path) -> None:
    """Requests a second, and p50 and p95 in the last ten seconds, over the time of a run.

    `history` is Locust's file with a row a second; `campaign` says from when to when, in epoch
    seconds, the campaign ran.
    """
    with history.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["Name"] == "Aggregated"]
    rows = [row for row in rows if row["50%"] != "N/A"]
    begun = float(rows[0]["Timestamp"])
    seconds = [float(row["Timestamp"]) - begun for row in rows]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 5.4), layout="constrained")
        rate, times = figure.subplots(2, 1, sharex=True)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
        rate.plot(seconds, [float(row["Requests/s"]) for row in rows], color=_ACCENT)
        failing = [float(row["Failures/s"]) for row in rows]
        if any(failing):
            rate.plot(seconds, failing, color=_P95, label="failures")
            rate.legend(loc="upper right")
        rate.set_ylabel("requests a second")
        for column, colour in (("50%", _P50), ("95%", _P95)):
            values = [float(row[column]) or nan for row in rows]
            times.plot(seconds, values, color=colour, label=f"p{column[:2]}")
        times.set_yscale("log")
        times.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        times.set_ylabel("milliseconds")
        times.set_xlabel("seconds")
        for axes in (rate, times):
            first, last = (moment - begun for moment in campaign)
            axes.axvspan(first, last, color=_QUIET, alpha=0.15, lw=0, label="campaign runs")
            axes.margins(x=0.01)
        rate.set_ylim(bottom=0)
        times.legend(loc="upper left", bbox_to_anchor=(1, 1))
        figure.savefig(file, dpi=_DPI)


def concurrency(
    limits: Sequence[int],
    rates: Sequence[float],
    waits: Sequence[tuple[float, float]],
    quota: float,
    title: str,
    file: Path,
) -> None:
    """E-mails a second, and p50 and p95 of the wait in seconds, by the limit of senders at once."""
    places = range(len(limits))
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 3.9), layout="constrained")
        left, right = figure.subplots(1, 2)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
        bars = left.bar(places, rates, color=_ACCENT, width=0.6)
        left.bar_label(bars, [f"{rate:.0f}" for rate in rates], padding=2, color=_INK)
        left.axhline(quota, color=_P95, ls="--", lw=1, label=f"quota {quota:.0f}/s")
        left.set_ylim(0, 1.18 * max(quota, *rates))
        left.legend(loc="upper left")
        left.set_ylabel("e-mails a second")
        for name, colour, values in zip(
            ("p50", "p95"), (_P50, _P95), zip(*waits, strict=True), strict=True
        ):
            right.plot(places, values, color=colour, marker="o", label=name)
        right.set_ylim(bottom=0)
        right.set_ylabel("seconds from the launch to SES")
        right.legend()
        for axes in (left, right):
            _name_limits(axes, limits)
        figure.savefig(file, dpi=_DPI)


def _name_limits(axes: Axes, limits: Sequence[int]) -> None:
    axes.set_xticks(range(len(limits)), [str(limit) for limit in limits])
    axes.set_xlabel("MaximumConcurrency of the marketing sender")
    axes.grid(visible=False, axis="x")


def scaling(
    lines: Mapping[str, Sequence[tuple[int, float]]],
    quotas: Sequence[float],
    title: str,
    file: Path,
) -> None:
    """E-mails a second by senders on two logarithmic axes; dotted: each line if it were linear."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 5), layout="constrained")
        axes = figure.subplots()
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
        for colour, (label, points) in zip(_SERIES, lines.items(), strict=False):
            senders, rates = zip(*points, strict=True)
            axes.plot(senders, rates, color=colour, marker="o", label=label)
            linear = [rates[0] * number / senders[0] for number in senders]
            axes.plot(senders, linear, color=colour, ls=":", lw=1)
        for quota in quotas:
            axes.axhline(quota, color=_QUIET, ls="--", lw=1)
            axes.annotate(f"quota {quota:,.0f}/s", (1, quota), va="bottom", color=_QUIET)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_ylim(top=3 * max(rate for points in lines.values() for _, rate in points))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.set_xlabel("senders at once")
        axes.set_ylabel("e-mails a second")
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
        figure.savefig(file, dpi=_DPI)


def bars(
    groups: Sequence[str],
    parts: Mapping[str, Sequence[float]],
    unit: str,
    title: str,
    file: Path,
    goal: tuple[str, float] | None = None,
    *,
    logarithmic: bool = False,
) -> None:
    """Horizontal bars, one a group, stacked from parts; a goal is a dashed line with a name."""
    places = range(len(groups))
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 1.9 + 0.45 * len(groups)), layout="constrained")
        axes = figure.subplots()
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
        left = [0.0] * len(groups)
        for colour, (label, values) in zip(_SERIES, parts.items(), strict=False):
            axes.barh(places, values, left=left, color=colour, height=0.6, label=label)
            left = [start + value for start, value in zip(left, values, strict=True)]
        digits = 0 if max(left) >= 100 else 1 if max(left) >= 20 else 2
        for place, total in zip(places, left, strict=True):
            axes.annotate(
                f"{total:,.{digits}f}",
                (total, place),
                (4, 0),
                textcoords="offset points",
                va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
        if goal:
            axes.axvline(goal[1], color=_INK, ls="--", lw=1, label=goal[0])
        axes.set_yticks(places, groups)
        axes.invert_yaxis()
        if logarithmic:
            axes.set_xscale("log")
            axes.set_xlim(min(left) / 3, max(left) * 5)
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        else:
            axes.set_xlim(0, 1.12 * max(*left, goal[1] if goal else 0))
        axes.set_xlabel(unit)
        axes.grid(visible=False, axis="y")
        if len(parts) > 1 or goal:
            axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
        figure.savefig(file, dpi=_DPI)


def over_time(
    seconds: Sequence[int],
    rates: Sequence[float],
    allowed: Sequence[float],
    title: str,
    file: Path,
) -> None:
    """E-mails in each second of a campaign, and what SES allowed in it."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        axes = figure.subplots()
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
        axes.bar(seconds, rates, width=1.0, align="edge", color=_ACCENT, label="accepted")
        axes.step(seconds, allowed, where="post", color=_P95, lw=1.5, label="quota")
        axes.set_xlabel("seconds since the first mail")
        axes.set_ylabel("e-mails a second")
        axes.set_ylim(0, 1.15 * max(*rates, *allowed))
        axes.margins(x=0.01)
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
        figure.savefig(file, dpi=_DPI)
