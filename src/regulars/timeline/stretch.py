"""Whole customers, each one's rows in the order of time: what a fold is given.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> noon, one = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (12, 13))
>>> at = pa.array([one, noon, noon], pa.timestamp("us", "UTC"))
>>> rows = pa.table({"customer_id": [7, 7, 5], "at": at, "code": [2, 1, 0]})
>>> stretch = stretch_of(rows)
>>> stretch.customer.tolist(), stretch.columns["code"].tolist(), stretch.starts.tolist()
([5, 7, 7], [0, 1, 2], [0, 1, 3])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.timeline.kernel import SMALL
from regulars.timeline.kernels.order import descents, gathered, merged_blocks

Ints = npt.NDArray[np.int64]

CUSTOMER, AT, SEQ = "customer_id", "at", "seq"
_INSTANT = pa.timestamp("us", "UTC")
_RUNS = 64
"""Of more sorted runs than so many, all but the longest are sorted anew."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole customers, by number; each one's rows by time, at one instant by `seq` where given.

    Attributes:
        starts: where each customer's rows begin, and the number of rows at the end.
        customer: of each row.
        at: of each row, in UTC microseconds.
        columns: whatever else the rows have, integers or floats.
    """

    starts: Ints
    customer: Ints
    at: Ints
    columns: dict[str, npt.NDArray[Any]]

    @property
    def customers(self) -> int:
        """How many customers."""
        return len(self.starts) - 1

    @property
    def numbers(self) -> Ints:
        """The customers' numbers."""
        return self.customer[self.starts[:-1]]


def stretch_of(rows: pa.Table) -> Stretch:
    """The rows in order; they may come in any, and are quickly told if they come in few runs.

    Args:
        rows: `customer_id`, `at`, perhaps `seq`, and further columns of numbers, without nulls.
    """
    columns = {name: _array(name, rows[name]) for name in rows.column_names}
    customer, at = columns[CUSTOMER], columns[AT]
    seq = columns.pop(SEQ, None)
    if seq is None:
        seq = np.zeros(len(at), np.int64)
    ordered = _ordered(columns, customer, at, seq)
    customer, at = ordered.pop(CUSTOMER), ordered.pop(AT)
    return Stretch(_starts(customer), customer, at, ordered)


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


def _starts(customer: Ints) -> Ints:
    inner = np.flatnonzero(customer[1:] != customer[:-1]) + 1
    return np.concatenate([[0], inner, [len(customer)]]).astype(np.int64)[
        0 if len(customer) else 1 :
    ]


def _ordered(
    columns: dict[str, npt.NDArray[Any]], customer: Ints, at: Ints, seq: Ints
) -> dict[str, npt.NDArray[Any]]:
    places = descents(customer, at, seq)
    if not len(places):
        return dict(columns)
    if len(customer) <= SMALL:
        return {name: one[np.lexsort((seq, at, customer))] for name, one in columns.items()}
    begins = np.concatenate([[0], places]).astype(np.int64)
    ends = np.concatenate([places, [len(customer)]]).astype(np.int64)
    if len(begins) > _RUNS:
        longest = np.sort(np.argsort(ends - begins, kind="stable")[-_RUNS:])
        others = np.ones(len(customer), bool)
        for run in longest:
            others[begins[run] : ends[run]] = False
        loose = np.flatnonzero(others)
        loose = loose[np.lexsort((seq[loose], at[loose], customer[loose]))]
        columns = {name: np.concatenate([one, one[loose]]) for name, one in columns.items()}
        begins = np.append(begins[longest], len(customer))
        ends = np.append(ends[longest], len(customer) + len(loose))
        customer, at, seq = (np.concatenate([one, one[loose]]) for one in (customer, at, seq))
    start, rows = merged_blocks(customer, at, seq, begins, ends)
    return {name: gathered(one, start, rows) for name, one in columns.items()}
