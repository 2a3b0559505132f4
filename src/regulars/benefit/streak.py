"""Runs of days with an event, in the shop's time zone: habits.

A run of days is alive while its last day is today or yesterday: today is not over yet.

>>> noon = 1_795_924_800_000_000  # 2026-11-29 12:00 in Shanghai
>>> day = 86_400_000_000
>>> streak_of([noon - 5 * day, noon - 2 * day, noon - day], noon, "Asia/Shanghai")
Streak(current=2, longest=2, last=datetime.date(2026, 11, 28), today=False)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from regulars.benefit.points.expiry import local_day


@dataclass(frozen=True, slots=True)
class Streak:
    """Days in a row.

    Attributes:
        current: of the run that is alive; 0 where none is.
        longest: of all runs.
        last: the last day with an event; None where there is none.
        today: whether today has one already.
    """

    current: int
    longest: int
    last: date | None
    today: bool


def streak_of(times: Iterable[int], at: int, zone: str) -> Streak:
    """The runs of days.

    Args:
        times: of the events, UTC microseconds, in any order; those after `at` do not count.
        at: now.
        zone: the shop's time zone.
    """
    today = local_day(at, zone)
    days = sorted({local_day(one, zone) for one in times if one <= at})
    longest = run = 0
    before: date | None = None
    for day in days:
        run = run + 1 if before is not None and (day - before).days == 1 else 1
        longest = max(longest, run)
        before = day
    is_alive = before is not None and (today - before).days <= 1
    return Streak(run if is_alive else 0, longest, before, before == today)
