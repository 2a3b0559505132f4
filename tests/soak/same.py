"""The same cells in every kind of file: whatever holds them, an import must come to the same."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from soak.grid import Grid


def _text(delimiter: str = ",", newline: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> Callable:
    def write(grid: Grid) -> str:
        if grid.headers is None:
            return "".join(row[0] + newline for row in grid.rows)
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting)
        writer.writerows([grid.headers, *grid.rows])
        return out.getvalue()

    return write


def _encoded(encoding: str, **how: object) -> Callable[[Grid], bytes]:
    return lambda grid: _text(**how)(grid).encode(encoding)


def _json_lines(grid: Grid) -> bytes:
    rows = (dict(zip(grid.headers or [], row, strict=False)) for row in grid.rows)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _workbook(grid: Grid) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("一月")
    for row in [grid.headers or [], *grid.rows]:
        cells = [openpyxl.cell.WriteOnlyCell(sheet, value=cell or None) for cell in row]
        for cell in cells:
            if cell.value is not None:
                cell.data_type = "s"  # texts, whatever they look like
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _parquet(grid: Grid) -> bytes:
    columns = zip(*grid.rows, strict=True)
    arrays = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=grid.headers), out)
    return out.getvalue()


def _zipped(grid: Grid) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("订单/一月.csv", _text()(grid))
    return out.getvalue()


PLAIN: dict[str, Callable[[Grid], bytes]] = {
    "UTF-8": _encoded("utf-8"),
    "UTF-8 with mark, CRLF": _encoded("utf-8-sig", newline="\r\n"),
    "GB18030": _encoded("gb18030", newline="\r\n"),
    "UTF-16": _encoded("utf-16", newline="\r\n"),
    "gzip": lambda grid: gzip.compress(_text()(grid).encode(), mtime=0),
    "zip": _zipped,
}
"""Kinds of file that hold lines of any format."""

KINDS: dict[str, Callable[[Grid], bytes]] = {
    **PLAIN,
    "tabs": _encoded("utf-8", delimiter="\t"),
    "bars": _encoded("gb18030", delimiter="|"),
    "all quoted": _encoded("utf-8", quoting=csv.QUOTE_ALL),
    "JSON lines": _json_lines,
    "workbook": _workbook,
    "Parquet": _parquet,
}
"""Kinds of file that hold a table. Semicolons are left out: they tell of decimal commas."""


def kinds_for(grid: Grid) -> dict[str, Callable[[Grid], bytes]]:
    """Those that can hold this."""
    return PLAIN if grid.headers is None else KINDS
