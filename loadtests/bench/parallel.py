"""Sequential against parallel: what each further sender is worth.

| mode | is |
|---|---|
| `sequence` | SendEmail, one call at a time in each sender: a loop, as most people begin |
| `single` | SendEmail on ten threads in each sender, as deployed with TRANSPORT=single |
| `bulk` | SendBulkEmail of 50, as deployed with TRANSPORT=bulk |

The first row, one sender in `sequence`, is what the others are compared with.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from loadtests import charts, fleet
from loadtests.bench import results
from loadtests.concurrency import quantile
from operations.simulator import Pace
from sender.domain.rate import SHARE

NAME = "parallel"
SENDERS = (1, 2, 4, 8, 16)
console = Console()


@dataclass(frozen=True)
class Series:
    """One line of the chart: a mode at a latency (ms a call), with SES's quota (mails a second).

    `chunks` are sent at least, and `each` for each sender: with a few each, the last ones, which
    some senders send while others have none left, would be a large part of the time.
    """

    mode: str
    latency_ms: float
    quota: float
    chunks: int
    each: int
    senders: tuple[int, ...] = SENDERS

    def people(self, senders: int, scale: float) -> int:
        """To how many so many senders send."""
        return 50 * max(16, round(max(self.chunks, self.each * senders) * scale))


@dataclass(frozen=True)
class Row:
    """One campaign; times in seconds, from the moment the senders were let go."""

    mode: str
    latency_ms: float
    quota: float
    senders: int
    people: int
    seconds: float
    rate: float
    per_hour: int
    success: float
    duplicates: int
    saved: float
    of_expected: float
    p50_s: float
    p95_s: float
    cpu_us: float


LINES = (
    Series("sequence", 50, 1_000, chunks=32, each=30),
    Series("single", 50, 700, chunks=96, each=12),
    Series("bulk", 50, 2_500, chunks=160, each=60),
    Series("bulk", 150, 2_500, chunks=128, each=60),
    Series("bulk", 300, 3_000, chunks=96, each=60),
)
"""Quotas that two cores can fill, and that no number of senders just reaches: there, senders and
slots would wait for each other in turn, and neither limit is what would be measured."""


def expected(first_rate: float, senders: int, quota: float) -> float:
    """E-mails a second of a perfect crowd: linear, until the part of the quota that is used."""
    return min(first_rate * senders, quota * SHARE)


def row_of(
    line: Series, senders: int, found: fleet.Delivered, alone: float, baseline: float
) -> Row:
    """A campaign as a row; `alone` is the rate of this series' single sender, `baseline` that of
    one sender in sequence (0 when this is it)."""
    return Row(
        mode=line.mode,
        latency_ms=line.latency_ms,
        quota=line.quota,
        senders=senders,
        people=found.people,
        seconds=round(found.seconds, 2),
        rate=round(found.rate, 1),
        per_hour=round(found.rate * 3_600),
        success=round(found.unique / found.people, 5),
        duplicates=found.duplicates,
        saved=round(1 - baseline / found.rate, 4) if baseline else 0.0,
        of_expected=round(found.rate / expected(alone or found.rate, senders, line.quota), 3),
        p50_s=round(quantile(found.moments, 0.5), 2),
        p95_s=round(quantile(found.moments, 0.95), 2),
        cpu_us=round(found.cpu_s / found.accepted * 1e6),
    )


def measure(lines: Sequence[Series], scale: float) -> list[Row]:
    """Every series, one sender first; `scale` 1 is the published size, less is to try it out."""
    rows: list[Row] = []
    for line in lines:
        alone = 0.0
        pace = Pace(max_send_rate=line.quota, latency_ms=line.latency_ms)
        for senders in line.senders:
            with fleet.opened(pace) as cloud:
                campaign = fleet.tasks(f"cmp_{line.mode}", line.people(senders, scale))
                found = fleet.deliver(
                    cloud,
                    campaign,
                    senders,
                    transport="bulk" if line.mode == "bulk" else "single",
                    options=("--threads", "1") if line.mode == "sequence" else (),
                )
            baseline = rows[0].rate if rows else 0.0
            row = row_of(line, senders, found, alone, baseline)
            alone = alone or row.rate
            rows.append(row)
            console.print(
                f"  {row.mode:8} {row.latency_ms:3.0f} ms {senders:2} senders:"
                f" {row.rate:7.1f} e-mails/s, {row.of_expected:.0%} of expected,"
                f" {row.success:.1%} sent, {row.cpu_us:.0f} us of CPU each"
            )
    return rows


def run(scale: float) -> None:
    """Measure, keep the rows, draw the chart."""
    around = results.surroundings()
    rows = measure(LINES, scale)
    results.keep(NAME, rows, around)
    draw()


def draw() -> None:
    """The chart of the rows that are kept."""
    rows = results.kept(NAME)
    lines: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        label = f"{row['mode']}, {float(row['latency_ms']):.0f} ms a call"
        lines.setdefault(label, []).append((int(row["senders"]), float(row["rate"])))
    quotas = sorted({float(row["quota"]) for row in rows})
    charts.scaling(
        lines,
        quotas,
        f"E-mails a second by senders\n{results.told(rows[0])}",
        results.picture(NAME),
    )
