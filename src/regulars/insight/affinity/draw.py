"""Affinity: what is bought together in one basket, and what is bought next.

Only pairs that go together more than chance allows are shown, after the correction for having
looked at all of them (Benjamini and Hochberg 1995), those first whose lift is highest even at the
lower end of its interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.affinity import counts
from regulars.insight.affinity.tables import MOST_ROWS, Items, following, pairs
from regulars.insight.affinity.words import Looked, says
from regulars.insight.picture import Picture, View
from regulars.insight.statistics.answers import ints
from regulars.lifetime.gaps import Ints

if TYPE_CHECKING:
    import ibis.expr.types as ir

BY = ("product", "category")
LEAST_BASKETS = 100


def draw(
    view: View,
    by: str = "product",
    days: int = 365,
    within: int = 90,
    siblings: bool = False,
) -> Picture:
    """What goes together, up to the view's day.

    Args:
        view: the as-of tables.
        by: product or category.
        days: so many days are looked at.
        within: days after coming to one item within which coming to another follows it.
        siblings: products of one category are paired too; else only those of different ones.

    Raises:
        UnknownValue: `by` is none of those.
        CannotTell: too few baskets, or the goods carry no categories.
    """
    if by not in BY:
        raise UnknownValue.of("way of making groups", by, list(BY))
    bought, goods = view.relation("purchase_goods"), view.relation("goods")
    whole_lines = counts.lines_within(bought, view.as_of, days)
    number = int(ints(view.run(counts.how_many(whole_lines)), "lines")[0])
    every = -(-number // counts.MOST_LINES) or 1
    lines = counts.sampled(whole_lines, every)
    # What comes next needs the whole history, so that a first time is one.
    history = int(ints(view.run(counts.how_many(bought)), "lines")[0])
    every_next = max(every, -(-history // counts.MOST_LINES))
    bought = counts.sampled(bought, every_next)
    items = counts.items_of(goods, by)
    per_item = counts.lines_per_item(lines, items)
    tallied = view.run(per_item)
    whole = view.run(counts.baskets(lines)).to_pylist()[0]
    baskets = int(whole["baskets"])
    if baskets < LEAST_BASKETS:
        raise CannotTell(
            f"only {baskets} baskets of the last {days} days tell what was bought;"
            f" it takes {LEAST_BASKETS}",
            todo="import orders with their lines, or look at more days",
        )
    if tallied.num_rows < 2:
        raise CannotTell(
            f"fewer than two {_MANY[by]} are known of the last {days} days",
            todo="import a products file with categories, or ask by product",
        )
    sizes = ints(tallied, "lines")
    least = counts.least_lines(sizes, baskets)
    named = Items.of(view.run(counts.names_of(goods, by)), siblings=siblings)
    held = counts.held(lines, items, per_item, least)
    together, all_pairs = pairs(
        view.run(counts.singles(held)), view.run(counts.pairs(held)), baskets, named
    )
    kept = _kept(view, bought, items, per_item, sizes)
    after, all_following = _following(view, bought, kept, (days, within), named)
    looked = Looked(
        by=by,
        days=days,
        within=within,
        siblings=siblings,
        every=every,
        every_next=every_next,
        baskets=baskets,
        items=len(sizes),
        paired=int((sizes >= least).sum()),
        pairs=all_pairs,
        sequences=all_following,
        most=MOST_ROWS,
    )
    facts = {
        "by": by,
        "days": days,
        "within": within,
        "every": every,
        "every_next": every_next,
        "baskets": baskets,
        "guest_baskets": int(whole["guests"]),
        "items": looked.items,
        "items_paired": looked.paired,
        "pairs_found": all_pairs,
        "sequences_found": all_following,
    }
    said = tuple(says(together, after, looked))
    return Picture("affinity", view.as_of, {"pairs": together, "next": after}, said, facts)


_MANY = {"product": "products", "category": "categories"}


def _following(
    view: View, bought: ir.Table, kept: ir.Table, spans: tuple[int, int], named: Items
) -> tuple[pa.Table, int]:
    """What is bought next, among the items bought most."""
    days, within = spans
    first = counts.first_bought(bought, kept, view.as_of)
    anchors = counts.anchors(first, view.as_of, days, within)
    return following(view.run(counts.sequences(anchors, first, within)), named)


def _kept(
    view: View, bought: ir.Table, items: ir.Table, per_item: ir.Table, sizes: Ints
) -> ir.Table:
    """The items whose sequences are looked at: those bought most, as many as there is room for."""
    people = bought.filter(bought.customer_id.notnull())
    customers = int(ints(view.run(people.agg(n=people.customer_id.nunique())), "n")[0])
    least = counts.least_lines(sizes, max(customers, 1), counts.MOST_ITEMS_NEXT)
    return items.semi_join(per_item.filter(per_item["lines"] >= least), "item")
