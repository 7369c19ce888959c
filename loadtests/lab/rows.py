"""What is kept of each run: a row, a sample of its latencies, and where it all is.

The rows of an experiment are appended as they come, so an interrupted one goes on where it stopped.
Its folder also has `experiment.json`: the seed, the machine, and a digest of the design, so that
rows of another design are not mixed in.
"""

import csv
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Any

from loadtests.lab.design import Loop, Part, Run, Size, cells
from loadtests.lab.law import Law
from loadtests.lab.outcomes import Outcome
from loadtests.lab.scenarios import SCENARIOS
from operations.errors import Trouble

SAMPLE = 500
"""How many latencies of a run are kept, drawn evenly; the row's percentiles are of all."""


@dataclass(frozen=True)
class Row:
    """One run. The first seven columns are those `make lab-stats` reads; times in milliseconds.

    Latencies are of answered turns, from the moment the turn was due; the law counts every turn.
    CPU and memory are the servers', `client_cpu_percent` the generators'; 100 is one core.
    """

    scenario: str
    protocol: str
    run: int
    latency_ms: float
    cpu_usage_percent: float
    memory_usage_mb: float
    throughput_req_s: float
    part: str
    loop: str
    load: float
    place: int
    turns: int
    answered: int
    timed_out: int
    refused: int
    failed: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    declared_ms: float
    cpu_ms_a_turn: float
    client_cpu_percent: float
    client_cpu_ms_a_turn: float
    late_ms: float
    connections: int
    reconnected: int
    inside: float
    rate: float
    stay_ms: float
    law: float
    law_holds: bool
    window_s: float
    load_before: float
    began: str
    faults: str

    @property
    def key(self) -> str:
        """As `design.Run.key`."""
        return f"{self.part}/{self.loop}/{self.scenario}/{self.protocol}/{self.run}"

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """What it is a run of."""
        return self.part, self.loop, self.scenario, self.protocol


@dataclass(frozen=True)
class Seen:
    """What the generators and the process trees told of a run; seconds."""

    took: dict[Outcome, list[float]]
    late: list[float]
    faults: dict[str, int]
    inside: float
    """Mean number of turns in the system."""
    rate: float
    """Turns a second, those at the window's edges by the part that is inside."""
    window: float
    server_cpu: float
    client_cpu: float
    server_mb: float
    connections: int
    """Open to the servers when the window ends."""
    reconnected: int
    """How many of those were not there when it began."""
    load_before: float


def row_of(run: Run, seen: Seen, declared_ms: float) -> Row:
    """The row of a run; a run without an answered turn has latencies of zero."""
    cell, window = run.cell, seen.window
    every = [each for took in seen.took.values() for each in took]
    answered = sorted(seen.took[Outcome.ANSWERED])
    law = Law(
        inside=cell.load if cell.loop is Loop.CLOSED else seen.inside,
        rate=seen.rate,
        stay=_mean(every),
    )
    return Row(
        scenario=cell.scenario,
        protocol=cell.protocol,
        run=run.number,
        latency_ms=_ms(_mean(answered)),
        cpu_usage_percent=round(100 * seen.server_cpu / window, 1),
        memory_usage_mb=round(seen.server_mb, 1),
        throughput_req_s=round(len(answered) / window, 2),
        part=str(cell.part),
        loop=str(cell.loop),
        load=cell.load,
        place=run.place,
        turns=len(every),
        answered=len(answered),
        timed_out=len(seen.took[Outcome.TIMED_OUT]),
        refused=len(seen.took[Outcome.REFUSED]),
        failed=len(seen.took[Outcome.FAILED]),
        p50_ms=_ms(percentile(answered, 50)),
        p95_ms=_ms(percentile(answered, 95)),
        p99_ms=_ms(percentile(answered, 99)),
        max_ms=_ms(answered[-1] if answered else 0),
        declared_ms=declared_ms,
        cpu_ms_a_turn=_ms(seen.server_cpu / max(1, len(every))),
        client_cpu_percent=round(100 * seen.client_cpu / window, 1),
        client_cpu_ms_a_turn=_ms(seen.client_cpu / max(1, len(every))),
        late_ms=_ms(_mean(seen.late)),
        connections=seen.connections,
        reconnected=seen.reconnected,
        inside=round(law.inside, 3),
        rate=round(law.rate, 3),
        stay_ms=_ms(law.stay),
        law=round(law.ratio, 4),
        law_holds=law.holds,
        window_s=round(window, 3),
        load_before=seen.load_before,
        began=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        faults=" ".join(f"{name}:{times}" for name, times in sorted(seen.faults.items())),
    )


def percentile(ordered: Sequence[float], per_cent: float) -> float:
    """The smallest of ordered values that so many per cent do not exceed; 0 where there is none."""
    if not ordered:
        return 0.0
    return ordered[max(1, ceil(len(ordered) * per_cent / 100)) - 1]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 4)


@dataclass(frozen=True)
class Notebook:
    """An experiment's folder."""

    folder: Path

    @property
    def rows_file(self) -> Path:
        """Every row, as they came."""
        return self.folder / "runs.csv"

    @property
    def latencies_file(self) -> Path:
        """A sample of latencies of every run."""
        return self.folder / "latencies.csv"

    def begin(self, size: Size, parts: Sequence[Part], seed: int, machine: str) -> dict[str, Any]:
        """What is known of the experiment; the first time it is written down.

        Raises:
            Trouble: the folder has rows of another design.
        """
        design = _digest(size, parts)
        file = self.folder / "experiment.json"
        if file.exists():
            known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            if known["design"] != design:
                raise Trouble(
                    f"{self.folder} has rows of another design or other parts",
                    "AGAIN=yes forgets them and starts over",
                    code=2,
                )
            return known
        self.folder.mkdir(parents=True, exist_ok=True)
        known = {
            "size": size.name,
            "seed": seed,
            "parts": [str(part) for part in parts],
            "machine": machine,
            "began": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
            "design": design,
        }
        file.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
        return known

    def forget(self) -> None:
        """Remove what an earlier experiment left."""
        for name in ("experiment.json", "runs.csv", "latencies.csv"):
            (self.folder / name).unlink(missing_ok=True)

    def keep(self, row: Row, answered: Sequence[float]) -> None:
        """Add a run: its latencies first, so that a row is never without them."""
        chance = random.Random(row.key)  # noqa: S311
        drawn = answered if len(answered) <= SAMPLE else chance.sample(answered, SAMPLE)
        with self.latencies_file.open("a", newline="", encoding="utf-8") as lines:
            csv.writer(lines, lineterminator="\n").writerows(
                (row.key, round(each * 1000, 3)) for each in drawn
            )
        fresh = not self.rows_file.exists()
        with self.rows_file.open("a", newline="", encoding="utf-8") as lines:
            if _was_cut(self.rows_file):
                lines.write("\n")
            writer = csv.DictWriter(lines, [each.name for each in fields(Row)], lineterminator="\n")
            if fresh:
                writer.writeheader()
            writer.writerow(asdict(row))

    def rows(self) -> list[Row]:
        """The rows kept so far; a last line that an interruption cut is not one."""
        if not self.rows_file.exists():
            return []
        with self.rows_file.open(newline="", encoding="utf-8") as lines:
            return list(_whole_rows(csv.DictReader(lines)))

    def latencies(self) -> dict[str, list[float]]:
        """The sample of each run in milliseconds, by key."""
        found: dict[str, list[float]] = {}
        with self.latencies_file.open(newline="", encoding="utf-8") as lines:
            for key, latency in csv.reader(lines):
                found.setdefault(key, []).append(float(latency))
        return found


def _was_cut(file: Path) -> bool:
    """Whether an interruption left a line without its end."""
    written = file.read_bytes()
    return bool(written) and not written.endswith(b"\n")


def _digest(size: Size, parts: Sequence[Part]) -> str:
    return sha256(repr((cells(size, parts), size.runs, SCENARIOS)).encode()).hexdigest()[:16]


def _whole_rows(lines: Iterable[dict[str, str]]) -> Iterator[Row]:
    kinds = {each.name: each.type for each in fields(Row)}
    for line in lines:
        if None not in line.values():
            yield Row(**{name: _read(kinds[name], text) for name, text in line.items()})


def _read(kind: Any, text: str) -> Any:
    return text == "True" if kind is bool else kind(text)
