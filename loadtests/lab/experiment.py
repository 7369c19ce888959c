"""The whole experiment: the runs that are missing, in their order, then the report."""

from collections.abc import Sequence

from rich.console import Console

from loadtests.grounds import machine
from loadtests.lab import environment, running, speech
from loadtests.lab.design import FULL, SMALL, Part, Run, Size, cells, order, seconds
from loadtests.lab.generating import Spoken
from loadtests.lab.outcomes import Outcome
from loadtests.lab.rows import Notebook, Row, row_of
from loadtests.lab.scenarios import named
from operations.places import ROOT

RESULTS = ROOT / ".recado" / "lab"
SIZES = {size.name: size for size in (SMALL, FULL)}
console = Console()


def conduct(size_name: str, parts: Sequence[Part], seed: int, *, again: bool, publish: bool) -> int:
    """Measure and report; returns the report's exit code."""
    notebook = Notebook(RESULTS / size_name)
    if again:
        notebook.forget()
    fill(notebook, SIZES[size_name], parts, seed)
    where = ["--publish"] if publish else []
    return environment.call("loadtests.lab.report", str(notebook.folder), *where)


def fill(notebook: Notebook, size: Size, parts: Sequence[Part], seed: int) -> None:
    """Make every run whose row is not there yet.

    Raises:
        Trouble: the notebook is of another design, or a process of a run does not start.
    """
    seed = notebook.begin(size, parts, seed, machine())["seed"]
    runs = order(cells(size, parts), size.runs, seed)
    kept = {row.key for row in notebook.rows()}
    missing = [run for run in runs if run.key not in kept]
    console.print(
        f"{len(missing)} of {len(runs)} runs to make, about {seconds(missing) / 60:.0f} minutes,"
        f" in {notebook.folder}"
    )
    spoken = speech.prepared() if Part.TINY in parts and missing else None
    for run in missing:
        row, answered = _made(run, size, seed, spoken)
        notebook.keep(row, answered)
        console.print(_told(row, len(runs)), soft_wrap=True)


def _made(run: Run, size: Size, seed: int, spoken: Spoken | None) -> tuple[Row, list[float]]:
    seen = running.measure(run, size, seed, spoken)
    declared = named(run.cell.scenario).service_ms
    waits = run.cell.part is Part.EMULATED
    return row_of(run, seen, declared if waits else 0.0), seen.took[Outcome.ANSWERED]


def _told(row: Row, of: int) -> str:
    trouble = row.timed_out + row.refused + row.failed
    return (
        f"  {row.place:4}/{of} {row.part:8} {row.loop:6} {row.scenario:11} {row.protocol:9}"
        f" {row.latency_ms:9.2f} ms {row.throughput_req_s:8.1f}/s  L {row.law:5.3f}"
        + (f"  [red]{trouble} not answered[/] {row.faults}" if trouble else "")
        + ("" if row.law_holds else "  [yellow]the law does not hold[/]")
    )
