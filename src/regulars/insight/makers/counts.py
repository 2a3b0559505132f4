"""First-time buyers, what their first baskets held, and whether they came back: counted.

A first-time buyer is watched if the horizon lies within the data. Buyers are put into strata by the
month of their first purchase and the fifth into which its value falls (`yardstick` parts them
further), so that season, the shop's own change and the size of the basket do not speak for a
product. Everything here is an Ibis
expression; what leaves the engine is one row per value, per product, category or source.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa

from regulars.insight.months import month_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

BANDS = 5
UNITS = 10_000
"""Money is counted in ten-thousandths, whole numbers, so that sums are exact on every engine."""
SINGLE, SEVERAL = "single", "several"


def units(money: ir.DecimalColumn) -> ir.IntegerColumn:
    """Money in whole ten-thousandths; nothing where it is not known."""
    return (money * UNITS).cast("int64").fill_null(0)


def first_days(purchases: ir.Table, as_of: date, horizon: int) -> ir.Table:
    """`customer_id, first_day` of the first-time buyers watched for so many days after."""
    known = purchases.filter(purchases.customer_id.notnull(), purchases.day <= ibis.literal(as_of))
    first = known.group_by("customer_id").agg(first_day=known.day.min())
    return first.filter(first.first_day <= ibis.literal(as_of - timedelta(days=horizon)))


def first_values(purchases: ir.Table, first: ir.Table, every: int = 1) -> ir.Table:
    """`value, buyers`: the first day's purchases in whole units of money, and how many buyers.

    Args:
        purchases: up to the day.
        first: of `first_days`.
        every: only each so-manieth customer is looked at; the bands need no more.
    """
    few = first.filter(first.customer_id % every == 0)
    joined = purchases.filter(purchases.customer_id % every == 0).join(few, "customer_id")
    own = joined.filter(joined.day == joined.first_day)
    per = own.group_by("customer_id").agg(paid=units(own.net).sum())
    value = (per.paid.cast("float64") / UNITS).floor().cast("int64")
    return per.group_by(value=value).agg(buyers=per.count()).order_by("value")


def cuts(values: pa.Table) -> list[int]:
    """Where each fifth of the first baskets after the first begins, in whole units of money.

    Equal values stay together, so there may be fewer bands than five.

    >>> cuts(pa.table({"value": [10, 20, 30], "buyers": [60, 20, 20]}))
    [20, 30]
    """
    value = values["value"].to_numpy()
    buyers = values["buyers"].to_numpy()
    through = np.cumsum(buyers) - buyers
    whole = int(buyers.sum())
    found: list[int] = []
    for part in range(1, BANDS):
        at = int(np.searchsorted(through, whole * part / BANDS, side="left"))
        if 0 < at < len(value) and (not found or value[at] > found[-1]):
            found.append(int(value[at]))
    return found


def first_buyers(
    purchases: ir.Table, first: ir.Table, horizon: int, bands: Sequence[int]
) -> ir.Table:
    """One row per watched first-time buyer.

    Args:
        purchases: up to the day.
        first: of `first_days`.
        horizon: days after the first within which a purchase is a return.
        bands: of `cuts`.

    Returns:
        `customer_id, first_day, stratum, returned` (0 or 1), `spend, profit` (within the horizon
        after the first day, in ten-thousandths), `earned` (that profit and the first day's)
    """
    joined = purchases.join(first, "customer_id")
    since = joined.day.epoch_days() - joined.first_day.epoch_days()
    within = (since > 0) & (since <= horizon)
    seen = joined.filter(since <= horizon).mutate(after=within.cast("int64"), since=since)
    paid, earned = units(seen.net), units(seen.profit)
    per = seen.group_by(["customer_id", "first_day"]).agg(
        value=ibis.cases((seen.since == 0, paid), else_=0).sum(),
        returned=seen.after.max(),
        spend=(paid * seen.after).sum(),
        profit=(earned * seen.after).sum(),
        earned=earned.sum(),
    )
    band = ibis.literal(0, "int64")
    for cut in bands:
        band = band + (per.value >= cut * UNITS).cast("int64")
    return per.select(
        "customer_id",
        "first_day",
        "returned",
        "spend",
        "profit",
        "earned",
        stratum=month_of(per.first_day) * BANDS + band,
    )


def first_products(purchase_goods: ir.Table, goods: ir.Table, first: ir.Table) -> ir.Table:
    """`customer_id, item`: the products of each first-time buyer's first day."""
    lines = purchase_goods.join(first, "customer_id")
    lines = lines.filter(lines.day == lines.first_day).select("customer_id", "good_no")
    named = goods.select("good_no", item=goods.product_no)
    return lines.join(named, "good_no").select("customer_id", "item").distinct()


def first_categories(purchase_goods: ir.Table, goods: ir.Table, first: ir.Table) -> ir.Table:
    """`customer_id, item`: the categories of each first-time buyer's first day."""
    lines = purchase_goods.join(first, "customer_id")
    lines = lines.filter(lines.day == lines.first_day).select("customer_id", "good_no")
    named = goods.filter(goods.category.notnull()).select("good_no", item=goods.category)
    return lines.join(named, "good_no").select("customer_id", "item").distinct()


def first_sources(people: ir.Table) -> ir.Table:
    """`customer_id, item`: where each customer came in."""
    return people.filter(people.source.notnull()).select("customer_id", item=people.source)


def first_sizes(purchase_goods: ir.Table, goods: ir.Table, first: ir.Table) -> ir.Table:
    """`customer_id, item`: whether the first day held one product or several."""
    held = first_products(purchase_goods, goods, first)
    per = held.group_by("customer_id").agg(products=held.count())
    return per.select("customer_id", item=ibis.cases((per.products == 1, SINGLE), else_=SEVERAL))


def tallies(held: ir.Table, buyers: ir.Table) -> ir.Table:
    """Observed and expected returns of each item.

    A buyer is expected to return as often as all buyers of the stratum, the item's own among them;
    the variance is the hypergeometric one, summed over strata, which allows for that.

    Args:
        held: `customer_id, item`, one row each.
        buyers: of `first_buyers`.

    Returns:
        `item, buyers, returned, expected, variance, spend, profit`, the sums of squares of the
        last two, `spend_2, profit_2`, and `earned`, in money; and of all buyers `all_buyers,
        all_returned, all_profit, all_earned`
    """
    joined = held.join(buyers, "customer_id")
    spend, profit = joined.spend.cast("float64"), joined.profit.cast("float64")
    cells = joined.group_by(["item", "stratum"]).agg(
        buyers=joined.count(),
        returned=joined.returned.sum(),
        spend=joined.spend.sum(),
        profit=joined.profit.sum(),
        earned=joined.earned.sum(),
        spend_2=(spend * spend).sum(),
        profit_2=(profit * profit).sum(),
    )
    strata = buyers.group_by("stratum").agg(
        of=buyers.count(),
        back=buyers.returned.sum(),
        after=buyers.profit.sum(),
        in_all=buyers.earned.sum(),
    )
    whole_of = strata.agg(
        all_buyers=strata["of"].sum(),
        all_returned=strata.back.sum(),
        all_profit=strata.after.sum().cast("float64") / UNITS,
        all_earned=strata.in_all.sum().cast("float64") / UNITS,
    )
    both = cells.join(strata, "stratum")
    own, whole = both.buyers.cast("float64"), both["of"].cast("float64")
    rate = both.back.cast("float64") / whole
    spread = own * rate * (1 - rate) * (whole - own) / ibis.greatest(whole - 1, 1)
    per_item = both.group_by("item").agg(
        buyers=both.buyers.sum(),
        returned=both.returned.sum(),
        expected=(own * rate).sum(),
        variance=spread.sum(),
        spend=both.spend.sum().cast("float64") / UNITS,
        profit=both.profit.sum().cast("float64") / UNITS,
        earned=both.earned.sum().cast("float64") / UNITS,
        spend_2=both.spend_2.sum() / UNITS**2,
        profit_2=both.profit_2.sum() / UNITS**2,
    )
    return per_item.cross_join(whole_of)


def product_names(goods: ir.Table) -> ir.Table:
    """`item, product_id, name, category` of each product."""
    return goods.group_by(item=goods.product_no).agg(
        product_id=goods.product_id.min(), name=goods.title.min(), category=goods.category.min()
    )
