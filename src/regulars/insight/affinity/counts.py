"""Baskets, the goods in them, and the order in which customers come to goods: counted.

A basket is all that a customer bought on one day; a guest's order is a basket of its own. Items are
products or categories, by number. Pairs grow with the square of the basket, so only the items that
are bought most are paired: as many as keep the number of pairs within `MOST_PAIRS`. Of a shop with
more than `MOST_LINES` lines, every so-manieth customer is looked at, with all of their baskets.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import sqrt
from typing import TYPE_CHECKING

import ibis
import numpy as np

from regulars.insight.counts import number_where
from regulars.kernel.clock import day_number
from regulars.lifetime.gaps import Ints

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST_LINES = 2_000_000
"""Lines that are looked at, about: of the days for pairs, of the history for sequences."""
MOST_PAIRS = 4_000_000
"""Pairs within baskets that are formed, about: what an engine counts in a second or two."""
MOST_ITEMS, MOST_ITEMS_NEXT = 3_000, 300
LEAST_LINES = 30
"""An item in fewer lines than this is not paired."""
LEAST_TOGETHER = 10
"""A pair that fewer customers had, or followed, is not shown."""
_DAYS = 100_000
"""More than the days of any calendar in use: a customer's number times this leaves room for one."""


def items_of(goods: ir.Table, by: str) -> ir.Table:
    """`good_no, item`: the number of each good's product, or of its category in the alphabet."""
    if by == "product":
        return goods.select("good_no", item=goods.product_no)
    known = goods.filter(goods.category.notnull())
    place = ibis.dense_rank().over(order_by=known.category)
    return known.select("good_no", item=place.cast("int64"))


def names_of(goods: ir.Table, by: str) -> ir.Table:
    """`item, name, product_id, category` of each item of `items_of`."""
    if by == "product":
        return goods.group_by(item=goods.product_no).agg(
            name=goods.title.min(),
            product_id=goods.product_id.min(),
            category=goods.category.min(),
        )
    known = goods.filter(goods.category.notnull()).select("category").distinct()
    place = ibis.dense_rank().over(order_by=known.category)
    return known.select(
        item=place.cast("int64"),
        name=known.category,
        product_id=ibis.null("string"),
        category=known.category,
    )


def sampled(lines: ir.Table, every: int) -> ir.Table:
    """The lines of every so-manieth customer, and of every so-manieth order of guests."""
    if every == 1:
        return lines
    return lines.filter(lines.customer_id.fill_null(lines.order_no) % every == 0)


def how_many(lines: ir.Table) -> ir.Table:
    """One row: `lines`."""
    return lines.agg(lines=lines.count())


def lines_within(purchase_goods: ir.Table, as_of: date, days: int) -> ir.Table:
    """The lines of the last so many days, the day itself included."""
    start = as_of - timedelta(days=days - 1)
    return purchase_goods.filter(
        purchase_goods.day >= ibis.literal(start), purchase_goods.day <= ibis.literal(as_of)
    )


def basket_of(lines: ir.Table) -> ir.IntegerColumn:
    """One number per customer and day, or per order of a guest (below 0)."""
    return (lines.customer_id * _DAYS + lines.day.epoch_days()).fill_null(-1 - lines.order_no)


def lines_per_item(lines: ir.Table, items: ir.Table) -> ir.Table:
    """`item, lines`."""
    per_good = lines.group_by("good_no").agg(lines=lines.count())
    named = per_good.join(items, "good_no")
    return named.group_by("item").agg(lines=named["lines"].sum())


def least_lines(lines: Ints, baskets: int, most_items: int = MOST_ITEMS) -> int:
    """From how many lines on an item is paired.

    With L lines of paired items in B baskets there are about L^2 / 2B pairs, so L may be
    sqrt(2 B MOST_PAIRS) at most.

    >>> least_lines(np.array([40, 100, 20]), 100), least_lines(np.array([40, 100]), 100, 1)
    (30, 100)
    """
    ordered = np.sort(np.asarray(lines, dtype=np.int64))[::-1]
    room = sqrt(2 * baskets * MOST_PAIRS)
    fits = int(np.searchsorted(np.cumsum(ordered), room, side="right"))
    kept = ordered[: min(max(fits, 2), most_items)]
    return max(int(kept[-1]) if len(kept) else 0, LEAST_LINES)


def held(lines: ir.Table, items: ir.Table, per_item: ir.Table, least: int) -> ir.Table:
    """`basket, item, who`, one row each, of the items in at least so many lines.

    `who` is the customer's number; each guest's order is somebody else, below 0.
    """
    often = per_item.filter(per_item["lines"] >= least).select("item")
    kept = items.semi_join(often, "item")
    named = lines.select(
        "good_no",
        basket=basket_of(lines),
        who=lines.customer_id.fill_null(-1 - lines.order_no),
    ).join(kept, "good_no")
    return named.select("basket", "item", "who").distinct()


def baskets(lines: ir.Table) -> ir.Table:
    """One row: `baskets`, how many there are, `guests`, of these those of guests."""
    found = lines.select(basket=basket_of(lines)).distinct()
    return found.agg(baskets=found.count(), guests=number_where(found.basket < 0))


def singles(of: ir.Table) -> ir.Table:
    """`item, baskets`."""
    return of.group_by("item").agg(baskets=of.count())


def pairs(of: ir.Table) -> ir.Table:
    """Items found together with at least `LEAST_TOGETHER` customers.

    Returns:
        `a, b` (a before b), `baskets` with both, `customers` who had them, `squares` (sum of the
        squares of each customer's baskets with both)
    """
    left = of.select("basket", "who", a=of.item)
    right = of.select("basket", b=of.item).view()
    both = left.join(right, "basket")
    both = both.filter(both.a < both.b)
    own = both.group_by(["a", "b", "who"]).agg(n=both.count())
    counted = own.group_by(["a", "b"]).agg(
        baskets=own.n.sum(), customers=own.count(), squares=(own.n * own.n).sum()
    )
    return counted.filter(counted.customers >= LEAST_TOGETHER)


def first_bought(purchase_goods: ir.Table, items: ir.Table, as_of: date) -> ir.Table:
    """`customer_id, item, first_day` (days since 1970): when each customer came to each item."""
    known = purchase_goods.filter(
        purchase_goods.customer_id.notnull(), purchase_goods.day <= ibis.literal(as_of)
    )
    named = known.select("customer_id", "day", "good_no").join(items, "good_no")
    return named.group_by(["customer_id", "item"]).agg(first_day=named.day.epoch_days().min())


def anchors(first: ir.Table, as_of: date, days: int, within: int) -> ir.Table:
    """The rows of `first_bought` of the last so many days that have been watched long enough."""
    until = day_number(as_of) - within
    return first.filter(first.first_day > until - days, first.first_day <= until)


def sequences(of: ir.Table, first: ir.Table, within: int) -> ir.Table:
    """What customers came to after an item.

    Args:
        of: of `anchors`.
        first: of `first_bought`.
        within: days.

    Returns:
        `a, b, before` (customers who had bought b by the day they came to a; where b is a, all who
        came to it), `followed` (came to b within so many days after), `days` (sum of the days
        until then)
    """
    left = of.select("customer_id", a=of.item, a_day=of.first_day)
    right = first.select("customer_id", b=first.item, b_day=first.first_day)
    both = left.join(right, "customer_id")
    both = both.filter(both.b_day - both.a_day <= within)
    after = (both.b_day > both.a_day).cast("int64")
    both = both.mutate(after=after, gap=(both.b_day - both.a_day).cast("int64") * after)
    return both.group_by(["a", "b"]).agg(
        before=both.count() - both.after.sum(),
        followed=both.after.sum(),
        days=both.gap.sum(),
    )
