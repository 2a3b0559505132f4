"""Rows that add up the others: `Total: Account` in place of a day, 合计 in place of an order.

They are none of what the file holds, and taken for it they would count everything twice. Such a row
is unfit (`total_row`), so that it is counted, kept and shown like any other that is not taken in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from regulars.intake.files.chunk import LINE, Chunk, Unfit, shortened

REASON = "total_row"

_WORDS = r"(?:(?:grand |sub-?)?totals?|合\s*计|总\s*计|小\s*计|汇\s*总|共\s*计)"
_BEGINS = re.compile(rf"[\s'\"=]*(?:{_WORDS}(?![a-z])|全部)", re.IGNORECASE)
_IS_ALL = re.compile(
    rf"[\s'\"=]*{_WORDS}\s*(?:[:：].*|\(.*|（.*|[\d.,]*\s*[笔单条件行元]?)[\s'\"]*",
    re.IGNORECASE | re.DOTALL,
)
_ROW_COUNT = re.compile(r"共\s*\d+\s*[笔单条件行个].*", re.DOTALL)
_TOLD = re.compile(r"\w")

_FIRST = np.zeros(256, bool)
_FIRST[[*b"tTgGsS \t'\"=", 0xC2, 0xE3, 0xE5, 0xE6, 0xEF]] = True
"""Bytes with which such a cell begins, white space in UTF-8 among them."""
_START = r"(?i)^[\s'\"=]*(grand |sub-?)?(total|合|总|小|汇|共|全部)"


@dataclass(frozen=True, slots=True)
class Key:
    """The column that says which order, customer, product or day a row is of."""

    header: str
    is_day: bool = False


def is_total(cell: str, *, in_place_of_a_day: bool = False) -> bool:
    """Whether a cell that should name a thing names a total.

    Args:
        cell: of the column that says which order, customer, product or day the row is of.
        in_place_of_a_day: no day begins with such a word, but the name of a thing may.

    >>> is_total("合计"), is_total("Total: 12 orders"), is_total("总计：125笔"), is_total("共 3 条")
    (True, True, True, True)
    >>> is_total("Totally Tea"), is_total("Total Gym"), is_total("20260105001")
    (False, False, False)
    >>> is_total("Total for January", in_place_of_a_day=True)
    True
    """
    if in_place_of_a_day and _BEGINS.match(cell):
        return True
    return bool(_IS_ALL.fullmatch(cell) or _ROW_COUNT.fullmatch(cell))


def without_totals(chunk: Chunk, key: Key) -> Chunk:
    """The chunk without rows of totals, which are unfit.

    A row is one if its key names a total, or if its first cell does and its key is empty or a dash.

    Args:
        chunk: some rows.
        key: the column that says what a row is of.
    """
    table, first = chunk.table, chunk.table.column_names[0]
    keys = table[key.header]
    found: dict[int, str] = {}
    for row, cell in _suspects(keys):
        if is_total(cell, in_place_of_a_day=key.is_day):
            found[row] = key.header
    if first != key.header and pa.types.is_string(keys.type):
        for row, cell in _suspects(table[first]):
            if is_total(cell) and not _TOLD.search(keys[row].as_py() or ""):
                found.setdefault(row, first)
    if not found:
        return chunk
    unfit = []
    for row, column in found.items():
        (cells,) = table.slice(row, 1).to_pylist()
        line = cells.pop(LINE)
        texts = {name: "" if cell is None else str(cell) for name, cell in cells.items()}
        unfit.append(Unfit(line, column, shortened(texts[column]), REASON, texts))
    kept = np.ones(table.num_rows, bool)
    kept[list(found)] = False
    together = sorted([*chunk.unfit, *unfit], key=lambda one: one.line)
    return Chunk(table.filter(pa.array(kept)), together)


def _suspects(column: pa.ChunkedArray) -> list[tuple[int, str]]:
    """The few cells, with their rows, that begin as the name of a total does."""
    if not pa.types.is_string(column.type):
        return []
    found: list[tuple[int, str]] = []
    begin = 0
    for part in column.chunks:
        rows = np.flatnonzero(_begins_so(part))
        cells = part.take(pa.array(rows))
        likely = pc.match_substring_regex(cells, _START).to_numpy(zero_copy_only=False)
        texts = cells.filter(pa.array(likely, pa.bool_())).to_pylist()
        found += zip((begin + rows[likely]).tolist(), texts, strict=True)
        begin += len(part)
    return found


def _begins_so(cells: pa.Array) -> NDArray[np.bool_]:
    _, offsets, data = cells.buffers()
    begins = np.zeros(len(cells), bool)
    if data is None or not data.size or cells.null_count == len(cells):
        return begins
    # A null cell has no bytes; a look at the first byte spares nearly all others.
    at = np.frombuffer(offsets, np.int32, len(cells) + 1, cells.offset * 4)
    held = at[1:] > at[:-1]
    begins[held] = _FIRST[np.frombuffer(data, np.uint8)[at[:-1][held]]]
    if cells.null_count:
        begins &= pc.is_valid(cells).to_numpy(zero_copy_only=False)
    return begins
