"""What a run leaves behind: counted as it happens, told as pandas tables."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pandas as pd

from desk.domain.desk import Desk
from desk.domain.events import Assigned
from desk.domain.tickets import Status
from desk.domain.trace import Trace
from desk_simulator.scenario import Scenario

STEP_COLUMNS = (
    "step",
    "arrived",
    "processed",
    "failed",
    "redirected",
    "rejected",
    "buffered",
    "in_service",
)


class Flow(StrEnum):
    """What is counted in each step; rejected is deflected and refused together."""

    ARRIVED = "arrived"
    PROCESSED = "processed"
    FAILED = "failed"
    REDIRECTED = "redirected"
    REJECTED = "rejected"
    REFUSED = "refused"
    DEFLECTED = "deflected"
    CALL_BACKS = "call_backs"
    MOVED = "moved"
    REQUEUED = "requeued"


@dataclass
class Person:
    """An attendant's day, in steps and requests."""

    processed: int = 0
    failures: int = 0
    interrupted: int = 0
    worked: float = 0.0
    broken: float = 0.0


@dataclass
class Books:
    """The counts of a run, closed step by step."""

    people: dict[str, Person]
    total: Counter[str] = field(default_factory=Counter)
    steps: list[dict[str, int]] = field(default_factory=list)
    servers: list[dict[str, object]] = field(default_factory=list)
    _last: Counter[str] = field(default_factory=Counter)

    def count(self, flow: Flow) -> None:
        """One more."""
        self.total[flow] += 1

    def close_step(self, desk: Desk, working: set[str]) -> None:
        """Write a step's row.

        Raises:
            AssertionError: a request was lost or counted twice.
        """
        buffered = sum(each.status is Status.WAITING for each in desk.tickets.values())
        in_service = len(desk.tickets) - buffered
        total = self.total
        ended = total[Flow.PROCESSED] + total[Flow.FAILED] + total[Flow.REJECTED]
        assert total[Flow.ARRIVED] == ended + buffered + in_service, (total, buffered, in_service)
        step = len(self.steps) + 1
        flows = {flow: total[flow] - self._last[flow] for flow in STEP_COLUMNS[1:6]}
        self.steps.append({"step": step, **flows, "buffered": buffered, "in_service": in_service})
        self._last = total.copy()
        for server in desk.servers.values():
            waiting = [t for t in desk.waiting() if t.server_id == server.id]
            staff = [a for a in desk.attendants.values() if a.server_id == server.id]
            self.servers.append(
                {
                    "step": step,
                    "server": server.id,
                    "capacity": server.capacity,
                    "working": sum(each.id in working for each in staff),
                    "in_service": server.load,
                    "buffered": len(waiting),
                    "health": server.health.value,
                }
            )


@dataclass(frozen=True)
class Run:
    """A finished run. `waits` has, for each request served, the steps until its first attendant."""

    scenario: Scenario
    steps: pd.DataFrame
    servers: pd.DataFrame
    attendants: pd.DataFrame
    total: Counter[str]
    waits: pd.DataFrame
    trace: Trace
    assignments: tuple[Assigned, ...]

    def write(self, folder: Path) -> list[Path]:
        """The tables as CSV and the trace as NDJSON in `folder`; the files written."""
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name in ("steps", "servers", "attendants"):
            written.append(folder / f"{name}.csv")
            getattr(self, name).to_csv(written[-1], index=False)
        written.append(folder / "trace.ndjson")
        written[-1].write_text("".join(f"{line}\n" for line in self.trace.lines()))
        return written


def attendants_table(desk: Desk, people: dict[str, Person]) -> pd.DataFrame:
    """A row an attendant; availability is the share of the time they worked."""
    rows = []
    for person in desk.attendants.values():
        day = people[person.id]
        rows.append(
            {
                "attendant": person.id,
                "server": person.server_id,
                "skills": "+".join(sorted(person.skills)),
                "processed": day.processed,
                "failures": day.failures,
                "interrupted": day.interrupted,
                "worked": round(day.worked, 4),
                "broken": round(day.broken, 4),
                "availability": round(day.worked / (day.worked + day.broken), 4),
            }
        )
    return pd.DataFrame(rows)
