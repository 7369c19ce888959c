"""The one place that asks what time it is; everything pure takes the time as an argument."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
_ZONE = re.compile(r"[A-Za-z0-9_+\-]+(?:/[A-Za-z0-9_+\-]+){0,2}")


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970, the unit of every lease and rate slot."""
    return int(moment.timestamp() * 1000)


def today(moment: datetime, zone: str) -> str:
    """The calendar day of `moment` in an IANA time zone, as an ISO date."""
    return moment.astimezone(ZoneInfo(zone)).date().isoformat()


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone, such as `America/Manaus`."""
    if not _ZONE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a zone's file, a folder of zones
        return False
    return True
