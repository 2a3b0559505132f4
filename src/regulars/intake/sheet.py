"""A look at a file before it is read: format, encoding, delimiter, headers."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.errors import UnreadableFile, Where
from regulars.intake.parts import Part

LINE = "_line"
"""The column that carries the line of a row; no header may be called so."""

_BLOCK = 1 << 24
_SAMPLE_LINES = 20


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

    @property
    def part(self) -> Part:
        """Which part of the file it is."""
        return Part(self.path)

    def as_lines(self) -> Sheet:
        """The same file read as plain lines in one column named `line`."""
        return Sheet(
            self.path, "lines", self.encoding, "", ("line",), 0, self.first_lines, self.size
        )


def look(path: Path | Part) -> Sheet:
    """What the file is: format, encoding, delimiter, headers.

    Raises:
        UnreadableFile: missing, a folder, forbidden, empty, or in no encoding that we know.
    """
    if isinstance(path, Part):
        path = path.path
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
