"""Writes the report of an experiment's folder: an HTML page, pictures, and tables as CSV.

python -m loadtests.lab.report FOLDER [--publish]
"""

import json
import re
import shutil
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from loadtests.lab import findings, page, pictures, published, summary, tables
from loadtests.lab.design import Loop, Part
from loadtests.lab.page import Section
from loadtests.lab.scenarios import SCENARIOS
from loadtests.lab.statistics.table import COLUMNS
from loadtests.lab.summary import Cell
from operations.environments import ROOT
from operations.errors import Trouble

PAGE = ROOT / "docs" / "lab.md"
_TABLE = re.compile(r"(<!-- table (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_TITLES = {
    ("emulated", "closed"): "Emulated models, closed loop",
    ("emulated", "open"): "Emulated models, open loop",
    ("echo", "closed"): "The control: no model time",
    ("cached", "closed"): "With a cache on the server",
    ("tiny", "closed"): "Real tiny models",
}
_SAID = {
    ("emulated", "closed"): "Every user asks again as soon as answered: what the machine can carry "
    "at most. Where its processors are full, latency is queueing, and follows from the throughput.",
    ("emulated", "open"): "Turns begin at a constant rate, below what the slowest arm can carry; "
    "the clock of a turn runs from when it was due.",
    ("echo", "closed"): "One user a generator and models that take no time: the protocol alone, "
    "with the payloads of each scenario.",
    ("cached", "closed"): "The simple scenario when the server remembers answers, the same way for "
    "every protocol. Not to be compared with the emulated part.",
    ("tiny", "closed"): "A spoken question through pocketsphinx, grounded answers and espeak-ng. "
    "Models and protocols share the processors; not to be compared with the emulated part.",
}
_DECLARED = {scenario.name: scenario.service_ms for scenario in SCENARIOS}


def main(
    folder: Path,
    publish: Annotated[bool, typer.Option(help="Write the tables of docs/lab.md too.")] = False,
) -> None:
    """Write the report of the rows that are there."""
    try:
        write(folder, publish=publish)
    except Trouble as trouble:
        typer.echo(f"{trouble.problem}\n    -> {trouble.remedy}", err=True)
        raise typer.Exit(trouble.code) from trouble
    typer.echo(f"  {folder / 'report.html'}")


def write(folder: Path, *, publish: bool = False) -> None:
    """Write the report.

    Raises:
        Trouble: there are no rows.
    """
    if not (folder / "runs.csv").exists():
        raise Trouble(f"{folder} has no runs.csv", "make lab", code=2)
    known = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    rows = summary.ordered(pd.read_csv(folder / "runs.csv").dropna(subset=["began"]))
    latencies = pd.read_csv(folder / "latencies.csv", names=["key", "latency_ms"])
    cells = summary.cells(rows, latencies)
    sections = [_first(cells, folder)]
    for (part, loop), title in _TITLES.items():
        own = rows[(rows["part"] == part) & (rows["loop"] == loop)]
        if len(own):
            mine = [cell for cell in cells if (cell.part, cell.loop) == (part, loop)]
            sections.append(_of_part(title, own, mine, latencies, folder))
    page.write(folder / "report.html", "REST, gRPC and Thrift", _around(known, rows), sections)
    if publish:
        _publish(sections, known, rows, folder)


def _around(known: dict[str, Any], rows: pd.DataFrame) -> str:
    return (
        f"{known['machine']}; begun {known['began']} UTC, last run {rows['began'].max()}; size "
        f"{known['size']}, seed {known['seed']}, {len(rows)} runs; load before a run "
        f"{rows['load_before'].median():.2f} (median), {rows['load_before'].max():.2f} at most"
    )


def _first(cells: list[Cell], folder: Path) -> Section:
    """What most readers want to know: the goals, the checklist, when the protocol matters."""
    section = Section("When the protocol matters")
    echo = [cell for cell in cells if cell.part == Part.ECHO]
    if echo:
        file = folder / "overhead.png"
        added: dict[str, dict[str, float]] = {}
        for cell in echo:
            added.setdefault(cell.scenario, {})[cell.protocol] = cell.mean.value
        title = "The protocol's share of a turn, by how long its models take (line: 1 %)"
        pictures.overhead(added, _DECLARED, title, file)
        section.pictures.append(file)
        section.tables.append(tables.overheads(echo, _DECLARED))
        section.paragraphs.append(_how_much(echo))
    section.tables += [
        tables.goals(published.goals(cells)),
        tables.faults(published.faults(cells)),
    ]
    return section


def _how_much(echo: list[Cell]) -> str:
    """The least and the most that the choice of a protocol can change, of whole turns."""
    said = []
    for scenario in dict.fromkeys(cell.scenario for cell in echo):
        mine = sorted((c for c in echo if c.scenario == scenario), key=lambda c: c.mean.value)
        least, most = mine[0], mine[-1]
        declared = _DECLARED[scenario]
        said.append(
            f"{scenario}: {least.protocol} adds least ({least.mean.value:.2f} ms), "
            f"{most.protocol} most ({most.mean.value:.2f} ms); the choice changes "
            f"{(most.mean.value - least.mean.value) / (declared + most.mean.value):.2%} of a turn "
            f"whose models take {declared:,.0f} ms"
        )
    return "; ".join(said).replace("%", " %") + "."


def _of_part(
    title: str, rows: pd.DataFrame, cells: list[Cell], latencies: pd.DataFrame, folder: Path
) -> Section:
    part, loop = cells[0].part, cells[0].loop
    name = f"{part}-{loop}"
    section = Section(title, [_SAID[part, loop]])
    section.tables += [
        tables.times(f"{name}-times", "Times", cells),
        tables.costs(f"{name}-costs", "What it cost", cells),
    ]
    broken = [f"{cell.scenario}/{cell.protocol}" for cell in cells if not cell.is_whole]
    if broken:
        section.paragraphs.append(
            f"Not every turn was answered in {', '.join(broken)}: their latencies leave the "
            "slowest out and are not comparable."
        )
    _draw(section, rows, cells, latencies, folder / name)
    answered = rows.loc[rows["answered"] > 0, list(COLUMNS)]
    answered.to_csv(folder / f"{name}.csv", index=False)
    if answered.groupby(["scenario", "protocol"]).size().min() < 2:
        section.paragraphs.append("Fewer than two runs of some cell: no test is made.")
        return section
    findings.add(section, answered, "latency_ms", f"{name}-latency", folder)
    if loop == Loop.CLOSED and part != Part.ECHO:
        findings.add(section, answered, "throughput_req_s", f"{name}-throughput", folder)
    return section


def _draw(
    section: Section, rows: pd.DataFrame, cells: list[Cell], latencies: pd.DataFrame, name: Path
) -> None:
    percentiles = name.with_name(f"{name.name}-percentiles.png")
    found = {(cell.scenario, cell.protocol): cell.percentiles for cell in cells}
    pictures.percentiles(found, "Percentiles of turns, 95 % intervals over runs", percentiles)
    tails = name.with_name(f"{name.name}-tails.png")
    pictures.tails(_by_scenario(cells, latencies), "The slowest turns", tails)
    law = name.with_name(f"{name.name}-law.png")
    pictures.law(rows, "Little's law, a point a run (band: 5 %)", law)
    section.pictures += [percentiles, tails, law]


def _by_scenario(cells: list[Cell], latencies: pd.DataFrame) -> dict[str, dict[str, Any]]:
    cell_of = latencies["key"].str.rpartition("/")[0]
    found: dict[str, dict[str, Any]] = {}
    for cell in cells:
        key = f"{cell.part}/{cell.loop}/{cell.scenario}/{cell.protocol}"
        values = latencies.loc[cell_of == key, "latency_ms"].to_numpy(float)
        if len(values):
            found.setdefault(cell.scenario, {})[cell.protocol] = values
    return found


def _publish(
    sections: list[Section], known: dict[str, Any], rows: pd.DataFrame, folder: Path
) -> None:
    """The tables of docs/lab.md, its pictures and the rows behind them."""
    where = PAGE.parent / "lab"
    where.mkdir(exist_ok=True)
    for file in [picture for section in sections for picture in section.pictures]:
        shutil.copy(file, where / file.name)
    shutil.copy(folder / "runs.csv", where / "runs.csv")
    written = {
        table.name: table.markdown()
        for section in sections
        for table in section.tables
        if table.lines
    }
    written["around"] = _around(known, rows) + ".\n"
    for section in sections[1:]:
        written[f"{section.tables[0].name}-words"] = "".join(
            f"- {said}\n" for said in section.paragraphs[1:]
        )
    page_text = PAGE.read_text(encoding="utf-8")
    filled = _TABLE.sub(lambda place: _filled(place, written), page_text)
    PAGE.write_text(filled, encoding="utf-8")


def _filled(place: re.Match[str], written: dict[str, str]) -> str:
    """A place of the page with its table; one that has no table now stays as it is."""
    table = written.get(place["name"])
    return place[0] if table is None else place[1] + table + place[3]


if __name__ == "__main__":
    typer.run(main)
