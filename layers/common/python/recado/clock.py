"""The one place that asks what time it is; everything pure takes the time as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970, the unit of every lease and rate slot."""
    return int(moment.timestamp() * 1000)


def today(moment: datetime, zone: str) -> str:
    """The calendar day of `moment` in an IANA time zone, as an ISO date."""
    return moment.astimezone(ZoneInfo(zone)).date().isoformat()
