"""How often a rule counts for one customer: so many times in so many days.

Of a limit of 7 days count the day itself and the six before it, in the shop's calendar; of a limit
of 1 day only what happened that day; with 0 days all of it. What was met first comes first, and
what is over the limit is as if it had not happened.

>>> from regulars.benefit.definition.terms import Give
>>> once_a_week = Incentive(name="x", when="event", on="X", give=Give(points=1), limit_days=7)
>>> day = 86_400_000_000
>>> told = [Met("x", 7, f"event:{n}", n * day) for n in (0, 3, 7, 13, 14)]
>>> [met.at // day for met in within_limits([(once_a_week, told)], "UTC")]
[0, 7, 14]
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from regulars.benefit.definition.terms import Incentive
from regulars.benefit.incentive.happenings import Met
from regulars.benefit.points.expiry import local_day
from regulars.kernel.clock import day_number


def within_limits(parts: Iterable[tuple[Incentive, Iterable[Met]]], zone: str) -> list[Met]:
    """Those that count.

    Args:
        parts: the rule as it held one time after another, with what was met then, in the order of
            time; each part by its own limit, in which what counted before counts.
        zone: the shop's time zone.
    """
    counted: dict[int, list[int]] = {}
    kept = []
    for incentive, mets in parts:
        for met in mets:
            days = counted.setdefault(met.customer_id, [])
            today = day_number(local_day(met.at, zone))
            over = bisect_right(days, today - incentive.limit_days) if incentive.limit_days else 0
            if incentive.limit is None or len(days) - over < incentive.limit:
                days.append(today)
                kept.append(met)
    return kept
