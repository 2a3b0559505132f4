"""The next price band: who moves up the ladder of a category, and to where.

The steps that people take from one purchase in a category to the next give the chance of each band
after each. A category's own steps are drawn towards the whole shop's where there are few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from regulars.insight.recommend.fixed import number
from regulars.insight.recommend.goods import BANDS, NO_BAND

if TYPE_CHECKING:
    import ibis.expr.types as ir

DRAWN = 20.0
"""Steps of the whole shop added to those of a category."""
MOVE_UP = 0.1
"""The next band is offered where so large a share of steps goes there."""


def moves(lines: ir.Table) -> ir.Table:
    """The chance of each band after each, by category.

    Args:
        lines: `customer_id, day, category, band`.

    Returns:
        `category, band, next_band, steps` (taken in the category), `of` (steps from the band),
        `chance`; all pairs of bands for each category with a ladder
    """
    laddered = lines.filter(lines.band > NO_BAND)
    # Several goods of one day: the dearest tells what the person was ready to pay.
    days = laddered.group_by(["customer_id", "category", "day"]).agg(band=laddered.band.max())
    own = ibis.window(group_by=[days.customer_id, days.category], order_by=days.day)
    steps = days.mutate(next_band=days.band.lead().over(own))
    steps = steps.filter(steps.next_band.notnull())
    taken = steps.group_by(["category", "band", "next_band"]).agg(steps=steps.count())
    left = steps.group_by(["category", "band"]).agg(of=steps.count())
    shop = steps.group_by(["band", "next_band"]).agg(shop_steps=steps.count())
    shop_left = steps.group_by("band").agg(shop_of=steps.count())

    bands = ibis.range(1, BANDS + 1).unnest()
    one = bands.name("band").as_table().select(band=ibis._.band.cast("int64"))
    two = bands.name("next_band").as_table().select(next_band=ibis._.next_band.cast("int64"))
    grid = laddered.select("category").distinct().cross_join(one).cross_join(two)
    grid = grid.left_join(taken, ["category", "band", "next_band"]).select(
        "category", "band", "next_band", "steps"
    )
    grid = grid.left_join(left, ["category", "band"]).select(
        "category", "band", "next_band", "steps", "of"
    )
    grid = grid.left_join(shop, ["band", "next_band"]).select(
        "category", "band", "next_band", "steps", "of", "shop_steps"
    )
    grid = grid.left_join(shop_left, "band").select(
        "category", "band", "next_band", "steps", "of", "shop_steps", "shop_of"
    )
    counted, base = grid.steps.fill_null(0), grid.of.fill_null(0)
    # Where nobody has taken a step yet, each band is as likely as the others.
    usual = (grid.shop_steps.fill_null(0).cast("float64") + 1.0) / (
        grid.shop_of.fill_null(0).cast("float64") + float(BANDS)
    )
    return grid.select(
        "category",
        "band",
        "next_band",
        steps=counted,
        of=base,
        chance=(counted.cast("float64") + usual * DRAWN) / (base.cast("float64") + number(DRAWN)),
    )
