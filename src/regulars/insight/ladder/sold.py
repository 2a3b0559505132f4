"""What the ladder needs of the lines: sales by good, entries, steps and the latest buyers.

Each is one expression that any engine runs and that gives few rows, but for the list of customers,
which ends where it is told to. Bands reach the engine as cuts of whole grains of money, so that
both engines place a price the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.insight.ladder.breaks import MOST_BANDS, Ladder
from regulars.insight.picture import View

if TYPE_CHECKING:
    import ibis.expr.types as ir

GRAIN = 10_000
"""Whole grains in one unit of money, the fourth place of DECIMAL(18,4)."""
BLOCK = 30
"""Customers who came in within the same block of so many days are compared with each other."""
_PLACES = 1 << 24
_BANDS = 8
_NEVER = 10**17


def goods_sold(view: View, days: int) -> ir.Table:
    """Every good, with its sales of the last days, the dearest first.

    Returns:
        `good_no, product_no, place` (1 the dearest), `product_id, title, variant, category`,
        `price, cost`,
        `pieces, gross, net, profit, known_net, known_profit` (of goods whose cost is known;
        NULL where none was sold in these days)
    """
    goods, lines = view.relation("goods"), recent(view, days)
    known = lines.cost_known.fill_null(False)
    per = lines.group_by("good_no").agg(
        pieces=_sum(lines.pieces),
        gross=_sum(lines.gross),
        net=_sum(lines.net),
        profit=_sum(lines.profit),
        known_net=_sum(ibis.cases((known, lines.net))),
        known_profit=_sum(ibis.cases((known, lines.profit))),
    )
    placed = _placed(goods)
    joined = placed.left_join(per, "good_no").drop("good_no_right")
    return joined.select(
        "good_no", "product_no", "place", "product_id", "title", "variant", "category",
        *(joined[name].cast("float64").name(name) for name in ("price", "cost")),
        *("pieces", "gross", "net", "profit", "known_net", "known_profit"),
    ).order_by("place")  # fmt: skip


def recent(view: View, days: int) -> ir.Table:
    """The lines of the last days, guests' too."""
    lines = view.relation("purchase_goods")
    start = view.as_of - timedelta(days=days - 1)
    return lines.filter(lines.day >= ibis.literal(start), lines.day <= ibis.literal(view.as_of))


def laddered(view: View, ladders: Mapping[str, Ladder]) -> ir.Table:
    """`good_no, place, code, band` of every good of the categories; code counts from 0."""
    names = list(ladders)
    cuts = [
        [_grains(ladder.cuts[step]) if step < len(ladder.cuts) else _NEVER
         for ladder in ladders.values()]
        for step in range(MOST_BANDS - 1)
    ]  # fmt: skip
    spine = ibis.range(0, len(names)).unnest().name("code").as_table()
    table = spine.select(
        code=spine.code.cast("int64"),
        category=ibis.array(names)[spine.code],
        **{
            f"cut_{step}": ibis.array(own)[spine.code].cast("int64")
            for step, own in enumerate(cuts)
        },
    )
    joined = _placed(view.relation("goods")).join(table, "category")
    grains = (joined.price * GRAIN).cast("int64")
    band = ibis.literal(1).cast("int64")
    for step in range(MOST_BANDS - 1):
        band = band + (grains >= joined[f"cut_{step}"]).cast("int64")
    return joined.filter(joined.price > 0).select("good_no", "place", "code", band=band)


def entries(view: View, goods: ir.Table, days: int) -> ir.Table:
    """Customers of each category by the good with which they came into it.

    That good is the dearest of their first day in the category.

    Args:
        view: holds `purchase_goods`.
        goods: from `laddered`.
        days: how long ago a purchase makes a buyer of a band.

    Returns:
        `place` of the good, `block` of days of that first day, `highest` band ever bought in the
        category; `customers`, of them `climbed, fell` (latest band against first), and `buyers_1`
        … of each band within the days
    """
    owners = _owners(view, goods, days)
    low = owners.entry % (_PLACES * _BANDS)
    first = _BANDS - 1 - (low / _PLACES).floor().cast("int64")
    latest = owners.latest % _BANDS
    day = (owners.entry / (_PLACES * _BANDS)).floor()
    told = owners.mutate(
        place=low % _PLACES,
        block=(day / BLOCK).floor().cast("int64"),
        climbs=latest > first,
        falls=latest < first,
    )
    keys = ["place", "block", "highest"]
    return (
        told.group_by(keys)
        .agg(
            customers=told.count(),
            climbed=number_where(told.climbs),
            fell=number_where(told.falls),
            **{
                f"buyers_{band}": number_where(told[f"lately_{band}"] > 0)
                for band in range(1, MOST_BANDS + 1)
            },
        )
        .order_by(keys)
    )


def steps(view: View, goods: ir.Table, days: int) -> ir.Table:
    """Steps from one purchase day in a category to the next, by customer added up.

    Of a day with several goods, the dearest counts. Both days lie within the last `days`.

    Returns:
        `code, band, customers` who took a step from it, `steps`, `squares` (sum over customers of
        their steps squared); and for each next band `to_1` … steps, `to_1_squares`, `to_1_cross`
        (sum of squares, and of products with their steps)
    """
    lines = _own(recent(view, days), goods)
    keys = ["customer_id", "code", "day"]
    bought = lines.group_by(keys).agg(band=lines.band.max())
    own = ibis.window(group_by=[bought.customer_id, bought.code], order_by=bought.day)
    pairs = bought.mutate(next_band=bought.band.lead().over(own))
    pairs = pairs.filter(pairs.next_band.notnull())
    bands = range(1, MOST_BANDS + 1)
    each = pairs.group_by(["customer_id", "code", "band"]).agg(
        n=pairs.count(), **{f"m_{band}": number_where(pairs.next_band == band) for band in bands}
    )
    sums = {
        name: value
        for band in bands
        for name, value in (
            (f"to_{band}", _whole(each[f"m_{band}"])),
            (f"to_{band}_squares", _whole(each[f"m_{band}"] * each[f"m_{band}"])),
            (f"to_{band}_cross", _whole(each[f"m_{band}"] * each.n)),
        )
    }
    return (
        each.group_by(["code", "band"])
        .agg(customers=each.count(), steps=_whole(each.n), squares=_whole(each.n * each.n), **sums)
        .order_by(["code", "band"])
    )


def latest_buyers(view: View, goods: ir.Table, days: int, most: int) -> ir.Table:
    """The customers who bought last in a category, the latest first; ties by customer.

    Returns:
        `customer_id, code, first_band, latest_band, highest, latest` (days since 1970), and
        `times_1` … lines bought in each band
    """
    owners = _owners(view, goods, days)
    low = owners.entry % (_PLACES * _BANDS)
    told = owners.select(
        "customer_id",
        "code",
        "highest",
        first_band=_BANDS - 1 - (low / _PLACES).floor().cast("int64"),
        latest_band=owners.latest % _BANDS,
        latest=(owners.latest / _BANDS).floor().cast("int64"),
        **{f"times_{band}": owners[f"times_{band}"] for band in range(1, MOST_BANDS + 1)},
    )
    ordered = told.order_by([ibis.desc("latest"), "customer_id", "code"])
    return ordered.limit(most) if most else ordered


def _owners(view: View, goods: ir.Table, days: int) -> ir.Table:
    """One row per customer and category: `entry, latest` (day and band, packed), `highest`."""
    lines = view.relation("purchase_goods")
    own = _own(lines.filter(lines.day <= ibis.literal(view.as_of)), goods)
    start = view.as_of - timedelta(days=days - 1)
    own = own.mutate(number=own.day.epoch_days().cast("int64"), late=own.day >= ibis.literal(start))
    # Day, then the dearest band, then the dearest good, in one number: its least is the entry.
    entry = (own.number * _BANDS + (_BANDS - 1 - own.band)) * _PLACES + own.place
    bands = range(1, MOST_BANDS + 1)
    return own.group_by(["customer_id", "code"]).agg(
        entry=entry.min(),
        latest=(own.number * _BANDS + own.band).max(),
        highest=own.band.max(),
        **{f"times_{band}": number_where(own.band == band) for band in bands},
        **{f"lately_{band}": number_where((own.band == band) & own.late) for band in bands},
    )


def _own(lines: ir.Table, goods: ir.Table) -> ir.Table:
    """Lines of known customers with the place, category and band of their good."""
    known = lines.filter(lines.customer_id.notnull()).select("customer_id", "day", "good_no")
    return known.join(goods, "good_no")


def _placed(goods: ir.Table) -> ir.Table:
    order = ibis.window(order_by=[ibis.desc(goods.price.fill_null(0)), goods.good_no])
    return goods.mutate(place=ibis.row_number().over(order).cast("int32").cast("int64") + 1)


def _sum(column: ir.Value) -> ir.Value:
    return column.sum().cast("decimal(38, 4)").cast("float64")


def _whole(column: ir.Value) -> ir.Value:
    return column.sum().cast("int64")


def _grains(price: float) -> int:
    return round(price * GRAIN)
