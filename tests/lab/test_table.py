"""Reading tables of runs."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loadtests.lab.statistics import table
from loadtests.lab.statistics.table import COLUMNS

from operations.errors import Trouble

HEAD = ",".join(COLUMNS)
GOOD = [
    f"{scenario},{protocol},{run},12.5,40,300,99.5"
    for scenario in ("simple", "complex")
    for protocol in ("grpc", "rest")
    for run in (1, 2)
]


def refusal(folder: Path, lines: list[str]) -> str:
    file = folder / "runs.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(Trouble) as refused:
        table.read(file)
    assert refused.value.code == 2
    assert refused.value.remedy
    return refused.value.problem.removeprefix(str(file))


def test_a_good_table_is_read(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    file.write_text("\n".join([f"extra,{HEAD}", *(f"x,{line}" for line in GOOD)]))
    rows = table.read(file)
    assert list(rows.columns) == list(COLUMNS)
    assert len(rows) == 8
    assert rows["latency_ms"].tolist() == [12.5] * 8


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("simple,grpc,3,fast,40,300,99", " line 10, column latency_ms: 'fast' is no number"),
        ("simple,grpc,3,12,nan,300,99", " line 10, column cpu_usage_percent: 'nan' is no number"),
        ("simple,grpc,3,12,40,inf,99", " line 10, column memory_usage_mb: 'inf' is no number"),
        ("simple,grpc,3,12,40,300,-1", " line 10, column throughput_req_s: -1 is negative"),
        ("simple,,3,12,40,300,99", " line 10, column protocol: is empty"),
        ("simple,grpc,3,12,40", " line 10: not as many fields as the first line has columns"),
        ("simple,grpc,3,1,2,3,4,5", " line 10: not as many fields as the first line has columns"),
        ("simple,grpc,2,1,2,3,4", " line 10, column run: simple/grpc run 2 is in line 3 too"),
        ("simple,thrift,1,1,2,3,4", ": only one run of simple/thrift"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column(line: str, said: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, [HEAD, *GOOD, line]) == said


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    said = refusal(tmp_path, ["scenario,protocol,run,latency_ms", *GOOD])
    assert said == " line 1: no column cpu_usage_percent, memory_usage_mb, throughput_req_s"


def test_one_protocol_is_nothing_to_compare(tmp_path: Path) -> None:
    assert refusal(tmp_path, [HEAD, *GOOD[:2]]) == ": fewer than two protocols"


def test_a_file_that_is_not_there_or_no_text_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="No such file"):
        table.read(tmp_path / "none.csv")
    (tmp_path / "runs.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Trouble, match="not UTF-8"):
        table.read(tmp_path / "runs.csv")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_remedy(tmp_path: Path, text: str) -> None:
    file = tmp_path / "runs.csv"
    file.write_text(HEAD + "\n" + text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(Trouble) as refused:
        table.read(file)
    assert refused.value.remedy
