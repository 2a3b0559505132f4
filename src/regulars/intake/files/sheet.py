"""A look at a part of a file before it is read: format, encoding, delimiter, headers.

What it is shows in its content, never in its name.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from regulars.intake.files import columnar
from regulars.intake.files.book_rows import BookHead, heads_of_sheet
from regulars.intake.files.chunk import LINE
from regulars.intake.files.containers import Stream, open_part, size_of, start_of
from regulars.intake.files.encoding import encoding_by_mark
from regulars.intake.files.foreign import refuse_binary, refuse_foreign, refuse_json, refuse_markup
from regulars.intake.files.json_lines import are_messages, flat, headers_of, is_object, keys_of
from regulars.intake.files.on_disk import stamp_of, unreadable
from regulars.intake.files.parts import Part, parts_of
from regulars.intake.files.plain_lines import HEADERS
from regulars.intake.files.text import blocks_of, encoding_of
from regulars.intake.files.top import LOOKED_AT, Above, Head, first_head, further_heads, top_of
from regulars.intake.files.total_rows import Key
from regulars.intake.files.workbook import is_workbook, sheets_of

__all__ = ["LINE", "Sheet", "look", "lower"]


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
    skip: int = 0
    """Delimited text only: how many rows, blank ones too, end with the headers."""
    above: Above = ()
    """What stands above the headers and is no row: a title, a period, a version."""
    key: Key | None = None
    """The column that says what a row is of, once the format is recognised."""

    @property
    def path(self) -> Path:
        """The file on disk."""
        return self.part.path

    def open(self) -> Stream:
        """The bytes of the part, as they were before gzip or zip."""
        return open_part(self.part)

    def as_lines(self) -> Sheet:
        """The same part read as plain lines in one column named `line`."""
        return replace(
            self, format="lines", delimiter="", headers=("line",), header_line=0, above=()
        )

    def as_table(self, headers: tuple[str, ...]) -> Sheet:
        """The same part, whose first line is a row and no headers."""
        return replace(self, headers=headers, header_line=0, skip=0, above=())


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
    top = top_of(part, encoding)
    refuse_markup(part, top.first)
    if top.first.lstrip().startswith("{"):
        if is_object(top.first):
            lines = tuple(line for _, line in top.filled)
            if are_messages(lines):
                # Every sort of message has properties of its own: they are cells within a cell.
                return Sheet(part, "lines", encoding, "", HEADERS, 0, lines, size, stamp)
            keys = keys_of(part, blocks_of(part, encoding))
            rows = [flat(line.encode()) for _, line in top.filled if is_object(line)]
            first = _as_csv([keys, *([row.get(key, "") for key in keys] for row in rows)])
            headers = headers_of(keys)
            return Sheet(part, "jsonl", encoding, ",", headers, 0, first, size, stamp, keys)
        refuse_json(part, top.first)
    bare = Sheet(part, "csv", encoding, ",", (), 0, (), size, stamp)
    return _under(bare, first_head(part, top))


def lower(sheet: Sheet) -> Iterator[Sheet]:
    """The same part with its headers further down, as below a title: each of the first ten rows.

    Raises:
        UnreadableFile: as `look` does, where the file changed since.
    """
    if sheet.format in ("csv", "tsv"):
        for head in further_heads(top_of(sheet.part, sheet.encoding)):
            yield _under(sheet, head)
    elif sheet.format == "xlsx":
        for low in islice(heads_of_sheet(sheet.part), 1, LOOKED_AT):
            yield _under_row(sheet, low)


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
    bare = Sheet(part, "xlsx", "binary", ",", (), 0, (), size, stamp)
    return _under_row(bare, next(heads_of_sheet(part)))


def _under(sheet: Sheet, head: Head) -> Sheet:
    return replace(
        sheet,
        format="tsv" if head.delimiter == "\t" else "csv",
        delimiter=head.delimiter,
        headers=head.headers,
        header_line=head.line,
        first_lines=head.first_lines,
        skip=head.skip,
        above=head.above,
    )


def _under_row(sheet: Sheet, head: BookHead) -> Sheet:
    return replace(
        sheet,
        headers=head.headers,
        header_line=head.line,
        first_lines=_as_csv(head.first_rows),
        above=head.above,
    )


def _as_csv(rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return tuple(text.getvalue().removesuffix("\n").split("\n"))
