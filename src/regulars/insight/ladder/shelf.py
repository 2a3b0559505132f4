"""The shelf: every good with its sales, its category's ladder and its band, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.insight.ladder.breaks import Ladder, find_bands
from regulars.insight.ladder.columns import grains, real, whole
from regulars.insight.ladder.sold import GRAIN

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Goods by their place, the dearest first. Amounts and pieces are whole ten-thousandths.

    Attributes:
        product: number of the product.
        product_id: the shop's own.
        title, variant: words, None where not told.
        category: None where not told.
        price: list price of a piece.
        cost: of a piece, not a number where not known.
        pieces, gross, net, profit: of the days.
        known_net, known_profit: of what was sold at a known cost.
        code: place of the category in `ladders`, -1 without a ladder.
        band: 1 the cheapest; 0 without a ladder.
        ladders: by category, the most sales first.
    """

    product: Ints
    product_id: list[str]
    title: list[str | None]
    variant: list[str | None]
    category: list[str | None]
    price: Floats
    cost: Floats
    pieces: Ints
    gross: Ints
    net: Ints
    profit: Ints
    known_net: Ints
    known_profit: Ints
    code: Ints
    band: Ints
    ladders: dict[str, Ladder]

    @property
    def sold(self) -> npt.NDArray[np.bool_]:
        """Goods with a ladder that were sold in the days."""
        return (self.code >= 0) & (self.pieces > 0)

    @property
    def names(self) -> list[str]:
        """The categories by their code."""
        return list(self.ladders)


def make_shelf(table: pa.Table, most: int, category: str | None = None) -> Shelf:
    """The shelf from `sold.goods_sold`, with ladders of the categories that sold most.

    Args:
        table: from `goods_sold`, by place.
        most: so many categories have a ladder.
        category: only this one has.
    """
    names = table["category"].to_pylist()
    price = np.nan_to_num(real(table, "price"))
    pieces, net = grains(table, "pieces"), grains(table, "net")
    rows: dict[str, list[int]] = {}
    for place in np.flatnonzero((price > 0) & (pieces > 0)).tolist():
        name = names[place]
        if name is not None and category in (None, name):
            rows.setdefault(name, []).append(place)
    order = sorted(rows, key=lambda name: (-int(net[rows[name]].sum()), name))[:most]
    ladders = {name: find_bands(price[rows[name]], pieces[rows[name]]) for name in order}
    codes = {name: code for code, name in enumerate(order)}
    code = np.array([-1 if n is None else codes.get(n, -1) for n in names], np.int64)
    code[price <= 0] = -1
    band = np.zeros(len(names), np.int64)
    for own, ladder in enumerate(ladders.values()):
        chosen = code == own
        # As the engine does it: whole grains, and a price at the cut lies above it.
        cuts = np.array([round(cut * GRAIN) for cut in ladder.cuts], np.int64)
        at = np.rint(price[chosen] * GRAIN).astype(np.int64)
        band[chosen] = np.searchsorted(cuts, at, side="right") + 1
    return Shelf(
        whole(table, "product_no"),
        table["product_id"].to_pylist(),
        table["title"].to_pylist(),
        table["variant"].to_pylist(),
        names,
        price,
        real(table, "cost"),
        pieces,
        grains(table, "gross"),
        net,
        grains(table, "profit"),
        grains(table, "known_net"),
        grains(table, "known_profit"),
        code,
        band,
        ladders,
    )
