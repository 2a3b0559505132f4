"""What the focus needs of the lines, category by category: sales, owners, first purchases, cycles.

Goods without a category, and those of categories beyond the largest, are a category of their own
without a name: they count in what the whole is, and in what else a customer buys.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.insight.makers.counts import tallies
from regulars.insight.makers.yardstick import watched_buyers
from regulars.insight.picture import View
from regulars.kernel.clock import day_number

if TYPE_CHECKING:
    import ibis.expr.types as ir

QUARTER, YEAR = 90, 365


def sales_by_category(view: View, days: int) -> ir.Table:
    """One row per category, NULL for none.

    Returns:
        `category, goods` and of the days `net, profit, known_net, known_profit`; `net_now,
        net_before, net_year` of the last 90 days, the 90 before, the same 90 a year before;
        `first_day` of all its lines
    """
    lines = _until(view)
    age = _age(view, lines)
    now = age < days
    known = now & lines.cost_known.fill_null(False)
    per = lines.group_by("good_no").agg(
        net=_sum_where(lines.net, now),
        profit=_sum_where(lines.profit, now),
        known_net=_sum_where(lines.net, known),
        known_profit=_sum_where(lines.profit, known),
        net_now=_sum_where(lines.net, age < QUARTER),
        net_before=_sum_where(lines.net, (age >= QUARTER) & (age < 2 * QUARTER)),
        net_year=_sum_where(lines.net, (age >= YEAR) & (age < YEAR + QUARTER)),
        first_day=lines.day.min(),
    )
    goods = view.relation("goods").select("good_no", "category")
    named = per.join(goods, "good_no")
    sums = (
        "net", "profit", "known_net", "known_profit", "net_now", "net_before", "net_year",
    )  # fmt: skip
    return (
        named.group_by("category")
        .agg(
            goods=number_where(named.net.notnull()),
            first_day=named.first_day.min(),
            **{name: named[name].sum().cast("decimal(38, 4)").cast("float64") for name in sums},
        )
        .order_by(["category"])
    )


def coded(view: View, categories: Sequence[str]) -> ir.Table:
    """`good_no, code` of every good: the place of its category, their number where it is none."""
    spine = ibis.range(0, len(categories)).unnest().name("code").as_table()
    names = spine.select(
        code=spine.code.cast("int64"), category=ibis.array(list(categories))[spine.code]
    )
    goods = view.relation("goods")
    joined = goods.left_join(names, "category")
    return joined.select("good_no", code=joined.code.fill_null(len(categories)))


def owners(view: View, goods: ir.Table, days: int) -> ir.Table:
    """Buyers of each category in the days.

    Returns:
        `code, buyers, only` (who bought nothing else), `own, spent` (in it, and altogether)
    """
    held = _held(view, goods, days)
    each = held.group_by("customer_id").agg(
        categories=held.count(), spent=held.own.sum().cast("decimal(38, 4)")
    )
    told = held.join(each, "customer_id")
    return (
        told.group_by("code")
        .agg(
            buyers=told.count(),
            only=number_where(told.categories == 1),
            own=told.own.sum().cast("decimal(38, 4)").cast("float64"),
            spent=told.spent.sum().cast("decimal(38, 4)").cast("float64"),
        )
        .order_by("code")
    )


def reached(view: View, goods: ir.Table, days: int) -> ir.Table:
    """`code, customers`: buyers of the days by the first category of the order that they bought.

    Args:
        view: holds `purchase_goods`.
        goods: from `coded`, with categories in the order in which they are kept.
        days: how far back.
    """
    held = _held(view, goods, days)
    each = held.group_by("customer_id").agg(code=held.code.min())
    return each.group_by("code").agg(customers=each.count()).order_by("code")


def first_purchases(view: View, goods: ir.Table, categories: int) -> ir.Table:
    """New customers by the categories of their first day, of those whose 90 days are over.

    They are held against the yardstick of first purchases that make regulars, so that both
    pictures say the same of a category.

    Args:
        view: the as-of tables.
        goods: from `coded`.
        categories: how many have a code of their own.

    Returns:
        of `makers.counts.tallies`, the code as item
    """
    first, buyers = watched_buyers(view, QUARTER)
    lines = view.relation("purchase_goods").join(first, "customer_id")
    lines = lines.filter(lines.day == lines.first_day).select("customer_id", "good_no")
    named = goods.filter(goods.code < categories).select("good_no", item=goods.code)
    held = lines.join(named, "good_no").select("customer_id", "item").distinct()
    return tallies(held, buyers)


def cycles(view: View) -> ir.Table:
    """`category, median_cycle`: over its customers, the median of the P50 of their cycle."""
    own = view.relation("category_cycles")
    return (
        own.group_by("category")
        # Engines may differ in the last bit of the mean of the two in the middle.
        .agg(median_cycle=own.cycle_p50.median().round(6))
        .order_by("category")
    )


def _held(view: View, goods: ir.Table, days: int) -> ir.Table:
    """What each known customer spent in each category in the days."""
    lines = _until(view)
    start = view.as_of - timedelta(days=days - 1)
    known = lines.filter(lines.customer_id.notnull(), lines.day >= ibis.literal(start))
    own = known.select("customer_id", "good_no", "net").join(goods, "good_no")
    return own.group_by(["customer_id", "code"]).agg(own=own.net.sum().cast("decimal(38, 4)"))


def _until(view: View) -> ir.Table:
    lines = view.relation("purchase_goods")
    return lines.filter(lines.day <= ibis.literal(view.as_of))


def _age(view: View, lines: ir.Table) -> ir.IntegerValue:
    return (ibis.literal(day_number(view.as_of)) - lines.day.epoch_days()).cast("int64")


def _sum_where(column: ir.Value, condition: ir.BooleanValue) -> ir.Value:
    return ibis.cases((condition, column)).sum().cast("decimal(38, 4)")
