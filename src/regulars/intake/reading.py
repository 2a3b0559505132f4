"""Files as a stream of text tables, each row with its line.

CSV, TSV and other delimited text are read in blocks, so memory does not grow with the file; every
row keeps the line on which it begins, counted from 1 as an editor counts. Parquet is read by row
group; its "line" is the row number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from regulars.errors import UnreadableFile, Where
from regulars.intake.sheet import LINE, Sheet

_BLOCK = 1 << 24
_ROWS = 1 << 18

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A row that cannot be taken apart into cells or holds what no cell may hold."""

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


def chunks(sheet: Sheet, progress: Progress | None = None) -> Iterator[Chunk]:
    """The rows of the file in order, in chunks, all cells text (Parquet keeps its types)."""
    if sheet.format == "parquet":
        yield from _parquet_chunks(sheet, progress)
    elif sheet.format == "lines":
        yield from _line_chunks(sheet, progress)
    else:
        yield from _delimited_chunks(sheet, progress)


def _parquet_chunks(sheet: Sheet, progress: Progress | None) -> Iterator[Chunk]:
    file = pq.ParquetFile(sheet.path)
    total = file.metadata.num_rows
    done = 0
    for batch in file.iter_batches(batch_size=_ROWS):
        lines = pa.array(range(done + 1, done + batch.num_rows + 1), pa.int64())
        done += batch.num_rows
        yield Chunk(_plain_texts(pa.Table.from_batches([batch])).append_column(LINE, lines))
        if progress:
            progress(int(sheet.size * done / max(total, 1)), sheet.size)


def _plain_texts(table: pa.Table) -> pa.Table:
    """Texts in whatever guise Parquet keeps them (dictionaries, large, views) as plain ones."""
    for place, one in enumerate(table.schema):
        kind = one.type.value_type if pa.types.is_dictionary(one.type) else one.type
        is_text = (
            pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view()
        )
        plain = pa.string() if is_text else kind
        if plain != one.type:
            table = table.set_column(place, one.name, table.column(place).cast(plain))
        if is_text:  # an empty cell is empty, as it is in a CSV
            column = table.column(place)
            empty = pc.equal(column, "")
            if pc.any(empty).as_py():
                column = pc.if_else(empty, pa.scalar(None, pa.string()), column)
                table = table.set_column(place, one.name, column)
    return table


def _line_chunks(sheet: Sheet, progress: Progress | None) -> Iterator[Chunk]:
    done = number = 0
    texts: list[str] = []
    numbers: list[int] = []

    def chunk() -> Chunk:
        return Chunk(pa.table({"line": pa.array(texts, pa.string()), LINE: numbers}))

    with sheet.path.open(encoding=sheet.encoding, newline="\n") as file:
        for number, line in enumerate(file, start=1):
            done += len(line)
            if line.strip():
                texts.append(line.rstrip("\r\n"))
                numbers.append(number)
            if len(texts) == _ROWS:
                yield chunk()
                texts, numbers = [], []
                if progress:
                    progress(done, sheet.size)
    if texts:
        yield chunk()
    if progress:
        progress(sheet.size, sheet.size)


class _Counting:
    """A file that tells how far it has been read."""

    def __init__(self, file: IO[bytes], size: int, progress: Progress | None) -> None:
        self._file, self._size, self._progress = file, size, progress
        self.closed = False

    def read(self, count: int = -1) -> bytes:
        block = self._file.read(count)
        if self._progress:
            self._progress(min(self._file.tell(), self._size), self._size)
        return block

    def close(self) -> None:
        self.closed = True


def _delimited_chunks(sheet: Sheet, progress: Progress | None) -> Iterator[Chunk]:
    # The reader runs ahead: malformed rows are noted by ordinal and placed when their turn comes.
    noted: list[tuple[int, str, int, int]] = []

    def note(row: pa_csv.InvalidRow) -> str:
        noted.append((row.number, row.text or "", row.expected_columns, row.actual_columns))
        return "skip"

    place = _Place(sheet.header_line)
    if len(sheet.first_lines) <= 1 and not _goes_on(sheet):
        return
    try:
        with sheet.path.open("rb") as file:
            reader = pa_csv.open_csv(
                _Counting(file, sheet.size, progress),
                pa_csv.ReadOptions(
                    use_threads=False,  # only then do malformed rows tell where they stand
                    block_size=_BLOCK,
                    column_names=list(sheet.headers),
                    skip_rows=sheet.header_line,
                    encoding="utf-8" if sheet.encoding == "utf-8-sig" else sheet.encoding,
                ),
                pa_csv.ParseOptions(
                    delimiter=sheet.delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=note,
                ),
                pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(sheet.headers, pa.string()),
                    strings_can_be_null=True,
                    null_values=[""],
                ),
            )
            for batch in reader:
                if batch.num_rows:
                    chunk = place.rows(pa.Table.from_batches([batch]), noted)
                    _refuse_swallowed_rows(sheet, chunk)
                    yield chunk
    except pa.ArrowInvalid as error:
        if "Empty CSV" not in str(error):
            raise UnreadableFile(
                f"breaks off: {str(error).splitlines()[0]}",
                where=Where(file=str(sheet.path), line=place.line),
                todo="look after this line for a quotation mark that is never closed",
            ) from error
    if noted:  # what stands behind the last good row
        empty = pa.table({name: pa.array([], pa.string()) for name in sheet.headers})
        last = place.rows(empty, noted, everything=True)
        _refuse_swallowed_rows(sheet, last)
        yield last


def _goes_on(sheet: Sheet) -> bool:
    """Whether anything but blank lines follows the headers."""
    with sheet.path.open(encoding=sheet.encoding, newline="") as text:
        return any(
            line.strip() for number, line in enumerate(text, 1) if number > sheet.header_line
        )


def _refuse_swallowed_rows(sheet: Sheet, chunk: Chunk) -> None:
    """A quotation mark that is never closed makes one cell of all that follows.

    A cell that holds two or more lines with as many delimiters as the headers is no cell.
    """
    wanted = len(sheet.headers) - 1
    if wanted < 1:
        return

    def check(value: str, line: int, column: str | None) -> None:
        alike = sum(part.count(sheet.delimiter) == wanted for part in value.split("\n")[1:])
        if alike >= 2:
            raise UnreadableFile(
                "a quotation mark in this row swallows the rows after it",
                where=Where(file=str(sheet.path), line=line, column=column),
                todo="close or remove the quotation mark; nothing was taken in",
            )

    for row in chunk.unfit:
        check(row.row[""], row.line, None)
    table = chunk.table
    for name in sheet.headers:
        column = table[name]
        several = pc.greater_equal(pc.fill_null(pc.count_substring(column, "\n"), 0), 2)
        if not pc.any(several).as_py():
            continue
        for value, line in zip(
            column.filter(several).to_pylist(), table[LINE].filter(several).to_pylist(), strict=True
        ):
            check(value, line, name)


class _Place:
    """Gives every record of a file, good or malformed, the line on which it begins."""

    def __init__(self, header_line: int) -> None:
        self._ordinal = header_line + 1
        self._inner = 0  # line breaks inside cells so far

    @property
    def line(self) -> int:
        """The line on which the next record begins."""
        return self._ordinal + self._inner

    def rows(
        self, table: pa.Table, noted: list[tuple[int, str, int, int]], *, everything: bool = False
    ) -> Chunk:
        end = self._ordinal + table.num_rows
        mine = []
        while noted and (everything or noted[0][0] < end):
            mine.append(noted.pop(0))
            end = max(end + 1, mine[-1][0] + 1 if everything else 0)
        span = end - self._ordinal
        bad = np.array([number - self._ordinal for number, *_ in mine], np.int64)
        is_good = np.ones(span, bool)
        is_good[bad] = False
        if everything:  # blank lines between malformed rows at the end
            is_good[:] = False
        breaks = np.zeros(span, np.int64)
        breaks[is_good] = _inner_breaks(table)
        breaks[bad] = [text.count("\n") for _, text, _, _ in mine]
        lines = np.arange(self._ordinal, end) + self._inner + np.cumsum(breaks) - breaks
        self._ordinal = end
        self._inner += int(breaks.sum())
        unfit = [
            Unfit(
                int(lines[index]),
                "",
                f"{found} cells, {expected} headers",
                "wrong_cell_count",
                {"": text},
            )
            for index, (_, text, expected, found) in zip(bad, mine, strict=True)
        ]
        table = table.append_column(LINE, pa.array(lines[is_good], pa.int64()))
        return Chunk(_without_blank_rows(table), unfit)


def _inner_breaks(table: pa.Table) -> NDArray[np.int64]:
    total = np.zeros(table.num_rows, np.int64)
    for column in table.columns:
        counts = pc.fill_null(pc.count_substring(column, "\n"), 0)
        total += counts.to_numpy(zero_copy_only=False) if hasattr(counts, "to_numpy") else 0
    return total


def _without_blank_rows(table: pa.Table) -> pa.Table:
    blank = None
    for name in table.column_names:
        if name != LINE:
            is_null = pc.is_null(table[name])
            blank = is_null if blank is None else pc.and_(blank, is_null)
    if blank is None or not pc.any(blank).as_py():
        return table
    return table.filter(pc.invert(blank))
