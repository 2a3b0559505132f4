"""The people table as columns that rules can be computed on, each converted once and kept.

>>> from regulars.people.columns import SCHEMA
>>> Customers(SCHEMA.empty_table()).rows
0
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Reals = NDArray[np.float64]


class Customers:
    """Whole columns of the people table as NumPy arrays; missing values are told apart."""

    def __init__(self, people: pa.Table) -> None:
        self.table = people
        self.rows: int = people.num_rows
        self.ids: Ints = people["customer_id"].to_numpy().astype(np.int64, copy=False)
        # caches of this object's own, so that they go with it
        self.column = cache(self._column)
        self.days = cache(self._days)
        self.reals = cache(self._reals)
        self.grains = cache(self._grains)

    def _column(self, name: str) -> pa.Array:
        """The column as one Arrow array."""
        column = self.table[name].combine_chunks()
        return column if isinstance(column, pa.Array) else pa.concat_arrays(column.chunks)

    def _days(self, name: str) -> tuple[Ints, Flags]:
        """A DATE column as days since 1970, and where there is one."""
        column = self.column(name)
        days = column.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False)
        return days.astype(np.int64), _present(column)

    def _reals(self, name: str) -> Reals:
        """A number column; NaN where it is missing."""
        column = self.column(name).cast(pa.float64())
        numbers: Reals = column.fill_null(np.nan).to_numpy(zero_copy_only=False)
        return numbers

    def _grains(self, name: str) -> tuple[Ints, Flags]:
        """A money column in ten-thousandths of the currency's unit, and where there is one."""
        column = self.column(name)
        whole = pc.multiply(column, pa.scalar(10_000, pa.decimal128(5, 0)))
        grains = whole.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return grains, _present(column)

    def codes(self, name: str) -> Ints:
        """A text column as numbers in the order of the texts; 0 where it is missing."""
        column = self.column(name).dictionary_encode()
        by_text = pc.sort_indices(column.dictionary).to_numpy()
        rank = np.zeros(len(by_text) + 1, np.int64)
        rank[by_text] = np.arange(1, len(by_text) + 1)
        at = column.indices.fill_null(len(by_text)).to_numpy(zero_copy_only=False)
        codes: Ints = rank[at]
        return codes

    def is_one_of(self, name: str, values: tuple[str, ...]) -> Flags:
        """Where a text column has one of the values."""
        found = pc.is_in(self.column(name), value_set=pa.array([str(v) for v in values]))
        flags: Flags = found.to_numpy(zero_copy_only=False).astype(np.bool_)
        return flags

    def is_present(self, name: str) -> Flags:
        """Where the column has a value."""
        return _present(self.column(name))

    def has_tag(self, tags: tuple[str, ...]) -> Flags:
        """Where the tags hold one of these."""
        column = self.column("tags")
        hit = pc.is_in(pc.list_flatten(column), value_set=pa.array(list(tags)))
        rows = pc.list_parent_indices(column).filter(hit)
        flags = np.zeros(self.rows, np.bool_)
        flags[rows.to_numpy(zero_copy_only=False)] = True
        return flags

    def attribute_is(self, name: str, value: str) -> Flags:
        """Where a text column, or else a further attribute of the file, equals the value."""
        if name in self.table.column_names and pa.types.is_string(
            self.table.schema.field(name).type
        ):
            return self.is_one_of(name, (value,))
        found = pc.map_lookup(self.column("traits"), pa.scalar(name), "first")
        flags: Flags = pc.equal(found, value).fill_null(False).to_numpy(zero_copy_only=False)
        return flags


def _present(column: Any) -> Flags:
    present: Flags = column.is_valid().to_numpy(zero_copy_only=False)
    return present
