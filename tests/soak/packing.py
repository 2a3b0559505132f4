"""A grid as the bytes of a file: text of every kind, JSON lines, workbooks, Parquet, archives."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import zipfile
from datetime import datetime
from decimal import Decimal, InvalidOperation

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from soak.grid import Grid

ENCODINGS = (
    "utf-8",
    "utf-8",
    "utf-8-sig",
    "gb18030",
    "gb18030",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
)
STRANGE_ENCODINGS = ("latin-1", "cp1252", "big5", "shift_jis", "euc_kr", "utf-32", "utf-7", "cp500")
_TYPES = (
    None, None, pa.float64(), pa.int64(), pa.decimal128(20, 4), pa.timestamp("us"),
    pa.timestamp("ns", "UTC"), pa.date32(), pa.bool_(), pa.large_string(), "dictionary",
    pa.binary(), "list", "null",
)  # fmt: skip
_ILLEGAL_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def text(rng: random.Random, grid: Grid) -> str:
    """Delimited text, well formed."""
    delimiter = rng.choice((",", ",", ",", "\t", ";", "|"))
    newline = rng.choice(("\n", "\n", "\r\n", "\r\n", "\r"))
    quoting = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    out = io.StringIO()
    rows = [grid.headers, *grid.rows] if grid.headers is not None else grid.rows
    if grid.headers is None:
        out.write("".join(row[0].replace("\n", " ") + newline for row in rows))
    else:
        writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting)
        for row in rows:
            if rng.random() < 0.02:
                out.write(newline)
            writer.writerow(row)
    content = out.getvalue()
    if rng.random() < 0.2:
        content = content.removesuffix(newline)
    grid.done.append(f"text with {delimiter!r} {newline!r} quoting {quoting}")
    return content


def raw_text(rng: random.Random, grid: Grid) -> str:
    """Cells joined without any quoting: delimiters and quotation marks inside cells break rows."""
    rows = [grid.headers, *grid.rows] if grid.headers is not None else grid.rows
    grid.done.append("text without quoting")
    return rng.choice(("\n", "\r\n")).join(",".join(row) for row in rows) + "\n"


def encoded(rng: random.Random, grid: Grid, content: str) -> bytes:
    """The text as bytes in one encoding, or with some lines in another."""
    kind = rng.random()
    if kind < 0.75:
        encoding = rng.choice(ENCODINGS)
        grid.done.append(encoding)
        return content.encode(encoding, "replace")
    if kind < 0.85:
        encoding = rng.choice(STRANGE_ENCODINGS)
        grid.done.append(encoding)
        return content.encode(encoding, "replace")
    share = rng.choice((0.1, 0.5, 0.9))
    grid.done.append(f"{share:.0%} of lines GB18030, the others UTF-8")
    return b"".join(
        line.encode("gb18030" if rng.random() < share else "utf-8", "replace")
        for line in content.splitlines(keepends=True)
    )


def json_lines(rng: random.Random, grid: Grid) -> bytes:
    """One object a line, with numbers, lists and objects in places."""
    names = grid.headers or ["line"]
    lines = []
    for row in grid.rows:
        cells: dict[str, object] = {}
        for name, value in zip(names, row, strict=False):
            if value or rng.random() < 0.5:
                cells[name] = _typed(rng, value)
        if rng.random() < 0.05:
            cells[rng.choice(("new", "a.b", ""))] = rng.choice(({"b": 1}, [1, 2], [{"x": 1}], "x"))
        lines.append(json.dumps(cells, ensure_ascii=rng.random() < 0.3))
        if rng.random() < 0.04:
            lines.append(rng.choice(("", "null", "[1]", "{", '{"a":1', "NaN", '"x"', "{}", "{}{}")))
    grid.done.append("JSON lines")
    return "\n".join(lines).encode("utf-8", "replace") + b"\n"


def _typed(rng: random.Random, value: str) -> object:
    kind = rng.random()
    if kind < 0.3:
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if number.is_integer() and abs(number) < 1e30 else number
    if kind < 0.33:
        return rng.choice((None, True, [value], {"x": value}, [[value]], [{"x": value}], 10**25))
    return value


def workbook(rng: random.Random, grid: Grid) -> bytes:
    """A workbook: texts, numbers and times in one or several sheets."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [grid.headers, *grid.rows] if grid.headers is not None else grid.rows:
        sheet.append([_cell(rng, value) for value in row])
    if rng.random() < 0.3:
        book.create_sheet("notes").append(["nothing to see", "here"])
    if rng.random() < 0.1:
        book.create_sheet("hidden").sheet_state = "hidden"
    if rng.random() < 0.1:
        sheet.insert_rows(1, rng.choice((1, 3)))
    out = io.BytesIO()
    book.save(out)
    grid.done.append("workbook")
    return out.getvalue()


def _cell(rng: random.Random, value: str) -> object:
    value = _ILLEGAL_IN_XML.sub("", value)[:32_000]
    kind = rng.random()
    if kind < 0.3:
        try:
            number = Decimal(value)
            if abs(number) > 1e100:
                return value
            return float(number) if kind < 0.15 else int(number)
        except (InvalidOperation, ValueError, OverflowError):
            return value
    if kind < 0.5:
        try:
            return datetime.fromisoformat(value).replace(tzinfo=None)
        except ValueError:
            return value
    if kind < 0.52:
        return rng.choice((True, None, "=1/0", "=A1", 1e300, float(10**17)))
    return value


def parquet(rng: random.Random, grid: Grid) -> bytes:
    """Parquet with typed columns where their cells allow it."""
    names = list(dict.fromkeys(grid.headers or ["line"]))
    columns = []
    for place in range(len(names)):
        values = [row[place] if place < len(row) else None for row in grid.rows]
        column = pa.array([_whole(value) for value in values], pa.string())
        columns.append(_cast(column, rng.choice(_TYPES)))
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, names=names), out)
    grid.done.append("Parquet")
    return out.getvalue()


def _whole(value: str | None) -> str | None:
    return None if not value else value.encode("utf-8", "replace").decode()


def _cast(column: pa.Array, kind: object) -> pa.Array:
    try:
        if kind is None:
            return column
        if kind == "dictionary":
            return column.dictionary_encode()
        if kind == "list":
            return pa.array([None if one is None else [one] for one in column.to_pylist()],
                            pa.list_(pa.string()))  # fmt: skip
        if kind == "null":
            return pa.nulls(len(column))
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return column


def boxed(rng: random.Random, grid: Grid, content: bytes) -> bytes:
    """The file as it is, or within an archive."""
    kind = rng.choice(("plain", "plain", "plain", "plain", "gzip", "zip", "two in a zip", "nested"))
    if kind != "plain":
        grid.done.append(kind)
    if kind == "gzip":
        return gzip.compress(content, mtime=0)
    if kind == "plain":
        return content
    if kind == "nested":
        content = _zip({"inner.csv": content}) if rng.random() < 0.5 else gzip.compress(content)
        return _zip({"inner.zip": content}) if rng.random() < 0.5 else gzip.compress(content)
    members = {
        rng.choice(("a.csv", "订单/一月.csv", "../a.csv", "/a.csv", "a\\b.csv", "")): content
    }
    if kind == "two in a zip":
        members[rng.choice(("b/a.csv", "readme.txt", "__MACOSX/a.csv", "empty.csv"))] = rng.choice(
            (content, b"", b"hello\n", b"\x00\x01")
        )
    return _zip(members)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name or "x"), content)
    return out.getvalue()


def bitten(rng: random.Random, grid: Grid, content: bytes) -> bytes:
    """The bytes damaged: flipped, lost, doubled, cut off."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 10))):
        if not data:
            break
        place = rng.randrange(len(data))
        length = rng.choice((1, 1, 2, 16, 300))
        kind = rng.choice(("flip", "cut", "lose", "double", "insert", "nul", "quote"))
        if kind == "flip":
            data[place] ^= 1 << rng.randrange(8)
        elif kind == "cut":
            del data[place:]
        elif kind == "lose":
            del data[place : place + length]
        elif kind == "double":
            data[place:place] = data[place : place + length]
        elif kind == "insert":
            data[place:place] = rng.randbytes(length)
        elif kind == "nul":
            data[place : place + 1] = b"\0"
        else:
            data[place:place] = rng.choice((b'"', b"'", b",", b"\r", b"\n", b"\xff", b"\xe4\xbd"))
        grid.done.append(f"{kind} at {place}")
    return bytes(data)
