"""Until when something lasts that is given now.

Instants are UTC microseconds; days are those of the shop's time zone.

>>> given = 1_795_924_800_000_000  # 2026-11-29 12:00 in Shanghai
>>> lasts_until(Validity(days=1), given, "Asia/Shanghai")  # the end of the 30th there
1796054400000000
>>> lasts_until(Validity(), given, "Asia/Shanghai") == NEVER
True
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from regulars.benefit.definition.terms import Validity
from regulars.errors import NotValidNow, Where
from regulars.kernel.clock import day_of, end_of_day
from regulars.ledger.command import NEVER

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def end_of_day_after(at: int, days: int, zone: str) -> int:
    """The end of the day so many days after the instant: itself no longer of that day."""
    day = day_of(_EPOCH + timedelta(microseconds=at), zone) + timedelta(days=days)
    return (end_of_day(day, zone) - _EPOCH) // _MICROSECOND


def lasts_until(validity: Validity, at: int, zone: str) -> int:
    """From which instant on what is given now can no longer be used; `NEVER` has no end.

    Raises:
        NotValidNow: it is not given yet, or no longer.
    """
    if validity.starts_at is not None and at < validity.starts_at:
        raise NotValidNow(
            "this is not given yet",
            where=Where(column="starts_at", value=str(validity.starts_at)),
            todo="come back later",
        )
    if validity.ends_at is not None and at >= validity.ends_at:
        raise NotValidNow(
            "this is given no longer",
            where=Where(column="ends_at", value=str(validity.ends_at)),
            todo="look what else there is",
        )
    ends = NEVER if validity.ends_at is None else validity.ends_at
    if validity.days is None:
        return ends
    return min(ends, end_of_day_after(at, validity.days, zone))
