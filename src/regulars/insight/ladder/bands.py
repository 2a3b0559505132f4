"""What each band of each ladder sells and earns, and how customers step between bands."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from regulars.insight.ladder.breaks import MOST_BANDS
from regulars.insight.ladder.columns import amounts, doubles, grains, ratio, whole
from regulars.insight.ladder.shares import effective_steps
from regulars.insight.ladder.shelf import Ints, Shelf
from regulars.insight.statistics.wilson import wilson

UP, DOWN, SAME = "up", "down", "same"


def bands_table(shelf: Shelf, entries: pa.Table) -> pa.Table:
    """One row per category and band, the category with most sales first, then from the cheapest.

    Args:
        shelf: the goods.
        entries: from `sold.entries`.
    """
    per = MOST_BANDS + 1
    cells = len(shelf.ladders) * per
    sold = np.flatnonzero(shelf.sold)
    cell = shelf.code[sold] * per + shelf.band[sold]

    def added(values: Ints) -> Ints:
        told = np.zeros(cells, np.int64)
        np.add.at(told, cell, values[sold])
        return told

    goods = np.bincount(cell, minlength=cells)
    pieces, gross, net = added(shelf.pieces), added(shelf.gross), added(shelf.net)
    profit, known_net = added(shelf.profit), added(shelf.known_net)
    known_profit = added(shelf.known_profit)
    low, high = np.full(cells, np.inf), np.zeros(cells)
    np.minimum.at(low, cell, shelf.price[sold])
    np.maximum.at(high, cell, shelf.price[sold])
    buyers = np.zeros(cells, np.int64)
    code = shelf.code[whole(entries, "place") - 1]
    for band in range(1, per):
        np.add.at(buyers, code * per + band, whole(entries, f"buyers_{band}"))
    rows = np.flatnonzero(goods)
    own = rows // per
    of_net = np.bincount(own, net[rows], len(shelf.ladders))[own]
    of_profit = np.bincount(own, profit[rows], len(shelf.ladders))[own]
    ladders = list(shelf.ladders.values())
    return pa.table(
        {
            "category": pa.array([shelf.names[code] for code in own], pa.string()),
            "band": pa.array(rows % per, pa.int64()),
            "bands": pa.array([ladders[code].bands for code in own], pa.int64()),
            "parting": pa.array([ladders[code].parting for code in own], pa.string()),
            "low": amounts(np.rint(low[rows] * 10_000).astype(np.int64).tolist()),
            "high": amounts(np.rint(high[rows] * 10_000).astype(np.int64).tolist()),
            "mean_price": amounts(_mean(gross[rows], pieces[rows])),
            "goods": pa.array(goods[rows], pa.int64()),
            "pieces": amounts(pieces[rows].tolist()),
            "buyers": pa.array(buyers[rows], pa.int64()),
            "sales": amounts(net[rows].tolist()),
            "sales_share": doubles(ratio(net[rows], of_net)),
            "profit": amounts(profit[rows].tolist()),
            "profit_share": doubles(ratio(profit[rows], of_profit), (of_profit > 0).tolist()),
            "margin": doubles(
                ratio(known_profit[rows], known_net[rows]), (known_net[rows] > 0).tolist()
            ),
            "cost_known": doubles(ratio(known_net[rows], net[rows]), (net[rows] > 0).tolist()),
        }
    )


def moves_table(shelf: Shelf, steps: pa.Table, minimum: int) -> pa.Table:
    """One row per category, band and next band, all pairs of the bands from which steps were taken.

    Args:
        shelf: the goods.
        steps: from `sold.steps`.
        minimum: from fewer customers, a share is not told.
    """
    code, band = whole(steps, "code"), whole(steps, "band")
    taken, customers = whole(steps, "steps"), whole(steps, "customers")
    squares = whole(steps, "squares")
    bands = np.array([ladder.bands for ladder in shelf.ladders.values()], np.int64)
    parts = []
    for to in range(1, MOST_BANDS + 1):
        there = np.flatnonzero((bands[code] >= to) & (bands[code] > 1))
        went = whole(steps, f"to_{to}")[there]
        share = ratio(went, taken[there])
        of = effective_steps(
            taken[there],
            share,
            customers[there],
            squares[there],
            whole(steps, f"to_{to}_squares")[there],
            whole(steps, f"to_{to}_cross")[there],
        )
        low, high = wilson(share * of, of)
        enough = (customers[there] >= minimum).tolist()
        way = np.sign(to - band[there])
        parts.append(
            pa.table(
                {
                    "code": code[there],
                    "category": pa.array([shelf.names[at] for at in code[there]], pa.string()),
                    "from_band": pa.array(band[there], pa.int64()),
                    "to_band": pa.array(np.full(len(there), to), pa.int64()),
                    "direction": pa.array([(SAME, UP, DOWN)[at] for at in way], pa.string()),
                    "steps": pa.array(went, pa.int64()),
                    "customers": pa.array(customers[there], pa.int64()),
                    "share": doubles(share, enough),
                    "low": doubles(low, enough),
                    "high": doubles(high, enough),
                }
            )
        )
    whole_table = pa.concat_tables(parts)
    keys = [(name, "ascending") for name in ("code", "from_band", "to_band")]
    return whole_table.sort_by(keys).drop_columns(["code"])


def _mean(gross: Ints, pieces: Ints) -> list[int]:
    """Mean list price of a piece, in whole grains."""
    return [round(g * 10_000 / p) for g, p in zip(gross.tolist(), pieces.tolist(), strict=True)]


def unclassed(table: pa.Table) -> tuple[int, int]:
    """Sales without a category or a price, and all sales, in whole grains."""
    net = grains(table, "net")
    named = table["category"].is_valid().to_numpy()
    told = named & (grains(table, "price") > 0)
    return int(net[~told].sum()), int(net.sum())
