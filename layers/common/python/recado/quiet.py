"""Quiet hours: when marketing mail waits, by the clock where its reader lives.

We know of no Brazilian rule for e-mail. The default follows what the country's telecom operators
promised for their telemarketing calls (Codigo de Conduta de Telemarketing of their self-regulation
SART, in force since 25 September 2019): 9 h to 21 h on working days and never on Sundays. Billing
and transactional mail knows no quiet hours.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recado import settings
from recado.contracts import ChunkTask
from recado.model import Lane

MAX_HOURS = 18
"""Longer quiet hours would leave a large campaign no day to be sent on."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(r"([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})((?:,[a-z]{3})*)")


@dataclass(frozen=True)
class Wake:
    """When quiet hours end, and in which zone."""

    at: datetime
    zone: str


@dataclass(frozen=True)
class QuietHours:
    """From `begins` to `ends` on the local clock, and all day on `days` (Monday is 0)."""

    begins: time
    ends: time
    days: frozenset[int] = frozenset()

    def until(self, moment: datetime, zone: str) -> datetime | None:
        """When the quiet hours end that `moment` is in, in UTC; `None` when it is in none.

        In the night in which clocks go forward that may be up to an hour late, never early.
        """
        place = ZoneInfo(zone)
        local = moment.astimezone(place)
        if not self._cover(local):
            return None
        days = (local.date() + timedelta(days=number) for number in range(len(self.days) + 3))
        ends = (self._ends_on(day, place, moment) for day in days)
        return min(next(filter(None, ends)))

    def _cover(self, local: datetime) -> bool:
        clock = local.time()
        if self.begins < self.ends:
            in_hours = self.begins <= clock < self.ends
        else:
            in_hours = clock >= self.begins or clock < self.ends
        return in_hours or local.weekday() in self.days

    def _ends_on(self, day: date, place: ZoneInfo, moment: datetime) -> list[datetime]:
        """When quiet ends on a day, after `moment`; a clock that is set back shows two moments."""
        walls = (datetime.combine(day, clock, tzinfo=place) for clock in (self.ends, time(0)))
        ends = {wall.replace(fold=fold).astimezone(UTC) for wall in walls for fold in (0, 1)}
        return [end for end in ends if end > moment and not self._cover(end.astimezone(place))]


@dataclass(frozen=True)
class Quiet:
    """An operator's quiet hours; `zone` is the operator's own, for recipients without one."""

    hours: QuietHours
    zone: str

    def wake(self, task: ChunkTask, now: datetime) -> Wake | None:
        """When a chunk may go; `None` when it may go now. All its recipients share a zone."""
        if task.lane is not Lane.MARKETING:
            return None
        zone = task.time_zone or self.zone
        end = self.hours.until(now, zone)
        return Wake(end, zone) if end else None


def quiet_hours(text: str) -> QuietHours:
    """Quiet hours from their setting, such as `21:00-09:00` or `21:00-09:00,sat,sun`.

    Raises:
        Misconfigured: it is not of that form, or leaves no time to send.
    """
    form = _FORM.fullmatch(text)
    names = form[3].split(",")[1:] if form else []
    if form is None or not set(names) <= set(_DAYS):
        raise _wrong(text, "write them like 21:00-09:00, or 21:00-09:00,sun with days")
    try:
        begins, ends = (time.fromisoformat(form[group]) for group in (1, 2))
    except ValueError as error:
        raise _wrong(text, str(error)) from error
    minutes = ((ends.hour - begins.hour) * 60 + ends.minute - begins.minute) % (24 * 60)
    days = frozenset(map(_DAYS.index, names))
    if not 0 < minutes <= MAX_HOURS * 60 or len(days) == len(_DAYS):
        raise _wrong(text, f"leave time to send: at most {MAX_HOURS} hours, not on every day")
    return QuietHours(begins, ends, days)


def _wrong(text: str, remedy: str) -> settings.Misconfigured:
    return settings.Misconfigured(f"QUIET_HOURS must be quiet hours, not {text!r}: {remedy}")


def from_env() -> Quiet | None:
    """The deployed operator's quiet hours; `None` where the setting is `none` or missing."""
    text = settings.optional("QUIET_HOURS")
    if text in {"", "none"}:
        return None
    return Quiet(quiet_hours(text), settings.text("TIME_ZONE", "America/Sao_Paulo"))
