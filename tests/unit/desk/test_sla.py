"""The SLA clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.domain.sla import Calendar, Hours, due, elapsed
from recado.errors import Rejected

WORKDAY = (
    Hours(opens=time(8), closes=time(12)),
    Hours(opens=time(13), closes=time(18)),
)
SAO_PAULO = Calendar(
    zone="America/Sao_Paulo",
    week=dict.fromkeys(range(5), WORKDAY),
    holidays=frozenset({date(2026, 4, 21)}),
)
LISBON = Calendar(
    zone="Europe/Lisbon", week=dict.fromkeys(range(7), (Hours(opens=time(0), closes=time(0)),))
)
BRT = ZoneInfo("America/Sao_Paulo")

moments = st.integers(0, 61 * 86_400).map(
    lambda seconds: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
pauses = st.lists(st.tuples(moments, st.integers(0, 90_000)), max_size=3).map(
    lambda spans: [(start, start + timedelta(seconds=length)) for start, length in spans]
)


@given(st.tuples(moments, moments, moments).map(sorted), pauses)
def test_time_on_the_clock_adds_up(
    three: list[datetime], stopped: list[tuple[datetime, datetime]]
) -> None:
    first, middle, last = three
    whole = elapsed(SAO_PAULO, first, last, stopped)
    parts = elapsed(SAO_PAULO, first, middle, stopped) + elapsed(SAO_PAULO, middle, last, stopped)
    assert whole == parts
    assert timedelta() <= whole <= last - first


@given(moments, st.integers(0, 200_000), pauses)
def test_what_is_due_has_exactly_its_target_on_the_clock_and_no_earlier_moment_has(
    start: datetime, seconds: int, stopped: list[tuple[datetime, datetime]]
) -> None:
    target = timedelta(seconds=seconds)
    deadline = due(SAO_PAULO, start, target, stopped)
    assert elapsed(SAO_PAULO, start, deadline, stopped) == target
    if seconds:
        sooner = deadline - timedelta(microseconds=1)
        assert elapsed(SAO_PAULO, start, sooner, stopped) < target


@given(moments, moments, pauses)
def test_a_pause_never_makes_the_clock_run_faster(
    start: datetime, end: datetime, stopped: list[tuple[datetime, datetime]]
) -> None:
    with_pauses = elapsed(SAO_PAULO, start, end, stopped)
    lost = sum((last - first for first, last in stopped), timedelta())
    assert elapsed(SAO_PAULO, start, end) - lost <= with_pauses
    assert with_pauses <= elapsed(SAO_PAULO, start, end)


def test_lunch_night_weekend_and_holiday_do_not_count() -> None:
    friday, monday = datetime(2026, 4, 17, 11, tzinfo=BRT), datetime(2026, 4, 20, 9, tzinfo=BRT)
    assert elapsed(SAO_PAULO, friday, monday) == timedelta(hours=1 + 5 + 1)
    wednesday = datetime(2026, 4, 22, 9, tzinfo=BRT)
    assert elapsed(SAO_PAULO, monday, wednesday) == timedelta(hours=3 + 5 + 1)
    assert due(SAO_PAULO, monday, timedelta(hours=9)) == wednesday


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_on_which_the_clocks_change_has_its_real_length(day: date, hours: int) -> None:
    start = datetime.combine(day, time(0), ZoneInfo("Europe/Lisbon"))
    end = datetime.combine(day + timedelta(days=1), time(0), ZoneInfo("Europe/Lisbon"))
    assert elapsed(LISBON, start, end) == timedelta(hours=hours)


def test_a_calendar_that_never_opens_is_refused_with_the_setting_to_mend() -> None:
    closed = Calendar(zone="America/Sao_Paulo", week={})
    with pytest.raises(Rejected, match="open more hours") as refused:
        due(closed, datetime(2026, 3, 2, tzinfo=UTC), timedelta(hours=1))
    assert refused.value.field == "week"


@pytest.mark.parametrize(
    "week",
    [
        {7: WORKDAY},
        {0: (*WORKDAY, Hours(opens=time(17), closes=time(19)))},
        {0: (Hours(opens=time(20), closes=time(0)), Hours(opens=time(22), closes=time(23)))},
    ],
)
def test_hours_that_overlap_or_weekdays_that_do_not_exist_are_refused(
    week: dict[int, tuple[Hours, ...]],
) -> None:
    with pytest.raises(ValueError, match=r"overlap|use 0 \(Monday\)"):
        Calendar(zone="UTC", week=week)


def test_hours_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(ValueError, match="split what passes midnight"):
        Hours(opens=time(22), closes=time(6))
