"""Whole customers in the order of time, from runs in any order: as a plain sort would have them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.timeline.stretch import Stretch, stretch_of, stretches
from timeline.tie_heavy import BOTH_KERNELS, kernels

Row = tuple[int, int, int]
"""customer, instant, seq."""

ROW = st.tuples(st.integers(1, 4), st.integers(0, 5), st.integers(0, 3))


@st.composite
def _runs(draw: st.DrawFn) -> list[Row]:
    """A few sorted runs one behind the other, as parts of events are; and loose rows."""
    runs = draw(st.lists(st.lists(ROW, max_size=10), max_size=5))
    loose = draw(st.lists(ROW, max_size=6))
    return [row for run in runs for row in sorted(run)] + loose


def _table(rows: list[Row], *, with_seq: bool = True) -> pa.Table:
    columns = {
        "customer_id": pa.array([row[0] for row in rows], pa.int64()),
        "at": pa.array([row[1] for row in rows], pa.timestamp("us", "UTC")),
        "seq": pa.array([row[2] for row in rows], pa.int64()),
        "place": pa.array(range(len(rows)), pa.int32()),
        "half": pa.array([place / 2 for place in range(len(rows))], pa.float64()),
        "even": pa.array([place % 2 == 0 for place in range(len(rows))], pa.bool_()),
    }
    if not with_seq:
        del columns["seq"]
    return pa.table(columns)


def _agrees(stretch: Stretch, rows: list[Row], *, with_seq: bool = True) -> None:
    order = sorted(rows) if with_seq else sorted(rows, key=lambda row: row[:2])
    assert stretch.customer.tolist() == [row[0] for row in order]
    assert stretch.at.tolist() == [row[1] for row in order]
    assert stretch.numbers.tolist() == sorted({row[0] for row in rows})
    assert stretch.starts.tolist() == [
        *(k for k, row in enumerate(order) if not k or row[0] != order[k - 1][0]),
        len(rows),
    ]
    # Whatever else a row has, goes with it; of equal rows any may come first.
    places = stretch.columns["place"].tolist()
    assert sorted(places) == list(range(len(rows)))
    told = [rows[place] if with_seq else rows[place][:2] for place in places]
    assert told == [row if with_seq else row[:2] for row in order]
    assert stretch.columns["half"].tolist() == [place / 2 for place in places]
    assert stretch.columns["even"].tolist() == [place % 2 == 0 for place in places]


@BOTH_KERNELS
@pytest.mark.parametrize("with_seq", [True, False])
@settings(max_examples=300, deadline=None)
@given(rows=_runs())
def test_any_mixture_of_runs_comes_in_the_order_of_a_sort(
    small: int, with_seq: bool, rows: list[Row]
) -> None:
    with kernels(small):
        stretch = stretch_of(_table(rows, with_seq=with_seq))
    _agrees(stretch, rows, with_seq=with_seq)


def test_many_rows_of_overlapping_parts_come_in_the_order_of_a_sort() -> None:
    rng = np.random.default_rng(7)
    parts = [
        sorted(map(tuple, np.column_stack(
            [rng.integers(0, 900, size), rng.integers(0, 40, size), rng.integers(0, 9, size)]
        ).tolist()))
        for size in (30_000, 9_000, 2_000)
    ]  # fmt: skip
    rows = [row for part in parts for row in part]
    _agrees(stretch_of(_table(rows)), rows)


def test_what_is_given_is_not_changed() -> None:
    table = _table([(1, 3, 0), (1, 1, 0), (1, 2, 0)])
    before = table.to_pylist()
    stretch_of(table)
    assert table.to_pylist() == before


def test_nulls_are_refused() -> None:
    with pytest.raises(ValueError, match="code has nulls"):
        stretch_of(_table([(1, 1, 0)]).append_column("code", pa.array([None], pa.int32())))


def _batches(rows: list[Row], sizes: list[int]) -> Iterator[pa.RecordBatch]:
    table, place = _table(rows), 0
    for size in [*sizes, len(rows)]:
        yield from table.slice(place, size).to_batches()
        yield pa.RecordBatch.from_pylist([], table.schema)
        place += size


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(ROW, max_size=30).map(sorted),
    sizes=st.lists(st.integers(0, 9), max_size=6),
    least=st.integers(1, 12),
)
def test_batches_are_cut_between_customers(rows: list[Row], sizes: list[int], least: int) -> None:
    found = list(stretches(_batches(rows, sizes), least))
    numbers = [who for one in found for who in one.numbers.tolist()]
    assert numbers == sorted({row[0] for row in rows}), "each customer is in one stretch only"
    told = [
        pair for one in found for pair in zip(one.customer.tolist(), one.at.tolist(), strict=True)
    ]
    assert told == [row[:2] for row in rows]
