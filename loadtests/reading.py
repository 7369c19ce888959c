"""How long reports take to read with counters as an operator of ten million customers has them.

Counters do not grow with customers but with days and with intents, servers, kinds and rules; so
three years of full days are written, and the API of a world of its own is asked.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from statistics import quantiles
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from central.domain.balance import CUSTOMERS as ALL
from central.domain.balance import Daily, Tally
from central.store.statistics import total_key
from loadtests.grounds import machine, opened
from operations.simulator import Pace
from recado import table
from recado.figures.board import MONTHS, days_of
from recado.figures.lines import line_sort
from recado.figures.names import Service, part
from recado.figures.periods import month_of
from recado.ledger.states import State

YEARS = 3
INTENTS, SERVERS, RULES = 40, 60, 30
CUSTOMERS = 10_000_000
console = Console()


def figures() -> dict[Service, dict[str, int]]:
    """A full day: about 300,000 mails, 60,000 conversations, 12,000 requests to people."""
    states = {state.counter: 25_000 for state in State}
    lanes = {
        part("lane", lane, name): 9_000 for lane in ("billing", "marketing") for name in states
    }
    intents = {part("intent", f"intent_{number}", "chats"): 1_500 for number in range(INTENTS)}
    desk = dict.fromkeys(
        ("ended", "closed", "abandoned", "in_time", "waits", "wait_ms", "requeues", "moves"), 12_000
    )
    servers = {
        part("server", f"server_{number}", name): 200 for number in range(SERVERS) for name in desk
    }
    rules = {
        part("rule", f"rule_{number}", name): 50
        for number in range(RULES)
        for name in ("offered", "held_out", "settled_offered", "converted_offered")
    }
    return {
        Service.MAIL: states | lanes,
        Service.CHAT: {"chats": 60_000, "contained": 48_000, "messages": 300_000} | intents,
        Service.DESK: desk | servers,
        Service.OFFERS: {"offered": 1_500, "held_out": 150} | rules,
        Service.SIGNUP: {"invited": 2_000, "registered": 300},
    }


def items(today: date) -> Iterator[dict[str, Any]]:
    """Three years of days and months."""
    full = figures()
    days = [today - timedelta(days=number) for number in range(YEARS * 365)]
    lines = [(days_of(month_of(day)), day.isoformat()) for day in days]
    lines += [(MONTHS, month) for month in sorted({month_of(day) for day in days})]
    for pk, when in lines:
        for service, counted in full.items():
            yield {"pk": pk, "sk": line_sort(when, service), **counted}


def money(today: date) -> Iterator[dict[str, Any]]:
    """Central's totals of as many days."""
    yield table.from_item(total_key(ALL)) | {"customers": CUSTOMERS}
    customers, bills = Tally(customers=9_000), Tally(invoices=330_000, amount=Decimal(40_000_000))
    totals: dict[str, Tally] = defaultdict(Tally)
    for number in range(YEARS * 365):
        day = today - timedelta(days=number)
        for what in Daily:
            for name, tally in what.of(day, customers if what is Daily.NEW else bills).items():
                totals[name] += tally
    for name, tally in totals.items():
        yield table.from_item(total_key(name)) | vars(tally)


def fill(dynamodb: Any, name: str, content: Iterator[dict[str, Any]]) -> int:
    """Write items, 25 at once; returns how many."""
    written = 0
    batch: list[Any] = []
    for values in content:
        batch.append({"PutRequest": {"Item": table.to_item(values)}})
        if len(batch) == 25:
            dynamodb.batch_write_item(RequestItems={name: batch})
            written, batch = written + len(batch), []
    if batch:
        dynamodb.batch_write_item(RequestItems={name: batch})
    return written + len(batch)


def main(requests: Annotated[int, typer.Option(help="Of each report.")] = 40) -> None:
    """Fill a world's counters, and read reports one after the other."""
    today = date(2026, 11, 21)
    with opened(Pace()) as ground:
        outputs, dynamodb = ground.world.outputs(), ground.world.client("dynamodb")
        lines = fill(dynamodb, outputs["MonitoringTable"], items(today))
        lines += fill(dynamodb, outputs["CentralTable"], money(today))
        console.print(f"{lines:,} counters' items; {machine()}")
        headers = {"Authorization": f"Bearer {ground.token}"}
        with httpx.Client(base_url=ground.api_url, headers=headers, trust_env=False) as http:
            for name, first in (
                ("a day", today),
                ("a month", today - timedelta(days=30)),
                ("a year", today - timedelta(days=364)),
            ):
                query = {"from": first.isoformat(), "to": today.isoformat()}
                took = [_timed(http, query) for _ in range(requests + 1)][1:]
                middle, late = quantiles(took, n=20)[9], quantiles(took, n=20)[18]
                console.print(f"{name}: median {middle:.0f} ms, 95 % within {late:.0f} ms")


def _timed(http: httpx.Client, query: dict[str, str]) -> float:
    begun = time.perf_counter()
    answer = http.get("/v1/reports/period", params=query, timeout=60)
    took = (time.perf_counter() - begun) * 1000
    assert answer.status_code == httpx.codes.OK, answer.text  # noqa: S101
    return took


if __name__ == "__main__":
    typer.run(main)
