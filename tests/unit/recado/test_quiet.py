"""Quiet hours: by the clock on the recipient's wall, also in the nights in which it is set."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado import quiet
from recado.clock import is_zone
from recado.contracts import ChunkTask, Recipient
from recado.model import Lane
from recado.quiet import MAX_HOURS, Quiet, QuietHours, Wake, quiet_hours
from recado.settings import Misconfigured

NIGHT = quiet_hours("21:00-09:00,sun")
FRIDAY_NIGHT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
"""22:00 in Sao Paulo (-03), 21:00 in Manaus (-04), 20:00 in Rio Branco (-05)."""
ZONES = (
    "America/Sao_Paulo",
    "America/Manaus",
    "America/Rio_Branco",
    "America/Santiago",
    "America/New_York",
    "Australia/Lord_Howe",
    "Europe/Lisbon",
    "Africa/Cairo",
    "Asia/Kathmandu",
)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)
clocks = st.integers(0, 24 * 60 - 1)
zones = st.sampled_from(ZONES)


@st.composite
def hours(draw: st.DrawFn) -> QuietHours:
    begins = draw(clocks)
    ends = (begins + draw(st.integers(1, MAX_HOURS * 60))) % (24 * 60)
    days = draw(st.frozensets(st.integers(0, 6), max_size=1))
    return QuietHours(time(*divmod(begins, 60)), time(*divmod(ends, 60)), days)


@given(hours(), moments, zones)
def test_quiet_always_ends_at_a_later_moment_that_is_not_quiet(
    policy: QuietHours, moment: datetime, zone: str
) -> None:
    end = policy.until(moment, zone)
    if end is not None:
        assert moment < end
        assert policy.until(end, zone) is None
        assert end.utcoffset() == timedelta(0)
        assert (end.second, end.microsecond) == (0, 0)


@given(hours(), moments, zones)
def test_quiet_is_over_within_a_day_or_two_with_a_quiet_sunday(
    policy: QuietHours, moment: datetime, zone: str
) -> None:
    end = policy.until(moment, zone)
    if end is not None:
        assert end - moment <= timedelta(hours=48 if policy.days else 24)


@given(hours(), moments, zones)
def test_nothing_is_sent_by_day_that_the_clock_on_the_wall_forbids(
    policy: QuietHours, moment: datetime, zone: str
) -> None:
    wall = moment.astimezone(ZoneInfo(zone))
    minutes = wall.hour * 60 + wall.minute
    begins = policy.begins.hour * 60 + policy.begins.minute
    length = (policy.ends.hour * 60 + policy.ends.minute - begins) % (24 * 60)
    expected = (minutes - begins) % (24 * 60) < length or wall.weekday() in policy.days
    assert (policy.until(moment, zone) is not None) == expected


@given(hours(), moments, zones)
def test_quiet_ends_at_the_first_minute_it_may_except_in_a_night_that_loses_an_hour(
    policy: QuietHours, moment: datetime, zone: str
) -> None:
    end = policy.until(moment, zone)
    if end is not None:
        place = ZoneInfo(zone)
        lost = end.astimezone(place).utcoffset() != moment.astimezone(place).utcoffset()
        earlier = end - timedelta(minutes=61 if lost else 1)
        assert earlier < moment or policy.until(earlier, zone) is not None


@pytest.mark.parametrize(
    ("zone", "until"),
    [
        ("America/Sao_Paulo", datetime(2026, 11, 21, 12, 0, tzinfo=UTC)),
        ("America/Manaus", datetime(2026, 11, 21, 13, 0, tzinfo=UTC)),
        ("America/Rio_Branco", None),
    ],
)
def test_night_falls_at_each_place_in_its_own_time(zone: str, until: datetime | None) -> None:
    assert NIGHT.until(FRIDAY_NIGHT, zone) == until


def test_a_quiet_sunday_lasts_from_saturday_night_to_monday_morning() -> None:
    saturday = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
    monday = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert NIGHT.until(saturday, "America/Sao_Paulo") == monday
    assert NIGHT.until(datetime(2026, 11, 22, 15, 0, tzinfo=UTC), "America/Sao_Paulo") == monday


@pytest.mark.parametrize(
    ("begins", "until"),
    [
        (datetime(2026, 3, 8, 3, 0, tzinfo=UTC), datetime(2026, 3, 8, 13, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 2, 0, tzinfo=UTC), datetime(2026, 11, 1, 14, 0, tzinfo=UTC)),
    ],
)
def test_in_the_nights_in_which_clocks_change_the_wall_decides(
    begins: datetime, until: datetime
) -> None:
    assert quiet_hours("21:00-09:00").until(begins, "America/New_York") == until


@pytest.mark.parametrize("lane", [Lane.BILLING, Lane.TRANSACTIONAL])
def test_only_marketing_keeps_quiet_hours(lane: Lane) -> None:
    policy = Quiet(NIGHT, "America/Sao_Paulo")
    assert policy.wake(task(lane), FRIDAY_NIGHT) is None
    wake = policy.wake(task(Lane.MARKETING), FRIDAY_NIGHT)
    assert wake == Wake(datetime(2026, 11, 21, 12, 0, tzinfo=UTC), "America/Sao_Paulo")


def test_a_recipients_own_zone_counts_before_the_operators() -> None:
    policy = Quiet(NIGHT, "America/Sao_Paulo")
    assert policy.wake(task(Lane.MARKETING, "America/Rio_Branco"), FRIDAY_NIGHT) is None


def task(lane: Lane, zone: str | None = None) -> ChunkTask:
    people = (Recipient(id="C-1", email="c1@example.com", time_zone=zone),)
    return ChunkTask(campaign_id="cmp_1", number=0, lane=lane, recipients=people)


@pytest.mark.parametrize(
    "text",
    ["21-9", "21:00-09:00,sunday", "25:00-09:00", "09:00-09:00", "09:00-04:00", "21:00-09:00,",
     "21:00-09:00,mon,tue,wed,thu,fri,sat,sun"],
)  # fmt: skip
def test_quiet_hours_that_cannot_be_are_refused_by_the_name_of_their_setting(text: str) -> None:
    with pytest.raises(Misconfigured, match="QUIET_HOURS must be quiet hours"):
        quiet_hours(text)


def test_there_may_be_no_quiet_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIET_HOURS", "none")
    assert quiet.from_env() is None
    monkeypatch.setenv("QUIET_HOURS", "21:00-09:00,sat,sun")
    found = quiet.from_env()
    assert found is not None
    assert found.hours.days == {5, 6}


@pytest.mark.parametrize("name", [*ZONES, "UTC", "America/Argentina/Buenos_Aires"])
def test_an_iana_name_is_a_zone(name: str) -> None:
    assert is_zone(name)


@pytest.mark.parametrize(
    "name", ["", "BRT-3 ", "America", "America/Recifi", "../etc/passwd", "/etc/localtime", "a\x00b"]
)
def test_anything_else_is_not(name: str) -> None:
    assert not is_zone(name)
