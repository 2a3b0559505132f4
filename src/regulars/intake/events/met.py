"""Which messages have been met before, exactly and however long ago.

A message is told from every other by its connection and its id. Of each accepted one the sum is
kept (see `sums`), derived from the tables: what they hold beyond `covered` is added at the start,
and all of it is made anew where the files are of another warehouse or of another engine.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.intake.events.sums import Sums, Words
from regulars.intake.events.table import parts

FOLDER = "met"
_THROUGH = "coalesce(connection, 'file:' || platform)"
SUMS = f"hash({_THROUGH}, message_id) AS first, hash({_THROUGH}, '+' || message_id) AS second"
"""The SQL of a message's sum; begun with another letter, the halves know nothing of each other."""

_AT_ONCE = 1 << 20


class Met:
    """The messages met so far.

    Args:
        warehouse: its tables.
        cache: the home's folder of what is derived.
        generation: of the tables' count of rows: another one after they were made anew.
        seq: the number that the next row will have.
    """

    def __init__(self, warehouse: Warehouse, cache: Path, generation: str, seq: int) -> None:
        self.sums = Sums(cache / FOLDER, f"{generation} {engine_of(warehouse)}")
        if self.sums.covered > seq:  # the tables are an older copy
            self.sums.clear()
        self._read(warehouse, seq)

    def _read(self, warehouse: Warehouse, seq: int) -> None:
        """Add what the tables hold beyond what is covered."""
        since = self.sums.covered
        for name, *_ in parts(warehouse):
            rows = int(warehouse.sql(f"SELECT count(*) AS n FROM {name}")["n"][0].as_py())
            for start in range(0, rows, _AT_ONCE):
                told = warehouse.sql(
                    f"SELECT {SUMS} FROM {name} WHERE seq >= {since} AND message_id IS NOT NULL"
                    f" AND rowid >= {start} AND rowid < {start + _AT_ONCE}"
                )
                if told.num_rows:
                    self.sums.add(*_words(told))
                    # Not covered before the end: rows of a part are not in the order of seq.
                    self.sums.keep(since)
        self.sums.keep(seq, now=self.sums.young >= _AT_ONCE // 2)

    def new(self, first: Words, second: Words) -> npt.NDArray[np.bool_]:
        """Of each sum whether it is met for the first time, in this list too."""
        is_new = self.sums.find(first, second) < 0
        order = np.lexsort((np.arange(len(first)), second, first))
        again = np.zeros(len(first), np.bool_)
        one, two = first[order], second[order]
        again[order[1:]] = (one[1:] == one[:-1]) & (two[1:] == two[:-1])
        return is_new & ~again


def sums_of(warehouse: Warehouse, table: pa.Table) -> tuple[Words, Words]:
    """The sums of the rows of a table in order."""
    warehouse.register("_of", table.select(["connection", "platform", "message_id"]))
    try:
        return _words(warehouse.sql(f"SELECT {SUMS} FROM _of"))
    finally:
        warehouse.unregister("_of")


def engine_of(warehouse: Warehouse) -> str:
    """Changes when the engine's hash does."""
    return str(warehouse.sql("SELECT hash('a', 'b')::VARCHAR AS told")["told"][0].as_py())


def _words(table: pa.Table) -> tuple[Words, Words]:
    return table["first"].to_numpy(), table["second"].to_numpy()
