"""Cohorts by month of first purchase: the share that buys again, month by month."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from regulars.insight.months import buying_months, first_day, last_whole_month, month_number

if TYPE_CHECKING:
    import ibis.expr.types as ir


def cohort(purchases: ir.Table, as_of: date) -> ir.Table:
    """One row per cohort and month since, in that order, as far as the calendar has come.

    Months beyond `as_of` have no row; a month in which nobody of the cohort bought has 0. A month
    that has not ended has `complete` false, and its share will still grow. Months in which nobody
    bought for the first time have no cohort.

    Returns:
        `cohort` (first day of the month), `months_since` (from 0), `size, customers, share,
        complete`; customers = those of the cohort who bought in that month.
    """
    bought = buying_months(purchases, as_of)
    own = ibis.window(group_by=bought.customer_id)
    dated = bought.mutate(first=bought.month.min().over(own))
    dated = dated.mutate(months_since=dated.month - dated["first"])
    active = dated.group_by(["first", "months_since"]).agg(customers=dated.count())
    sizes = dated.filter(dated.months_since == 0).group_by("first").agg(size=lambda t: t.count())
    cells = sizes.mutate(
        months_since=ibis.range(
            ibis.literal(0, "int64"), ibis.literal(month_number(as_of) + 1) - sizes["first"]
        ).unnest()
    )
    filled = cells.left_join(active, ["first", "months_since"])
    customers = filled.customers.fill_null(0)
    return (
        filled.select(
            number=filled["first"],
            cohort=first_day(filled["first"]),
            months_since=filled.months_since,
            size=filled["size"],
            customers=customers,
            share=customers.cast("float64") / filled["size"].cast("float64"),
            complete=filled["first"] + filled.months_since <= last_whole_month(as_of),
        )
        .order_by(["number", "months_since"])
        .drop("number")
    )
