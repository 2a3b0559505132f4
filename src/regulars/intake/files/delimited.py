"""CSV, TSV and other delimited text as chunks of text cells, each row with its line.

The text is cut into pieces of whole rows (`splitting`); several pieces are parsed at once and make
one chunk. A row that holds what no cell may hold is taken out before the parser sees it; a row
with too many or too few cells the parser hands over.
"""

from __future__ import annotations

import csv
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from regulars.errors import UnreadableFile, Where
from regulars.intake.files.chunk import (
    BATCHES,
    LINE,
    LONGEST_CELL,
    SURPLUS,
    Chunk,
    Read,
    Unfit,
    in_batches,
    is_nameless,
    shortened,
)
from regulars.intake.files.part import Part
from regulars.intake.files.splitting import Piece, Places, pieces_of
from regulars.intake.files.text import BLOCK, LONGEST, blocks_of

_WORKERS = min(4, os.cpu_count() or 1)
_WIDE = 1000
_MARK = "\ufeff".encode()

_FAULTS: dict[str, Callable[[str], bool]] = {
    "nul": lambda cell: "\0" in cell,
    "undecodable": lambda cell: "\ufffd" in cell,
    "cell_too_long": lambda cell: len(cell.encode()) > LONGEST_CELL,
}

csv.field_size_limit(2 * LONGEST)  # rows are bounded elsewhere


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a part are written."""

    part: Part
    headers: tuple[str, ...]
    delimiter: str


def read_delimited(layout: Layout, encoding: str, skip: int) -> Iterator[Read]:
    """The rows after the first `skip` ones, in chunks.

    Raises:
        UnreadableFile: a row never ends, or swallows others.
    """
    # Each column costs something at every piece: a wide file is read in fewer, larger ones.
    at_once = BATCHES if len(layout.headers) <= _WIDE else 1
    blocks = blocks_of(layout.part, encoding, BATCHES * BLOCK // at_once)
    pieces = _after(pieces_of(layout.part, blocks, layout.delimiter), skip)
    waiting: deque[tuple[Future[Chunk], int]] = deque()
    with ThreadPoolExecutor(_WORKERS, "regulars-parse") as workers:
        try:
            for piece in pieces:
                waiting.append((workers.submit(_parse, layout, piece), piece.done))
                if len(waiting) == 2 * at_once:
                    yield _together([waiting.popleft() for _ in range(at_once)])
            while waiting:
                yield _together([waiting.popleft() for _ in range(min(at_once, len(waiting)))])
        finally:
            workers.shutdown(cancel_futures=True)


def cells_of(row: str, delimiter: str) -> list[str]:
    """The cells of one row.

    >>> cells_of('a,"b, c",', ",")
    ['a', 'b, c', '']
    """
    return next(csv.reader([row.rstrip("\r\n")], delimiter=delimiter), [])


def row_by_header(headers: Sequence[str], cells: Sequence[str], delimiter: str) -> dict[str, str]:
    """The cells by header as far as they go; those beyond under `+`.

    >>> row_by_header(["a", "b"], ["1", "2", "3", "4"], ",")
    {'a': '1', 'b': '2', '+': '3,4'}
    """
    row = dict(zip(headers, cells, strict=False))
    if len(cells) > len(headers):
        row[SURPLUS] = delimiter.join(cells[len(headers) :])
    return row


def _after(pieces: Iterator[Piece], skip: int) -> Iterator[Piece]:
    for piece in pieces:
        if not skip:
            yield piece
            continue
        ends, lines = piece.bounds()
        begin = int(ends[min(skip, len(ends)) - 1])
        kept = ends[skip:] - begin
        skip = max(0, skip - len(ends))
        if len(kept):
            bad = tuple(at - begin for at in piece.bad if at >= begin)
            data, lines = piece.data[begin:], lines[len(lines) - len(kept) :]
            yield Piece(data, int(lines[0]), kept, lines, bad, piece.done, piece.unclosed)


def _together(parsed: list[tuple[Future[Chunk], int]]) -> Read:
    chunks = [future.result() for future, _ in parsed]
    filled = [chunk.table for chunk in chunks if chunk.table.num_rows] or [chunks[0].table]
    unfit = [one for chunk in chunks for one in chunk.unfit]
    table = filled[0] if len(filled) == 1 else pa.concat_tables(filled)
    return Read(Chunk(in_batches(table), unfit), parsed[-1][1])


def _parse(layout: Layout, piece: Piece) -> Chunk:
    unfit: list[Unfit] = []
    width = len(layout.headers)
    data, lines = piece.data, piece.lines
    if _may_hold_faults(piece):
        data, lines, unfit = _without_faults(layout, piece)
    try:
        table, invalid = _cells(layout, data)
    except pa.ArrowInvalid as error:
        raise _inseparable(layout, piece.line) from error
    if lines is None:
        lines = piece.line + np.arange(table.num_rows + len(invalid))
    if table.num_rows + len(invalid) != len(lines):  # the two disagree over quotation marks
        raise _inseparable(layout, piece.line)
    at = np.array([row.number - 1 for row in invalid], np.int64)
    fit: dict[int, list[str]] = {}
    for row, line in zip(invalid, lines[at].tolist(), strict=True):
        cells = cells_of(row.text or "", layout.delimiter)
        if len(cells) == row.actual_columns and _is_fit(layout.headers, cells):
            fit[line] = [*cells[:width], *[""] * (width - len(cells))]
        else:
            unfit.append(_wrong_count(layout, row.text or "", line, row.actual_columns))
    table = table.append_column(LINE, pa.array(np.delete(lines, at), pa.int64()))
    if fit:
        table = _with(table, fit)
    if piece.ends is not None and b"\n" in data:
        _refuse_swallowed_rows(layout, table)
    return Chunk(_without_blank_rows(table), sorted(unfit, key=lambda one: one.line))


def _is_fit(headers: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether a row is too long only by blank cells, or too short only for nameless columns."""
    if len(cells) > len(headers):
        return not any(cell.strip() for cell in cells[len(headers) :])
    return all(map(is_nameless, headers[len(cells) :]))


def _with(table: pa.Table, rows: dict[int, list[str]]) -> pa.Table:
    """The table and those rows by line that are fit all the same, in order."""
    columns = [
        pa.array([cell or None for cell in column], pa.string())
        for column in zip(*rows.values(), strict=True)
    ]
    found = pa.table([*columns, pa.array(list(rows), pa.int64())], names=table.column_names)
    return pa.concat_tables([table, found]).sort_by(LINE).combine_chunks()


def _inseparable(layout: Layout, line: int) -> UnreadableFile:
    return UnreadableFile(
        "cannot be taken apart into rows here",
        where=Where(file=layout.part.name, line=line),
        todo="look at the quotation marks in the lines after this one",
    )


def _cells(layout: Layout, data: bytes) -> tuple[pa.Table, list[pa_csv.InvalidRow]]:
    invalid: list[pa_csv.InvalidRow] = []

    def note(row: pa_csv.InvalidRow) -> str:
        invalid.append(row)
        return "skip"

    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in layout.headers}), []
    if data.startswith(_MARK):  # the parser drops one mark, wherever the piece begins
        data = _MARK + data
    table = pa_csv.read_csv(
        pa.py_buffer(data),
        pa_csv.ReadOptions(
            use_threads=False,  # only then do invalid rows tell where they stand
            block_size=len(data) + 1,
            column_names=layout.headers,
        ),
        pa_csv.ParseOptions(
            delimiter=layout.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        pa_csv.ConvertOptions(
            column_types=dict.fromkeys(layout.headers, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,  # it was decoded and encoded, or looked at, before
        ),
    )
    return table, invalid


def _may_hold_faults(piece: Piece) -> bool:
    if piece.bad or piece.unclosed or b"\0" in piece.data:
        return True
    if piece.ends is not None:
        return int(np.diff(piece.ends, prepend=0).max()) > LONGEST_CELL
    half = LONGEST_CELL // 2  # a longer line covers one such stretch in whole
    return any(piece.data.find(b"\n", at, at + half) < 0 for at in range(0, len(piece.data), half))


def _without_faults(layout: Layout, piece: Piece) -> tuple[bytes, Places, list[Unfit]]:
    ends, lines = piece.bounds()
    begins = np.concatenate(([0], ends[:-1]))
    reasons: dict[int, str] = {}
    for row in np.flatnonzero(ends - begins > LONGEST_CELL).tolist():
        if _has_long_cell(layout, piece.data[begins[row] : ends[row]]):
            reasons[row] = "cell_too_long"
    if b"\0" in piece.data:
        zeros = np.flatnonzero(np.frombuffer(piece.data, np.uint8) == 0)
        rows = np.unique(np.searchsorted(ends, zeros, side="right"))
        reasons |= dict.fromkeys(rows.tolist(), "nul")
    bad = np.searchsorted(ends, np.array(piece.bad, np.int64), side="right")
    reasons |= dict.fromkeys(bad.tolist(), "undecodable")
    if piece.unclosed:
        reasons = {0: reasons.get(0, "unclosed")}
    unfit = [
        _faulty(layout, piece.data[begins[row] : ends[row]].decode(), int(lines[row]), reason)
        for row, reason in reasons.items()
    ]
    kept = np.ones(len(ends), bool)
    kept[list(reasons)] = False
    spans = zip(begins[kept].tolist(), ends[kept].tolist(), strict=True)
    data = b"".join(piece.data[begin:end] for begin, end in spans)
    return data, lines[kept], unfit


def _has_long_cell(layout: Layout, row: bytes) -> bool:
    if b'"' not in row:
        half, mark = LONGEST_CELL // 2, layout.delimiter.encode()
        if all(row.find(mark, at, at + half) >= 0 for at in range(0, len(row), half)):
            return False
    cells = cells_of(row.decode(), layout.delimiter)
    return any(len(cell.encode()) > LONGEST_CELL for cell in cells)


def _faulty(layout: Layout, text: str, line: int, reason: str) -> Unfit:
    if reason == "unclosed":
        _refuse_swallowed(layout, text, line, None)
        found = _wrong_count(layout, text, line, len(cells_of(text, layout.delimiter)))
        value = found.value + ", a quotation mark is never closed"
        return Unfit(line, "", value, found.reason, found.row)
    is_fault = _FAULTS[reason]
    row = row_by_header(layout.headers, cells_of(text, layout.delimiter), layout.delimiter)
    column, value = next(((name, cell) for name, cell in row.items() if is_fault(cell)), ("", text))
    return Unfit(line, column, shortened(value), reason, row)


def _wrong_count(layout: Layout, text: str, line: int, found: int) -> Unfit:
    if "\n" in text:
        _refuse_swallowed(layout, text, line, None)
    row = row_by_header(layout.headers, cells_of(text, layout.delimiter), layout.delimiter)
    value = f"{found} cells, {len(layout.headers)} headers"
    return Unfit(line, "", value, "wrong_cell_count", row)


def _refuse_swallowed_rows(layout: Layout, table: pa.Table) -> None:
    """A quotation mark that is never closed makes one cell of all that follows."""
    if len(layout.headers) < 2:
        return
    for name in layout.headers:
        column = table[name]
        several = pc.fill_null(pc.greater_equal(pc.count_substring(column, "\n"), 2), False)
        if not pc.any(several).as_py():
            continue
        lines = table[LINE].filter(several).to_pylist()
        for value, line in zip(column.filter(several).to_pylist(), lines, strict=True):
            _refuse_swallowed(layout, value, line, name)


def _refuse_swallowed(layout: Layout, value: str, line: int, column: str | None) -> None:
    """A cell that holds two or more lines with as many delimiters as the headers is no cell."""
    wanted = len(layout.headers) - 1
    if wanted and sum(p.count(layout.delimiter) == wanted for p in value.split("\n")[1:]) >= 2:
        raise UnreadableFile(
            "a quotation mark in this row swallows the rows after it",
            where=Where(file=layout.part.name, line=line, column=column),
            todo="close or remove the quotation mark; nothing was taken in",
        )


def _without_blank_rows(table: pa.Table) -> pa.Table:
    blank = None
    for name in table.column_names[:-1]:
        is_null = pc.is_null(table[name])
        blank = is_null if blank is None else pc.and_(blank, is_null)
        if not pc.any(blank).as_py():
            return table
    return table if blank is None else table.filter(pc.invert(blank))
