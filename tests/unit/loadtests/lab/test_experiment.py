"""The whole experiment at its smallest: real servers and generators over every protocol."""

import statistics
from dataclasses import replace
from pathlib import Path

import pytest
from loadtests.lab import environment, experiment
from loadtests.lab.design import PROTOCOLS, SMALL, Part, Times
from loadtests.lab.rows import Notebook, Row
from loadtests.lab.scenarios import COMPLEX

SMALLEST = replace(
    SMALL, name="smallest", scenarios=("complex",), echo=Times(0.6, 0.4), echo_users=5
)
PARTS = (Part.ECHO,)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    """Two runs of every protocol, five users, half a second each."""
    made = Notebook(tmp_path_factory.mktemp("lab"))
    experiment.fill(made, SMALLEST, PARTS, seed=3)
    return made


@pytest.fixture(scope="module")
def rows(notebook: Notebook) -> list[Row]:
    """What was kept."""
    return notebook.rows()


def test_every_protocol_is_measured_as_often(rows: list[Row]) -> None:
    assert sorted(row.protocol for row in rows) == sorted(2 * PROTOCOLS)
    assert [row.place for row in rows] == list(range(1, 9))


def test_whole_turns_through_three_services_are_answered_over_every_protocol(
    rows: list[Row],
) -> None:
    assert [(row.protocol, row.faults) for row in rows if row.failed or row.refused] == []
    assert min(row.answered for row in rows) >= 5
    assert all(0 < row.p50_ms <= row.p95_ms <= row.p99_ms <= row.max_ms for row in rows)


def test_littles_law_holds_in_what_was_counted(rows: list[Row]) -> None:
    assert statistics.median(row.law for row in rows) == pytest.approx(1, abs=0.15)


def test_servers_and_generators_are_seen_at_work(rows: list[Row]) -> None:
    assert min(row.cpu_usage_percent for row in rows) > 0
    assert min(row.client_cpu_percent for row in rows) > 0
    assert min(row.memory_usage_mb for row in rows) > 20


def test_users_keep_their_connections_to_each_service_over_every_protocol(
    rows: list[Row],
) -> None:
    for protocol in PROTOCOLS:
        own = [row for row in rows if row.protocol == protocol]
        assert max(row.connections for row in own) == 5 * len(COMPLEX.calls)
        assert min(row.reconnected for row in own) == 0


def test_what_is_kept_is_not_measured_again_and_what_is_missing_is(
    notebook: Notebook, rows: list[Row], tmp_path: Path
) -> None:
    interrupted = Notebook(tmp_path)
    for name in ("experiment.json", "latencies.csv"):
        (tmp_path / name).write_bytes((notebook.folder / name).read_bytes())
    lines = notebook.rows_file.read_text().splitlines(keepends=True)
    interrupted.rows_file.write_text("".join(lines[:-1]))
    experiment.fill(interrupted, SMALLEST, PARTS, seed=99)
    again = interrupted.rows()
    assert again[:-1] == rows[:-1]
    assert again[-1].key == rows[-1].key
    assert again[-1].began != ""


def test_the_rows_are_analysed_and_reported(notebook: Notebook) -> None:
    assert environment.call("loadtests.lab.report", str(notebook.folder)) == 0
    page = (notebook.folder / "report.html").read_text()
    for said in ("When the protocol matters", "protocol: F(3, 4)", "of 8 runs hold"):
        assert said in page
    assert (notebook.folder / "overhead.png").read_bytes().startswith(b"\x89PNG")
