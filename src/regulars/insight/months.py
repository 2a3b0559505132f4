"""Calendar months as whole numbers, so that month arithmetic is the same on every engine.

Month truncation returns a date on one engine, a time on another and a number on a third; twelve
times the year plus the month does not.

>>> month_number(date(1970, 2, 1)), last_whole_month(date(2026, 2, 27))
(23641, 24312)
>>> last_whole_month(date(2026, 2, 28)) - month_number(date(2026, 2, 1))
0
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir


def month_number(day: date) -> int:
    """Months since year 0 of the day's month."""
    return day.year * 12 + day.month - 1


def last_whole_month(as_of: date) -> int:
    """The number of the last month that has ended by the end of the day."""
    return month_number(as_of + timedelta(days=1)) - 1


def month_of(day: ir.DateColumn) -> ir.IntegerColumn:
    """`month_number` of a column of days."""
    return (day.year() * 12 + day.month() - 1).cast("int64")


def first_day(month: ir.IntegerColumn) -> ir.DateColumn:
    """The first day of a column of month numbers."""
    return ibis.date((month / 12).floor().cast("int32"), (month % 12 + 1).cast("int32"), 1)


def buying_months(purchases: ir.Table, as_of: date) -> ir.Table:
    """`customer_id, month`: the months in which each known customer bought, up to the date."""
    known = purchases.filter(purchases.customer_id.notnull(), purchases.day <= ibis.literal(as_of))
    return known.select("customer_id", month=month_of(known.day)).distinct()
