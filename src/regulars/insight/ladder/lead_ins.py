"""The lead-in item: with which good of a lower band do customers come in who later buy higher?

The good with which a customer came into a category is the dearest of the first day there. Held
against it is how many of those who came in at the same band of the same category within the same
thirty days have bought a higher band since, so that nobody gains by having had longer. This is an
association: who chose the good may be unlike those who did not.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from regulars.insight.ladder.columns import amounts, doubles, ratio, whole
from regulars.insight.ladder.shares import against_usual, findings, ratio_to_usual
from regulars.insight.ladder.shelf import Shelf

VERDICTS = {1: "leads_up", 0: "as_usual", -1: "leads_less"}
CANNOT_TELL = "cannot_tell"
ALIKE = 0.1
"""As usual is what lies so near to 1 with the whole of its interval."""


def lead_ins_table(shelf: Shelf, entries: pa.Table, minimum: int) -> pa.Table:
    """One row per category, band below the highest and product, those that lead up first.

    Args:
        shelf: the goods.
        entries: from `sold.entries`.
        minimum: products with which fewer customers came in are left out.
    """
    place = whole(entries, "place") - 1
    code, band = shelf.code[place], shelf.band[place]
    bands = np.array([ladder.bands for ladder in shelf.ladders.values()], np.int64)
    below = np.flatnonzero(band < bands[code])
    place, code, band = place[below], code[below], band[below]
    customers = whole(entries, "customers")[below]
    # A row of `entries` is of one highest band: all of its customers moved up, or none.
    higher = np.where(whole(entries, "highest")[below] > band, customers, 0)
    block = whole(entries, "block")[below]
    if not len(below):
        return _table(shelf, *(np.zeros(0, np.int64) for _ in range(3)), *_nothing())
    stratum = np.unique(np.stack([code, band, block]), axis=1, return_inverse=True)[1].ravel()
    # Variants of a product in one band are one thing; the dearest stands for it.
    keys = np.stack([code, band, shelf.product[place]])
    things, thing = np.unique(keys, axis=1, return_inverse=True)
    first = np.full(things.shape[1], np.iinfo(np.int64).max)
    np.minimum.at(first, thing.ravel(), place)
    told = against_usual(stratum, thing.ravel(), customers, higher)
    enough = np.flatnonzero(told[0] >= minimum)
    return _table(
        shelf, things[0][enough], things[1][enough], first[enough], *(one[enough] for one in told)
    )


def _nothing() -> tuple[np.ndarray, ...]:
    return tuple(np.zeros(0, kind) for kind in (np.int64, np.int64, np.float64, np.float64))


def _table(shelf: Shelf, *columns: np.ndarray) -> pa.Table:
    _, band, place, customers, came, usual, variance = columns
    found = findings(came, usual, variance)
    of_usual, low, high = ratio_to_usual(came, usual, variance)
    alike = (low >= 1 - ALIKE) & (high <= 1 + ALIKE)
    verdicts = [
        VERDICTS[int(one)] if one or same else CANNOT_TELL
        for one, same in zip(found, alike, strict=True)
    ]
    # Within a verdict, what is surest of all to be above comes first.
    bound = np.nan_to_num(low)
    order = np.lexsort([place, -customers, -np.round(bound, 9), -found])
    rows = [int(place[at]) for at in order]
    return pa.table(
        {
            "category": pa.array([shelf.category[at] for at in rows], pa.string()),
            "band": pa.array(band[order], pa.int64()),
            "product_id": pa.array([shelf.product_id[at] for at in rows], pa.string()),
            "product": pa.array([shelf.title[at] for at in rows], pa.string()),
            "price": amounts(np.rint(shelf.price[rows] * 10_000).tolist() if rows else []),
            "customers": pa.array(customers[order], pa.int64()),
            "moved_up": pa.array(came[order], pa.int64()),
            "share": doubles(ratio(came, customers)[order]),
            "usual_share": doubles(ratio(usual, customers)[order]),
            "ratio": doubles(of_usual[order]),
            "low": doubles(low[order]),
            "high": doubles(high[order]),
            "verdict": pa.array([verdicts[at] for at in order], pa.string()),
        }
    )
