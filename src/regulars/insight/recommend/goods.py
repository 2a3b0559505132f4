"""How each good sells, at what price, in which third of its category's prices, and whether still.

A good is on sale while it was sold within `ON_SALE_DAYS`, or within four times the usual gap
between its own days of sale: what sells once a quarter is not gone after two months.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from regulars.insight.recommend.fixed import decay, grains, number, real, total, whole

if TYPE_CHECKING:
    import ibis.expr.types as ir

RECENT, SEASON = 14, 56
"""Half-lives, in days, of what sells now and of what has sold this season."""
ON_SALE_DAYS = 56
_GAPS_UNSOLD = 4
BANDS = 3
"""Price bands of a category: the cheapest third of its goods, the middle, the dearest."""
LADDER_OF = 6
"""A category of fewer goods has no bands."""
_STEEP = 1.25
"""Nor has one whose dear third does not begin so far above the end of its cheap third."""
_SHARE = 10_000.0
NO_BAND = 0


def goods(lines: ir.Table, named: ir.Table, day: int) -> ir.Table:
    """One row per good bought until the day.

    Args:
        lines: `customer_id, day, item, pieces, gross`, none later than the day.
        named: `item, category`.
        day: as days since 1970.

    Returns:
        `item, category, customers, price` (of a piece, list), `recent, season` (decayed sales),
        `is_on_sale, band` (1 to 3; 0 without a ladder), `popularity` (ln of 1 + sales this season
        per 10,000), `trend` (ln of recent sales against the season's)
    """
    age = number(day) - lines.day.cast("float64")
    per = lines.group_by("item").agg(
        customers=lines.customer_id.nunique(),
        sold_days=lines.day.nunique(),
        since=lines.day.min(),
        last=lines.day.max(),
        recent=total(grains(decay(age, RECENT))),
        season=total(grains(decay(age, SEASON))),
        gross=total(lines.gross),
        pieces=total(lines.pieces),
    )
    sold = per.join(named.select("item", "category"), "item")
    rhythm = (sold.last - sold.since).cast("float64") / (sold.sold_days - 1).nullif(0)
    silence = ibis.literal(day) - sold.last
    # One row of the whole shop beside each good, since a share is of all.
    shop = per.agg(all_season=total(per.season), all_recent=total(per.recent))
    sold = sold.cross_join(shop)
    season, recent = real(sold.season), real(sold.recent)
    # Sales that neither rise nor fall add up to RECENT / SEASON of the season's in the short run.
    expected = season * (RECENT / SEASON)
    priced = sold.select(
        "item",
        "category",
        "customers",
        price=sold.gross.cast("float64") / (sold.pieces.cast("float64") * _SHARE),
        recent=recent,
        season=season,
        is_on_sale=(silence <= ON_SALE_DAYS)
        | (silence.cast("float64") <= rhythm * _GAPS_UNSOLD).fill_null(False),
        popularity=(season / real(sold.all_season) * _SHARE + 1.0).ln(),
        trend=((recent + 0.5) / (expected + 0.5)).ln(),
    )
    return _with_bands(priced)


def _with_bands(priced: ir.Table) -> ir.Table:
    own = ibis.window(group_by=priced.category, order_by=[priced.price, priced.item])
    thirds = priced.mutate(third=whole(ibis.ntile(BANDS).over(own)) + 1)
    steps = thirds.group_by("category").agg(
        sorts=thirds.count(),
        cheap_end=thirds.price.max(where=thirds.third == 1),
        dear_begin=thirds.price.min(where=thirds.third == BANDS),
    )
    is_ladder = (
        (steps.category >= 0)
        & (steps.sorts >= LADDER_OF)
        & (steps.dear_begin >= steps.cheap_end * _STEEP)
    )
    steps = steps.select("category", is_ladder=is_ladder.fill_null(False))
    joined = thirds.join(steps, "category")
    return joined.select(
        *(name for name in priced.columns),
        band=ibis.cases(
            (joined.is_ladder, joined.third), else_=ibis.literal(NO_BAND).cast("int64")
        ),
    )
