"""First purchases that make regulars: whose buyers come back, against expectation.

For each product (or category, source, size of basket) the first-time buyers whose first purchase
day held it, those of them who bought again within the horizon, and how many would be expected if
they were like all first-time buyers of the same month, size of basket and number of categories. The
ratio is ranked after it has been drawn towards 1 by how little it rests on; a verdict is given only
where the difference is a tenth at least and survives the correction for having looked at all of
them. What is found is what goes together; that the product is the cause would take an experiment to
show.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

import pyarrow as pa

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.makers.counts import (
    first_categories,
    first_products,
    first_sizes,
    first_sources,
    product_names,
    tallies,
)
from regulars.insight.makers.judged import LEAST, judge
from regulars.insight.makers.words import Found, says
from regulars.insight.makers.yardstick import watched_buyers
from regulars.insight.picture import Picture, View
from regulars.insight.statistics.answers import ints, reals

if TYPE_CHECKING:
    import ibis.expr.types as ir

BY = ("product", "category", "source", "basket")
SHORTEST = 14
"""A horizon below this tells of shipping times, not of coming back."""


def draw(view: View, by: str = "product", horizon: int = 90) -> Picture:
    """First purchases that make regulars, up to the view's day.

    Args:
        view: the as-of tables.
        by: product, category, source or basket.
        horizon: days after the first purchase day within which a purchase is a return; halved
            history is the most that is used of a short one.

    Raises:
        UnknownValue: `by` is none of those.
        CannotTell: too few first-time buyers have been watched, or nothing is known of what they
            bought.
    """
    if by not in BY:
        raise UnknownValue.of("way of making groups", by, list(BY))
    purchases = view.relation("purchases")
    used = _horizon(view, purchases, horizon)
    first, buyers = watched_buyers(view, used, kinds=by != "basket")
    counted = view.run(tallies(_held(view, by, first), buyers))
    if not counted.num_rows:
        _cannot_tell(view, by, first, used)
    watched = int(ints(counted, "all_buyers")[0])
    if watched < LEAST:
        raise _too_few(watched, used)
    judged = judge(counted)
    rows = _named(view, by, judged.rows)
    found = Found(
        by=by,
        asked=horizon,
        horizon=used,
        watched=watched,
        returned=int(ints(counted, "all_returned")[0]),
        few=judged.few,
        currency=view.settings.shop.currency,
        mean_profit=float(reals(counted, "all_profit")[0]) / watched,
        mean_earned=float(reals(counted, "all_earned")[0]) / watched,
    )
    facts = {
        "by": by,
        "horizon": used,
        "first_buyers": watched,
        "returned": found.returned,
        "too_few": judged.few,
        "mean_profit": found.mean_profit,
        "mean_profit_with_first": found.mean_earned,
        "until": (view.as_of - timedelta(days=used)).isoformat(),
    }
    return Picture(
        "makers", view.as_of, {"items": rows}, tuple(says(rows, judged.earned, found)), facts
    )


def _cannot_tell(view: View, by: str, first: ir.Table, used: int) -> NoReturn:
    watched = int(view.run(first.count().as_table())[0][0].as_py())
    if watched < LEAST:
        raise _too_few(watched, used)
    raise CannotTell(
        f"the first purchases do not tell their {'product' if by == 'basket' else by}",
        todo=_TODO[by],
    )


def _too_few(watched: int, used: int) -> CannotTell:
    return CannotTell(
        f"only {watched} first-time buyers have been watched for {used} days; it takes {LEAST}",
        todo="import a longer history, or ask for a shorter horizon",
    )


_TODO = {
    "product": "import orders with their lines: product, quantity, price",
    "category": "import orders with their lines, or a products file, with categories",
    "source": "import orders that tell where the customer came in",
    "basket": "import orders with their lines: product, quantity, price",
}


def _horizon(view: View, purchases: ir.Table, asked: int) -> int:
    """As asked for, at most half of the history."""
    known = purchases.filter(purchases.customer_id.notnull())
    begins = view.run(known.agg(begins=known.day.min())).to_pylist()[0]["begins"]
    if begins is None:
        raise CannotTell(
            "no purchase is known of any customer",
            todo="import orders that tell who bought",
        )
    used = min(asked, int((view.as_of - begins).days) // 2)
    if used < min(asked, SHORTEST):
        raise CannotTell(
            f"the history of {(view.as_of - begins).days} days is too short to see who comes back",
            todo="import a longer history",
        )
    return used


def _held(view: View, by: str, first: ir.Table) -> ir.Table:
    if by == "source":
        return first_sources(view.relation("people"))
    lines, goods = view.relation("purchase_goods"), view.relation("goods")
    if by == "category":
        return first_categories(lines, goods, first)
    if by == "basket":
        return first_sizes(lines, goods, first)
    return first_products(lines, goods, first)


def _named(view: View, by: str, rows: pa.Table) -> pa.Table:
    """The rows with what they are called in front; products with their number and category."""
    rest = rows.drop_columns(["item"])
    if by != "product":
        empty = pa.nulls(rows.num_rows, pa.string())
        names = [
            ("name", rows["item"].cast(pa.string())),
            ("product_id", empty),
            ("category", empty),
        ]
    else:
        names_of = product_names(view.relation("goods"))
        wanted = rows["item"].to_pylist()
        known = (
            {
                row["item"]: row
                for row in view.run(names_of.filter(names_of.item.isin(wanted))).to_pylist()
            }
            if wanted
            else {}
        )
        names = [
            (key, pa.array([known[item][key] for item in wanted], pa.string()))
            for key in ("name", "product_id", "category")
        ]
    for name, column in reversed(names):
        rest = rest.add_column(0, name, column)
    return rest
