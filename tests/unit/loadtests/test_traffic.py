"""Traffic is bounded, and its results are read from Locust's files."""

from pathlib import Path

import pytest
from loadtests.traffic import Traffic

from operations.errors import Trouble

COLUMNS = "Type,Name,Request Count,Failure Count,Requests/s,50%,95%\n"


@pytest.mark.parametrize(("users", "seconds"), [(0, 60), (501, 60), (20, 0), (20, 3_601)])
def test_traffic_out_of_bounds_is_refused(users: int, seconds: int, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="out of bounds"):
        Traffic("Staff", users, seconds, tmp_path / "staff")


def test_routes_come_with_their_counts_and_times(tmp_path: Path) -> None:
    rows = "GET,health,10,1,2.5,8,20\nGET,report,0,0,0,N/A,N/A\n,Aggregated,10,1,2.5,8,20\n"
    (tmp_path / "staff_stats.csv").write_text(COLUMNS + rows)
    health, report, total = Traffic("Staff", 1, 1, tmp_path / "staff").routes()
    assert (health.name, health.requests, health.failures) == ("health", 10, 1)
    assert (health.rate, health.p50, health.p95) == (2.5, 8.0, 20.0)
    assert (report.requests, report.p50) == (0, 0.0)
    assert total.name == "Aggregated"


def test_a_run_that_sent_nothing_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "staff_stats.csv").write_text(COLUMNS + ",Aggregated,0,0,0,N/A,N/A\n")
    with pytest.raises(Trouble, match="sent nothing"):
        Traffic("Staff", 1, 1, tmp_path / "staff").routes()
