"""Results out: one JSON object, a table for people, CSV or Parquet for programs."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from regulars.errors import RegularsError, Where

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_SHOWN = 20
_WIDTH_OF_A_FILE = 160
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


FormatOption = Annotated[Format, typer.Option("--format", help="How to write the rows.")]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to.")]


class OutputError(RegularsError):
    """The result cannot be written as asked."""

    code = "output.failed"


def print_json(data: Any) -> None:
    """The object as JSON on stdout; money as numbers, days and times in ISO 8601."""
    import msgspec

    text = msgspec.json.encode(plain(data))
    sys.stdout.write(text.decode() + "\n")


def plain(value: Any) -> Any:
    """The value in the types of JSON."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The rows as plain data; map columns become objects."""
    import pyarrow as pa

    maps = {field.name for field in table.schema if pa.types.is_map(field.type)}
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        for name in maps:
            row[name] = dict(row[name] or [])
    return rows


def write(
    table: pa.Table, form: Format, out: Path | None, columns: Sequence[str] | None = None
) -> None:
    """Write the rows in a format, to a file or to stdout.

    Raises:
        OutputError: Parquet without a file.
    """
    if form is Format.PARQUET:
        if out is None:
            raise OutputError("Parquet is no text", todo="name a file with --out FILE.parquet")
        import pyarrow.parquet as pq

        _into(out, lambda file: pq.write_table(table, file))
    elif form is Format.TABLE:
        show(table, columns)
    elif out is None:
        _write_text(table, form, sys.stdout)
    else:
        # Excel takes a CSV for UTF-8 only with a byte order mark.
        encoding = "utf-8-sig" if form is Format.CSV else "utf-8"
        try:
            with out.open("w", encoding=encoding, newline="") as file:
                _write_text(table, form, file)
        except OSError as error:
            raise _cannot(out, error) from error


def _into(out: Path, action: Any) -> None:
    try:
        with out.open("wb") as file:
            action(file)
    except OSError as error:
        raise _cannot(out, error) from error


def _cannot(out: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot be written ({error.strerror})", where=Where(file=str(out)), todo="check the path"
    )


def _write_text(table: pa.Table, form: Format, file: IO[str]) -> None:
    if form is Format.JSON:
        import msgspec

        file.write(msgspec.json.encode(plain(rows_of(table))).decode() + "\n")
        return
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.column_names)
    for batch in table.to_batches(max_chunksize=10_000):
        for row in rows_of(batch):
            writer.writerow([cell(value) for value in row.values()])


def cell(value: Any) -> Any:
    """A value as a CSV cell: lists joined by |, and no text that a spreadsheet would run.

    >>> cell(["tea", "rice"]), cell("=1+1"), cell(None), cell({"a": "b"})
    ('tea|rice', "'=1+1", '', 'a=b')
    """
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        value = "|".join(str(item) for item in value)
    elif isinstance(value, dict):
        value = "|".join(f"{key}={item}" for key, item in value.items())
    elif isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def show(table: pa.Table, columns: Sequence[str] | None = None, rows: int = _ROWS_SHOWN) -> None:
    """The first rows as a table on stdout, fitted to the terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE)
    chosen = [name for name in columns or table.column_names if name in table.column_names]
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in chosen:
        number = str(table.schema.field(name).type).startswith(("int", "double", "decimal"))
        is_prose = name.startswith(("reason", "meaning", "value", "file", "top_category"))
        drawn.add_column(
            name,
            justify="right" if number else "left",
            overflow="fold",
            no_wrap=not is_prose,
        )
    for row in rows_of(table.select(chosen).slice(0, rows)):
        drawn.add_row(*(_short(value) for value in row.values()))
    console.print(drawn)
    if table.num_rows > rows:
        console.print(
            f"… {table.num_rows:,} rows in all; every column with --format csv --out FILE.csv",
            style="dim",
        )


def _short(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:,.1f}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return escape(str(cell(value)))


def lines(texts: Iterable[str]) -> None:
    """Plain lines on stdout."""
    for text in texts:
        sys.stdout.write(text + "\n")
