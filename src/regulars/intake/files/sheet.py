"""A look at a part of a file before it is read: format, encoding, delimiter, headers.

What it is shows in its content, never in its name.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from regulars.intake.files import columnar
from regulars.intake.files.book_rows import look_at_sheet
from regulars.intake.files.chunk import LINE, distinct
from regulars.intake.files.containers import Stream, open_part, size_of, start_of
from regulars.intake.files.delimited import cells_of
from regulars.intake.files.encoding import encoding_by_mark
from regulars.intake.files.foreign import refuse_binary, refuse_foreign, refuse_json, refuse_markup
from regulars.intake.files.json_lines import flat, headers_of, is_object, keys_of
from regulars.intake.files.on_disk import stamp_of, unreadable
from regulars.intake.files.parts import Part, parts_of
from regulars.intake.files.splitting import row_ends
from regulars.intake.files.text import LONGEST, blocks_of, encoding_of, lines_of
from regulars.intake.files.workbook import is_workbook, sheets_of

__all__ = ["LINE", "Sheet", "look"]

_SAMPLE = 1 << 16
_SAMPLE_LINES = 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a look at a part of a file tells before it is read."""

    part: Part
    format: Literal["csv", "tsv", "jsonl", "xlsx", "parquet", "lines"]
    encoding: str
    """As `encoding` names them; `binary` of Parquet and workbooks."""
    delimiter: str
    headers: tuple[str, ...]
    header_line: int
    """The line on which the headers begin; 0 where there are none."""
    first_lines: tuple[str, ...]
    """The first lines that are not blank; of formats without lines, the same rows as CSV."""
    size: int
    """Bytes on disk, against which progress is told."""
    stamp: tuple[int, int]
    """Size and time of the last change of the file that was looked at."""
    keys: tuple[str, ...] = ()
    """JSON lines only: the key of each header."""

    @property
    def path(self) -> Path:
        """The file on disk."""
        return self.part.path

    def open(self) -> Stream:
        """The bytes of the part, as they were before gzip or zip."""
        return open_part(self.part)

    def as_lines(self) -> Sheet:
        """The same part read as plain lines in one column named `line`."""
        return replace(self, format="lines", delimiter="", headers=("line",), header_line=0)


def look(source: Path | Part) -> Sheet:
    """What a file or part is: format, encoding, delimiter, headers.

    Args:
        source: a part, as `parts_of` gives them; or a file that has but one.

    Raises:
        UnreadableFile: missing, a folder, forbidden, empty, damaged, a bomb, of a kind or in an
            encoding that we cannot read; or a file of several parts.
    """
    part = source if isinstance(source, Part) else _only_part(source)
    stamp = stamp_of(part.path)
    start = start_of(part)
    if not start:
        raise unreadable(part, "is empty", "export it again")
    size = size_of(part)
    if start.startswith(b"PAR1"):
        headers = columnar.headers_of(part)
        return Sheet(part, "parquet", "binary", "", headers, 0, (), size, stamp)
    if is_workbook(part, start):
        return _look_at_workbook(part, size, stamp)
    refuse_foreign(part, start)
    marked = encoding_by_mark(start)
    if marked is None:
        refuse_binary(part, start)
    encoding = encoding_of(part, start)
    top = _top_of(part, encoding)
    refuse_markup(part, top.filled[0])
    if top.filled[0].lstrip().startswith("{"):
        if is_object(top.filled[0]):
            keys = keys_of(part, blocks_of(part, encoding))
            rows = [flat(line.encode()) for line in top.filled if is_object(line)]
            first = _as_csv([keys, *([row.get(key, "") for key in keys] for row in rows)])
            headers = headers_of(keys)
            return Sheet(part, "jsonl", encoding, ",", headers, 0, first, size, stamp, keys)
        refuse_json(part, top.filled[0])
    delimiter, headers = _headers(part, top)
    return Sheet(
        part=part,
        format="tsv" if delimiter == "\t" else "csv",
        encoding=encoding,
        delimiter=delimiter,
        headers=headers,
        header_line=top.line,
        first_lines=tuple(top.filled),
        size=size,
        stamp=stamp,
    )


def _only_part(path: Path) -> Part:
    parts = parts_of(path)
    if len(parts) > 1:
        names = ", ".join(part.name for part in parts[:5]) + (", …" if len(parts) > 5 else "")
        raise unreadable(path, f"holds {len(parts)} tables: {names}", "look at one of its parts")
    return parts[0]


def _look_at_workbook(part: Part, size: int, stamp: tuple[int, int]) -> Sheet:
    if part.sheet is None:
        titles = sheets_of(part)
        if len(titles) > 1:
            raise unreadable(
                part, f"has {len(titles)} sheets: {', '.join(titles)}", "look at one of them"
            )
        part = replace(part, sheet=titles[0])
    head = look_at_sheet(part)
    first = _as_csv(head.first_rows)
    return Sheet(part, "xlsx", "binary", ",", head.headers, head.line, first, size, stamp)


@dataclass(frozen=True, slots=True)
class _Top:
    """The beginning of a text: from its first line that is not blank on."""

    data: bytes
    filled: list[str]
    """The lines that are not blank, without their ends."""
    line: int
    """The number of the first of them."""
    is_all: bool
    """Whether the text ends here."""


def _top_of(part: Part, encoding: str) -> _Top:
    data = b""
    line = breaks = 0
    filled: list[str] = []
    is_all = True
    for block in blocks_of(part, encoding, _SAMPLE):
        if len(filled) >= _SAMPLE_LINES or len(data) > LONGEST:
            is_all = False
            break
        found = [(number, text) for number, text, _ in lines_of(block) if text.strip()]
        if not line and found:
            line, breaks = found[0][0], found[0][0] - block.line
        filled += [text.decode() for _, text in found]
        data += _after_breaks(block.data, breaks) if line else b""
        breaks = 0
    if not line:
        raise unreadable(part, "holds only blank lines", "export it again")
    return _Top(data, filled[:_SAMPLE_LINES], line, is_all)


def _after_breaks(data: bytes, count: int) -> bytes:
    return b"".join(data.splitlines(keepends=True)[count:])


def _headers(part: Part, top: _Top) -> tuple[str, tuple[str, ...]]:
    """The delimiter, and the headers as columns can be called."""
    delimiter = _delimiter(top.filled[0])
    ends, _, _ = row_ends(top.data if not top.is_all else top.data + b"\n", delimiter)
    if not len(ends):
        raise unreadable(
            part,
            "has a quotation mark in its headers that is never closed",
            "close or remove it",
            line=top.line,
        )
    return delimiter, distinct(cells_of(top.data[: ends[0]].decode(), delimiter))


def _delimiter(header: str) -> str:
    outside = "".join(header.split('"')[::2])
    return max(",\t;|", key=lambda mark: (outside.count(mark), mark == ","))


def _as_csv(rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return tuple(text.getvalue().removesuffix("\n").split("\n"))
