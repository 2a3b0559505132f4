"""Whole customers, each one's rows in the order of time: what a fold is given.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> noon, one = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (12, 13))
>>> at = pa.array([one, noon, noon], pa.timestamp("us", "UTC"))
>>> rows = pa.table({"customer_id": [7, 7, 5], "at": at, "code": [2, 1, 0]})
>>> stretch = stretch_of(rows)
>>> stretch.numbers.tolist(), stretch.columns["code"].tolist(), stretch.starts.tolist()
([5, 7], [0, 1, 2], [0, 1, 3])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.timeline.kernels.order import gathered, pieces

Ints = npt.NDArray[np.int64]

CUSTOMER, AT, SEQ = "customer_id", "at", "seq"
_INSTANT = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole customers, by number; each one's rows by time, at one instant by `seq` where given.

    Attributes:
        starts: where each customer's rows begin, and the number of rows at the end.
        numbers: of the customers.
        at: of each row, in UTC microseconds.
        columns: whatever else the rows have, integers or floats.
    """

    starts: Ints
    numbers: Ints
    at: Ints
    columns: dict[str, npt.NDArray[Any]]

    @property
    def customers(self) -> int:
        """How many customers."""
        return len(self.numbers)

    @property
    def customer(self) -> Ints:
        """The customer's number, of each row."""
        return np.repeat(self.numbers, np.diff(self.starts))


def stretch_of(rows: pa.Table) -> Stretch:
    """The rows in order; they may come in any, and are quickly told if they come in few runs.

    Args:
        rows: `customer_id`, `at`, perhaps `seq`, and further columns of numbers, without nulls.
    """
    columns = {name: _array(name, rows[name]) for name in rows.column_names}
    customer = columns.pop(CUSTOMER)
    seq = columns.get(SEQ, np.zeros(0, np.int64))
    begins = pieces(customer, columns[AT], seq)
    ends = np.append(begins[1:], len(customer))
    whose = customer[begins]
    order = _order(whose, columns[AT][begins], seq[begins] if len(seq) else seq)
    if order is not None:
        columns = {name: gathered(one, begins, ends, order) for name, one in columns.items()}
        whose, sizes = whose[order], (ends - begins)[order]
        ends = np.cumsum(sizes)
        begins = ends - sizes
    is_new = np.append(True, whose[1:] != whose[:-1]) if len(whose) else np.zeros(0, bool)
    starts = np.append(begins[is_new], len(customer)).astype(np.int64)
    if not is_new.all():
        _part_what_overlaps(columns, begins[~is_new], starts)
    columns.pop(SEQ, None)
    return Stretch(starts, whose[is_new], columns.pop(AT), columns)


def _order(whose: Ints, at: Ints, seq: Ints) -> Ints | None:
    """The order of the pieces; None if they stand in it."""
    order = np.arange(len(whose))
    is_by_number = bool((whose[1:] >= whose[:-1]).all())
    if not is_by_number:
        order = np.argsort(whose, kind="stable")  # of a few sorted runs: they are merged
        whose, at, seq = whose[order], at[order], seq[order] if len(seq) else seq
    same = whose[1:] == whose[:-1]
    early = same & (at[1:] < at[:-1])
    if len(seq):
        early |= same & (at[1:] == at[:-1]) & (seq[1:] < seq[:-1])
    if not early.any():
        return None if is_by_number else order
    # Older parts come first, so that only what has come late stands in another order.
    group = np.append(0, np.cumsum(~same))
    is_late = np.zeros(group[-1] + 1, bool)
    is_late[group[1:][early]] = True
    late = np.flatnonzero(is_late[group])
    keys = (at[late], group[late])
    order[late] = order[late[np.lexsort((seq[late], *keys) if len(seq) else keys)]]
    return order


def _part_what_overlaps(columns: dict[str, npt.NDArray[Any]], joints: Ints, starts: Ints) -> None:
    """Sort the rows of customers of whom a piece begins before the one in front of it ends.

    Args:
        columns: of the rows, changed in place.
        joints: where a piece begins that is not its customer's first.
        starts: where each customer's rows begin, and the number of rows.
    """
    at, seq = columns[AT], columns.get(SEQ)
    early = at[joints] < at[joints - 1]
    if seq is not None:
        early |= (at[joints] == at[joints - 1]) & (seq[joints] < seq[joints - 1])
    if not early.any():
        return
    who = np.unique(np.searchsorted(starts, joints[early], side="right") - 1)
    sizes = starts[who + 1] - starts[who]
    owner = np.repeat(np.arange(len(who)), sizes)
    first = np.repeat(starts[who] - (np.cumsum(sizes) - sizes), sizes)
    rows = first + np.arange(len(owner))
    keys = (at[rows], owner) if seq is None else (seq[rows], at[rows], owner)
    sorted_rows = rows[np.lexsort(keys)]
    for one in columns.values():
        one[rows] = one[sorted_rows]


def stretches(batches: Iterable[pa.RecordBatch], least: int = 1 << 19) -> Iterator[Stretch]:
    """Batches sorted by customer, cut between customers into stretches of about so many rows."""
    waiting: list[pa.Table] = []
    rows = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        waiting.append(pa.Table.from_batches([batch]))
        rows += batch.num_rows
        if rows < least:
            continue
        whole = pa.concat_tables(waiting)
        cut = _last_customer(whole)
        if cut:
            yield stretch_of(whole.slice(0, cut))
        waiting, rows = [whole.slice(cut)], whole.num_rows - cut
    if rows:
        yield stretch_of(pa.concat_tables(waiting))


def _last_customer(rows: pa.Table) -> int:
    """Where the rows of the last customer begin."""
    customer = rows[CUSTOMER].to_numpy()
    return int(np.searchsorted(customer, customer[-1], side="left"))


def _array(name: str, column: pa.ChunkedArray) -> npt.NDArray[Any]:
    if column.null_count:
        raise ValueError(f"{name} has nulls: a fold's columns are numbers without")
    if pa.types.is_timestamp(column.type):
        column = column.cast(_INSTANT).cast(pa.int64())
    elif pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    found: npt.NDArray[Any] = column.to_numpy()
    if name in (CUSTOMER, SEQ):
        found = found.astype(np.int64, copy=False)
    # A kernel is compiled once more for arrays that must not be written to.
    return found if found.flags.writeable else found.copy()
