"""The picture `ladder`, put together."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.ladder.asked import within
from regulars.insight.ladder.bands import DOWN, SAME, UP, bands_table, moves_table, unclassed
from regulars.insight.ladder.breaks import MOST_BANDS
from regulars.insight.ladder.columns import whole
from regulars.insight.ladder.lead_ins import lead_ins_table
from regulars.insight.ladder.same_cost import same_cost_tables
from regulars.insight.ladder.shelf import Shelf, make_shelf
from regulars.insight.ladder.sold import entries, goods_sold, laddered, latest_buyers, steps
from regulars.insight.ladder.specs import read_sizes
from regulars.insight.ladder.words import says
from regulars.insight.picture import Picture, View
from regulars.kernel.clock import day_number

MOST_CATEGORIES = 300
"""Categories with a ladder: those with most sales."""


def draw(
    view: View,
    category: str | None = None,
    days: int = 365,
    minimum: int = 30,
    customers: int = 1000,
) -> Picture:
    """The price ladders up to the view's day.

    Args:
        view: the tables.
        category: only this one.
        days: sales, margins and steps of so many days; entries reach back to the first purchase.
        minimum: of fewer customers no share is told.
        customers: rows of the list of customers; 0 for all.

    Raises:
        UnknownValue: no such category was sold, or a number is out of its range.
        CannotTell: nothing was sold that has a category and a price.
    """
    within("days", days, 1, 3650)
    within("minimum", minimum, 1, 1_000_000)
    within("customers", customers, 0, 1_000_000_000)
    table = view.run(goods_sold(view, days))
    shelf = make_shelf(table, MOST_CATEGORIES, category)
    if not shelf.ladders:
        known = make_shelf(table, MOST_CATEGORIES) if category is not None else shelf
        if known.ladders and category is not None:
            raise UnknownValue.of(f"category sold in the last {days} days", category, known.names)
        raise CannotTell(
            f"nothing sold in the {days} days up to {view.as_of} has both a category and a price",
            todo="import a products file with categories, or order lines that tell them",
        )
    goods = laddered(view, shelf.ladders)
    came = view.run(entries(view, goods, days))
    bands = bands_table(shelf, came)
    moves = moves_table(shelf, view.run(steps(view, goods, days)), minimum)
    lead_ins = lead_ins_table(shelf, came, minimum)
    same_cost, variants = same_cost_tables(shelf)
    sizes = read_sizes(shelf)
    tables = {
        "bands": bands,
        "moves": moves,
        "lead_ins": lead_ins,
        "same_cost": same_cost,
        "variants": variants,
        "specs": sizes.table,
        "customers": _customers(
            shelf, view.run(latest_buyers(view, goods, days, customers)), day_number(view.as_of)
        ),
    }
    without, all_sales = unclassed(table)
    facts = {
        "category": category,
        "days": days,
        "categories": len(shelf.ladders),
        "parting": {
            kind: sum(one.parting == kind for one in shelf.ladders.values())
            for kind in ("steps", "cut", "one")
        },
        "customers_of_categories": int(whole(came, "customers").sum()),
        "climbed": int(whole(came, "climbed").sum()),
        "fell": int(whole(came, "fell").sum()),
        "cost_known": _share(
            int(shelf.known_net[shelf.sold].sum()), int(shelf.net[shelf.sold].sum())
        ),
        "assumed_margin": view.settings.shop.margin,
        "unclassed_sales": _share(without, all_sales),
        "goods": sizes.goods,
        "goods_with_size": sizes.read,
        "products_of_several_sizes": sizes.products,
        "larger_pack_dearer": sizes.dearer,
    }
    return Picture("ladder", view.as_of, tables, tuple(says(tables, facts, view.settings)), facts)


def _share(part: int, of: int) -> float | None:
    return part / of if of > 0 else None


def _customers(shelf: Shelf, latest: pa.Table, today: int) -> pa.Table:
    """The list of customers: their first, usual and latest band in a category."""
    first, last = whole(latest, "first_band"), whole(latest, "latest_band")
    times = np.stack([whole(latest, f"times_{band}") for band in range(1, MOST_BANDS + 1)])
    # Of bands bought equally often the dearer is usual.
    usual = MOST_BANDS - np.argmax(times[::-1], axis=0)
    on = whole(latest, "latest")
    way = np.sign(last - first)
    return pa.table(
        {
            "customer_id": latest["customer_id"].cast(pa.int64()),
            "category": pa.array(
                [shelf.names[code] for code in whole(latest, "code")], pa.string()
            ),
            "first_band": pa.array(first, pa.int64()),
            "usual_band": pa.array(usual, pa.int64()),
            "latest_band": pa.array(last, pa.int64()),
            "highest_band": pa.array(whole(latest, "highest"), pa.int64()),
            "direction": pa.array([(SAME, UP, DOWN)[one] for one in way], pa.string()),
            "latest_on": pa.array(on.astype(np.int32), pa.date32()),
            "days_since": pa.array(today - on, pa.int64()),
        }
    )
