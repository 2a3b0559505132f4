"""Growth accounting by calendar month, in the definition published by Tribe Capital and Mode.

A month's buyers are new (first purchase ever), retained (bought in the month before) or
resurrected (bought earlier, not in the month before). A month's lost are those who bought in the
month before and not in this one. So buyers = new + retained + resurrected, and buyers of the month
before = retained + lost.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.insight.months import buying_months, first_day, last_whole_month, month_number

if TYPE_CHECKING:
    import ibis.expr.types as ir


def growth(purchases: ir.Table, as_of: date) -> ir.Table:
    """One row per month from the first purchase to `as_of`, in order, months without buyers too.

    `lost` is NULL in a month that has not ended: who will still buy is not known yet.

    Returns:
        `month` (its first day), `buyers, new, retained, resurrected, lost, complete`
    """
    bought = buying_months(purchases, as_of)
    own = ibis.window(group_by=bought.customer_id, order_by=bought.month)
    steps = bought.mutate(before=bought.month.lag().over(own), after=bought.month.lead().over(own))
    kept = (steps.before == steps.month - 1).fill_null(False)
    per_month = steps.group_by("month").agg(
        buyers=steps.count(),
        new=number_where(steps.before.isnull()),
        retained=number_where(kept),
        resurrected=number_where(steps.before.notnull() & ~kept),
    )
    stayed = (steps.after == steps.month + 1).fill_null(False)
    left = steps.filter(~stayed).select(month=steps.month + 1)
    lost = left.group_by("month").agg(lost=left.count())

    span = bought.agg(first=bought.month.min())
    months = span.select(
        month=ibis.range(span["first"], ibis.literal(month_number(as_of) + 1)).unnest()
    )
    filled = months.left_join(per_month, "month").drop("month_right").left_join(lost, "month")
    whole = filled.month <= last_whole_month(as_of)
    return (
        filled.select(
            number=filled.month,
            month=first_day(filled.month),
            buyers=filled.buyers.fill_null(0),
            new=filled.new.fill_null(0),
            retained=filled.retained.fill_null(0),
            resurrected=filled.resurrected.fill_null(0),
            lost=ibis.cases((whole, filled.lost.fill_null(0))),
            complete=whole,
        )
        .order_by("number")
        .drop("number")
    )
