"""report: a month's figures; report recount: whether all figures are what they count."""

from datetime import date, datetime, timedelta
from typing import Annotated

import typer
from rich.padding import Padding

from operations import recounting, reporting, tokens, world
from operations.console import console, heading, note
from operations.errors import Trouble
from recado import clock
from recado.errors import Rejected
from recado.figures.periods import Period

app = typer.Typer(invoke_without_command=True, help="Figures of a month, or of any period.")
_DAY = typer.Option(formats=["%Y-%m-%d"])
_WEEK = timedelta(days=6)


@app.callback()
def report(
    context: typer.Context,
    month: Annotated[str | None, typer.Option(help="As 2026-03; this month if left out.")] = None,
) -> None:
    """Customers, billed, received, overdue and what campaigns did."""
    if context.invoked_subcommand:
        return
    with tokens.api(world.current()) as api:
        summary = api.get("/v1/reports/summary", month=month)
    heading(f"Report of {summary['as_of']}")
    console.print(reporting.month(summary))


@app.command()
def recount(
    day: Annotated[datetime | None, _DAY] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"])] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"])] = None,
    mend: Annotated[bool, typer.Option("--mend", help="Put right what differs.")] = False,
) -> None:
    """Count everything again and compare; the last seven days unless told which.

    Ends with 1 if anything differs. Reads tables whole: it takes a while and costs what it reads.
    """
    whole = recounting.WholeRecount(world.current())
    period = _period(day, since, until, whole.today)
    try:
        if mend:
            whole.mend(period, clock.now())
        found = whole.compare(period)
    except Rejected as refusal:
        raise Trouble(str(refusal), "recado report recount --help", code=2) from refusal
    heading(f"Recount of {period.first} to {period.last}")
    if not found:
        note(("✓ ", "good"), "every figure is what it counts")
        return
    listed = reporting.table("figure", "counter", "shown", "counted", right=(2, 3))
    for line in recounting.shown(found):
        listed.add_row(*line)
    console.print(Padding(listed, (0, 0, 0, 2)))
    note(
        ("✗ ", "bad"),
        f"{len(found)} figures differ; facts of the last quarter of an hour may be on their way,"
        " else: recado report recount --mend",
    )
    raise typer.Exit(1)


def _period(
    day: datetime | None, since: datetime | None, until: datetime | None, today: date
) -> Period:
    if day is not None:
        return Period(day.date(), day.date())
    last = until.date() if until else today
    return Period.of(since.date() if since else last - _WEEK, last)
