"""A fold over every customer's timeline, on whichever engine holds it.

A fold is given whole customers, and makes a small table of sums of them; the tables of all
stretches are put under each other, and the caller adds them up.

In the embedded warehouse the events lie in a few parts, each sorted by customer and time. They are
read by ranges of customers, four million rows at a time: each part gives a sorted piece, and the
pieces are merged. While some ranges are folded the next one is read. On Spark Connect the same
function runs on partitions by customer.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.intake.events import table
from regulars.timeline.stretch import AT, CUSTOMER, SEQ, Stretch, stretch_of, stretches

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

ROWS = 4_000_000
"""Rows of a range, about."""
_MOST_WORKERS = 8
_DISPLACED = "_displaced"

Part = tuple[str, str, int]
"""Name, state and rows of a part of the events."""
Fold = Callable[[Stretch], pa.Table]
"""Picklable, so that Spark's workers can have it: a frozen dataclass with `__call__`."""


class Folding(Protocol):
    """What a fold needs of an engine; `Warehouse` and `SparkWarehouse` both have it."""

    def map_sorted(
        self,
        rows: ir.Table,
        by: Sequence[str],
        function: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]],
        schema: pa.Schema,
    ) -> pa.Table:
        """What the function makes of the rows, given in sorted batches."""


def fold(engine: Folding, rows: ir.Table, each: Fold) -> pa.Table:
    """The tables that `each` makes of the customers' rows, under each other.

    Args:
        engine: holds the rows.
        rows: `customer_id` (those without are left out), `at`, perhaps `seq`, and columns of
            numbers without nulls. What is asked of `events` and `purchases` must be asked row by
            row: who has others of them is not seen; a condition may look into other tables.
        each: a table of sums of a stretch; its columns are the same for every stretch, also for
            an empty one.
    """
    rows = rows.filter(rows[CUSTOMER].notnull())
    if isinstance(engine, Warehouse) and _has_parts(engine):
        return pa.concat_tables([_empty(rows, each), *_side_by_side(engine, rows, each)])
    by = [name for name in (CUSTOMER, AT, SEQ) if name in rows.columns]
    return engine.map_sorted(rows, by, _InBatches(each), _empty(rows, each).schema)


@dataclass(frozen=True, slots=True)
class _InBatches:
    """The fold as a function from sorted batches to batches."""

    each: Fold

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for stretch in stretches(batches):
            yield from self.each(stretch).to_batches()


def _empty(rows: ir.Table, each: Fold) -> pa.Table:
    """What the fold makes of nobody: a table of its columns without a row."""
    columns: dict[str, np.ndarray[Any, Any]] = {
        name: np.zeros(0, kind.to_numpy())
        for name, kind in rows.schema().items()
        if name not in (CUSTOMER, AT, SEQ)
    }
    nothing = np.zeros(0, np.int64)
    return each(Stretch(np.zeros(1, np.int64), nothing, nothing, columns)).slice(0, 0)


def _has_parts(warehouse: Warehouse) -> bool:
    return warehouse.has(table.PARTS) and warehouse.has(table.VIEW)


def _side_by_side(warehouse: Warehouse, rows: ir.Table, each: Fold) -> Iterator[pa.Table]:
    """The folds of all ranges, of several at a time: kernels let other threads go on."""
    workers = min(_MOST_WORKERS, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers, thread_name_prefix="regulars-fold") as pool:
        under_way: deque[Future[pa.Table]] = deque()
        for found in _ranges(warehouse, warehouse.compiled(rows)):
            under_way.append(pool.submit(_folded, found, each))
            if len(under_way) > workers:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _folded(rows: pa.Table, each: Fold) -> pa.Table:
    return each(stretch_of(rows))


def _ranges(warehouse: Warehouse, query: str) -> Iterator[pa.Table]:
    """The rows by ranges of customers, from parts of sorted events; all of one state."""
    columns = [name for name in table.COLUMNS if f'"{name}"' in query]
    with warehouse.snapshot():
        parts = table.parts(warehouse)
        displaced = _put_aside_the_displaced(warehouse, query)
        for low, high in _bounds(warehouse, parts):
            where = _within(CUSTOMER, low, high)
            _show_events(warehouse, parts, columns, (low, high), displaced=displaced)
            more = f" UNION ALL BY NAME FROM {_DISPLACED} WHERE {where}" if displaced else ""
            found = warehouse.sql(f"SELECT * FROM ({query}) WHERE {where}{more}")
            if found.num_rows:
                yield found


def _put_aside_the_displaced(warehouse: Warehouse, query: str) -> bool:
    """Keep the rows of numbers that are somebody else's by today, who stands in another range."""
    if not warehouse.sql(f"SELECT 1 FROM ({_DISPLACED_NUMBERS}) LIMIT 1").num_rows:
        return False
    # What is asked of other tables than the events must not come twice.
    has_orders = warehouse.has("purchases")
    if has_orders:
        warehouse.execute("CREATE TEMP TABLE purchases AS FROM purchases LIMIT 0")
    warehouse.execute(
        f"CREATE OR REPLACE TEMP VIEW {table.VIEW} AS SELECT survivor AS customer_id, told.*"
        f" FROM {table.ALL} told JOIN ({_DISPLACED_NUMBERS}) gone ON gone.customer_id = told.node"
    )
    warehouse.execute(
        f'CREATE TEMP TABLE {_DISPLACED} AS FROM ({query}) ORDER BY {CUSTOMER}, "{AT}"'
    )
    if has_orders:
        warehouse.execute("DROP TABLE temp.purchases")
    return True


_DISPLACED_NUMBERS = "SELECT customer_id, survivor FROM merges WHERE survivor <> customer_id"


def _show_events(
    warehouse: Warehouse,
    parts: Sequence[Part],
    columns: Sequence[str],
    bounds: tuple[int | None, int | None],
    *,
    displaced: bool,
) -> None:
    """Let `events` be those of a range, found by the number under which they were taken in.

    Only with the columns that are asked for: each costs the engine for each part and range.
    """
    low, high = bounds
    listed = ", ".join(f'"{name}"' for name in columns)
    without = (
        f" AND node NOT IN (SELECT customer_id FROM ({_DISPLACED_NUMBERS})"
        f" WHERE {_within('customer_id', low, high)})"
        if displaced
        else ""
    )
    told = " UNION ALL ".join(
        f"SELECT node AS customer_id, {listed} FROM {name}"
        f" WHERE {_within('node', low, high)}{without}"
        for name, *_ in parts
    )
    warehouse.execute(f"CREATE OR REPLACE TEMP VIEW {table.VIEW} AS {told}")


def _within(column: str, low: int | None, high: int | None) -> str:
    told = [f"{column} >= {low}"] if low is not None else []
    told += [f"{column} < {high}"] if high is not None else []
    return " AND ".join(told) or f"{column} IS NOT NULL"


def _bounds(warehouse: Warehouse, parts: Sequence[Part]) -> list[tuple[int | None, int | None]]:
    """Ranges of customers, of about as many rows each, by how they lie in the largest part."""
    total = sum(rows for *_, rows in parts)
    name, _, most = max(parts, key=lambda one: (one[1] == "sorted", one[2]))
    ranges = -(-total // ROWS)
    if ranges < 2 or not most:
        return [(None, None)]
    step = max(most // ranges, 1)
    places = warehouse.sql(
        f"SELECT DISTINCT node FROM {name} WHERE rowid % {step} = 0 AND rowid > 0"
        " AND node IS NOT NULL ORDER BY 1"
    )["node"].to_pylist()
    edges: list[int | None] = [None, *places, None]
    return list(pairwise(edges))
