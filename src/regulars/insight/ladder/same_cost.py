"""The same cost sold at several prices: where profit hides.

Goods of a category whose costs lie within 2 % of each other are held side by side. What their
pieces would have earned more at the dearest one's price is arithmetic: nobody knows whether as
many would be bought at that price.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from regulars.insight.ladder.columns import amounts, doubles, ratio
from regulars.insight.ladder.shelf import Floats, Ints, Shelf

NEAR = 1.02
"""Costs of one group lie within this factor of its lowest."""
APART = 1.15
"""The dearest brings in so many times what the cheapest does, piece by piece; else prices agree."""
_LEAST_PIECES = 0.05
"""Of the group: a good of which fewer were sold sets no example."""


def same_cost_tables(shelf: Shelf) -> tuple[pa.Table, pa.Table]:
    """The groups, that with most profit between its prices first; and their goods."""
    paid = ratio(shelf.net, shelf.pieces)
    groups = []
    chosen = np.flatnonzero(shelf.sold & (np.nan_to_num(shelf.cost) > 0) & (shelf.net > 0))
    for code in range(len(shelf.ladders)):
        own = chosen[shelf.code[chosen] == code]
        groups += [_Group(shelf, paid, rows) for rows in near(shelf.cost, own)]
    told = [one for one in groups if one.apart >= APART]
    told.sort(key=lambda one: (-one.gap, one.rows[0]))
    return _groups_table(shelf, told), _goods_table(shelf, paid, told)


def near(cost: Floats, rows: Ints) -> list[Ints]:
    """The rows in groups of near cost, two or more each: from the lowest, as far as `NEAR` goes.

    >>> [group.tolist() for group in near(np.array([10.0, 10.1, 14, 10.2, 10.3]), np.arange(5))]
    [[0, 1, 3]]
    """
    ordered = rows[np.lexsort([rows, cost[rows]])]
    groups, start = [], 0
    for end in range(1, len(ordered) + 1):
        if end == len(ordered) or cost[ordered[end]] > cost[ordered[start]] * NEAR * (1 + 1e-12):
            if end - start > 1:
                groups.append(ordered[start:end])
            start = end
    return groups


class _Group:
    """Goods of near cost, the dearest per piece first."""

    def __init__(self, shelf: Shelf, paid: Floats, rows: Ints) -> None:
        self.rows = rows[np.lexsort([rows, -paid[rows]])]
        pieces = shelf.pieces[self.rows]
        example = self.rows[pieces >= _LEAST_PIECES * pieces.sum()]
        self.best = float(paid[example].max())
        self.apart = self.best / float(paid[example].min())
        less = np.maximum(self.best - paid[self.rows], 0.0)
        # Pieces are ten-thousandths and so are amounts: the product is already in grains.
        self.gap = int(np.rint((less * pieces).sum()))


def _groups_table(shelf: Shelf, groups: list[_Group]) -> pa.Table:
    def of(values: Ints | Floats, how: str) -> list[float]:
        return [float(getattr(values[group.rows], how)()) for group in groups]

    margin = ratio(shelf.profit, shelf.net)
    number = {group.rows[0]: place for place, group in enumerate(groups, 1)}
    return pa.table(
        {
            "group": pa.array([number[group.rows[0]] for group in groups], pa.int64()),
            "category": pa.array([shelf.category[one.rows[0]] for one in groups], pa.string()),
            "goods": pa.array([len(one.rows) for one in groups], pa.int64()),
            "cost_low": amounts(_cents(of(shelf.cost, "min"))),
            "cost_high": amounts(_cents(of(shelf.cost, "max"))),
            "price_low": amounts(_cents(of(shelf.price, "min"))),
            "price_high": amounts(_cents(of(shelf.price, "max"))),
            "margin_low": doubles(of(margin, "min")),
            "margin_high": doubles(of(margin, "max")),
            "sales": amounts([int(shelf.net[one.rows].sum()) for one in groups]),
            "profit": amounts([int(shelf.profit[one.rows].sum()) for one in groups]),
            "profit_between": amounts([one.gap for one in groups]),
        }
    )


def _goods_table(shelf: Shelf, paid: Floats, groups: list[_Group]) -> pa.Table:
    rows = [int(at) for group in groups for at in group.rows]
    at = np.array(rows, np.int64)
    return pa.table(
        {
            "group": pa.array(
                [place for place, group in enumerate(groups, 1) for _ in group.rows], pa.int64()
            ),
            "category": pa.array([shelf.category[row] for row in rows], pa.string()),
            "product_id": pa.array([shelf.product_id[row] for row in rows], pa.string()),
            "product": pa.array([shelf.title[row] for row in rows], pa.string()),
            "variant": pa.array([shelf.variant[row] for row in rows], pa.string()),
            "band": pa.array(shelf.band[at], pa.int64()),
            "cost": amounts(_cents(shelf.cost[at].tolist())),
            "price": amounts(_cents(shelf.price[at].tolist())),
            "paid": amounts(_cents(paid[at].tolist())),
            "margin": doubles(ratio(shelf.profit, shelf.net)[at]),
            "pieces": amounts(shelf.pieces[at].tolist()),
            "sales": amounts(shelf.net[at].tolist()),
            "profit": amounts(shelf.profit[at].tolist()),
        }
    )


def _cents(values: list[float]) -> list[int]:
    return [round(value * 10_000) for value in values]
