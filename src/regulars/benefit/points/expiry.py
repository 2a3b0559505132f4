"""When points and growth value expire.

Instants are UTC microseconds; days and years are those of the shop's time zone.

>>> given = 1_795_924_800_000_000  # 2026-11-29 12:00 in Shanghai
>>> points_expire_at(Points(expire_days=1), given, "Asia/Shanghai")  # the end of the 30th there
1796054400000000
>>> points_expire_at(Points(expire_years=1), given, "Asia/Shanghai")  # the end of 2027 there
1830268800000000
>>> points_expire_at(Points(), given, "Asia/Shanghai") == NEVER
True
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from regulars.benefit.definition.terms import Points, Tiers
from regulars.benefit.lasting import end_of_day_after
from regulars.kernel.clock import day_of, end_of_day
from regulars.ledger.command import NEVER

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def points_expire_at(points: Points, at: int, zone: str) -> int:
    """From which instant on points that are earned now cannot be spent; `NEVER` has no end.

    Where both a number of days and of years is published, the earlier counts.
    """
    ends = [NEVER]
    if points.expire_days is not None:
        ends.append(end_of_day_after(at, points.expire_days, zone))
    if points.expire_years is not None:
        last = date(local_day(at, zone).year + points.expire_years, 12, 31)
        ends.append((end_of_day(last, zone) - _EPOCH) // _MICROSECOND)
    return min(ends)


def growth_expires_at(tiers: Tiers, happened_at: int, zone: str) -> int:
    """From which instant on growth value of what happened then does not count; `NEVER` has no end.

    So the growth value of the days that count is what of it is available.
    """
    if tiers.count_days is None:
        return NEVER
    return end_of_day_after(happened_at, tiers.count_days, zone)


def local_day(at: int, zone: str) -> date:
    """The day of the instant in the time zone."""
    return day_of(_EPOCH + timedelta(microseconds=at), zone)
