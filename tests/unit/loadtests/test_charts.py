"""Charts are drawn from what a run left behind."""

from pathlib import Path

from loadtests import charts

PNG = b"\x89PNG"
HISTORY = """Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,95%
100,1,,Aggregated,0,0,N/A,N/A
101,1,GET,health,5,0,9,20
101,1,,Aggregated,5,0,9,20
102,1,,Aggregated,7,1,8,30
"""


def test_the_chart_of_traffic_is_a_picture(tmp_path: Path) -> None:
    history, file = tmp_path / "history.csv", tmp_path / "chart.png"
    history.write_text(HISTORY)
    charts.traffic(history, (101.2, 101.9), "Staff", file)
    assert file.read_bytes().startswith(PNG)


def test_the_chart_of_concurrency_is_a_picture(tmp_path: Path) -> None:
    file = tmp_path / "chart.png"
    charts.concurrency([2, 5], [100, 240], [(3, 5), (2, 4)], 500, "Senders", file)
    assert file.read_bytes().startswith(PNG)
