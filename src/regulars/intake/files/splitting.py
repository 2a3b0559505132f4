"""Delimited text cut into pieces of whole rows, each row's line known.

A row ends where a line ends, unless that is inside quotation marks. The rules are those of the
parser that reads the pieces (Arrow's): a quotation mark opens a cell only at its very beginning,
elsewhere it is a character like any other; inside, two make one; after the closing one the cell
goes on without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.intake.files.part import Part
from regulars.intake.files.text import LONGEST, Block, too_long

Places = NDArray[np.int64]

_LF, _CR, _QUOTE = 10, 13, 34
_WINDOW = 4096


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole rows of UTF-8."""

    data: bytes
    line: int
    """The line of the first row."""
    ends: Places | None
    """Where each row ends; None where every line is a row, which need not be looked up."""
    lines: Places | None
    """The line on which each row begins; None likewise."""
    bad: tuple[int, ...]
    """Where in `data` lines begin that could not be read as text."""
    done: int
    unclosed: bool = False
    """Whether a quotation mark in the one row of the piece is open at the end of the file."""

    def bounds(self) -> tuple[Places, Places]:
        """Where each row ends, and on which line it begins."""
        if self.ends is not None and self.lines is not None:
            return self.ends, self.lines
        ends = with_last(line_ends(self.data), len(self.data))
        return ends, self.line + np.arange(len(ends))


def pieces_of(part: Part, blocks: Iterator[Block], delimiter: str) -> Iterator[Piece]:
    """The rows of the blocks, cut anew where rows end.

    Raises:
        UnreadableFile: a row is longer than 16 MB, as after a quotation mark that is never closed.
    """
    waiting = b""
    waits: tuple[int, ...] = ()
    line, done = 1, 0
    for block in blocks:
        data = waiting + block.data
        bad = (*waits, *(len(waiting) + place for place in block.bad))
        if not waiting:
            line = block.line
        done = block.done
        if b'"' not in data:
            yield Piece(data, line, None, None, bad, done)
            continue
        ends, begun, cut = row_ends(data, delimiter)
        if cut:
            lines = line + np.concatenate(([0], begun[:-1] + 1))
            yield Piece(data[:cut], line, ends, lines, tuple(at for at in bad if at < cut), done)
            line += int(begun[-1]) + 1
        waiting, waits = data[cut:], tuple(at - cut for at in bad if at >= cut)
        if len(waiting) > LONGEST:
            raise too_long(part, line)
    if waiting:  # nothing ends the last row, or a quotation mark in it is open
        unclosed = not row_ends(waiting + b"\n", delimiter)[2]
        yield Piece(
            waiting, line, np.array([len(waiting)]), np.array([line]), waits, done, unclosed
        )


def row_ends(data: bytes, delimiter: str) -> tuple[Places, Places, int]:
    r"""Where rows end in text that begins with a row.

    Returns:
        The place after each row; which of all line ends, counted from 0, that is; and the place
        after the last row.

    >>> row_ends(b'a,"b\nc"\nd,5" e\nf', ",")
    (array([ 8, 15]), array([1, 2]), 15)
    """
    ends = line_ends(data)
    marks = _quotation_marks(np.frombuffer(data, np.uint8), ord(delimiter))
    outside = np.searchsorted(marks, ends) % 2 == 0
    found = ends[outside]
    return found, np.flatnonzero(outside), int(found[-1]) if len(found) else 0


def line_ends(data: bytes) -> Places:
    """The place after each line end."""
    codes = np.frombuffer(data, np.uint8)
    is_end = codes == _LF
    if b"\r" in data:
        returns = codes == _CR
        returns[:-1] &= ~is_end[1:]
        is_end |= returns
    return np.flatnonzero(is_end) + 1


def with_last(ends: Places, length: int) -> Places:
    """The ends with that of a last row which no line end closes."""
    if length and (not len(ends) or ends[-1] != length):
        return np.append(ends, length)
    return ends


def _quotation_marks(codes: NDArray[np.uint8], delimiter: int) -> Places:
    """The places of the marks that open and close cells, in turn.

    Marks are tried many at once as if each of them opened or closed; only where one in the window
    cannot have, since it stands within a cell without quotes, are they gone through one by one.
    """
    marks = np.flatnonzero(codes == _QUOTE)
    if not len(marks):
        return marks
    before = np.where(marks > 0, codes[marks - 1], _LF)
    begins = (before == delimiter) | (before == _LF) | (before == _CR)
    counts = np.ones(len(marks), bool)
    is_open, closed_at = False, -2
    for start in range(0, len(marks), _WINDOW):
        window = marks[start : start + _WINDOW]
        first = 1 if is_open else 0
        opening = window[first::2]
        follows = np.empty(len(opening), bool)
        follows[1:] = opening[1:] - 1 == window[first + 1 :: 2][: len(opening) - 1]
        previous = window[0] if is_open else closed_at
        if len(opening):
            follows[0] = opening[0] - 1 == previous
        if (begins[start : start + _WINDOW][first::2] | follows).all():
            is_open ^= len(window) % 2 == 1
            if not is_open:
                closed_at = int(window[-1])
            continue
        for place, mark in enumerate(window.tolist(), start):
            if is_open:
                is_open, closed_at = False, mark
            elif begins[place] or mark - 1 == closed_at:
                is_open = True
            else:
                counts[place] = False
    return marks[counts]
