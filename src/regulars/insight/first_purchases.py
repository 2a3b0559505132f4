"""The first purchase of each customer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir


def first_purchases(purchases: ir.Table, as_of: date) -> ir.Table:
    """`customer_id, day`: the first purchase of each known customer, up to the day."""
    known = purchases.filter(purchases.customer_id.notnull(), purchases.day <= ibis.literal(as_of))
    return known.group_by("customer_id").agg(day=known.day.min())
