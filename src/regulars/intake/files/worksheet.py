"""The XML of a workbook's sheet and of its shared texts, streamed: cells as they are written.

Read with expat itself, row by row, so that memory does not grow with the sheet, and so that what
the file really says stays in sight: whether a formula has a result, and all digits of a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

from regulars.intake.files.text import LONGEST

MOST_COLUMNS = 1 << 14
MOST_ROWS = 1 << 31

_BLOCK = 1 << 18
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class BadXml(Exception):
    """The XML is not what a workbook holds."""


Cell = tuple[int, str, int, str | None, str | None]
"""A cell as it is written: its column, counted from 0; its type (n number, s shared text, str and
inlineStr text, b boolean, e error, d date); the number of its style; its value; its formula."""

Row = tuple[int, list[Cell]]
"""The number of a row, and those of its cells that hold anything."""


def rows_of(read: Callable[[int], bytes]) -> Iterator[Row]:
    """The rows of a sheet that have cells, in the order of the file.

    Raises:
        BadXml: it is no sheet.
    """
    rows = _Rows()
    for _ in _parsed(read, rows):
        yield from rows.found
        rows.found.clear()


def texts_of(read: Callable[[int], bytes]) -> Iterator[str]:
    """The shared texts, in the order in which cells refer to them.

    Raises:
        BadXml: they are none.
    """
    texts = _Texts()
    for _ in _parsed(read, texts):
        yield from texts.found
        texts.found.clear()


def refuse_doctype(start: bytes) -> None:
    """See that XML declares no entities of its own: no workbook does, only bombs do.

    Raises:
        BadXml: it has a document type.
    """
    if b"<!DOCTYPE" in start.replace(b"\0", b""):
        raise BadXml("it declares a document type, as no workbook does")


def _parsed(read: Callable[[int], bytes], taker: _Rows | _Texts) -> Iterator[None]:
    """Parse block by block; what has been taken so far can be fetched at every step."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def root(tag: str, _: dict[str, str]) -> None:
        # Some programs write every name with a prefix.
        prefix, colon, _name = tag.rpartition(":")
        taker.hang_on(parser, prefix + colon)

    def doctype(*_: object) -> None:
        raise BadXml("it declares a document type, as no workbook does")

    parser.StartElementHandler = root
    parser.StartDoctypeDeclHandler = doctype
    more = True
    try:
        while more:
            block = read(_BLOCK)
            more = bool(block)
            parser.Parse(block, not more)
            if taker.waiting() > LONGEST:
                raise BadXml(f"it has a row or cell longer than {LONGEST >> 20} MB")
            yield
    except (expat.ExpatError, ValueError, OverflowError) as error:
        raise BadXml(f"{error}, at line {parser.CurrentLineNumber} of its XML") from error


class _Rows:
    """Takes rows and cells from the XML of a sheet.

    A million cells make millions of calls: hence closures over plain variables, one for each kind
    of event, and the commonest cases first.
    """

    def __init__(self) -> None:
        self.found: list[Row] = []
        self._cells: list[Cell] = []
        self._parts: list[str] = []

    def waiting(self) -> int:
        """About how many bytes belong to what has not ended yet."""
        return sum(map(len, self._parts)) + 64 * len(self._cells)

    def hang_on(self, parser: expat.XMLParserType, prefix: str) -> None:
        """Take what the parser finds from here on."""
        names = ("c", "v", "row", "f", "t", "rPh")
        tag_c, tag_v, tag_row, tag_f, tag_t, tag_phonetic = (prefix + name for name in names)
        found, parts, places = self.found, self._parts, dict[str, int]()
        cells = self._cells
        number = place = style = after = 0
        kind = "n"
        value: str | None = None
        formula: str | None = None
        inside = phonetic = False

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal number, place, style, after, kind, value, formula, inside, phonetic
            if tag == tag_c:
                reference = attributes.get("r")
                if reference is None:
                    place = after
                else:
                    letters = reference.rstrip("0123456789")
                    if letters not in places:
                        places[letters] = _column(letters)
                    place = places[letters]
                after = place + 1
                kind, style = attributes.get("t", "n"), int(attributes.get("s", "0"))
                value = formula = None
            elif tag in (tag_v, tag_f) or (tag == tag_t and not phonetic):
                inside = True
                parts.clear()
            elif tag == tag_row:
                number = int(attributes.get("r", number + 1))
                if not 0 < number < MOST_ROWS:
                    raise ValueError(f"there is no row {number}")
                after = 0
            elif tag == tag_phonetic:
                phonetic = True

        def text(data: str) -> None:
            if inside:
                parts.append(data)

        def end(tag: str) -> None:
            nonlocal cells, value, formula, inside, phonetic
            if tag == tag_v:
                value, inside = "".join(parts), False
            elif tag == tag_c:
                if value is not None or formula is not None:
                    cells.append((place, kind, style, value, formula))
            elif tag == tag_row:
                if cells:
                    found.append((number, cells))
                    cells = self._cells = []
            elif tag == tag_f:
                formula, inside = "".join(parts), False
            elif tag == tag_t and inside:  # one run of a rich text
                value, inside = (value or "") + "".join(parts), False
            elif tag == tag_phonetic:
                phonetic = False

        parser.StartElementHandler = start
        parser.CharacterDataHandler = text
        parser.EndElementHandler = end


def _column(letters: str) -> int:
    """The place of a column by its letters, counted from 0.

    >>> _column("A"), _column("AA")
    (0, 26)
    """
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - ord("A") + 1
        if not "A" <= letter.upper() <= "Z" or place > MOST_COLUMNS:
            raise ValueError(f"there is no column {letters[:8]!r}")
    return place - 1


class _Texts:
    """Takes the shared texts: of a rich text all runs, without the help for pronouncing it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []

    def waiting(self) -> int:
        """How long the text is that has not ended yet."""
        return sum(map(len, self._parts))

    def hang_on(self, parser: expat.XMLParserType, prefix: str) -> None:
        """Take what the parser finds from here on."""
        tag_text, tag_item, tag_phonetic = (prefix + name for name in ("t", "si", "rPh"))
        found, parts = self.found, self._parts
        inside = phonetic = False

        def start(tag: str, _: dict[str, str]) -> None:
            nonlocal inside, phonetic
            if tag == tag_text:
                inside = not phonetic
            elif tag == tag_phonetic:
                phonetic = True

        def text(data: str) -> None:
            if inside:
                parts.append(data)

        def end(tag: str) -> None:
            nonlocal inside, phonetic
            if tag == tag_text:
                inside = False
            elif tag == tag_item:
                found.append(unescaped("".join(parts)))
                parts.clear()
            elif tag == tag_phonetic:
                phonetic = False

        parser.StartElementHandler = start
        parser.CharacterDataHandler = text
        parser.EndElementHandler = end


def unescaped(text: str) -> str:
    r"""A text without the escapes by which workbooks write control characters.

    >>> unescaped("a_x000D_b_x005F_x000D_")
    'a\rb_x000D_'
    """
    if "_x" not in text:
        return text
    return _ESCAPED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)  # half a character is none
