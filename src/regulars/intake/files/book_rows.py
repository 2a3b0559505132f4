"""The sheet of a workbook as headers and chunks of text cells.

The headers are the first row that is not blank, unless a format recognises one below it. A title
above them, one filled cell in a sheet whose next row has three or more, is passed over in any case;
so are several such rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from regulars.intake.files.cell_text import PLAIN, number_text
from regulars.intake.files.chunk import (
    BYTES,
    SURPLUS,
    Chunk,
    Read,
    Unfit,
    distinct,
    rows_at_once,
    screened,
    shortened,
    text_table,
)
from regulars.intake.files.on_disk import unreadable
from regulars.intake.files.part import Part
from regulars.intake.files.top import Above
from regulars.intake.files.workbook import Book, damaged, opened_book
from regulars.intake.files.worksheet import Cell, unescaped

_FIRST = 20
_JUST_TEXT = re.compile(r'"(?:[^"]|"")*"')
_TABLE = 3
"""Filled cells that a row has at least for one filled cell above it to be a title."""


@dataclass(frozen=True, slots=True)
class BookHead:
    """A row of a sheet taken for the headers."""

    headers: tuple[str, ...]
    line: int
    first_rows: tuple[tuple[str, ...], ...]
    """The headers and the rows after them, as text."""
    above: Above


def heads_of_sheet(part: Part) -> Iterator[BookHead]:
    """The likeliest headers of a sheet, then each of the rows below them as if it were these.

    Raises:
        UnreadableFile: the workbook is damaged, or the sheet is blank.
    """
    with opened_book(part) as book:
        writer = _Writer(book, lazy=True)
        rows = []
        for (number, row), _ in islice(book.rows(), _FIRST):
            texts = {cell[0]: writer.text(cell)[0] for cell in row}
            filled = {place: text for place, text in texts.items() if text}
            if filled:
                rows.append((number, filled))
    if not rows:
        raise unreadable(part, "is a sheet without rows", "export it again")
    first = 0
    while first < len(rows) - 1 and len(rows[first][1]) == 1 and _widest(rows[first:]) >= _TABLE:
        first += 1
    for place in range(first, len(rows)):
        number, headers = rows[place]
        width = max(headers) + 1
        shown = [tuple(row.get(at, "") for at in range(width)) for _, row in rows[place:]]
        above = tuple((line, tuple(row.values())) for line, row in rows[:place])
        yield BookHead(distinct(shown[0]), number, tuple(shown), above)


def _widest(rows: list[tuple[int, dict[int, str]]]) -> int:
    """How many filled cells the first row, after the first one, has that has more than one."""
    return next((len(row) for _, row in rows[1:] if len(row) > 1), 0)


def read_sheet(
    part: Part,
    headers: tuple[str, ...],
    header_line: int,
    size: int,
    needed: Collection[str] | None,
) -> Iterator[Read]:
    """The rows under the headers, in chunks.

    Args:
        part: the workbook's sheet.
        headers: of its columns.
        header_line: the row in which they stand.
        size: bytes on disk, for progress.
        needed: the columns in which a lost value makes a row unfit; None for all of them.
    """
    width, most = len(headers), rows_at_once(len(headers))
    judged = [needed is None or header in needed for header in headers]
    with opened_book(part) as book:
        writer = _Writer(book)
        lines: list[int] = []
        columns: list[list[str | None]] = [[] for _ in headers]
        unfit: list[Unfit] = []
        held, done = 0, 0.0

        def chunk() -> Read:
            found = screened(Chunk(text_table(headers, columns, lines), unfit))
            return Read(found, int(size * done))

        is_below = False  # by order in the file, whatever numbers the rows claim
        for (number, row), done in book.rows():  # noqa: B007 - `chunk` tells it
            if not is_below:
                is_below = number == header_line
                continue
            cells: list[str | None] = [None] * width
            fault: tuple[str, str, str] | None = None
            surplus: dict[int, str] = {}
            for cell in row:
                text, reason = writer.text(cell)
                if not text:
                    continue
                place = cell[0]
                if place >= width:
                    surplus[place] = text
                    continue
                cells[place] = text
                held += len(text)
                if reason and fault is None and judged[place]:
                    fault = (headers[place], shortened(text), reason)
            if surplus and fault is None:
                fault = ("", f"{max(surplus) + 1} cells, {width} headers", "wrong_cell_count")
            if fault is not None:
                unfit.append(Unfit(number, *fault, _by_header(headers, cells, surplus)))
            elif any(cells):
                lines.append(number)
                for column, value in zip(columns, cells, strict=True):
                    column.append(value)
            if len(lines) + len(unfit) == most or held > BYTES:
                yield chunk()
                lines, columns, unfit, held = [], [[] for _ in headers], [], 0
        if lines or unfit:
            done = 1.0
            yield chunk()


def _by_header(
    headers: tuple[str, ...], cells: list[str | None], surplus: dict[int, str]
) -> dict[str, str]:
    row = {header: cell or "" for header, cell in zip(headers, cells, strict=True)}
    if surplus:
        beyond = range(len(headers), max(surplus) + 1)
        row[SURPLUS] = ",".join(surplus.get(place, "") for place in beyond)
    return row


class _Writer:
    """Writes the cells of a workbook as text."""

    def __init__(self, book: Book, *, lazy: bool = False) -> None:
        self._formats, self._from_1904 = book.formats, book.from_1904
        self._part = book.part
        self._more = book.texts()
        self._texts: list[str] = [] if lazy else list(self._more)

    def text(self, cell: Cell) -> tuple[str, str]:
        """The cell's text, and the reason why it is not to be taken, if there is one."""
        _, kind, style, value, formula = cell
        if not value and formula is not None and kind != "str":
            # ="1001" tells its value itself: so exports keep a number's digits.
            if _JUST_TEXT.fullmatch(formula):
                return formula[1:-1].replace('""', '"'), ""
            return f"={formula}", "formula_without_value"
        if not value:
            return "", ""
        if kind == "s":
            return self._shared(value), ""
        if kind == "n":
            form = self._formats[style] if 0 <= style < len(self._formats) else PLAIN
            text = number_text(value, form, from_1904=self._from_1904)
            return (value, "digits_lost") if text is None else (text, "")
        if kind == "b":
            return ("FALSE" if value.strip() in ("0", "false") else "TRUE"), ""
        if kind == "d":
            return value.replace("T", " "), ""
        return unescaped(value), ""

    def _shared(self, number: str) -> str:
        place = int(number) if number.isdecimal() else -1
        while place >= len(self._texts) and (more := next(self._more, None)) is not None:
            self._texts.append(more)
        if not 0 <= place < len(self._texts):
            raise damaged(self._part, f"a cell refers to text number {shortened(number)}")
        return self._texts[place]
