"""Days, weeks and months of the shop's calendar, against the standard library's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel.clock import EPOCH
from regulars.timeline.calendar import DAY, Calendar, Unit, first_day, instant_of, period_of

ZONES = (
    "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia",
    "Africa/Casablanca", "America/Santiago", "Asia/Pyongyang", "UTC",
)  # fmt: skip
"""Among them one that left out a day (Apia, 30 December 2011), one whose clock goes back for a
month in the year (Casablanca), and one that moved its offset twice (Pyongyang)."""

_INSTANT = timedelta(microseconds=1)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)

INSTANTS = st.integers(86_400, 4_102_000_000).map(
    lambda seconds: _1970 + timedelta(seconds=seconds, microseconds=seconds % 3)
)
"""From 1970 up to the end of 2099."""


def _micros(instant: datetime) -> int:
    return (instant - _1970) // _INSTANT


@pytest.mark.parametrize("zone", ZONES)
@given(instants=st.lists(INSTANTS, max_size=6))
def test_the_day_of_an_instant_is_that_of_the_time_zone(
    zone: str, instants: list[datetime]
) -> None:
    days = Calendar.of(zone).days(np.array([_micros(one) for one in instants], np.int64))
    told = [(one.astimezone(ZoneInfo(zone)).date() - EPOCH).days for one in instants]
    assert days.tolist() == told


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_changes_at_the_very_microsecond_of_midnight(zone: str) -> None:
    calendar = Calendar.of(zone)
    for start in (date(2011, 12, 25), date(2025, 3, 25), date(2025, 9, 3), date(2025, 10, 24)):
        for k in range(10):
            midnight = instant_of(start + timedelta(days=k), zone)
            before, after = calendar.days(np.array([midnight - 1, midnight])).tolist()
            assert after == before + 1 or zone == "Pacific/Apia"


@pytest.mark.parametrize("zone", ZONES)
def test_a_change_of_the_clock_holds_from_its_very_instant(zone: str) -> None:
    calendar = Calendar.of(zone)
    for change in calendar.changes[1:]:
        instants = [change + off for off in (-1, 0, 1)]
        told = [
            ((_1970 + one * _INSTANT).astimezone(ZoneInfo(zone)).date() - EPOCH).days
            for one in instants
        ]
        assert calendar.days(np.array(instants)).tolist() == told


def test_a_clock_that_is_put_forward_at_midnight_begins_the_day_at_one() -> None:
    # Santiago, 7 September 2025: 00:00 became 01:00, which is 04:00 UTC.
    assert instant_of(date(2025, 9, 7), "America/Santiago") == _micros(
        datetime(2025, 9, 7, 4, tzinfo=UTC)
    )
    # The day has 23 hours.
    ends = instant_of(date(2025, 9, 8), "America/Santiago")
    assert ends - instant_of(date(2025, 9, 7), "America/Santiago") == DAY * 23 // 24


@given(
    day=st.dates(date(1969, 1, 1), date(2099, 12, 31)),
    unit=st.sampled_from(["day", "week", "month"]),
)
def test_a_period_begins_with_its_first_day(day: date, unit: Unit) -> None:
    (period,) = period_of(np.array([(day - EPOCH).days]), unit).tolist()
    first, following = first_day(period, unit), first_day(period + 1, unit)
    assert first <= day < following
    if unit == "week":
        assert first.weekday() == 0
        assert following - first == timedelta(days=7)
    if unit == "month":
        assert (first.day, first.month) == (1, day.month)


@given(days=st.lists(st.integers(-400, 60_000), max_size=30))
def test_months_of_many_days_are_those_of_each(days: list[int]) -> None:
    told = [
        (one.year - 1970) * 12 + one.month - 1
        for one in (EPOCH + timedelta(days=day) for day in days)
    ]
    assert period_of(np.array(days, np.int64), "month").tolist() == told


def test_nothing_gives_nothing() -> None:
    nothing = np.zeros(0, np.int64)
    assert Calendar.of("Asia/Shanghai").days(nothing).tolist() == []
    assert period_of(nothing, "month").tolist() == []
