"""What `recado simulate` prints and writes."""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from desk.domain.trace import read, replay
from operations import commandline

PNG = b"\x89PNG\r\n\x1a\n"


def recado(arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["recado", *arguments])
    with pytest.raises(SystemExit) as ended:
        commandline.run()
    return int(ended.value.code or 0)


def test_a_run_writes_its_tables_its_trace_and_its_charts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    asked = "simulate desk --timesteps 40 --failure-rate 0.2 --servers 2,3 --buffer 4 --seed 3"
    assert recado([*asked.split(), "--load", "1.2", "--out", str(out)], monkeypatch) == 0
    assert "processed" in capsys.readouterr().out
    with (out / "steps.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert ",".join(rows[0]) == (
        "step,arrived,processed,failed,redirected,rejected,buffered,in_service"
    )
    assert [int(row["step"]) for row in rows] == list(range(1, 41))
    ended = sum(int(row[flow]) for row in rows for flow in ("processed", "failed", "rejected"))
    left = int(rows[-1]["buffered"]) + int(rows[-1]["in_service"])
    assert sum(int(row["arrived"]) for row in rows) == ended + left
    with (out / "attendants.csv").open(newline="") as lines:
        people = list(csv.DictReader(lines))
    assert len(people) == 5
    processed = sum(int(row["processed"]) for row in rows)
    assert sum(int(person["processed"]) for person in people) == processed
    with (out / "servers.csv").open(newline="") as lines:
        assert len(list(csv.DictReader(lines))) == 2 * 40
    for name in ("throughput", "buffer", "failures"):
        assert (out / f"{name}.png").read_bytes().startswith(PNG)
    with (out / "trace.ndjson").open() as trace:
        assert len(replay(read(trace))) >= processed


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--servers", "5,x", "not a list of capacities"),
        ("--servers", "5,0", "each 1 or more"),
        ("--failure-rate", "1.5", "from 0 to 1"),
        ("--timesteps", "0", "at least 1"),
    ],
)
def test_a_mistake_is_two_lines_with_the_option_to_mend(
    option: str,
    value: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert recado(["simulate", "desk", option, value], monkeypatch) == 2
    complaint = capsys.readouterr().err
    assert told in complaint
    assert option in complaint


def test_a_comparison_writes_its_rows_and_its_chart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "simulate compare --seeds 6 --timesteps 15 --servers 2 --out"
    assert recado([*asked.split(), str(tmp_path)], monkeypatch) == 0
    with (tmp_path / "desk-comparison.csv").open(newline="") as lines:
        assert [row["failure_rate"] for row in csv.DictReader(lines)] == [
            "0.0",
            "0.05",
            "0.1",
            "0.3",
        ]
    assert (tmp_path / "desk-comparison.png").read_bytes().startswith(PNG)


def test_staffing_prints_a_row_a_skill(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = "simulate staffing --arrivals 1 --service 1 --timesteps 40 --seeds 20"
    assert recado(asked.split(), monkeypatch) == 0
    printed = capsys.readouterr().out
    assert "technical" in printed
    assert "sales" in printed
