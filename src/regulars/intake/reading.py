"""Files as a stream of text tables: encoding, delimiter, headers, and the line of every row.

CSV, TSV and other delimited text are read in blocks, so memory does not grow with the file; every
row keeps the line on which it begins, counted from 1 as an editor counts. Parquet is read by row
group; its "line" is the row number.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from regulars.errors import UnreadableFile, Where

LINE = "_line"
"""The column that carries the line of a row."""

_BLOCK = 1 << 24
_ROWS = 1 << 18
_SAMPLE_LINES = 20

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a look at a file tells before it is read."""

    path: Path
    format: Literal["csv", "tsv", "parquet", "lines"]
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    header_line: int
    first_lines: tuple[str, ...]
    size: int

    def as_lines(self) -> Sheet:
        """The same file read as plain lines in one column named `line`."""
        return Sheet(
            self.path, "lines", self.encoding, "", ("line",), 0, self.first_lines, self.size
        )


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that does not have as many cells as there are headers."""

    line: int
    text: str
    expected: int
    found: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file with their lines, and the malformed rows among them."""

    table: pa.Table
    malformed: list[Malformed] = field(default_factory=list)


def look(path: Path) -> Sheet:
    """What the file is: format, encoding, delimiter, headers.

    Raises:
        UnreadableFile: missing, a folder, forbidden, empty, or in no encoding that we know.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(1 << 16)
    except OSError as error:
        raise UnreadableFile(
            f"cannot be read ({error.strerror})", where=Where(file=str(path)), todo="check the path"
        ) from error
    if not start:
        raise _unreadable(path, "is empty", "export it again")
    if start[:4] == b"PAR1":
        return _look_at_parquet(path, size)
    if start[:2] in (b"PK", b"\x1f\x8b", b"\xd0\xcf"):
        raise _unreadable(path, "is a workbook or archive", "save it as CSV (UTF-8) first")
    encoding = _encoding(path, start)
    with path.open(encoding=encoding, newline="") as text:
        lines = [line for line, _ in zip(text, range(_SAMPLE_LINES), strict=False)]
    header_line = next((number for number, line in enumerate(lines, 1) if line.strip()), 0)
    if not header_line:
        raise _unreadable(path, "holds only blank lines", "export it again")
    delimiter = _delimiter(lines[header_line - 1])
    headers = next(csv.reader([lines[header_line - 1].rstrip("\r\n")], delimiter=delimiter))
    return Sheet(
        path=path,
        format="tsv" if delimiter == "\t" else "csv",
        encoding=encoding,
        delimiter=delimiter,
        headers=_distinct(headers),
        header_line=header_line,
        first_lines=tuple(line.rstrip("\r\n") for line in lines if line.strip()),
        size=size,
    )


def _look_at_parquet(path: Path, size: int) -> Sheet:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(path, "is a damaged Parquet file", "export it again") from error
    return Sheet(path, "parquet", "binary", "", tuple(schema.names), 0, (), size)


def _unreadable(path: Path, what: str, todo: str) -> UnreadableFile:
    return UnreadableFile(what, where=Where(file=str(path)), todo=todo)


def _encoding(path: Path, start: bytes) -> str:
    """UTF-8 with or without mark, else GB18030 (which holds GBK and GB2312)."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _unreadable(path, "is UTF-16 text", "save it as UTF-8 first")
    if b"\0" in start:
        raise _unreadable(path, "is no text", "export it as CSV")
    first = "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    worst = 0
    for encoding in (first, "gb18030"):
        bad_line = _first_undecodable_line(path, encoding)
        if bad_line is None:
            return encoding
        worst = max(worst, bad_line)
    raise UnreadableFile(
        "is neither UTF-8 nor GB18030",
        where=Where(file=str(path), line=worst),
        todo="save it as UTF-8, or mend this line",
    )


def _first_undecodable_line(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return line
    return None


def _delimiter(header: str) -> str:
    outside = "".join(header.split('"')[::2])
    return max(",\t;|", key=lambda mark: (outside.count(mark), mark == ","))


def _distinct(headers: list[str]) -> tuple[str, ...]:
    distinct: list[str] = []
    taken = {LINE, *headers}
    for header in headers:
        name, number = header, 1
        while name in distinct or (number > 1 and name in taken) or name == LINE:
            number += 1
            name = f"{header}.{number}"
        distinct.append(name)
    return tuple(distinct)


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

    for row in chunk.malformed:
        check(row.text, row.line, None)
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
        malformed = [
            Malformed(int(lines[index]), text, expected, found)
            for index, (_, text, expected, found) in zip(bad, mine, strict=True)
        ]
        table = table.append_column(LINE, pa.array(lines[is_good], pa.int64()))
        return Chunk(_without_blank_rows(table), malformed)


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
