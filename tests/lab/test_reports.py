"""The two reports, from made-up rows: an experiment's, and any table's."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loadtests.lab import pictures, published, report, stats, summary
from loadtests.lab.design import FULL, PROTOCOLS, Cell, Loop, Part, cells, order
from loadtests.lab.outcomes import Outcome
from loadtests.lab.rows import Notebook, Seen, row_of
from loadtests.lab.scenarios import named
from loadtests.lab.statistics import intervals
from typer.testing import CliRunner

from operations.errors import Trouble
from tests.lab.datasets import drawn

ADDED_MS = {"grpc": 1.0, "thrift": 0.8, "rest-raw": 1.2, "rest-json": 4.0}
PNG = b"\x89PNG"
SIZE = replace(FULL, scenarios=("simple", "complex"))


def seen(cell: Cell, chance: np.random.Generator) -> Seen:
    service = named(cell.scenario).service_ms if cell.part == Part.EMULATED else 0.0
    middle = (service + ADDED_MS[cell.protocol]) / 1000 * chance.normal(1, 0.02)
    took = list(np.abs(chance.normal(middle, middle / 20, 60)))
    inside = sum(took) / cell.times.window
    return Seen(
        took={outcome: took if outcome is Outcome.ANSWERED else [] for outcome in Outcome},
        late=[0.0],
        faults={},
        inside=inside,
        rate=len(took) / cell.times.window,
        window=cell.times.window,
        server_cpu=0.2,
        client_cpu=0.3,
        server_mb=chance.normal(120, 2),
        connections=20,
        reconnected=0,
        load_before=0.1,
    )


@pytest.fixture(autouse=True, scope="module")
def few_resamples() -> Iterator[None]:
    """Intervals are judged elsewhere, and pictures by eye."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_DPI", 20)
        patch.setattr(intervals, "RESAMPLES", 50)
        yield


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    """Three runs of every cell of two scenarios."""
    notebook = Notebook(tmp_path_factory.mktemp("lab"))
    parts = [Part.EMULATED, Part.ECHO]
    notebook.begin(SIZE, parts, 7, "2 cores of a test")
    chance = np.random.default_rng(2)
    for run in order(cells(SIZE, parts), 3, 7):
        found = seen(run.cell, chance)
        declared = named(run.cell.scenario).service_ms if run.cell.part == Part.EMULATED else 0.0
        notebook.keep(row_of(run, found, declared), found.took[Outcome.ANSWERED])
    return notebook


def test_an_experiments_report_has_its_tables_tests_and_pictures(
    experiment: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = tmp_path / "lab.md"
    shutil.copy(report.PAGE, docs)
    monkeypatch.setattr(report, "PAGE", docs)
    report.write(experiment.folder, publish=True)
    assert "| simple | grpc | 3 |" in docs.read_text()
    assert "- scenario x protocol: F(" in docs.read_text()
    assert docs.read_text().count("*not measured yet*") <= 3  # the parts that were not made
    assert (tmp_path / "lab" / "runs.csv").read_text() == experiment.rows_file.read_text()
    page = (experiment.folder / "report.html").read_text()
    assert "2 cores of a test" in page
    for title in ("Emulated models, closed loop", "Emulated models, open loop", "The control"):
        assert title in page
    assert "Real tiny models" not in page
    assert page.index("Emulated models, closed") < page.index("Emulated models, open")
    for said in ("Welch F(3, ", "scenario x protocol: F(3, 16)", "Games-Howell", "HC3"):
        assert said in page
    assert "simple: thrift adds least (0." in page
    assert "rest-json most (" in page
    pictures = re.findall(r'<img src="([^"]+)"', page)
    assert len(pictures) > 10
    assert all((experiment.folder / name).read_bytes().startswith(PNG) for name in pictures)


def summaries(notebook: Notebook) -> list[summary.Cell]:
    latencies = pd.read_csv(notebook.latencies_file, names=["key", "latency_ms"])
    return summary.cells(summary.ordered(pd.read_csv(notebook.rows_file)), latencies)


def test_cells_come_in_the_designs_order_whatever_the_order_of_runs(experiment: Notebook) -> None:
    found = summaries(experiment)
    assert [cell.protocol for cell in found[:4]] == list(PROTOCOLS)
    assert [cell.scenario for cell in found[:8:4]] == ["simple", "complex"]
    assert {cell.loop for cell in found[:8]} == {str(Loop.CLOSED)}
    assert {cell.runs for cell in found} == {3}


def test_goals_are_judged_at_the_published_load_of_the_emulated_part_only(
    experiment: Notebook,
) -> None:
    found = summaries(experiment)
    judged = published.goals(found)
    assert len(judged) == 3 * len(PROTOCOLS)
    assert {goal.met for goal in judged if "280 ms" in goal.goal} == {True}
    assert {goal.met for goal in judged if "3,564" in goal.goal} == {False}
    assert published.goals([cell for cell in found if cell.part == Part.ECHO]) == []


def test_a_folder_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"runs\.csv"):
        report.write(tmp_path)


def published_like(folder: Path) -> Path:
    """A table with the published experiment's faults: time-outs at a limit, and a broken law."""
    means = {("simple", "grpc"): 280.0, ("simple", "rest"): 400.0, ("complex", "grpc"): 3_000.0}
    table = drawn({**means, ("complex", "rest"): 6_000.0}, spread=5.0)
    stuck = (table["scenario"] == "complex") & (table["protocol"] == "rest")
    table = table.assign(latency_ms=table["latency_ms"].mask(stuck, 6_000.0))
    table = table.assign(throughput_req_s=1_000 / (table["latency_ms"] / 1_000))
    table.loc[table["protocol"] == "grpc", "throughput_req_s"] *= 0.8
    file = folder / "runs.csv"
    table.to_csv(file, index=False)
    return file


def test_any_table_is_analysed_and_its_faults_are_told(tmp_path: Path) -> None:
    file, out = published_like(tmp_path), tmp_path / "out"
    arguments = ["--csv", str(file), "--out", str(out), "--users", "1000", "--limit", "6000"]
    ended = CliRunner().invoke(stats.application(), arguments)
    assert ended.exit_code == 0, ended.output
    assert "of 60 rows, 30 have X * R more than 5 % away from 1000 users" in ended.output
    assert "15 rows have a mean at the limit of 6000 ms (complex/rest 15)" in ended.output
    assert "complex: no Welch ANOVA" in ended.output
    assert (out / "report.html").exists()
    anova = pd.read_csv(out / "latency_ms-anova.csv")
    assert list(anova["effect"]) == ["scenario", "protocol", "scenario x protocol", "residual"]


def test_a_bad_table_ends_with_its_line_and_column_and_no_traceback(tmp_path: Path) -> None:
    file = published_like(tmp_path)
    lines = file.read_text().splitlines()
    lines[4] = lines[4].replace(lines[4].split(",")[3], "soon")
    file.write_text("\n".join(lines))
    ended = CliRunner().invoke(stats.application(), ["--csv", str(file)])
    assert ended.exit_code == 2
    assert "line 5, column latency_ms: 'soon' is no number" in ended.output
    assert "Traceback" not in ended.output
