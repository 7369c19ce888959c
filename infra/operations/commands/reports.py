"""report: a month's figures."""

from typing import Annotated

import typer

from operations import reporting, tokens, world
from operations.console import console, heading


def report(
    month: Annotated[str | None, typer.Option(help="As 2026-03; this month if left out.")] = None,
) -> None:
    """Customers, billed, received, overdue and what campaigns did."""
    with tokens.api(world.current()) as api:
        summary = api.get("/v1/reports/summary", month=month)
    heading(f"Report of {summary['as_of']}")
    console.print(reporting.month(summary))
