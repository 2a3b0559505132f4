"""What each person has bought until the person's own moment: goods, categories, price bands.

The moment is the as-of day for everybody when offers are made. When the blend is learnt or judged
it is the day before the basket that is to be foretold, a day of each person's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from regulars.insight.recommend.fixed import decay, first, grains, number, real, total, whole
from regulars.insight.recommend.goods import BANDS, NO_BAND
from regulars.insight.recommend.newness import kinds

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.recommend.fixed import Keep

HALF_LIFE = 90
"""Days after which a purchase counts half."""
_PER_BASKET = 0.7
"""What a purchase counts for with each basket since."""
_BASKETS = 30


@dataclass(frozen=True, slots=True)
class History:
    """What the persons of `moments` bought, by day numbers and grains (`fixed`).

    Attributes:
        goods: `customer_id, item, category, times, age` (days since the last time), `span` (from
            first to last), `lately` (times, decayed), `baskets` (times, by baskets since),
            `in_last`
        categories: `customer_id, category, times, age, span, lately`
        bands: `customer_id, category, usual` (band), `band_1, band_2, band_3, in_bands` (decayed)
        kinds: `customer_id, kind`
    """

    goods: ir.Table
    categories: ir.Table
    bands: ir.Table
    kinds: ir.Table


def look_back(bought: ir.Table, goods: ir.Table, moments: ir.Table, keep: Keep) -> History:
    """The history of each person until the end of the person's day.

    Args:
        bought: `customer_id, day, item`, also of other persons and later days.
        goods: `Knowledge.goods`; a good that it does not know is left out.
        moments: `customer_id, moment` (days since 1970), one row per person.
        keep: makes tables of expressions.
    """
    own = bought.select("customer_id", "day", "item").join(moments, "customer_id")
    own = own.filter(own.day <= own.moment)
    own = own.join(goods.select("item", "category", "band"), "item")
    # The number of baskets since: 0 for the latest.
    back = ibis.window(group_by=own.customer_id, order_by=ibis.desc(own.day))
    lines = keep(
        "rec_own_lines",
        own.select(
            "customer_id",
            "item",
            "category",
            "band",
            "day",
            age=own.moment - own.day,
            since=whole(ibis.dense_rank().over(back)),
        ),
    )
    return History(
        goods=keep("rec_own_goods", _goods(lines)),
        categories=keep("rec_own_categories", _categories(lines)),
        bands=keep("rec_own_bands", _bands(lines)),
        kinds=keep("rec_own_kinds", kinds(lines)),
    )


def _goods(lines: ir.Table) -> ir.Table:
    since = ibis.least(lines.since, _BASKETS)
    return lines.group_by(["customer_id", "item", "category"]).agg(
        times=lines.count(),
        age=lines.age.min(),
        span=lines.age.max() - lines.age.min(),
        lately=total(grains(decay(lines.age, HALF_LIFE))),
        baskets=total(grains((since.cast("float64") * number(_LN_BASKET)).exp())),
        in_last=lines.since.min() == 0,
    )


_LN_BASKET = -0.35667494393873245
"""ln of `_PER_BASKET`."""


def _categories(lines: ir.Table) -> ir.Table:
    named = lines.filter(lines.category >= 0)
    days = named.select("customer_id", "category", "age").distinct()
    return days.group_by(["customer_id", "category"]).agg(
        times=days.count(),
        age=days.age.min(),
        span=days.age.max() - days.age.min(),
        lately=total(grains(decay(days.age, HALF_LIFE))),
    )


def _bands(lines: ir.Table) -> ir.Table:
    laddered = lines.filter(lines.band > NO_BAND)
    laddered = laddered.mutate(weight=grains(decay(laddered.age, 2 * HALF_LIFE)))
    counts = {
        f"band_{band}": total(laddered.weight, laddered.band == band)
        for band in range(1, BANDS + 1)
    }
    per = laddered.group_by(["customer_id", "category"]).agg(
        in_bands=total(laddered.weight),
        height=total(laddered.weight * laddered.band),
        **counts,
    )
    mean = per.height.cast("float64") / per.in_bands.nullif(0).cast("float64")
    return per.select(
        "customer_id",
        "category",
        # What was bought so long ago that it weighs nothing tells no band.
        usual=(mean + 0.5).floor().cast("int64"),
        **{name: real(per[name]) for name in (*counts, "in_bands")},
    ).filter(ibis._.usual.notnull())


def favourites(goods: ir.Table, count: int) -> ir.Table:
    """The goods each person bought most lately, up to so many."""
    return first(
        goods, "customer_id", count, ibis.desc(goods.lately), ibis.asc(goods.age), goods.item
    )
