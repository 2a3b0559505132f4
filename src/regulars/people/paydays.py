"""Days on which wages come in, and the few days after, in which they are spent.

Wages are paid at least once a month on a day agreed with the employer (China: Labour Law, Art. 50,
and the Interim Provisions on Payment of Wages of 1994, Art. 7); no law says which. So the days are
a setting. Spending on the day itself and shortly after is higher than usual (Stephens 2003,
"3rd of the Month", American Economic Review 93(1); Gelman et al. 2014, Science 345:212).

>>> [day.isoformat() for day in window_days((31,), date(2026, 2, 26), date(2026, 3, 3))]
['2026-02-28', '2026-03-01', '2026-03-02']
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

WINDOW_DAYS = 3
"""The payday and the two days after it."""


def is_payday(day: date, paydays: Sequence[int]) -> bool:
    """Whether wages come in; a day that a month does not have is its last.

    >>> is_payday(date(2026, 2, 28), [30]), is_payday(date(2026, 3, 31), [30])
    (True, False)
    """
    last = (day + timedelta(days=1)).day == 1
    return day.day in paydays or (last and any(one > day.day for one in paydays))


def window_days(paydays: Sequence[int], first: date, last: date) -> list[date]:
    """The days between the two that are paydays or follow one closely."""
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    return [
        day
        for day in days
        if any(is_payday(day - timedelta(days=back), paydays) for back in range(WINDOW_DAYS))
    ]


def in_window(day: str, paydays: Sequence[int]) -> str:
    """The SQL condition under which a column of days lies in a window."""
    if not paydays:
        return "FALSE"
    listed = ", ".join(str(one) for one in sorted(set(paydays)))
    most = max(paydays)
    tests = [
        f"(day({one}) IN ({listed}) OR ({one} = last_day({one}) AND day({one}) < {most}))"
        for one in (f"({day} - {back})" if back else day for back in range(WINDOW_DAYS))
    ]
    return "(" + " OR ".join(tests) + ")"
