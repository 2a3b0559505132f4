"""What follows what, and what goes with what: pairs of goods, counted by persons.

A pair counts once per person, however often that person bought it, so that one household's habit
is not taken for everybody's. Few persons prove little: a pair takes `SUPPORT` of them, and every
base has `DRAWN` persons added who bought only the one. A pair must be bought together more often
than chance would have it (lift above 1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from regulars.insight.recommend.fixed import first, whole

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEIGHBOURS = 20
"""Kept of each good."""
SUPPORT = 3
DRAWN = 5
FEWEST = 10
"""Persons who must have bought a good for it to take part."""
LARGEST_BASKET = 60
"""A larger basket is a shop's stock or a year's supply, and says little of what goes together."""


def baskets(lines: ir.Table) -> ir.Table:
    """`customer_id, day, basket` (0 for the person's first day), `size, is_last`."""
    per = lines.group_by(["customer_id", "day"]).agg(size=lines.count())
    own = ibis.window(group_by=per.customer_id, order_by=per.day)
    return per.mutate(
        basket=whole(ibis.row_number().over(own)),
        is_last=per.day.lead().over(own).isnull(),
    )


def paired(lines: ir.Table, numbered: ir.Table, goods: ir.Table) -> ir.Table:
    """The lines that take part in pairs: `customer_id, basket, item, is_last`.

    Left out are goods that fewer than `FEWEST` persons bought, and baskets that are too large.
    """
    usual = numbered.filter(numbered["size"] <= LARGEST_BASKET)
    some = goods.filter(goods.customers >= FEWEST).select("item")
    chosen = lines.semi_join(some, "item")
    joined = chosen.join(usual, ["customer_id", "day"])
    return joined.select("customer_id", "basket", "item", "is_last")


def buyers(lines: ir.Table, numbered: ir.Table) -> ir.Table:
    """Who bought each good of `paired`.

    Args:
        lines: `paired`.
        numbered: `baskets`.

    Returns:
        `item, buyers` (persons), `returned` (persons who bought again after a basket with it),
        `everybody` (who bought anything at all)
    """
    per = lines.group_by("item").agg(
        buyers=lines.customer_id.nunique(),
        returned=ibis.cases((~lines.is_last, lines.customer_id)).nunique(),
    )
    return per.cross_join(numbered.agg(everybody=numbered.customer_id.nunique()))


def followers(lines: ir.Table, bought_by: ir.Table) -> ir.Table:
    """What customers buy in the next basket after one with the good.

    Args:
        lines: `paired`.
        bought_by: `buyers`.

    Returns:
        `item, other, both` (persons who bought `other` next), `base` (persons who bought `item`
        and came back), `score` (both / (base + DRAWN)); up to `NEIGHBOURS` per item, those with
        the highest cosine both / sqrt((base + DRAWN) (buyers of other + DRAWN))
    """
    later = lines.select("customer_id", basket=lines.basket - 1, other=lines["item"])
    pairs = lines.select("customer_id", "basket", "item").join(later, ["customer_id", "basket"])
    counts = _counted(pairs.filter(pairs["item"] != pairs.other))
    found = _best(counts, bought_by.select("item", "everybody", base="returned"), bought_by)
    return found.drop("cosine")


def companions(lines: ir.Table, bought_by: ir.Table) -> ir.Table:
    """What customers buy in the same basket with the good.

    Args:
        lines: `paired`.
        bought_by: `buyers`.

    Returns:
        as `followers`; `base` is whoever bought `item`, and `score` the cosine
    """
    other = lines.select("customer_id", "basket", other=lines["item"])
    pairs = lines.select("customer_id", "basket", "item").join(other, ["customer_id", "basket"])
    # Each pair is counted in one order and told in both.
    one_way = _counted(pairs.filter(pairs["item"] < pairs.other))
    both_ways = one_way.union(
        one_way.select(item=one_way.other, other=one_way["item"], both=one_way.both)
    )
    found = _best(both_ways, bought_by.select("item", "everybody", base="buyers"), bought_by)
    return found.mutate(score=found.cosine).drop("cosine")


def _counted(pairs: ir.Table) -> ir.Table:
    """`item, other, both`: pairs that enough persons bought, each person counted once."""
    each = pairs.select("item", "other", "customer_id").distinct()
    counts = each.group_by(["item", "other"]).agg(both=each.count())
    return counts.filter(counts.both >= SUPPORT)


def _best(counts: ir.Table, bases: ir.Table, bought_by: ir.Table) -> ir.Table:
    usual = bought_by.select("buyers", other="item")
    found = counts.join(bases, "item").join(usual, "other")
    both, base = found.both.cast("float64"), (found.base + DRAWN).cast("float64")
    other = (found.buyers + DRAWN).cast("float64")
    found = found.select(
        "item",
        "other",
        "both",
        "base",
        score=both / base,
        cosine=both / (base * other).sqrt(),
        lift=both / base * found.everybody.cast("float64") / found.buyers.cast("float64"),
    )
    found = found.filter(found.lift > 1.0).drop("lift")
    return first(found, "item", NEIGHBOURS, ibis.desc(found.cosine), ibis.asc(found.other))
