"""What each cohort did in each month since its first purchase, counted on the engine.

A cell counts only customers whose month has ended: of those who came in two months ago nobody is
asked what they did in their third month.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from regulars.insight.months import last_whole_month, month_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

PARTS = 20
"""Random parts of the customers, from whose differences the intervals come."""

_KEYS = ("code", "since", "part")
_PRIME, _FACTOR = 100_003, 60_013


def part_of(customer: ir.IntegerColumn) -> ir.IntegerColumn:
    """The part that a customer falls into, by a fixed draw.

    Numbers are given in the order of arrival; a remainder alone would deal neighbours round, and
    take whatever repeats in a file for chance.
    """
    return ((customer % _PRIME) * _FACTOR % _PRIME % PARTS).cast("int64")


def members(opened: ir.Table, as_of: date) -> ir.Table:
    """`code, began, part, customers`: how many began when, in which cohort and part.

    Args:
        opened: `customer_id, began, code`.
        as_of: customers who began in a month that has not ended are left out.
    """
    whole = opened.filter(opened.began <= last_whole_month(as_of))
    placed = whole.mutate(part=part_of(whole.customer_id))
    keys = ["code", "began", "part"]
    return placed.group_by(keys).agg(customers=placed.count()).order_by(keys)


def cells(opened: ir.Table, purchases: ir.Table, as_of: date) -> ir.Table:
    """`code, since, part` and what was bought then, for months that have ended.

    Returns:
        also `customers` (who bought in the month), `orders`, `sales` and `profit` of the orders
    """
    known = purchases.filter(purchases.customer_id.notnull(), purchases.day <= ibis.literal(as_of))
    rows = known.mutate(month=month_of(known.day))
    own = rows.group_by(["customer_id", "month"]).agg(
        orders=rows.count(), sales=_money(rows.net), profit=_money(rows.profit)
    )
    placed = _placed(own, opened, as_of)
    return (
        placed.group_by(_KEYS)
        .agg(
            customers=placed.count(),
            orders=placed.orders.sum(),
            sales=_money(placed.sales),
            profit=_money(placed.profit),
        )
        .order_by(_KEYS)
    )


def given_back(opened: ir.Table, credit_notes: ir.Table, as_of: date) -> ir.Table:
    """`code, since, part, refunded`: what credit notes gave back in months that have ended.

    They are counted apart from the purchases, for they are few: a union of both would cost the
    engine what it knows of the larger one.
    """
    known = credit_notes.filter(
        credit_notes.customer_id.notnull(), credit_notes.day <= ibis.literal(as_of)
    )
    rows = known.select("customer_id", "refunded", month=month_of(known.day))
    placed = _placed(rows, opened, as_of)
    return placed.group_by(_KEYS).agg(refunded=_money(placed.refunded)).order_by(_KEYS)


def _placed(rows: ir.Table, opened: ir.Table, as_of: date) -> ir.Table:
    """Rows of customers and months with the months since the first purchase."""
    last = last_whole_month(as_of)
    placed = rows.join(opened, "customer_id").filter(
        lambda t: (t.month >= t.began) & (t.month <= last)
    )
    return placed.mutate(since=placed.month - placed.began, part=part_of(placed.customer_id))


def _money(column: ir.DecimalColumn) -> ir.DecimalScalar:
    return column.sum().cast("decimal(38, 4)")
