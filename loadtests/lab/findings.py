"""One measure of a table of runs as a section's sentences, tables and pictures."""

from pathlib import Path

import pandas as pd

from loadtests.lab import pictures, tables
from loadtests.lab.page import Section
from loadtests.lab.statistics import variance
from loadtests.lab.statistics.analysis import Analysis, analyse

UNITS = {
    "latency_ms": "latency, ms",
    "throughput_req_s": "answered a second",
    "cpu_usage_percent": "CPU, % of a core",
    "memory_usage_mb": "memory, MiB",
}


def add(section: Section, table: pd.DataFrame, measure: str, name: str, folder: Path) -> Analysis:
    """Analyse a measure and add what was found; files and tables are called after `name`."""
    found = analyse(table, measure)
    section.paragraphs += found.words
    section.tables += [
        tables.factorial(f"{name}-anova", found),
        tables.welch(f"{name}-welch", found),
        tables.pairs(f"{name}-pairs", found),
    ]
    dots = folder / f"{name}.png"
    pictures.dots(
        table, measure, UNITS[measure], "Every run, and the mean with its 95 % interval", dots
    )
    section.pictures.append(dots)
    if found.factorial:
        residuals = folder / f"{name}-residuals.png"
        pictures.normality(
            variance.model(table, measure).resid, f"Residuals of {measure}", residuals
        )
        section.pictures.append(residuals)
    return found
