"""Pack sizes found in the words of goods, and what 100 g, 100 ml or a piece costs in each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pyarrow as pa

from regulars.insight.ladder.columns import amounts, doubles
from regulars.insight.ladder.shelf import Shelf
from regulars.insight.ladder.sizes import PER, Size, read_size, size_of

_SHORT = 16
_DEARER = 1.02
"""A larger pack is dearer where a unit of it costs so many times that of the smaller."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What was read of the goods sold.

    Attributes:
        table: one row per category and size.
        goods: sold, with a ladder.
        read: of them, with a size.
        products: with several sizes.
        dearer: of them, where a larger pack costs more per unit than a smaller one.
    """

    table: pa.Table
    goods: int
    read: int
    products: int
    dearer: int


def read_sizes(shelf: Shelf) -> Sizes:
    """The sizes of the goods sold, by category with most sales, then the size that sells most."""
    rows = [int(at) for at in shelf.sold.nonzero()[0]]
    cells: dict[tuple[int, Size], list[int]] = defaultdict(list)
    products: dict[tuple[int, str], list[tuple[float, float]]] = defaultdict(list)
    for at in rows:
        size = size_of(shelf.variant[at], shelf.title[at])
        if size is not None:
            cells[int(shelf.code[at]), size].append(at)
            unit = shelf.price[at] / size.amount
            products[int(shelf.product[at]), size.kind].append((size.amount, float(unit)))
    several = [packs for packs in products.values() if len({amount for amount, _ in packs}) > 1]
    return Sizes(
        _table(shelf, cells),
        len(rows),
        sum(len(own) for own in cells.values()),
        len(several),
        sum(_larger_is_dearer(packs) for packs in several),
    )


def _table(shelf: Shelf, cells: dict[tuple[int, Size], list[int]]) -> pa.Table:
    sales: dict[int, int] = defaultdict(int)
    for at in shelf.sold.nonzero()[0]:
        sales[int(shelf.code[at])] += int(shelf.net[at])
    gross: dict[tuple[int, str], int] = defaultdict(int)
    units: dict[tuple[int, str], float] = defaultdict(float)
    for (code, size), own in cells.items():
        gross[code, size.kind] += sum(int(shelf.gross[at]) for at in own)
        units[code, size.kind] += _units(shelf, size, own)
    rows = []
    for (code, size), own in cells.items():
        net = sum(int(shelf.net[at]) for at in own)
        unit = sum(int(shelf.gross[at]) for at in own) / _units(shelf, size, own)
        usual = gross[code, size.kind] / units[code, size.kind]
        rows.append((code, size, len(own), sum(int(shelf.pieces[at]) for at in own), net,
                     net / sales[code] if sales[code] > 0 else None, unit,
                     unit / usual if usual else None))  # fmt: skip
    rows.sort(key=lambda row: (row[0], -row[4], row[1].kind, row[1].amount))
    return pa.table(
        {
            "category": pa.array([shelf.names[row[0]] for row in rows], pa.string()),
            "size": pa.array([row[1].label for row in rows], pa.string()),
            "told": pa.array([_told(shelf, cells[row[0], row[1]]) for row in rows], pa.string()),
            "unit": pa.array([row[1].kind for row in rows], pa.string()),
            "amount": doubles([row[1].amount for row in rows]),
            "goods": pa.array([row[2] for row in rows], pa.int64()),
            "pieces": amounts([row[3] for row in rows]),
            "sales": amounts([row[4] for row in rows]),
            "sales_share": doubles([row[5] for row in rows]),
            "unit_price": amounts([round(row[6] * 10_000) for row in rows]),
            "to_usual": doubles([row[7] for row in rows]),
        }
    )


def _told(shelf: Shelf, rows: list[int]) -> str | None:
    """How the variant that sells most tells the size, where it tells little else."""
    best = max(rows, key=lambda at: (int(shelf.pieces[at]), -at))
    variant = shelf.variant[best]
    short = variant is not None and len(variant) <= _SHORT and read_size(variant) is not None
    return variant if short else None


def _units(shelf: Shelf, size: Size, rows: list[int]) -> float:
    """Hundreds of grams or millilitres, or pieces, that were sold in this size."""
    return sum(int(shelf.pieces[at]) for at in rows) * size.amount / PER[size.kind]


def _larger_is_dearer(packs: list[tuple[float, float]]) -> bool:
    """Of the sizes of a product, whether a unit of a larger one costs more than of a smaller."""
    by_size: dict[float, list[float]] = defaultdict(list)
    for amount, unit in packs:
        by_size[amount].append(unit)
    means = [sum(units) / len(units) for _, units in sorted(by_size.items())]
    return any(
        larger > smaller * _DEARER
        for place, smaller in enumerate(means)
        for larger in means[place + 1 :]
    )
