"""Reports by e-mail: who gets them, for which periods, and when one is due."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import Field

from central.domain.fields import Address
from recado.figures.periods import Period, month_of, whole_month
from recado.model import Frozen, Language


class Every(StrEnum):
    """How often a report is sent."""

    NEVER = "never"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Mailing(Frozen):
    """Who gets reports of which periods by e-mail, from which hour on (the operator's clock)."""

    every: Every = Every.NEVER
    to: tuple[Address, ...] = Field(default=(), max_length=20)
    language: Language = Language.PORTUGUESE
    hour: int = Field(default=6, ge=0, le=23, strict=True)


def due(mailing: Mailing, now: datetime, zone: str) -> Period | None:
    """The last period that is over, once it is late enough on a day to send its report."""
    here = now.astimezone(ZoneInfo(zone))
    if not mailing.to or here.hour < mailing.hour:
        return None
    today = here.date()
    match mailing.every:
        case Every.NEVER:
            return None
        case Every.DAY:
            yesterday = today - timedelta(days=1)
            return Period(yesterday, yesterday)
        case Every.WEEK:
            monday = today - timedelta(days=today.weekday())
            return Period(monday - timedelta(days=7), monday - timedelta(days=1))
        case Every.MONTH:
            return whole_month(month_of(date(today.year, today.month, 1) - timedelta(days=1)))
