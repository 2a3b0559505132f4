"""The best candidates of each person, each with its reason.

The reason of a good bought before is when it was bought. Of another it is the source that says
most for it, weight x (measure - usual measure of a candidate), among those that say anything:
what follows, what goes with, a category that is due. A good one price band above what the person
usually buys in the category is told as that in place of the category. What no source speaks for is
liked by customers of the same kind, or simply popular.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import ibis

from regulars.insight.recommend.blend import score
from regulars.insight.recommend.fixed import number, whole

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.recommend.blend import Blend
    from regulars.insight.recommend.knowledge import Knowledge

NEW_KEPT = 3
"""The best goods new to the person are kept even where they stand below the first."""
_NEVER = -1e9


class Reason(StrEnum):
    """Why a good is offered."""

    REPLENISH = "replenish"
    CATEGORY_DUE = "category_due"
    NEXT_AFTER = "next_after"
    GOES_WITH = "goes_with"
    NEXT_BAND = "next_band"
    LIKED = "liked"
    POPULAR = "popular"


@dataclass(frozen=True, slots=True)
class Names:
    """What goods and categories are called: `goods_named` and `categories_named`."""

    goods: ir.Table
    categories: ir.Table


def ranked(
    rows: ir.Table, named: ir.Table, blend: Blend, top: int, new: int = NEW_KEPT
) -> ir.Table:
    """The first of each person, best first, and the best goods new to the person.

    Equal scores go by popularity, then by margin, then by number.

    Args:
        rows: `candidates.candidates`, kept.
        named: `goods_named`, for the margin.
        blend: the weights.
        top: how many.
        new: how many of the new ones, wherever they stand.

    Returns:
        the columns of `rows` and `score` (millionths), `rank`, `new_rank` (among the goods new to
        the person), `margin` (of a piece)
    """
    shares = named.select("item", "margin_share")
    priced = rows.join(shares, "item")
    scored = priced.mutate(score=score(priced, blend), margin=priced.price * priced.margin_share)
    order = [
        ibis.desc(scored.score),
        ibis.desc(scored.season),
        ibis.desc(scored.margin),
        ibis.asc(scored["item"]),
    ]
    everything = ibis.window(group_by=scored.customer_id, order_by=order)
    alike = ibis.window(group_by=[scored.customer_id, scored.is_own], order_by=order)
    placed = scored.mutate(
        rank=whole(ibis.row_number().over(everything)) + 1,
        place=whole(ibis.row_number().over(alike)) + 1,
    )
    kept = placed.filter((placed["rank"] <= top) | (~placed.is_own & (placed.place <= new)))
    return kept.mutate(new_rank=ibis.cases((~kept.is_own, kept.place))).drop("place")


def explained(best: ir.Table, knowledge: Knowledge, names: Names, blend: Blend) -> ir.Table:
    """The rows with names and reasons.

    Args:
        best: `ranked`.
        knowledge: of goods.
        names: of goods and categories.
        blend: with which they were ranked.

    Returns:
        `customer_id, rank, new_rank, platform, product_id, title, category, reason, because` (the
        good or the category that the reason names), `support, base` (n of m persons or steps),
        `times, gap_days, age_days, score, price, margin`, by customer and rank
    """
    rows = best.mutate(reason=_reason(best, blend))
    told = [(Reason.NEXT_AFTER, rows.follows_item), (Reason.GOES_WITH, rows.goes_with_item)]
    rows = rows.mutate(
        because_item=ibis.cases(*((rows.reason == str(code), item) for code, item in told))
    )
    for name, pairs in (("after", knowledge.followers), ("with", knowledge.companions)):
        found = pairs.select(
            because_item=pairs["item"], item=pairs.other,
            **{f"{name}_both": pairs.both, f"{name}_base": pairs.base},
        )  # fmt: skip
        joined = rows.left_join(found, ["because_item", "item"])
        rows = joined.drop(*(one for one in joined.columns if one.endswith("_right")))
    titles = names.goods.select(because_item="item", because_title="title")
    rows = rows.left_join(titles, "because_item").drop("because_item_right")
    goods = names.goods.select("item", "platform", "product_id", "title")
    rows = rows.join(goods, "item")
    rows = rows.left_join(names.categories, "category").drop("category_right")
    is_own = rows.is_own
    after, together = (rows.reason == str(code) for code, _ in told)
    up = rows.reason == str(Reason.NEXT_BAND)
    of_category = (rows.reason == str(Reason.CATEGORY_DUE)) | up
    return rows.select(
        "customer_id",
        rank=rows["rank"].cast("int32"),
        new_rank=rows.new_rank.cast("int32"),
        platform=rows.platform,
        product_id=rows.product_id,
        title=rows.title,
        category=rows.category_name,
        reason=rows.reason,
        because=ibis.cases(
            (after | together, rows.because_title), (of_category, rows.category_name)
        ),
        support=ibis.cases(
            (after, rows.after_both), (together, rows.with_both), (up, rows.moved)
        ).cast("int64"),
        base=ibis.cases(
            (after, rows.after_base), (together, rows.with_base), (up, rows.moved_of)
        ).cast("int64"),
        times=ibis.cases((is_own, rows.times_bought), (of_category, rows.category_times)).cast(
            "int64"
        ),
        gap_days=ibis.cases((is_own, rows.gap), (of_category, rows.category_gap)),
        age_days=ibis.cases((is_own, rows.age), (of_category, rows.category_age)).cast("int64"),
        score=rows.score.cast("float64") / 1_000_000.0,
        price=rows.price,
        margin=rows.margin,
    ).order_by(["customer_id", "rank"])


def _reason(rows: ir.Table, blend: Blend) -> ir.StringColumn:
    def says(measure: str, here: ir.BooleanValue) -> ir.FloatingValue:
        value = (rows[measure] - blend.usual[measure]) * number(blend.weights[measure])
        return ibis.cases((here, value), else_=number(_NEVER))

    in_category = rows.category_age.notnull()
    due = says("category_due", in_category)
    after = says("follows", rows.follows_item.notnull())
    together = says("goes_with", rows.goes_with_item.notnull())
    most = ibis.greatest(due, after, together)
    told = most > number(_NEVER / 2)
    of_category = ibis.cases(
        (rows.is_next_band, ibis.literal(str(Reason.NEXT_BAND))),
        else_=ibis.literal(str(Reason.CATEGORY_DUE)),
    )
    # Liked means more than elsewhere: its share of the kind's sales is above that of the shop's.
    liked = (rows.liked > rows.popularity) & (blend.weights["liked"] > 0)
    return ibis.cases(
        (rows.is_own, ibis.literal(str(Reason.REPLENISH))),
        (told & (after == most), ibis.literal(str(Reason.NEXT_AFTER))),
        (told & (together == most), ibis.literal(str(Reason.GOES_WITH))),
        (told & (due == most), of_category),
        (liked, ibis.literal(str(Reason.LIKED))),
        else_=ibis.literal(str(Reason.POPULAR)),
    )
