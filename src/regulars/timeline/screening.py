"""Layer by layer: by which source customers came, what they looked at, how far they went.

The rules, stated once:

- A customer comes with the first entry that is known of them, and is watched for so many days from
  then. Who came before the days looked at, or cannot be watched so long, is left out.
- Layers, each reached by whoever reached a later one: came; looked at an item; looked once more;
  put something into the cart or began a checkout; ordered; ordered again.
- The source is the first told up to the first order. The lead-in item is the first looked at, put
  into the cart or bought. The band is that of the last such item up to the first order that has
  one. The need is that of the first item put into the cart, else of the first order. The order is
  of the lead-in item or of another one.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> from regulars.timeline.stretch import stretch_of
>>> at = pa.array([datetime(2026, 1, 1, 9, minute, tzinfo=UTC) for minute in (0, 5, 9)])
>>> rows = pa.table({"customer_id": [1, 1, 1], "at": at.cast(pa.timestamp("us", "UTC")),
...                  "kind": [OTHER, LOOK, ORDER], "source": [3, -1, -1], "item": [-1, 7, 7],
...                  "product": [-1, 90, 90], "band": [-1, 21, 21], "need": [-1, 0, 0]})
>>> found = summed(Screening(ends=1 << 60, known=1 << 60)(stretch_of(rows))).to_pylist()
>>> [tuple(row.values()) for row in found]
[(3, 7, 21, 0, 1, 4, 1)]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.timeline.calendar import DAY
from regulars.timeline.stretch import Stretch

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

OTHER, LOOK, CART, ORDER = range(4)
"""Kinds of rows."""
CAME, LOOKED, AGAIN_LOOKED, IN_CART, ORDERED, ORDERED_AGAIN = range(6)
"""Layers."""
SAME_ITEM, OTHER_ITEM = 1, 0
NOT_TOLD = -1

SUMS = pa.schema(
    [
        *((name, pa.int32()) for name in ("source", "item", "band", "need", "order")),
        ("layer", pa.int32()),
        ("customers", pa.int64()),
    ]
)
"""How many customers have these values (-1 where it is not told), and came to this layer."""
_KEYS = SUMS.names[:-1]


@dataclass(frozen=True, slots=True)
class Screening:
    """The fold. Its rows have `kind`, `source`, `item`, `product`, `band` and `need`, -1 for none.

    Attributes:
        begins: microseconds from which on customers come who count.
        ends: up to which they do.
        known: up to which is known what happened.
        watched: microseconds for which a customer is watched.
    """

    begins: int = 0
    ends: int = 0
    known: int = 0
    watched: int = 60 * DAY

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The sums of a stretch: `SUMS`."""
        if not stretch.customers:
            return SUMS.empty_table()
        first = stretch.at[stretch.starts[:-1]]
        own = (first >= self.begins) & (first < self.ends) & (first + self.watched <= self.known)
        found = _Customers(stretch, self.watched).told()
        columns = [pa.array(one[own]) for one in found]
        columns.append(pa.array(np.ones(int(own.sum()), np.int64)))
        return summed(pa.table(columns, SUMS.names).cast(SUMS))


class _Customers:
    """The customers of a stretch; rows after a customer's time are left out of all."""

    def __init__(self, stretch: Stretch, watched: int) -> None:
        self.starts = stretch.starts[:-1]
        self.rows = len(stretch.at)
        self.columns = stretch.columns
        whose = np.repeat(np.arange(stretch.customers), np.diff(stretch.starts))
        seen = stretch.at - stretch.at[self.starts][whose] <= watched
        self.kind = np.where(seen, stretch.columns["kind"], OTHER)
        orders = np.cumsum(self.kind == ORDER)
        before = orders - (self.kind == ORDER)
        # Up to the first order, that one included.
        self.is_early = seen & (before - before[self.starts][whose] == 0)

    def told(self) -> list[Ints]:
        """Source, item, band, need, order and layer of each."""
        is_item = (self.kind != OTHER) & self.is_early
        lead_in = self._first(is_item)
        order = self._first(self.kind == ORDER)
        source = self._of("source", self._first(self.is_early & (self.columns["source"] >= 0)))
        band = self._of("band", self._last(is_item & (self.columns["band"] >= 0)))
        is_needed = (self.kind == CART) & self.is_early & (self.columns["need"] >= 0)
        in_cart, ordered = self._of("need", self._first(is_needed)), self._of("need", order)
        bought, led = self._of("product", order), self._of("product", lead_in)
        is_same = np.where(bought == led, SAME_ITEM, OTHER_ITEM)
        return [
            source,
            self._of("item", lead_in),
            band,
            np.where(in_cart >= 0, in_cart, ordered),
            np.where((bought < 0) | (led < 0), NOT_TOLD, is_same),
            self._layer(),
        ]

    def _layer(self) -> Ints:
        orders = self._count(self.kind == ORDER)
        looks = self._count(self.kind == LOOK)
        carts = self._count(self.kind == CART)
        return np.select(
            [orders > 1, orders == 1, carts > 0, looks > 1, looks == 1],
            [ORDERED_AGAIN, ORDERED, IN_CART, AGAIN_LOOKED, LOOKED],
            CAME,
        )

    def _count(self, there: Bools) -> Ints:
        return np.add.reduceat(there.astype(np.int64), self.starts)

    def _first(self, there: Bools) -> Ints:
        """The first row of each customer that is there; the number of rows where none is."""
        return np.minimum.reduceat(np.where(there, np.arange(self.rows), self.rows), self.starts)

    def _last(self, there: Bools) -> Ints:
        found = np.maximum.reduceat(np.where(there, np.arange(self.rows), -1), self.starts)
        return np.where(found < 0, self.rows, found)

    def _of(self, name: str, row: Ints) -> Ints:
        return np.append(self.columns[name].astype(np.int64), NOT_TOLD)[row]


def summed(parts: pa.Table) -> pa.Table:
    """The sums added up, sorted."""
    found = parts.group_by(_KEYS).aggregate([("customers", "sum")]).rename_columns(SUMS.names)
    return found.cast(SUMS).sort_by([(name, "ascending") for name in _KEYS])
