"""How often a rule counts for one customer: so many times in so many days.

Of a limit of 7 days count the day itself and the six before it, in the shop's calendar; of a limit
of 1 day only what happened that day; with 0 days all of it. What was met first comes first, and
what is over the limit is as if it had not happened.

>>> from regulars.benefit.definition.terms import Give
>>> once_a_week = Incentive(name="x", when="event", on="X", give=Give(points=1), limit_days=7)
>>> day = 86_400_000_000
>>> told = [Met("x", 7, f"event:{n}", n * day) for n in (0, 3, 7, 13, 14)]
>>> [met.at // day for met in within_limits(once_a_week, told, "UTC")]
[0, 7, 14]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from regulars.benefit.definition.terms import Incentive
from regulars.benefit.incentive.happenings import Met
from regulars.benefit.points.expiry import local_day
from regulars.kernel.clock import day_number


def within_limits(incentive: Incentive, mets: Iterable[Met], zone: str) -> list[Met]:
    """Those that count.

    Args:
        incentive: the rule.
        mets: of this rule, in the order of time.
        zone: the shop's time zone.
    """
    if incentive.limit is None:
        return list(mets)
    counted: dict[int, deque[int]] = {}
    kept = []
    for met in mets:
        days = counted.setdefault(met.customer_id, deque())
        today = day_number(local_day(met.at, zone))
        while incentive.limit_days and days and days[0] <= today - incentive.limit_days:
            days.popleft()
        if len(days) < incentive.limit:
            days.append(today)
            kept.append(met)
    return kept
