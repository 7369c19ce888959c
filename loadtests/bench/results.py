"""Where the rows and charts of a bench are kept, and what is said about the machine."""

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loadtests.grounds import machine
from operations.places import ROOT

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FOLDER = ROOT / "docs" / "bench"
Row = dict[str, str]


def surroundings() -> dict[str, str]:
    """What every row begins with: the machine, the day, and how busy the machine was before."""
    return {
        "machine": machine(),
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "load_before": f"{os.getloadavg()[0]:.2f}",
    }


def keep(name: str, rows: Sequence["DataclassInstance"], around: dict[str, str]) -> Path:
    """Write the rows of one run in place of an earlier run's."""
    return keep_plain(name, [asdict(row) for row in rows], around)


def keep_plain(name: str, rows: Iterable[dict[str, Any]], around: dict[str, str]) -> Path:
    """Like `keep`, for rows that are dictionaries."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.csv"
    full = [around | row for row in rows]
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(full[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(full)
    return file


def kept(name: str) -> list[Row]:
    """The rows of a piece's last run; none when it has not run."""
    file = FOLDER / f"{name}.csv"
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def picture(name: str) -> Path:
    """Where the chart of a piece is."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER / f"{name}.png"


def told(around: dict[str, str]) -> str:
    """The surroundings as the second line of a chart's title."""
    return f"{around['machine']}, {around['date']} UTC, load before {around['load_before']}"
