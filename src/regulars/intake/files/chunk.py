"""What reading gives: chunks of rows, and the rows among them that cannot be taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LINE = "_line"
"""The column that carries the line of a row; no header may be called so."""

ROWS = 1 << 16
"""Rows of a chunk, where a format is read row by row."""
BYTES = 1 << 24
"""About the bytes of its cells at most, likewise."""
BATCHES = 8
"""Record batches of a chunk, so that an engine's scan runs on several cores."""
LONGEST_CELL = 1 << 16
"""Bytes of the longest cell; whatever is longer is no cell of a shop's export."""
SURPLUS = "+"
"""The key, in an unfit row, of cells beyond the headers."""

_SHOWN = 200
_NAMELESS = re.compile(r"\s*(\.\d+)?")

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A row that cannot be taken apart into cells or holds what no cell may hold.

    `row` has the cells by header as far as they go, so that it can be exported and mended; `value`
    is what people are shown. Reasons: `wrong_cell_count`, `undecodable`, `nul`, `cell_too_long`,
    `digits_lost`, `formula_without_value`, `not_json`, `total_row`.
    """

    line: int
    column: str
    value: str
    reason: str
    row: dict[str, str]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file with their lines, and the unfit rows among them."""

    table: pa.Table
    unfit: list[Unfit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Read:
    """A chunk, and how many bytes of the file have been read for it and all before."""

    chunk: Chunk
    done: int


def rows_at_once(columns: int) -> int:
    """Rows of a chunk, fewer the wider it is.

    >>> rows_at_once(10), rows_at_once(10_000)
    (65536, 419)
    """
    return max(1, min(ROWS, (1 << 22) // max(columns, 1)))


def shortened(value: str) -> str:
    """A value as people are shown it.

    >>> shortened("x" * 300) == "x" * 200 + "…"
    True
    """
    return value if len(value) <= _SHOWN else value[:_SHOWN] + "…"


def distinct(headers: Sequence[str]) -> tuple[str, ...]:
    """Headers by which columns can be told apart, and from the column of lines.

    Capitals do not tell columns apart: SQL knows none.

    >>> distinct(["a", "A", "_Line", "a.2"])
    ('a', 'A.3', '_Line.2', 'a.2')
    """
    found: list[str] = []
    seen: set[str] = set()
    taken = {LINE, *(header.lower() for header in headers)}
    for header in headers:
        name, number = header, 1
        while (low := name.lower()) in seen or (number > 1 and low in taken) or low == LINE:
            number += 1
            name = f"{header}.{number}"
        seen.add(low)
        found.append(name)
    return tuple(found)


def is_nameless(header: str) -> bool:
    """Whether a column has no header but what `distinct` gives it.

    >>> [is_nameless(header) for header in distinct(["", " ", "a", ""])]
    [True, True, False, True]
    """
    return _NAMELESS.fullmatch(header) is not None


def text_table(
    headers: Sequence[str], columns: Sequence[Sequence[str | None]], lines: Sequence[int]
) -> pa.Table:
    """A table of text cells with their lines; an empty cell is null, as it is in a CSV."""
    arrays = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    table = pa.table([*arrays, pa.array(lines, pa.int64())], names=[*headers, LINE])
    return in_batches(table)


def in_batches(table: pa.Table) -> pa.Table:
    """The same rows in several record batches."""
    size = max(1024, -(-table.num_rows // BATCHES))
    if table.num_rows <= size or (table.num_columns and table.column(0).num_chunks > 1):
        return table
    return pa.Table.from_batches(
        table.combine_chunks().to_batches(max_chunksize=size), schema=table.schema
    )


def screened(chunk: Chunk) -> Chunk:
    """The chunk without rows that have a cell which none may be: too long, or with a NUL in it."""
    unfit = []
    for name in chunk.table.column_names:
        for reason, found in _faults(chunk.table[name]):
            if pc.any(found).as_py():
                lines = chunk.table[LINE].filter(found).to_pylist()
                unfit += [(line, name, reason) for line in lines]
    if not unfit:
        return chunk
    first = {line: (name, reason) for line, name, reason in reversed(unfit)}
    is_bad = pc.is_in(chunk.table[LINE], pa.array(list(first), pa.int64()))
    rejected = []
    for cells in chunk.table.filter(is_bad).to_pylist():
        line = cells.pop(LINE)
        name, reason = first[line]
        row = {header: "" if cell is None else str(cell) for header, cell in cells.items()}
        rejected.append(Unfit(line, name, shortened(row[name]), reason, row))
    together = sorted([*chunk.unfit, *rejected], key=lambda one: one.line)
    return Chunk(chunk.table.filter(pc.invert(is_bad)), together)


def _faults(column: pa.ChunkedArray) -> Iterator[tuple[str, pa.ChunkedArray]]:
    if not pa.types.is_string(column.type):
        return
    length = pc.max(pc.binary_length(column)).as_py() or 0
    if length > LONGEST_CELL:
        yield "cell_too_long", _true(pc.greater(pc.binary_length(column), LONGEST_CELL))
    if any(_has_zero(part) for part in column.chunks):
        yield "nul", _true(pc.match_substring(column, "\0"))


def _has_zero(part: pa.Array) -> bool:
    # All bytes at once, cells beside the slice included: only where this finds one, look closer.
    data = part.buffers()[2]
    return data is not None and not np.frombuffer(data, np.uint8).all()


def _true(found: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(found, False)
