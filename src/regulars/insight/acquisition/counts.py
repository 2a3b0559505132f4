"""New customers of a window by source: how many, what they earned month by month, what is expected.

Only numbers, sums, sums of squares and of products leave the engine: one row per source. A month
is 30 days after the customer's first purchase day; what the first day earned is month 0. A customer
counts for a month only if the whole of it has been watched.
"""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.insight.makers.counts import UNITS, units
from regulars.kernel.clock import day_number

if TYPE_CHECKING:
    import ibis.expr.types as ir

MONTH = 30


def new_customers(people: ir.Table, begins: date, ends: date) -> ir.Table:
    """`customer_id, source, first_day, lifetime_value` of those who first bought in the window."""
    new = people.filter(
        people.first_order_on >= ibis.literal(begins), people.first_order_on <= ibis.literal(ends)
    )
    return new.select(
        "customer_id", "source", "lifetime_value", first_day=new.first_order_on.epoch_days()
    )


def earned(purchases: ir.Table, new: ir.Table, as_of: date, months: int) -> ir.Table:
    """One row per source.

    Returns:
        `source, customers, with_value`, in money `spent` (by the customers), `profit` (so far),
        `expected` (lifetime value), `worth` (both) and `profit_2, worth_2` (sums of squares per
        customer); for each month k of 0 to `months`, of the customers watched
        through it: `watched_k, gain_k, squares_k` (their number, profit of the month, its squares),
        `before_k` (profit before the month), `cross_k` (sum of products of the two)
    """
    known = purchases.filter(purchases.day <= ibis.literal(as_of))
    joined = known.select("customer_id", "day", "net", "profit").join(new, "customer_id")
    since = joined.day.epoch_days() - joined.first_day
    month = ibis.cases((since <= 0, 0), else_=((since - 1) / MONTH).floor().cast("int64") + 1)
    lines = joined.mutate(month=month, earned=units(joined.profit), paid=units(joined.net))
    per = lines.group_by("customer_id").agg(
        source=lines.source.max(),
        first_day=lines.first_day.max(),
        value=lines.lifetime_value.cast("float64").max(),
        spent=lines.paid.sum(),
        profit=lines.earned.sum(),
        **{
            f"month_{k}": ibis.cases((lines.month == k, lines.earned), else_=0).sum()
            for k in range(months + 1)
        },
    )
    watched = day_number(as_of) - per.first_day
    money = {
        "spent": per.spent.cast("float64") / UNITS,
        "profit": per.profit.cast("float64") / UNITS,
    }
    monthly = [per[f"month_{k}"].cast("float64") / UNITS for k in range(months + 1)]
    own = per.select(
        source=per.source,
        value=per.value,
        worth=money["profit"] + per.value.fill_null(0.0),
        **money,
        **{f"seen_{k}": (watched >= k * MONTH).cast("int64") for k in range(months + 1)},
        **{f"month_{k}": monthly[k] for k in range(months + 1)},
        **{f"before_{k}": reduce(add, monthly[:k], ibis.literal(0.0)) for k in range(months + 1)},
    )
    by_month: dict[str, ir.Scalar] = {}
    for k in range(months + 1):
        seen, gain = own[f"seen_{k}"], own[f"month_{k}"] * own[f"seen_{k}"]
        by_month |= {
            f"watched_{k}": seen.sum(),
            f"gain_{k}": gain.sum(),
            f"squares_{k}": (gain * gain).sum(),
            f"cross_{k}": (gain * own[f"before_{k}"]).sum(),
            f"before_{k}": (own[f"before_{k}"] * seen).sum(),
        }
    return own.group_by("source").agg(
        customers=own.count(),
        with_value=number_where(own.value.notnull()),
        spent=own.spent.sum(),
        profit=own.profit.sum(),
        profit_2=(own.profit * own.profit).sum(),
        expected=own.value.sum(),
        worth=own.worth.sum(),
        worth_2=(own.worth * own.worth).sum(),
        **by_month,
    )


def spent_within(advertising: ir.Table, begins: date, ends: date) -> ir.Table:
    """`source, campaign, spend, impressions, clicks` of the window."""
    own = advertising.filter(
        advertising.day >= ibis.literal(begins), advertising.day <= ibis.literal(ends)
    )
    return own.group_by(["source", "campaign"]).agg(
        spend=own.spend.sum().cast("decimal(38, 4)"),
        impressions=own.impressions.sum().cast("decimal(38, 4)"),
        clicks=own.clicks.sum().cast("decimal(38, 4)"),
    )
