"""Scale on paper: the model beside what was measured, and which limit binds first on AWS."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from loadtests import charts, scale
from loadtests.bench import budget, results
from loadtests.bench.cost import VCPU_SHARE
from loadtests.metering import item_size
from operations.errors import Trouble
from recado.ledger.chunk import Chunk
from recado.ledger.store import to_item
from sender.domain.rate import SHARE

NAME = "scale"
SENDERS = 1_000
PEOPLE = 10_000_000
SES_QUOTA = 10_000.0
"""E-mails a second that an operator of this size would ask AWS for; the page says so."""
SES_BULK_S = 0.150
CALL_S = 0.005
CALLS = 8
"""DynamoDB calls of a chunk: suppressions, slot (two), claim, begin, record, and the end (two)."""
SENDER_BATCH = 5
console = Console()


@dataclass(frozen=True)
class Check:
    """A prediction beside a measurement of `parallel`: e-mails a second."""

    mode: str
    latency_ms: float
    senders: int
    predicted: float
    measured: float
    error: float


@dataclass(frozen=True)
class Row:
    """One limit, and how long ten million e-mails would take if it were the only one."""

    limit: str
    rate: float
    minutes: float
    formula: str
    moves: str


def checks(measured: Sequence[results.Row]) -> list[Check]:
    """Every measured point but the single senders, from which the service times come."""
    alone = {
        (row["mode"], row["latency_ms"]): scale.CHUNK / float(row["rate"])
        for row in measured
        if row["senders"] == "1"
    }
    found = []
    for row in measured:
        senders, rate = int(row["senders"]), float(row["rate"])
        if senders == 1:
            continue
        service_s = alone[row["mode"], row["latency_ms"]]
        predicted = scale.throughput(senders, service_s, float(row["quota"]) * SHARE)
        found.append(
            Check(
                row["mode"],
                float(row["latency_ms"]),
                senders,
                round(predicted, 1),
                rate,
                round(scale.error(predicted, rate), 3),
            )
        )
    return found


def chunk_bytes() -> int:
    """The size of a stored chunk of 50 customers with ids of 26 characters."""
    ids = tuple(f"cus_{number:022d}" for number in range(scale.CHUNK))
    chunk = Chunk("cmp_" + "0" * 26, 1, ids, "S" * scale.CHUNK, 0, 0, token="0" * 16)
    return item_size(to_item(chunk))


def service(cpu_us: float) -> scale.Service:
    """A chunk on AWS: SES and DynamoDB wait as assumed, the processor as measured here."""
    return scale.Service(
        wait_s=SES_BULK_S + CALLS * CALL_S,
        cpu_s=cpu_us * scale.CHUNK / 1e6,
        item_bytes=chunk_bytes(),
    )


def run(_: float) -> None:
    """Compare, predict, keep the rows, draw the chart.

    Raises:
        Trouble: there is nothing yet to compare with.
    """
    measured, spent = results.kept("parallel"), results.kept("budget")
    times = [row for row in results.kept("cost-lambda") if row["function"] == "planner"]
    if not (measured and spent and times):
        raise Trouble("scale needs the rows of parallel, budget and cost", "make bench", code=2)
    around = results.surroundings()
    found = checks(measured)
    results.keep("scale-checks", found, around)
    cpu_us = sum(budget.medians(spent).values())
    planner_rate = 1e6 / float(times[-1]["ms_per_thousand"])
    limits = scale.limits(
        service(cpu_us),
        SENDERS,
        vcpu=VCPU_SHARE,
        ses_quota=SES_QUOTA,
        planner_rate=planner_rate,
        batch=SENDER_BATCH,
    )
    rows = [
        Row(
            each.name,
            round(each.rate),
            round(PEOPLE / each.rate / 60, 2),
            each.formula,
            each.moves,
        )
        for each in limits
    ]
    results.keep(NAME, rows, around)
    middle = statistics.median(abs(check.error) for check in found)
    console.print(f"  predictions are off by {middle:.1%} in the middle")
    console.print(f"  first limit: {rows[0].limit}, {rows[0].rate:,.0f} e-mails/s")
    charts.bars(
        [row.limit for row in rows],
        {"rate": [row.rate for row in rows]},
        "e-mails a second of one campaign, a logarithmic axis",
        f"Which limit binds first on AWS, by the model\n{results.told(results.kept(NAME)[0])}",
        results.picture(NAME),
        logarithmic=True,
    )
