"""Locust as a process of its own, since it patches the standard library of whoever imports it."""

import csv
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from operations.errors import Trouble

SCENARIOS = Path(__file__).with_name("scenarios.py")
SPAWN_RATE = 1
"""Users that begin each second."""
_MORE_S = 60
"""How long Locust may take beyond the time of a run, to start and to write its reports."""
_MOST_USERS, _MOST_SECONDS = 500, 3_600


@dataclass(frozen=True)
class Route:
    """What Locust measured of one group of requests; times in milliseconds."""

    name: str
    requests: int
    failures: int
    rate: float
    p50: float
    p95: float


@dataclass(frozen=True)
class Traffic:
    """Users of one kind for some seconds; `files` is how the names of the results begin.

    `socket` is where a `Talker` connects.
    """

    kind: str
    users: int
    seconds: int
    files: Path
    socket: str = ""

    def __post_init__(self) -> None:
        if not (0 < self.users <= _MOST_USERS and 0 < self.seconds <= _MOST_SECONDS):
            raise Trouble(
                f"{self.users} users for {self.seconds} s is out of bounds",
                f"at most {_MOST_USERS} users and {_MOST_SECONDS} s",
                code=2,
            )

    @property
    def page(self) -> Path:
        """Locust's own report."""
        return self.files.with_suffix(".html")

    @property
    def history(self) -> Path:
        """A row a second and group of requests."""
        return self.files.with_name(f"{self.files.name}_stats_history.csv")

    def routes(self) -> list[Route]:
        """What was measured, `Aggregated` last.

        Raises:
            Trouble: Locust wrote nothing.
        """
        file = self.files.with_name(f"{self.files.name}_stats.csv")
        with file.open(newline="", encoding="utf-8") as lines:
            found = [_route(row) for row in csv.DictReader(lines)]
        if not found or not found[-1].requests:
            raise Trouble("Locust sent nothing", f"see {self.files}.log")
        return found

    @contextmanager
    def flowing(self, api_url: str, token: str) -> Iterator[None]:
        """The traffic flows while the block runs, and at least for its time.

        Raises:
            Trouble: Locust did not end by itself.
        """
        process = subprocess.Popen(  # noqa: S603
            self._command(api_url),
            env=_environment(token) | {"RECADO_SOCKET": self.socket},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
            process.wait(self.seconds + _MORE_S)
        except subprocess.TimeoutExpired as error:
            raise Trouble("Locust did not end", f"see {self.files}.log") from error
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def _command(self, api_url: str) -> list[str]:
        return [
            *(sys.executable, "-m", "locust", "--headless", "--locustfile", str(SCENARIOS)),
            *("--host", api_url, "--users", str(self.users), "--spawn-rate", str(SPAWN_RATE)),
            *("--run-time", f"{self.seconds}s", "--stop-timeout", "10"),
            *("--csv", str(self.files), "--csv-full-history", "--html", str(self.page)),
            *("--logfile", f"{self.files}.log", "--only-summary", "--reset-stats", self.kind),
        ]


def _environment(token: str) -> dict[str, str]:
    """Only what it needs: no proxy, no credentials."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"RECADO_TOKEN": token, "RECADO_RUN": uuid.uuid4().hex[:8]}


def _route(row: dict[str, str]) -> Route:
    return Route(
        name=row["Name"],
        requests=int(row["Request Count"]),
        failures=int(row["Failure Count"]),
        rate=float(row["Requests/s"]),
        p50=_milliseconds(row["50%"]),
        p95=_milliseconds(row["95%"]),
    )


def _milliseconds(text: str) -> float:
    return float(text) if text not in {"", "N/A"} else 0.0
