"""Cold start: what importing the sender's handler takes beside the three clients it needs."""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from loadtests import charts, fleet
from loadtests.bench import results
from operations.places import ROOT

NAME = "cold"
GOAL = 1.3
_HEAVIEST = 25
CLIENTS = "import boto3; [boto3.client(name) for name in ('dynamodb', 'sqs', 'sesv2')]"
HANDLER = "import sender.worker"
READY = "import sender.worker; sender.worker.delivery()"
BARE = "pass"


@dataclass(frozen=True)
class Row:
    """One pair of fresh processes; times in milliseconds, the bare interpreter's taken off."""

    pair: int
    boto3_with_clients_ms: float
    handler_ms: float
    handler_with_clients_ms: float
    ratio: float


@dataclass(frozen=True)
class Import:
    """One module of `python -X importtime`: its own time, and with what it imports."""

    module: str
    self_us: int
    cumulative_us: int


def elapsed_ms(code: str) -> float:
    """How long a fresh interpreter takes for some code."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=environment(), cwd=ROOT, check=True)  # noqa: S603
    return 1000 * (time.perf_counter() - begun)


def environment() -> dict[str, str]:
    """The settings of a deployed sender; nothing is called."""
    here = fleet.Cloud("http://127.0.0.1:9", "http://127.0.0.1:9")
    return here.environment("http://127.0.0.1:9/send") | {
        "TRANSPORT": "bulk",
        "PYTHONDONTWRITEBYTECODE": "" if os.access(ROOT, os.W_OK) else "1",
    }


def parse(report: str) -> list[Import]:
    """The lines of `-X importtime`."""
    found = []
    for line in report.splitlines():
        head, *columns = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and head.strip().isdigit():
            found.append(Import(columns[1].strip(), int(head), int(columns[0])))
    return found


def by_package(imports: list[Import], depth: int = 2) -> dict[str, int]:
    """Microseconds that the modules of each package take themselves, the heaviest first."""
    spent: dict[str, int] = {}
    for item in imports:
        package = ".".join(item.module.split(".")[:depth])
        spent[package] = spent.get(package, 0) + item.self_us
    return dict(sorted(spent.items(), key=lambda pair: -pair[1]))


def measure(pairs: int) -> list[Row]:
    """Pairs of fresh processes, in turn, so that what else runs touches both alike."""
    for code in (BARE, CLIENTS, READY):
        elapsed_ms(code)
    rows = []
    for pair in range(1, pairs + 1):
        bare = elapsed_ms(BARE)
        clients, handler, ready = (elapsed_ms(code) - bare for code in (CLIENTS, HANDLER, READY))
        rows.append(
            Row(
                pair,
                *(round(value, 1) for value in (clients, handler, ready)),
                round(ready / clients, 3),
            )
        )
    return rows


def run(scale: float) -> None:
    """Measure, keep the rows and the heaviest imports, draw the chart."""
    around = results.surroundings()
    rows = measure(max(3, round(11 * scale)))
    results.keep(NAME, rows, around)
    report = subprocess.run(  # noqa: S603
        [sys.executable, "-X", "importtime", "-c", READY],
        env=environment(),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stderr
    packages = by_package(parse(report))
    heaviest = list(packages.items())[:_HEAVIEST]
    results.keep_plain(
        "cold-imports",
        ({"package": package, "self_us": us} for package, us in heaviest),
        around,
    )
    ratio = statistics.median(row.ratio for row in rows)
    charts.bars(
        [package for package, _ in heaviest[:12]],
        {"import": [us / 1000 for _, us in heaviest[:12]]},
        "milliseconds of its own modules, with -X importtime",
        f"Heaviest imports of the sender, {ratio:.2f} times boto3 with its clients\n"
        f"{results.told(results.kept(NAME)[0])}",
        results.picture(NAME),
    )
