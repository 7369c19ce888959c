"""Data sets of R's package `datasets`, and tables made of chance."""

import numpy as np
import pandas as pd
from loadtests.lab.statistics.table import COLUMNS

TOOTH_GROWTH = {
    ("VC", "0.5"): (4.2, 11.5, 7.3, 5.8, 6.4, 10, 11.2, 11.2, 5.2, 7),
    ("VC", "1"): (16.5, 16.5, 15.2, 17.3, 22.5, 17.3, 13.6, 14.5, 18.8, 15.5),
    ("VC", "2"): (23.6, 18.5, 33.9, 25.5, 26.4, 32.5, 26.7, 21.5, 23.3, 29.5),
    ("OJ", "0.5"): (15.2, 21.5, 17.6, 9.7, 14.5, 10, 8.2, 9.4, 16.5, 9.7),
    ("OJ", "1"): (19.7, 23.3, 23.6, 26.4, 20, 25.2, 25.8, 21.2, 14.5, 27.3),
    ("OJ", "2"): (25.5, 26.4, 22.4, 24.5, 24.8, 30.9, 26.4, 27.3, 29.4, 23),
}
"""C. I. Bliss, The Statistics of Bioassay (1952): length by supplement and dose."""
INSECT_SPRAYS = {
    "A": (10, 7, 20, 14, 14, 12, 10, 23, 17, 20, 14, 13),
    "B": (11, 17, 21, 11, 16, 14, 17, 17, 19, 21, 7, 13),
    "C": (0, 1, 7, 2, 3, 1, 2, 1, 3, 0, 1, 4),
    "D": (3, 5, 12, 6, 4, 3, 5, 5, 5, 5, 2, 4),
    "E": (3, 5, 3, 5, 3, 6, 1, 1, 3, 2, 6, 4),
    "F": (11, 9, 15, 22, 15, 16, 13, 10, 26, 26, 24, 13),
}
"""G. Beall, Biometrika 32 (1942): insects by spray."""


def tooth_growth() -> pd.DataFrame:
    """Supplements as scenarios, doses as protocols."""
    rows = [
        _row(supplement, dose, run, length)
        for (supplement, dose), lengths in TOOTH_GROWTH.items()
        for run, length in enumerate(lengths)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def insect_sprays() -> pd.DataFrame:
    """One scenario, sprays as protocols."""
    rows = [
        _row("field", spray, run, count)
        for spray, counts in INSECT_SPRAYS.items()
        for run, count in enumerate(counts)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def drawn(means: dict[tuple[str, str], float], spread: float = 1.0, runs: int = 15) -> pd.DataFrame:
    """Runs of each scenario and protocol around a mean, from one seed."""
    chance = np.random.default_rng(11)
    rows = [
        _row(scenario, protocol, run, float(chance.normal(mean, spread)))
        for (scenario, protocol), mean in means.items()
        for run in range(runs)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(scenario: str, protocol: str, run: int, value: float) -> tuple[object, ...]:
    return scenario, protocol, str(run), float(value), 50.0, 100.0, 10.0
