"""What is kept of a run."""

from dataclasses import replace
from pathlib import Path

import pytest
from loadtests.lab.design import SMALL, Cell, Loop, Part, Run, Times
from loadtests.lab.law import Law
from loadtests.lab.outcomes import Outcome
from loadtests.lab.rows import SAMPLE, Notebook, Seen, percentile, row_of

from operations.errors import Trouble

CELL = Cell(Part.EMULATED, Loop.CLOSED, "simple", "grpc", 10, Times(0.5, 2.0))
RUN = Run(CELL, number=3, place=17)
SEEN = Seen(
    took={
        Outcome.ANSWERED: [0.1] * 98 + [0.2, 0.4],
        Outcome.TIMED_OUT: [3.0],
        Outcome.REFUSED: [],
        Outcome.FAILED: [0.05, 0.05],
    },
    late=[0.001, 0.003],
    faults={"Unreachable": 2},
    inside=9.0,
    rate=51.5,
    window=2.0,
    server_cpu=1.0,
    client_cpu=0.5,
    server_mb=120.0,
    connections=10,
    reconnected=0,
    load_before=0.3,
)


def test_latency_is_of_answered_turns_and_the_rest_is_counted_apart() -> None:
    row = row_of(RUN, SEEN, declared_ms=100)
    assert row.latency_ms == pytest.approx(104.0)
    assert (row.p50_ms, row.p95_ms, row.p99_ms, row.max_ms) == (100.0, 100.0, 200.0, 400.0)
    assert (row.answered, row.timed_out, row.refused, row.failed) == (100, 1, 0, 2)
    assert row.throughput_req_s == 50.0
    assert (row.turns, row.faults) == (103, "Unreachable:2")


def test_servers_and_generators_are_told_apart() -> None:
    row = row_of(RUN, SEEN, declared_ms=100)
    assert (row.cpu_usage_percent, row.client_cpu_percent) == (50.0, 25.0)
    assert row.cpu_ms_a_turn == pytest.approx(1000 / 103, abs=0.001)


def test_the_law_counts_every_turn_and_the_users_of_a_closed_loop() -> None:
    row = row_of(RUN, SEEN, declared_ms=100)
    every = 98 * 0.1 + 0.2 + 0.4 + 3.0 + 0.1
    assert row.law == pytest.approx(51.5 * every / 103 / 10, abs=0.001)
    assert not row.law_holds


def test_in_an_open_loop_the_law_takes_the_turns_that_were_seen_inside() -> None:
    opened = replace(RUN, cell=replace(CELL, loop=Loop.OPEN, load=50))
    assert row_of(opened, SEEN, 100).inside == 9.0


@pytest.mark.parametrize(
    ("law", "holds"),
    [(Law(100, 1_000, 0.1), True), (Law(100, 940, 0.1), False), (Law(0, 0, 0), False)],
)
def test_the_law_holds_within_five_per_cent(law: Law, *, holds: bool) -> None:
    assert law.holds is holds


def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    values = [float(value) for value in range(1, 201)]
    assert [percentile(values, each) for each in (50, 95, 99, 100)] == [100, 190, 198, 200]
    assert percentile([], 99) == 0.0


def test_a_run_in_which_nothing_was_answered_is_a_row_too() -> None:
    nothing = replace(SEEN, took={**SEEN.took, Outcome.ANSWERED: []})
    row = row_of(RUN, nothing, 100)
    assert (row.latency_ms, row.throughput_req_s, row.answered) == (0.0, 0.0, 0)


def test_rows_are_read_as_they_were_kept(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    row = row_of(RUN, SEEN, 100)
    other = replace(row, run=4, law_holds=True, faults="")
    for each in (row, other):
        notebook.keep(each, SEEN.took[Outcome.ANSWERED])
    assert notebook.rows() == [row, other]
    assert row.key == RUN.key
    assert sorted(notebook.latencies()[RUN.key]) == [100.0] * 98 + [200.0, 400.0]


def test_of_many_latencies_a_sample_is_kept(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.keep(row_of(RUN, SEEN, 100), [number / 1000 for number in range(5 * SAMPLE)])
    sample = notebook.latencies()[RUN.key]
    assert len(set(sample)) == SAMPLE
    assert 2 * SAMPLE < sum(sample) / SAMPLE < 3 * SAMPLE


def test_a_line_that_was_cut_is_not_a_row(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.keep(row_of(RUN, SEEN, 100), [0.1])
    with notebook.rows_file.open("a", encoding="utf-8") as lines:
        lines.write("simple,grpc,4,10")
    assert len(notebook.rows()) == 1
    again = replace(row_of(RUN, SEEN, 100), run=4)
    notebook.keep(again, [0.1])
    assert [row.run for row in notebook.rows()] == [3, 4]


def test_an_interrupted_experiment_keeps_its_seed(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.begin(SMALL, [Part.ECHO], 7, "a machine")
    assert notebook.begin(SMALL, [Part.ECHO], 8, "a machine")["seed"] == 7


def test_rows_of_another_design_are_not_mixed_in_until_forgotten(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.begin(SMALL, [Part.ECHO], 7, "a machine")
    other = replace(SMALL, users=21)
    with pytest.raises(Trouble, match="another design") as refused:
        notebook.begin(other, [Part.EMULATED], 7, "a machine")
    assert "AGAIN=yes" in refused.value.remedy
    notebook.forget()
    assert notebook.begin(other, [Part.EMULATED], 8, "a machine")["seed"] == 8
