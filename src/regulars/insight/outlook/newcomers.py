"""How many customers buy for the first time on each day, as a series to look ahead from."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from regulars.insight.first_purchases import first_purchases
from regulars.insight.outlook.calendar_days import CalendarDays
from regulars.insight.outlook.forecast import Series, daily
from regulars.kernel.clock import day_number, from_day_number

if TYPE_CHECKING:
    from regulars.insight.picture import View


def newcomers_daily(view: View, last: date, ahead: int) -> tuple[Series, int] | None:
    """New customers day by day up to a day, with the calendar of the days ahead; and its first day.

    None where nobody has bought by then.
    """
    first = first_purchases(view.relation("purchases"), last)
    found = view.run(first.group_by("day").agg(customers=first.count()))
    if not found.num_rows:
        return None
    days = [day_number(day) for day in found["day"].to_pylist()]
    begin = min(days)
    values = daily(days, found["customers"].to_pylist(), begin, day_number(last))
    promotions = view.settings.calendar.promotions
    calendar = CalendarDays.of(promotions, from_day_number(begin), len(values) + ahead)
    return Series(values.astype(np.float64), calendar), begin
