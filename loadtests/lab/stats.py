"""`make lab-stats CSV=… OUT=…`: the experiment's statistics on any table of runs.

The columns are `table.COLUMNS`. With `users`, each row is also checked by Little's law; with
`limit`, rows at a time-out are counted.
"""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from loadtests.lab import findings, page, tables
from loadtests.lab.law import Law
from loadtests.lab.page import Section
from loadtests.lab.statistics import table as reading
from loadtests.lab.statistics.intervals import of_mean, of_percentile
from loadtests.lab.tables import Table
from operations.errors import Trouble

_NEAR_LIMIT = 0.99
_SEED = 20_260


def main(
    csv: Annotated[Path, typer.Option(help="One row a run.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the report.")] = None,
    users: Annotated[float | None, typer.Option(help="Users at once, of a closed loop.")] = None,
    limit: Annotated[float | None, typer.Option(help="The time-out, in milliseconds.")] = None,
) -> None:
    """Analyse a table of runs and write report.html, tables as CSV and pictures."""
    folder = out or csv.with_suffix("")
    try:
        rows = reading.read(csv)
        sections = _sections(rows, folder, users, limit)
    except Trouble as trouble:
        typer.echo(f"{trouble.problem}\n    -> {trouble.remedy}", err=True)
        raise typer.Exit(trouble.code) from trouble
    page.write(
        folder / "report.html", f"Runs of {csv.name}", f"{len(rows)} rows of {csv}", sections
    )
    _keep(sections, folder)
    for section in sections:
        typer.echo(f"\n{section.title}")
        for said in section.paragraphs:
            typer.echo(f"  {said}")
    typer.echo(f"\n{folder / 'report.html'}")


def _sections(
    rows: pd.DataFrame, folder: Path, users: float | None, limit: float | None
) -> list[Section]:
    folder.mkdir(parents=True, exist_ok=True)
    sections = [Section("The rows", _doubts(rows, users, limit), [_summary(rows)])]
    for measure, unit in findings.UNITS.items():
        section = Section(f"{measure}: {unit}")
        findings.add(section, rows, measure, measure, folder)
        sections.append(section)
    return sections


def _doubts(rows: pd.DataFrame, users: float | None, limit: float | None) -> list[str]:
    """What speaks against the rows themselves."""
    said = []
    if users is not None:
        checked = zip(rows["throughput_req_s"], rows["latency_ms"], strict=True)
        broken = sum(not Law(users, rate, latency / 1000).holds for rate, latency in checked)
        said.append(
            f"Little's law: of {len(rows)} rows, {broken} have X * R more than 5 % away from "
            f"{users:g} users. In a closed loop without pauses it is equal to them."
        )
    if limit is not None:
        near = rows[rows["latency_ms"] >= _NEAR_LIMIT * limit]
        cells = near.groupby(["scenario", "protocol"], sort=False).size()
        where = ", ".join(f"{'/'.join(map(str, cell))} {runs}" for cell, runs in cells.items())
        said.append(
            f"{len(near)} rows have a mean at the limit of {limit:g} ms"
            + (f" ({where}): they are time-outs, not latencies." if len(near) else ".")
        )
    return said


def _summary(rows: pd.DataFrame) -> Table:
    """Means, and percentiles over runs: those of single turns cannot be had from means."""
    lines = []
    for (scenario, protocol), group in rows.groupby(["scenario", "protocol"], sort=False):
        runs = [
            group["latency_ms"].to_numpy(float)[place : place + 1] for place in range(len(group))
        ]
        lines.append(
            (
                str(scenario),
                str(protocol),
                str(len(group)),
                tables.interval(of_mean(list(group["latency_ms"]))),
                *(tables.interval(of_percentile(runs, each, _SEED)) for each in (50, 95, 99)),
                *(
                    tables.interval(of_mean(list(group[measure])))
                    for measure in list(findings.UNITS)[1:]
                ),
            )
        )
    heads = ("scenario", "protocol", "runs", "mean ms", "p50 of runs", "p95 of runs", "p99 of runs")
    return Table(
        "summary",
        "Each cell, with 95 % intervals",
        (*heads, "requests/s", "CPU %", "memory MiB"),
        lines,
    )


def _keep(sections: list[Section], folder: Path) -> None:
    for table in (table for section in sections for table in section.tables):
        if table.lines:
            frame = pd.DataFrame(table.lines, columns=list(table.heads))
            frame.to_csv(folder / f"{table.name}.csv", index=False)


def application() -> typer.Typer:
    """The command line."""
    app = typer.Typer(add_completion=False)
    app.command()(main)
    return app


if __name__ == "__main__":
    application()()
