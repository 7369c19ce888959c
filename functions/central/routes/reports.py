"""Reports: a period and the one before it, its days, as a table, and the suite's health."""

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BeforeValidator

from central import collaborators
from central.domain.mailing import Mailing
from central.domain.tables import as_csv
from central.reporting import Days, PeriodReport, SuiteHealth
from recado import clock, rest
from recado.figures.periods import Period, month_of, whole_month, written_out

router = rest.router()

_CSV: dict[int, OpenAPIResponse] = {
    200: {"description": "A line a day.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}

From = Annotated[
    date | None,
    BeforeValidator(written_out),
    Query(alias="from", description="Default: this month's first day."),
]
To = Annotated[
    date | None,
    BeforeValidator(written_out),
    Query(alias="to", description="Included. Default: today."),
]


@router.get("/v1/reports/period", tags=["reports"])
def period(first: From = None, last: To = None) -> PeriodReport:
    """Report on everything in a period, beside the period of the same length before it."""
    asked = _asked(first, last)
    return collaborators.reporting().report(asked, collaborators.today(), clock.now())


@router.get("/v1/reports/days", tags=["reports"])
def days(first: From = None, last: To = None) -> Days:
    """Report on each day of a period."""
    return collaborators.reporting().days(_asked(first, last))


@router.get("/v1/reports/export", tags=["reports"], responses=_CSV)
def export(first: From = None, last: To = None) -> Response[str]:
    """Give each day of a period as a line of a CSV file that a spreadsheet can open safely."""
    asked = _asked(first, last)
    name = f"recado-{asked.first}-{asked.last}.csv"
    return Response(
        200,
        content_type="text/csv; charset=utf-8",
        body=as_csv(collaborators.reporting().days(asked).items),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/v1/reports/health", tags=["reports"])
def health() -> SuiteHealth:
    """Show queues, dead letters with their reasons, errors and unknown deliveries."""
    return collaborators.reporting().health(clock.now())


@router.get("/v1/reports/mailing", tags=["reports"])
def mailing() -> Mailing:
    """Show who gets reports by e-mail."""
    return collaborators.mailing().get()


@router.put("/v1/reports/mailing", tags=["reports"])
def put_mailing(new: Mailing) -> Mailing:
    """Set who gets reports by e-mail, and how often; each period's is sent once to each address."""
    collaborators.mailing().put(new)
    return new


def _asked(first: date | None, last: date | None) -> Period:
    until = last or collaborators.today()
    return Period.of(first or whole_month(month_of(until)).first, until)
