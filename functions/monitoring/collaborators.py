"""Who works with whom in this service: each is made once a process, when it is first needed."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

from monitoring import gateway
from monitoring.counting import Reconciling, Source
from monitoring.health import Checking
from monitoring.mail import MailWatch
from monitoring.store.book import Book
from recado import settings, table
from recado.figures.board import HealthBoard
from recado.ledger.engagement import EngagementBook
from recado.ledger.launches import Launches
from recado.ledger.store import Ledger
from recado.outgoing import Told, listed


def zone() -> str:
    """The operator's time zone."""
    return settings.text("TIME_ZONE", "America/Sao_Paulo")


@cache
def book() -> Book:
    """The counters."""
    return Book.from_env()


@cache
def mail_watch() -> MailWatch:
    """Looks at campaigns."""
    return MailWatch(
        book(),
        Launches.from_env(),
        Ledger(settings.text("CAMPAIGNS_TABLE"), table.client()),
        EngagementBook.from_env(),
        zone(),
    )


@cache
def reconciling() -> Reconciling:
    """Counts what the bus lost."""
    names = settings.text("TOLD_TABLES").split(",")
    lag = timedelta(seconds=settings.number("RECONCILE_AFTER_SECONDS", 600))
    return Reconciling(book(), {name: _source(name) for name in names}, zone(), lag)


@cache
def checking() -> Checking:
    """Looks at queues."""
    return Checking(
        gateway.queue_names(),
        gateway.looker(),
        gateway.CloudWatch.from_env(),
        HealthBoard.from_env(),
    )


def _source(table_name: str) -> Source:
    def told(day: date, after: str, before: str) -> Iterable[Told]:
        return listed(table_name, table.client(), day, after, before)

    return told
