"""The supervisor on against off: the same days, so the difference is the supervisor's."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from desk_simulator.engine import simulate
from desk_simulator.intervals import interval
from desk_simulator.records import Flow, Run
from desk_simulator.scenario import Scenario

RATES = (0.0, 0.05, 0.1, 0.3)


def compare(
    scenario: Scenario,
    seeds: int,
    rates: Sequence[float] = RATES,
    tell: Callable[[float], None] = lambda _: None,
) -> pd.DataFrame:
    """A row a failure rate: means over the seeds from `scenario.seed` on, each with its 95 % half.

    failed_*: share of arrivals given up. wait_*: mean steps until the first attendant. gained and
    saved: requests processed more and given up less in a run with the supervisor on, seed by seed.
    """
    rows = []
    for rate in rates:
        tell(rate)
        days = [
            replace(scenario, failure_rate=rate, seed=scenario.seed + number)
            for number in range(seeds)
        ]
        on = [simulate(replace(day, supervised=True)) for day in days]
        off = [simulate(replace(day, supervised=False)) for day in days]
        rows.append({"failure_rate": rate, "seeds": seeds, **_row(on, off)})
    return pd.DataFrame(rows)


def _row(on: Sequence[Run], off: Sequence[Run]) -> dict[str, float]:
    def gap(flow: Flow) -> list[float]:
        pairs = zip(on, off, strict=True)
        return [float(first.total[flow] - second.total[flow]) for first, second in pairs]

    measured = {
        "failed_on": [_share(run, Flow.FAILED) for run in on],
        "failed_off": [_share(run, Flow.FAILED) for run in off],
        "processed_on": [_share(run, Flow.PROCESSED) for run in on],
        "processed_off": [_share(run, Flow.PROCESSED) for run in off],
        "wait_on": [_wait(run) for run in on],
        "wait_off": [_wait(run) for run in off],
        "gained": gap(Flow.PROCESSED),
        "saved": [-each for each in gap(Flow.FAILED)],
    }
    row = {}
    for name, values in measured.items():
        found = interval(values)
        row[name] = round(found.mean, 4)
        row[f"{name}_half"] = round(found.half, 4)
    return row


def _share(run: Run, flow: Flow) -> float:
    return run.total[flow] / max(1, run.total[Flow.ARRIVED])


def _wait(run: Run) -> float:
    return float(run.waits["wait"].mean()) if len(run.waits) else 0.0
