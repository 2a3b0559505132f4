"""What is well liked by customers of the same kind: best-sellers among those who buy alike.

Customers are of one kind where they bought the same category most (ties to the later bought); in
a shop that names no categories all are of one kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from regulars.insight.recommend.fixed import decay, grains, number, real, total
from regulars.insight.recommend.goods import SEASON

if TYPE_CHECKING:
    import ibis.expr.types as ir

_DRAWN = 20.0
"""Sales of the whole shop added to those of a kind."""
_SHARE = 10_000.0


def kinds(lines: ir.Table) -> ir.Table:
    """`customer_id, kind`: the category that each customer bought on most days."""
    days = lines.group_by(["customer_id", "category"]).agg(
        days=lines.day.nunique(), last=lines.day.max()
    )
    # Goods without a category make a kind only of those who bought nothing else.
    order = [
        ibis.desc(days.category >= 0),
        ibis.desc(days.days),
        ibis.desc(days["last"]),
        ibis.asc(days.category),
    ]
    own = ibis.window(group_by=days.customer_id, order_by=order)
    best = days.mutate(place=ibis.row_number().over(own)).filter(ibis._.place == 0)
    return best.select("customer_id", kind="category")


def liked(lines: ir.Table, kind_of: ir.Table, day: int) -> ir.Table:
    """How well each good sells among customers of each kind.

    Args:
        lines: `customer_id, day, item`, none later than the day.
        kind_of: `kinds` of the same lines.
        day: as days since 1970.

    Returns:
        `kind, item, liked`: ln of 1 + the good's share per 10,000 of the kind's sales this
        season, drawn towards its share of the whole shop's
    """
    weight = grains(decay(number(day) - lines.day.cast("float64"), SEASON))
    known = lines.select("customer_id", "item", weight=weight).join(kind_of, "customer_id")
    each = known.group_by(["kind", "item"]).agg(own=total(known.weight))
    every = each.group_by("kind").agg(all_own=total(each.own))
    shop = each.group_by("item").agg(shop=total(each.own))
    whole = each.agg(all_shop=total(each.own))
    rows = each.join(every, "kind").join(shop, "item").cross_join(whole)
    usual = rows.shop.cast("float64") / rows.all_shop.cast("float64")
    share = (real(rows.own) + usual * _DRAWN) / (real(rows.all_own) + _DRAWN)
    return rows.select("kind", "item", liked=(share * _SHARE + 1.0).ln())
