"""What the shop knows of its goods at the end of a day, from what was bought until then.

One table per subject, each a function of those lines alone, so that what is bought after the day
cannot change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.insight.recommend.due import gap_laws
from regulars.insight.recommend.goods import goods
from regulars.insight.recommend.neighbours import baskets, buyers, companions, followers, paired
from regulars.insight.recommend.newness import kinds, liked
from regulars.insight.recommend.price_band import moves

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.recommend.fixed import Keep


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Tables about goods as of the end of `day` (days since 1970), named for their functions."""

    day: int
    goods: ir.Table
    laws: ir.Table
    followers: ir.Table
    companions: ir.Table
    moves: ir.Table
    liked: ir.Table


def know(bought: ir.Table, named: ir.Table, day: int, keep: Keep, mark: str = "") -> Knowledge:
    """All that is known of goods at the end of the day.

    Args:
        bought: `customer_id, day, item, pieces, gross`, also of later days.
        named: `item, category`.
        day: the last day that may be known, as days since 1970.
        keep: makes tables of expressions.
        mark: in the tables' names, where several days are known at a time.
    """
    until = bought.filter(bought.day <= day)
    sold = keep(f"rec{mark}_goods", goods(until, named, day))
    joined = until.join(sold.select("item", "category", "band"), "item")
    lines = keep(
        f"rec{mark}_lines", joined.select("customer_id", "day", "item", "category", "band")
    )
    numbered = keep(f"rec{mark}_baskets", baskets(lines))
    pairs = keep(f"rec{mark}_paired", paired(lines, numbered, sold))
    bought_by = keep(f"rec{mark}_buyers", buyers(pairs, numbered))
    kind_of = keep(f"rec{mark}_kinds", kinds(lines))
    return Knowledge(
        day=day,
        goods=sold,
        laws=keep(f"rec{mark}_laws", gap_laws(lines)),
        followers=keep(f"rec{mark}_followers", followers(pairs, bought_by)),
        companions=keep(f"rec{mark}_companions", companions(pairs, bought_by)),
        moves=keep(f"rec{mark}_moves", moves(lines)),
        liked=keep(f"rec{mark}_liked", liked(lines, kind_of, day)),
    )
