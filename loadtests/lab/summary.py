"""The rows of each cell put together: means and percentiles with intervals, and what went wrong."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from loadtests.lab.design import PROTOCOLS, Loop, Part
from loadtests.lab.scenarios import SCENARIOS
from loadtests.lab.statistics.intervals import Interval, Values, of_mean, of_percentile

PERCENTILES = (50, 95, 99)
_KEY = ["part", "loop", "scenario", "protocol"]
_SEED = 20_260


@dataclass(frozen=True)
class Cell:
    """One cell of the experiment over all its runs; times in milliseconds.

    Latencies are of answered turns. `timed_out`, `refused` and `failed` are turns, `lawful` runs.
    """

    part: str
    loop: str
    scenario: str
    protocol: str
    load: float
    runs: int
    turns: int
    mean: Interval
    percentiles: dict[str, Interval]
    throughput: Interval
    timed_out: int
    refused: int
    failed: int
    cpu_percent: float
    cpu_ms_a_turn: Interval
    memory_mb: float
    client_cpu_percent: float
    late_ms: float
    lawful: int
    declared_ms: float
    reconnected: int

    @property
    def is_whole(self) -> bool:
        """Whether every turn was answered; the latencies of others leave the slowest out."""
        return not self.timed_out + self.refused + self.failed

    @property
    def added(self) -> Interval:
        """What a turn took beyond its models' declared time."""
        mean, less = self.mean, self.declared_ms
        return Interval(mean.value - less, mean.low - less, mean.high - less)


def cells(rows: pd.DataFrame, latencies: pd.DataFrame) -> list[Cell]:
    """A summary of each cell, in the order of the rows."""
    samples = {key: group.to_numpy(float) for key, group in latencies.groupby("key")["latency_ms"]}
    return [
        _cell(tuple(map(str, name)), group, samples)
        for name, group in rows.groupby(_KEY, sort=False)
    ]


def ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows cell after cell, as the design has them, not as they were made."""
    return rows.sort_values([*_KEY, "run"], key=_places)


def _places(column: "pd.Series[str]") -> "pd.Series[int]":
    if column.name == "run":
        return column
    return column.map({name: place for place, name in enumerate(_ORDER)})


_ORDER = (
    *map(str, Part),
    *map(str, Loop),
    *(scenario.name for scenario in SCENARIOS),
    *PROTOCOLS,
)


def _cell(name: tuple[str, ...], group: pd.DataFrame, samples: dict[str, Values]) -> Cell:
    part, loop, scenario, protocol = name
    keys = [f"{part}/{loop}/{scenario}/{protocol}/{run}" for run in group["run"]]
    runs = [samples[key] for key in keys if key in samples]
    return Cell(
        part=part,
        loop=loop,
        scenario=scenario,
        protocol=protocol,
        load=float(group["load"].iloc[0]),
        runs=len(group),
        turns=int(group["turns"].sum()),
        mean=of_mean(list(group["latency_ms"])),
        percentiles={f"p{each}": _percentile(runs, each) for each in PERCENTILES},
        throughput=of_mean(list(group["throughput_req_s"])),
        timed_out=int(group["timed_out"].sum()),
        refused=int(group["refused"].sum()),
        failed=int(group["failed"].sum()),
        cpu_percent=float(group["cpu_usage_percent"].mean()),
        cpu_ms_a_turn=of_mean(list(group["cpu_ms_a_turn"])),
        memory_mb=float(group["memory_usage_mb"].mean()),
        client_cpu_percent=float(group["client_cpu_percent"].mean()),
        late_ms=float(group["late_ms"].mean()),
        lawful=int(group["law_holds"].sum()),
        declared_ms=float(group["declared_ms"].iloc[0]),
        reconnected=int(group["reconnected"].sum()),
    )


def _percentile(runs: list[Values], percentile: int) -> Interval:
    if not runs:
        return Interval(np.nan, np.nan, np.nan)
    return of_percentile(runs, percentile, _SEED + percentile)
