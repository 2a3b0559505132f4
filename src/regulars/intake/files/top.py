r"""The top of a delimited text: its first lines, and which of them may be the headers.

Mostly the headers are the first line that is not blank. Exports also put lines above them: a title,
a period, `version 1.00`, or Excel's `sep=;`, which is no row but names the delimiter. Which line it
is shows only when a format recognises one of them (`recognise`); here each of the first ten is laid
out as if it were the headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from regulars.errors import UnreadableFile
from regulars.intake.files.chunk import distinct
from regulars.intake.files.delimited import cells_of
from regulars.intake.files.on_disk import unreadable
from regulars.intake.files.part import Part
from regulars.intake.files.splitting import row_ends
from regulars.intake.files.text import LONGEST, blocks_of, lines_of

LOOKED_AT = 10
"""Among so many rows that are not blank the headers are looked for."""

_SAMPLE = 1 << 16
_SAMPLE_LINES = 20
_DECLARED = re.compile(r'"?sep=([\t!#-/:-@\[-^`{-~])"?[,;\t|]*', re.IGNORECASE)

_DRESS = re.compile(r"(?<=[,;|])\t+|\t+(?=[,;|])|^\t+|\t+$")

Above = tuple[tuple[int, tuple[str, ...]], ...]
"""Rows above the headers that are not blank: the line and the cells of each."""


@dataclass(frozen=True, slots=True)
class Top:
    """The beginning of a text: from its first line that is not blank on."""

    data: bytes
    filled: tuple[tuple[int, str], ...]
    """The lines that are not blank, without their ends, with their numbers."""
    is_all: bool
    """Whether the text ends here."""

    @property
    def line(self) -> int:
        """The number of the first line."""
        return self.filled[0][0]

    @property
    def first(self) -> str:
        """The first line."""
        return self.filled[0][1]


@dataclass(frozen=True, slots=True)
class Head:
    """A row taken for the headers."""

    headers: tuple[str, ...]
    """As columns can be called."""
    delimiter: str
    line: int
    """The line on which they begin."""
    skip: int
    """How many rows of the text end with them."""
    above: Above
    first_lines: tuple[str, ...]
    """They and the lines after them."""


def top_of(part: Part, encoding: str) -> Top:
    """The first lines of the part.

    Raises:
        UnreadableFile: there are only blank ones.
    """
    data = b""
    filled: list[tuple[int, str]] = []
    is_all = True
    for block in blocks_of(part, encoding, _SAMPLE):
        if len(filled) >= _SAMPLE_LINES or len(data) > LONGEST:
            is_all = False
            break
        found = [(number, text) for number, text, _ in lines_of(block) if text.strip()]
        blank = found[0][0] - block.line if found and not filled else 0
        filled += [(number, text.decode()) for number, text in found]
        if filled:
            data += b"".join(block.data.splitlines(keepends=True)[blank:])
    if not filled:
        raise unreadable(part, "holds only blank lines", "export it again")
    return Top(data, tuple(filled[:_SAMPLE_LINES]), is_all)


def first_head(part: Part, top: Top) -> Head:
    """The first row as the headers, or the one below a line that names the delimiter.

    Raises:
        UnreadableFile: a quotation mark in it is never closed.
    """
    place, delimiter = _declared(top)
    found = _head(top, place, delimiter or _delimiter(top.filled[place][1]))
    if found is None:
        raise _unclosed(part, top.filled[place][0])
    return found


def further_heads(top: Top) -> Iterator[Head]:
    """Each of the rows after the first one as the headers, as far as they can be."""
    place, delimiter = _declared(top)
    for further in range(place + 1, min(len(top.filled), place + LOOKED_AT)):
        found = _head(top, further, delimiter or _delimiter(top.filled[further][1]))
        if found is not None:
            yield found


def _declared(top: Top) -> tuple[int, str]:
    """Where among the lines the first row is, and the delimiter if the line above it names one."""
    found = _DECLARED.fullmatch(top.first.strip(" "))
    if found is None or len(top.filled) == 1:
        return 0, ""
    return 1, found[1]


def _head(top: Top, place: int, delimiter: str) -> Head | None:
    """The row that begins on one of the lines; None where a quotation mark is open there."""
    line = top.filled[place][0]
    data = top.data if not top.is_all else top.data + b"\n"
    ends, begun, _ = row_ends(data, delimiter)
    # The row is the one after all that end above its line.
    skipped = int((begun < line - top.line).sum())
    starts_here = line == top.line or (skipped and int(begun[skipped - 1]) == line - top.line - 1)
    if not starts_here or skipped == len(ends):
        return None
    begin = int(ends[skipped - 1]) if skipped else 0
    cells = cells_of(data[begin : ends[skipped]].decode(), delimiter)
    below = [
        cells_of(data[start:end].decode(), delimiter)
        for start, end in pairwise(ends[skipped:][:_SAMPLE_LINES].tolist())
    ]
    first = 1 if _declared(top)[1] else 0
    above = ((number, tuple(cells_of(text, delimiter))) for number, text in top.filled[first:place])
    return Head(
        headers=distinct(_as_wide_as(below, cells)),
        delimiter=delimiter,
        line=line,
        skip=top.line - 1 + skipped + 1,
        above=tuple((number, row) for number, row in above if any(cell.strip() for cell in row)),
        first_lines=tuple(text for _, text in top.filled[place:]),
    )


def _as_wide_as(rows: list[list[str]], headers: list[str]) -> list[str]:
    """The headers with as many blank ones as all rows have blank cells beyond them.

    Many an export ends each of its rows with a delimiter, and the headers without one.

    >>> _as_wide_as([["1", "2", ""], ["3", "4", "", ""]], ["a", "b"])
    ['a', 'b', '']
    """
    beyond = [row[len(headers) :] for row in rows if any(cell.strip() for cell in row)]
    if not beyond or any(cell.strip() for cells in beyond for cell in cells):
        return headers
    return headers + [""] * min(map(len, beyond))


def _unclosed(part: Part, line: int) -> UnreadableFile:
    return unreadable(
        part,
        "has a quotation mark in its headers that is never closed",
        "close or remove it",
        line=line,
    )


def _delimiter(header: str) -> str:
    r"""The mark that parts the headers, outside quotation marks.

    >>> _delimiter("a,b;c,d"), _delimiter("a\tb"), _delimiter("a\t,b\t,c\t"), _delimiter("a")
    (',', '\t', ',', ',')
    """
    outside = "".join(header.split('"')[::2])
    # Some exports end each cell with a tab, so that no spreadsheet takes it for a number.
    bare = _DRESS.sub("", outside)
    if "\t" not in bare.strip("\t") and any(mark in bare for mark in ",;|"):
        outside = bare
    return max(",\t;|", key=lambda mark: (outside.count(mark), mark == ","))
