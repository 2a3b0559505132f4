"""The shop's calendar for arrays of instants: days, and the weeks and months that they are of.

>>> import numpy as np
>>> shanghai = Calendar.of("Asia/Shanghai")
>>> shanghai.days(np.array([0, 16 * 3_600_000_000])).tolist()
[0, 1]
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from regulars.kernel.clock import EPOCH, end_of_day

Ints = npt.NDArray[np.int64]
Unit = Literal["day", "week", "month"]

DAY = 86_400_000_000
"""Microseconds."""
_SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = 7 * 86_400
"""Seconds: no zone changes its clock twice within a week."""
_LAST = 130 * 366 * 86_400
_MONDAY = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True, slots=True)
class Calendar:
    """A time zone as the instants at which its clock is changed.

    Attributes:
        changes: UTC microseconds from which each offset holds, rising; the first holds before, too.
        offsets: microseconds to be added to UTC.
    """

    changes: tuple[int, ...]
    offsets: tuple[int, ...]

    @classmethod
    @cache
    def of(cls, time_zone: str) -> Calendar:
        """The calendar of a time zone, for instants from 1970 to 2100."""
        zone = ZoneInfo(time_zone)
        changes, offsets = [0], [_offset(zone, 0)]
        for second in range(0, _LAST, _STEP):
            if (offset := _offset(zone, second + _STEP)) != offsets[-1]:
                changes.append(_change(zone, second, second + _STEP, offset) * _SECOND)
                offsets.append(offset)
        return cls(tuple(changes), tuple(offsets))

    def days(self, at: Ints) -> Ints:
        """The number of each instant's day: days since 1970-01-01."""
        if not len(at):
            return at // DAY
        # Few changes lie between the first instant and the last: none in Shanghai since 1991.
        changes = np.asarray(self.changes)
        low, high = np.searchsorted(changes, [at.min(), at.max()], side="right") - 1
        local: Ints = at + self.offsets[max(low, 0)]
        for place in range(max(low, 0) + 1, high + 1):
            local += (at >= changes[place]) * (self.offsets[place] - self.offsets[place - 1])
        return local // DAY


def _offset(zone: ZoneInfo, second: int) -> int:
    """Microseconds to be added to UTC so many seconds after 1970 began."""
    told = (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    return (told or timedelta()) // timedelta(microseconds=1)


def _change(zone: ZoneInfo, low: int, high: int, later: int) -> int:
    """The first second between the two from which the later offset holds."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(zone, middle) == later else (middle, high)
    return high


def period_of(days: Ints, unit: Unit) -> Ints:
    """The number of the week (from Monday) or month that each day is of; the day itself for `day`.

    >>> period_of(np.array([3, 4, 31]), "week").tolist(), period_of(np.array([30, 31]), "month")
    ([0, 1, 4], array([0, 1]))
    """
    if unit == "day":
        return days
    if unit == "week":
        return (days + _MONDAY) // 7
    if not len(days):
        return days
    first = int(days.min())
    if int(days.max()) - first < len(days):  # the calendar is asked once for each day
        return _months(np.arange(first, int(days.max()) + 1))[days - first]
    return _months(days)


def _months(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_day(period: int, unit: Unit) -> date:
    """The first day of a period of this number.

    >>> first_day(1, "week"), first_day(13, "month")
    (datetime.date(1970, 1, 5), datetime.date(1971, 2, 1))
    """
    if unit == "day":
        return EPOCH + timedelta(days=int(period))
    if unit == "week":
        return EPOCH + timedelta(days=int(period) * 7 - _MONDAY)
    return date(1970 + int(period) // 12, int(period) % 12 + 1, 1)


def instant_of(day: date, time_zone: str) -> int:
    """UTC microseconds at which the day begins in the time zone.

    >>> instant_of(date(1970, 1, 2), "Asia/Shanghai") // 3_600_000_000
    16
    """
    return round(end_of_day(day - timedelta(days=1), time_zone).timestamp()) * _SECOND
