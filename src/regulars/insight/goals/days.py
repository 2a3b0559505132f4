"""The shop day by day, for what is still to come: sales, profit, orders, new buyers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis
import numpy as np
from numpy.typing import NDArray

from regulars.insight.first_purchases import first_purchases
from regulars.insight.outlook.calendar_days import CalendarDays
from regulars.insight.outlook.forecast import Series, daily
from regulars.kernel.clock import day_number

if TYPE_CHECKING:
    from regulars.insight.picture import View


@dataclass(frozen=True, slots=True)
class Days:
    """Daily series from the first purchase to the view's day.

    Attributes:
        first: the first day.
        series: sales, profit, orders, new_buyers and average_order_value.
        notes: what credit notes gave back, by day.
    """

    first: date
    series: dict[str, Series]
    notes: list[tuple[date, Decimal]]


def days_of(view: View, until: date) -> Days | None:
    """The series, with the calendar up to a day ahead; None where nothing was bought.

    Sales are less what credit notes gave back, profit less that at the margin of the settings.
    """
    purchases = view.relation("purchases")
    bought = purchases.filter(purchases.day <= ibis.literal(view.as_of))
    rows = view.run(
        bought.group_by("day").agg(
            orders=bought.count(),
            sales=bought.net.sum().cast("decimal(38, 4)"),
            profit=bought.profit.sum().cast("decimal(38, 4)"),
        )
    ).to_pylist()
    if not rows:
        return None
    returned = view.relation("credit_notes")
    returned = returned.filter(returned.day <= ibis.literal(view.as_of))
    given = view.run(
        returned.group_by("day").agg(refunded=returned.refunded.sum().cast("decimal(38, 4)"))
    ).to_pylist()
    notes = sorted((row["day"], row["refunded"]) for row in given if row["refunded"])
    opened = first_purchases(purchases, view.as_of)
    newcomers = view.run(opened.group_by("day").agg(customers=opened.count())).to_pylist()

    first = min(row["day"] for row in rows)
    start, end = day_number(first), day_number(view.as_of)

    def filled(pairs: list[tuple[date, Decimal | int]]) -> NDArray[np.float64]:
        days = [day_number(day) for day, _ in pairs]
        return daily(days, [float(value) for _, value in pairs], start, end)

    back = filled([(day, amount) for day, amount in notes])
    orders = filled([(row["day"], row["orders"]) for row in rows])
    sales = filled([(row["day"], row["sales"]) for row in rows]) - back
    margin = view.settings.shop.margin
    profit = filled([(row["day"], row["profit"]) for row in rows]) - back * margin
    ahead = max((until - view.as_of).days, 0)
    calendar = CalendarDays.of(view.settings.calendar.promotions, first, end - start + 1 + ahead)
    values = {
        "sales": sales,
        "profit": profit,
        "orders": orders,
        "new_buyers": filled([(row["day"], row["customers"]) for row in newcomers]),
    }
    series = {name: Series(value, calendar) for name, value in values.items()}
    series["average_order_value"] = Series(sales, calendar, orders)
    return Days(first, series, notes)
