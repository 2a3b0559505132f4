"""Baskets that came, and what would have been offered the day before: to learn from and to judge.

The shop's knowledge is as of a day; each person's history goes on to the day before the basket. So
nothing is used that was not known then, and the shop is as little behind as the knowledge is old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from regulars.insight.recommend.candidates import MEASURES

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST = 5_000
"""Persons learnt from; more would not change the third digit of a weight."""


def last_baskets(bought: ir.Table, after: int, until: int, known_until: int) -> ir.Table:
    """Whose last basket known by a day fell within a span, and who had bought before.

    Args:
        bought: `customer_id, day, item`.
        after: the last day before the span.
        until: the last day of the span.
        known_until: later lines are as yet unknown.

    Returns:
        `customer_id, moment`: the day before that basket
    """
    known = bought.filter(bought.day <= known_until)
    days = known.group_by("customer_id").agg(last=known.day.max(), since=known.day.min())
    chosen = days.filter(days["last"] > after, days["last"] <= until, days.since < days["last"])
    return chosen.select("customer_id", moment=chosen["last"] - 1)


def some(persons: ir.Table, of: int, most: int = MOST) -> ir.Table:
    """Every n-th customer, so that about so many remain; the same ones every time."""
    step = -(-of // most)
    return persons if step <= 1 else persons.filter(persons.customer_id % step == 0)


def goods_of(bought: ir.Table, moments: ir.Table) -> ir.Table:
    """`customer_id, item` of the baskets on the day after each moment."""
    rows = bought.select("customer_id", "day", "item").join(moments, "customer_id")
    return rows.filter(rows.day == rows.moment + 1).select("customer_id", "item")


def lessons(rows: ir.Table, came: ir.Table) -> ir.Table:
    """Candidates with whether each was in the basket that came, for `blend.learn`.

    Args:
        rows: `candidates.candidates`, kept.
        came: `goods_of` the same persons.
    """
    marked = came.mutate(came=ibis.literal(True))
    joined = rows.left_join(marked, ["customer_id", "item"])
    return joined.select("customer_id", "item", *MEASURES, chosen=joined.came.fill_null(False))
