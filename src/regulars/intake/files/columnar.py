"""Parquet, row group by row group; a row's line is its number."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.errors import UnreadableFile
from regulars.intake.files.chunk import (
    LINE,
    Chunk,
    Read,
    Unfit,
    distinct,
    in_batches,
    rows_at_once,
    screened,
    shortened,
)
from regulars.intake.files.containers import seekable
from regulars.intake.files.on_disk import unreadable
from regulars.intake.files.part import Part

_DAMAGED = (pa.ArrowException, OSError, ValueError)  # ValueError: names that are no text


def headers_of(part: Part) -> tuple[str, ...]:
    """The columns' names.

    Raises:
        UnreadableFile: the file is damaged.
    """
    with seekable(part) as file:
        try:
            return distinct(pq.read_schema(file).names)
        except _DAMAGED as error:
            raise _damaged(part, error) from error


def read_parquet(part: Part, headers: tuple[str, ...], size: int) -> Iterator[Read]:
    """The rows in chunks; types stay, texts in whatever guise become plain ones.

    Raises:
        UnreadableFile: it breaks off.
    """
    done = 0
    with seekable(part) as source:
        try:
            file = pq.ParquetFile(source)
            total = max(file.metadata.num_rows, 1)
            for batch in file.iter_batches(batch_size=2 * rows_at_once(len(headers))):
                table = _plain_texts(pa.Table.from_batches([batch]).rename_columns(list(headers)))
                lines = pa.array(range(done + 1, done + batch.num_rows + 1), pa.int64())
                chunk = _readable(table.append_column(LINE, lines))
                done += batch.num_rows
                found = screened(chunk)
                found = Chunk(in_batches(found.table), found.unfit)
                yield Read(found, int(size * done / total))
        except _DAMAGED as error:
            raise _damaged(part, error, done) from error


def _damaged(part: Part, error: Exception, rows: int = 0) -> UnreadableFile:
    after = f" after row {rows:,}" if rows else ""
    why = str(error).partition("\n")[0]
    return unreadable(part, f"is a damaged Parquet file{after} ({why})", "export it again")


def _plain_texts(table: pa.Table) -> pa.Table:
    """Texts in whatever guise Parquet keeps them (dictionaries, large, views) as plain ones."""
    for place, one in enumerate(table.schema):
        kind = one.type.value_type if pa.types.is_dictionary(one.type) else one.type
        is_text = (
            pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view()
        )
        plain = pa.string() if is_text else kind
        column = table.column(place)
        if plain != one.type:
            column = column.cast(plain)
            table = table.set_column(place, one.name, column)
        if is_text:  # an empty cell is empty, as it is in a CSV
            empty = pc.equal(column, "")
            if pc.any(empty).as_py():
                column = pc.if_else(empty, pa.scalar(None, pa.string()), column)
                table = table.set_column(place, one.name, column)
    return table


def _readable(table: pa.Table) -> Chunk:
    """Without rows whose texts are none: nothing in Parquet sees to it that they are UTF-8."""
    bad: dict[int, str] = {}
    for place, one in enumerate(table.schema):
        if not pa.types.is_string(one.type):
            continue
        written = table.column(place).cast(pa.binary())
        try:
            written.cast(pa.string())
        except pa.ArrowInvalid:
            for row, cell in enumerate(written.to_pylist()):
                if cell is not None and not _is_text(cell):
                    bad.setdefault(row, one.name)
    if not bad:
        return Chunk(table)
    unfit = []
    for row, name in sorted(bad.items()):
        cells = {header: _shown(table[header].slice(row, 1)) for header in table.column_names[:-1]}
        line = table[LINE][row].as_py()
        unfit.append(Unfit(line, name, shortened(cells[name]), "undecodable", cells))
    kept = pa.array([row not in bad for row in range(table.num_rows)])
    return Chunk(table.filter(kept), unfit)


def _is_text(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True


def _shown(cell: pa.ChunkedArray) -> str:
    if pa.types.is_string(cell.type):
        (written,) = cell.cast(pa.binary()).to_pylist()
        return "" if written is None else written.decode("utf-8", "replace")
    (value,) = cell.to_pylist()
    return "" if value is None else str(value)
