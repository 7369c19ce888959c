"""The use case of reports by e-mail: each period's once to each address."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape

from central.domain.letter import charts, tiles, words
from central.domain.mailing import Mailing, due
from central.domain.performance import PeriodFigures
from central.reporting import PeriodReport, Reporting
from central.store.mailing import MailingStore
from recado.errors import Rejected, Retryable
from recado.figures.periods import Period
from recado.letters import Letter, Letters
from recado.model import Language
from recado.observability import logger

_DAYS_SHOWN = 31
_TAGS = {"service": "central", "kind": "report"}


@dataclass(frozen=True)
class ReportMail:
    """Sends reports that are due."""

    store: MailingStore
    reporting: Reporting
    letters: Letters
    zone: str

    def send(self, now: datetime, today: date) -> int:
        """Send what is due and was not sent; returns to how many addresses.

        Raises:
            Retryable: SES did not take one; it is sent the next time.
        """
        mailing = self.store.get()
        period = due(mailing, now, self.zone)
        waiting = [] if period is None else self._taken(mailing, period, now)
        if period is None or not waiting:
            return 0
        letter = self.letter(period, mailing.language, today, now)
        refused = [address for address in waiting if not self._sent(address, period, letter)]
        if refused:
            raise Retryable(f"SES did not take {len(refused)} of {len(waiting)} reports")
        return len(waiting)

    def letter(self, period: Period, language: Language, today: date, now: datetime) -> Letter:
        """A period's report as a letter."""
        report = self.reporting.report(period, today, now)
        return composed(report, self._days(period), language)

    def _days(self, period: Period) -> list[tuple[str, PeriodFigures]]:
        if not 1 < period.days <= _DAYS_SHOWN:
            return []
        return [(f"{day.first:%d/%m}", day) for day in self.reporting.days(period).items]

    def _taken(self, mailing: Mailing, period: Period, now: datetime) -> list[str]:
        return [each for each in mailing.to if self.store.take(_name(period, each), now)]

    def _sent(self, address: str, period: Period, letter: Letter) -> bool:
        try:
            self.letters.send(address, letter, _TAGS)
        except Retryable:
            self.store.give_back(_name(period, address))
            return False
        except Rejected as refusal:
            logger.warning("a report was refused for good", reason=str(refusal))
        return True


def composed(
    report: PeriodReport, days: Sequence[tuple[str, PeriodFigures]], language: Language
) -> Letter:
    """A report as a letter: tables only, as mail programs show neither scripts nor SVG."""
    said = words(language)
    period = report.period
    title = said["title"].format(first=f"{period.first:%d/%m/%Y}", last=f"{period.last:%d/%m/%Y}")
    top = tiles(period, report.previous, language)
    html = _template().render(
        language=language.value,
        title=title,
        note=said["change"],
        estimate=said["estimate"],
        tiles=top,
        charts=charts(period, days, report.overdue, language),
    )
    lines = [f"{tile.label}: {tile.value} ({tile.change or '-'})" for tile in top]
    text = "\n".join([title, said["change"], "", *lines, "", said["estimate"]]) + "\n"
    return Letter(subject=title, text=text, html=html)


def _name(period: Period, address: str) -> str:
    """What a report to an address is remembered by, without the address."""
    digest = hashlib.sha256(address.lower().encode()).hexdigest()[:16]
    return f"{period.first}#{period.last}#{digest}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("central", "html"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
    )
    return environment.get_template("report.html")
