"""How long customers waited for their second purchase, counted on the engine.

Purchases are days, as in `cycle_curve`: a forgotten item ordered on the same day is no second
purchase. Who has not come by the as-of day is watched so far, never lost.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from regulars.kernel.clock import day_number

if TYPE_CHECKING:
    import ibis.expr.types as ir

HORIZON = 365
"""Waits are followed for so many days."""


def waits(opened: ir.Table, purchases: ir.Table, as_of: date) -> ir.Table:
    """`code, days, closed, customers`: counted by length, in that order.

    Args:
        opened: `customer_id, opened, code`: the day of the first purchase, and the group.
        purchases: of the shop.
        as_of: an open wait lasts until then; longer ones than the horizon are cut a day after it.
    """
    known = purchases.filter(purchases.customer_id.notnull(), purchases.day <= ibis.literal(as_of))
    days = known.select("customer_id", "day").join(
        opened.select("customer_id", "opened"), "customer_id"
    )
    later = days.filter(days.day > days.opened)
    seconds = later.group_by("customer_id").agg(second=later.day.min())
    begun = opened.filter(opened.opened <= ibis.literal(as_of))
    both = begun.left_join(seconds, "customer_id")
    until = both.second.epoch_days().fill_null(day_number(as_of))
    length = (until - both.opened.epoch_days()).cast("int64")
    counted = both.select(
        "code",
        days=ibis.least(length, ibis.literal(HORIZON + 1, "int64")),
        closed=both.second.notnull() & (length <= HORIZON),
    )
    keys = ["code", "days", "closed"]
    return counted.group_by(keys).agg(customers=counted.count()).order_by(keys)
