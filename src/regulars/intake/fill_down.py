"""Cells that stand on the first row of a thing only, taken over by the rows that follow.

Product exports with one row per variant name the product on its first row and leave the cell empty
below. What is filled in is a cell of the same thing: a product without a brand gets none from the
product above.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.intake.recognise import Bound


class Filling:
    """Fills the chunks of one file, in order."""

    def __init__(self, bound: Bound) -> None:
        rule = bound.source.fill_down
        self._columns: list[str] = []
        if rule is not None and rule.key in bound.headers and rule.mark in bound.headers:
            self._key, self._mark = bound.headers[rule.key], bound.headers[rule.mark]
            wanted = (rule.mark, *rule.columns)
            self._columns = [bound.headers[name] for name in wanted if name in bound.headers]
        self._last: pa.Table | None = None

    def fill(self, chunk: pa.Table) -> pa.Table:
        """The chunk with its empty cells filled; what the next one may need is kept."""
        if not self._columns or not chunk.num_rows:
            return chunk
        before = 0 if self._last is None else self._last.num_rows
        table = chunk if self._last is None else pa.concat_tables([self._last, chunk])
        place = np.arange(table.num_rows)
        is_first = pc.is_valid(table[self._mark]).to_numpy()
        # The row on which the thing of each row begins, if the key there is the same.
        first = np.maximum.accumulate(np.where(is_first, place, -1))
        key = table[self._key].combine_chunks()
        same = pc.fill_null(pc.equal(key.take(pa.array(np.maximum(first, 0))), key), False)
        leader = pa.array(np.where((first >= 0) & same.to_numpy(False), first, place))
        self._last = table.slice(max(int(first[-1]), 0), 1)
        for name in self._columns:
            column = table[name].combine_chunks()
            filled = pc.coalesce(column, column.take(leader))
            table = table.set_column(table.column_names.index(name), name, filled)
        return table.slice(before)
