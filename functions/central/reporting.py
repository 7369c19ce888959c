"""The use cases of reports: a period beside the one before it, its days, the suite's health."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import Field

from central.domain.performance import PeriodFigures, performance
from central.domain.reports import Overdue
from central.watching import Watching
from recado.errors import Rejected
from recado.figures.board import FiguresBoard, HealthBoard
from recado.figures.health import Health
from recado.figures.periods import Period
from recado.model import Frozen

MOST_DAYS = 92
"""Days that are shown one by one; a longer period is shown as a whole."""


class PeriodReport(Frozen):
    """A period beside the one of the same length before it, and what is overdue today."""

    as_of: datetime
    period: PeriodFigures
    previous: PeriodFigures
    customers: int = Field(description="Today.")
    overdue: Overdue


class Days(Frozen):
    """A period's days, one by one; a day on which nothing happened is there too."""

    items: tuple[PeriodFigures, ...]


class SuiteHealth(Health):
    """Health, with what somebody should look at."""

    attention: tuple[str, ...]


@dataclass(frozen=True)
class Reporting:
    """Reports, read by key."""

    board: FiguresBoard
    health_board: HealthBoard
    watching: Watching

    def report(self, period: Period, today: date, now: datetime) -> PeriodReport:
        """A period's report; what it is made of is read side by side."""
        both = (period.previous, period)
        with ThreadPoolExecutor() as beside:
            figures = beside.submit(self.board.of, *both)
            overdue = beside.submit(self.watching.overdue, today)
            customers, turnovers = self.watching.customers(), self.watching.turnovers(*both)
        before, this = (
            PeriodFigures(first=each.first, last=each.last, **dict(money), **dict(performance(did)))
            for each, money, did in zip(both, turnovers, figures.result(), strict=True)
        )
        return PeriodReport(
            as_of=now,
            period=this,
            previous=before,
            customers=customers,
            overdue=overdue.result(),
        )

    def days(self, period: Period) -> Days:
        """Everything about each day of a period.

        Raises:
            Rejected: it has too many days.
        """
        if period.days > MOST_DAYS:
            raise Rejected(f"at most {MOST_DAYS} days are shown one by one", field="to")
        performances = self.board.by_day(period)
        turnovers = self.watching.daily_turnovers(period)
        items = tuple(
            PeriodFigures(
                first=day,
                last=day,
                **dict(turnovers[day]),
                **dict(performance(performances.get(day, {}))),
            )
            for day in period.each_day()
        )
        return Days(items=items)

    def health(self, now: datetime) -> SuiteHealth:
        """How the suite was when monitoring last looked."""
        latest = self.health_board.latest()
        seen = latest or Health(as_of=now, queues=(), unknown_deliveries=0)
        attention = seen.troubles if latest else ["nobody has looked yet: wait five minutes"]
        return SuiteHealth(attention=tuple(attention), **dict(seen))
