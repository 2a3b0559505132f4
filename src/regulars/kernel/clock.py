"""Days of the shop's calendar, and the instant up to which an as-of date knows.

Times are UTC microseconds; calendar work uses the shop's time zone. A date given as `as_of` means
the end of that day there: everything known before the next midnight counts.

>>> end_of_day(date(2026, 11, 11), "Asia/Shanghai").isoformat()
'2026-11-11T16:00:00+00:00'
>>> parse_date("2026-11-11")
datetime.date(2026, 11, 11)
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from regulars.errors import UnknownValue

EPOCH = date(1970, 1, 1)
_MOST_DAYS = 3650
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
"""Outside, the midnights of some time zones overflow."""


def parse_date(text: str) -> date:
    """The date written as YYYY-MM-DD; raises `UnknownValue` otherwise."""
    wrong, day = None, EPOCH
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        wrong = error
    if wrong or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise UnknownValue(
            f"{text!r} is no date", todo="write it as YYYY-MM-DD, for example 2026-11-11"
        ) from wrong
    return day


def parse_days(text: str) -> int:
    """Days written as 90, 90d, 13w or 3m (months of 30 days); raises `UnknownValue` otherwise.

    >>> parse_days("90d"), parse_days("2w")
    (90, 14)
    """
    number, unit = text.strip().rstrip("dwm"), text.strip()[-1:]
    days = int(number) * {"w": 7, "m": 30}.get(unit, 1) if number.isdecimal() else 0
    if not 1 <= days <= _MOST_DAYS or len(text.strip()) - len(number) > 1:
        raise UnknownValue(
            f"{text!r} is no number of days", todo="write it as 90d (days) or 13w (weeks)"
        )
    return days


def parse_duration(text: str) -> timedelta:
    """A time written as 90s, 30m, 36h, 7d or 2w; raises `UnknownValue` otherwise.

    >>> parse_duration("36h")
    datetime.timedelta(days=1, seconds=43200)
    """
    number, unit = text.strip()[:-1], text.strip()[-1:]
    seconds = _SECONDS.get(unit, 0) * int(number) if number.isdecimal() else 0
    if not 1 <= seconds <= _MOST_DAYS * _SECONDS["d"]:
        raise UnknownValue(
            f"{text!r} is no length of time",
            todo="write it as 30m (minutes), 36h (hours), 7d (days) or 2w (weeks)",
        )
    return timedelta(seconds=seconds)


def end_of_day(day: date, time_zone: str) -> datetime:
    """The instant (UTC) at which the day ends in the time zone; itself no longer of that day."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone))
    return midnight.astimezone(UTC)


def day_of(instant: datetime, time_zone: str) -> date:
    """The day on which the instant falls in the time zone."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


def day_number(day: date) -> int:
    """Days since 1970-01-01, the integer in which models count time."""
    return (day - EPOCH).days


def from_day_number(number: int) -> date:
    """The date of so many days since 1970-01-01."""
    return EPOCH + timedelta(days=int(number))


def month_ends(first: date, last: date) -> list[date]:
    """The last days of the months that end within [first, last], in order.

    >>> month_ends(date(2026, 1, 31), date(2026, 3, 30))
    [datetime.date(2026, 1, 31), datetime.date(2026, 2, 28)]
    """
    ends: list[date] = []
    year, month = first.year, first.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        end = date(year, month, 1) - timedelta(days=1)
        if end > last:
            return ends
        if end >= first:
            ends.append(end)
