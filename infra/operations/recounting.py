"""Recounts of a deployed suite: its figures against everything they were made from.

Runs here and not in a function, because it reads tables whole.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from central.recounting import Recount as BusinessRecount
from monitoring.counting import Reconciling, Source
from monitoring.domain.comparing import Difference
from monitoring.mail import MailWatch
from monitoring.recounting import Recount
from monitoring.sources import Sources
from monitoring.store.book import Book
from operations import stack
from operations.errors import Trouble
from operations.world import World
from recado import clock
from recado.figures.board import FiguresBoard
from recado.figures.periods import Period
from recado.ledger.engagement import EngagementBook
from recado.ledger.launches import Launches
from recado.ledger.store import Ledger
from recado.outgoing import Told, listed


class WholeRecount:
    """All figures of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dynamodb = world.client("dynamodb")

    @property
    def today(self) -> date:
        """The operator's calendar day."""
        return date.fromisoformat(clock.today(clock.now(), self._zone))

    def compare(self, period: Period) -> list[Difference]:
        """Every difference: of services in the period, of money always."""
        return [*self._services.compare(period, self.today), *self._business_differences()]

    def mend(self, period: Period, now: datetime) -> None:
        """Put right what differs."""
        self._services.mend(period, now)
        self._business.mend()

    def _business_differences(self) -> Iterator[Difference]:
        for name, (shown, counted) in self._business.compare().items():
            for field, value in vars(shown).items():
                if value != vars(counted)[field]:
                    yield Difference(f"business {name}", field, value, vars(counted)[field])

    @cached_property
    def _settings(self) -> dict[str, str]:
        """What monitoring's own function was told."""
        function = f"{stack.NAME}-MonitoringSchedule"
        try:
            answer = self._world.client("lambda").get_function_configuration(FunctionName=function)
        except ClientError as error:
            raise Trouble(
                f"the function {function} is not there: {error}", "recado deploy"
            ) from error
        variables: dict[str, str] = answer["Environment"]["Variables"]
        return variables

    @property
    def _zone(self) -> str:
        return self._settings["TIME_ZONE"]

    @cached_property
    def _business(self) -> BusinessRecount:
        return BusinessRecount(self._settings["CENTRAL_TABLE"], self._dynamodb, self._zone)

    @cached_property
    def _services(self) -> Recount:
        settings, dynamodb = self._settings, self._dynamodb
        campaigns, figures = settings["CAMPAIGNS_TABLE"], settings["MONITORING_TABLE"]
        book = Book(figures, dynamodb)
        told = {name: self._source(name) for name in settings["TOLD_TABLES"].split(",")}
        return Recount(
            Sources(campaigns, settings["CONVERSATIONS_TABLE"], settings["DESK_TABLE"], dynamodb),
            Reconciling(book, told, self._zone, timedelta()),
            book,
            FiguresBoard(figures, dynamodb),
            MailWatch(
                book,
                Launches(campaigns, dynamodb),
                Ledger(campaigns, dynamodb),
                EngagementBook(campaigns, dynamodb),
                self._zone,
            ),
            self._zone,
        )

    def _source(self, table_name: str) -> Source:
        def told(day: date, after: str, before: str) -> Iterable[Told]:
            return listed(table_name, self._dynamodb, day, after, before)

        return told


def shown(differences: Iterable[Difference]) -> list[tuple[str, ...]]:
    """Differences as lines of a table."""
    return [
        (each.where, each.counter, _text(each.shown), _text(each.counted)) for each in differences
    ]


def _text(number: Any) -> str:
    return f"{number:,}"
