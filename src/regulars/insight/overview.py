"""The shop in numbers, over all time and over the last 365 days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where

if TYPE_CHECKING:
    import ibis.expr.types as ir

ALL_TIME = "all_time"
LAST_YEAR = "last_365_days"
YEAR_DAYS = 365


def overview(
    purchases: ir.Table, credit_notes: ir.Table, people: ir.Table, as_of: date
) -> ir.Table:
    """Two rows, `all_time` and `last_365_days` (as_of and the 364 days before), in that order.

    Guests count for orders and sales, not as people. Credit notes lower the sales of their own day.
    Ratios without a denominator are NULL.

    Returns:
        `span, first_day, last_day, customers, buyers, repeat_buyers, orders, guest_orders,
        sales, guest_sales, average_order_value, spend_per_customer, repeat_rate`
    """
    until = purchases.filter(purchases.day <= ibis.literal(as_of))
    start = as_of - timedelta(days=YEAR_DAYS - 1)
    year = until.filter(until.day >= ibis.literal(start))
    returned = credit_notes.filter(credit_notes.day <= ibis.literal(as_of))
    lately = returned.filter(returned.day >= ibis.literal(start))
    known = people.agg(customers=people.count())
    both = ibis.union(
        _row(until, returned, 0, ALL_TIME, known),
        _row(year, lately, 1, LAST_YEAR, known),
        distinct=False,
    )
    return both.order_by("position").drop("position")


def _row(
    purchases: ir.Table, credit_notes: ir.Table, position: int, span: str, known: ir.Table
) -> ir.Table:
    guest = purchases.customer_id.isnull()
    zero = ibis.literal(0, "decimal(38, 4)")
    orders = purchases.agg(
        first_day=purchases.day.min(),
        last_day=purchases.day.max(),
        orders=purchases.count(),
        guest_orders=number_where(guest),
        sales=purchases.net.sum().cast("decimal(38, 4)").fill_null(zero),
        guest_sales=purchases.net.sum(where=guest).cast("decimal(38, 4)").fill_null(zero),
    )
    per_customer = purchases.filter(~guest).group_by("customer_id").agg(bought=lambda t: t.count())
    buyers = per_customer.agg(
        buyers=per_customer.count(), repeat_buyers=number_where(per_customer.bought > 1)
    )
    credited = credit_notes.agg(
        credited=credit_notes.refunded.sum().cast("decimal(38, 4)").fill_null(zero),
        guest_credited=credit_notes.refunded.sum(where=credit_notes.customer_id.isnull())
        .cast("decimal(38, 4)")
        .fill_null(zero),
    )
    joined = orders.cross_join(buyers).cross_join(known).cross_join(credited)
    sales = joined.sales - joined.credited
    guest_sales = joined.guest_sales - joined.guest_credited
    people = joined.buyers.nullif(0).cast("float64")
    return joined.select(
        position=ibis.literal(position, "int64"),
        span=ibis.literal(span),
        first_day=joined.first_day,
        last_day=joined.last_day,
        customers=joined.customers,
        buyers=joined.buyers,
        repeat_buyers=joined.repeat_buyers,
        orders=joined.orders,
        guest_orders=joined.guest_orders,
        sales=sales,
        guest_sales=guest_sales,
        average_order_value=sales.cast("float64") / joined.orders.nullif(0).cast("float64"),
        spend_per_customer=(sales - guest_sales).cast("float64") / people,
        repeat_rate=joined.repeat_buyers.cast("float64") / people,
    )
