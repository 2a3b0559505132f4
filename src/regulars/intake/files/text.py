"""A part's text as UTF-8, in blocks of whole lines, each knowing its line number.

A line ends as an editor ends it: with a line feed, a carriage return, or both together. Blocks have
a bounded size, so memory does not grow with the file; a line longer than that bound is an error.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from regulars.errors import UnreadableFile
from regulars.intake.files.containers import open_part
from regulars.intake.files.encoding import Survey, Transcoded, encoding_by_mark, transcode
from regulars.intake.files.on_disk import unreadable
from regulars.intake.files.part import Part

BLOCK = 1 << 21
"""What is read at once: small enough for the processor's caches, large enough for the parser."""
LONGEST = 1 << 24
"""A line or row longer than this stops the reading: no memory could be promised otherwise."""

_REPLACED = "\ufffd".encode()


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of UTF-8: the number of the first, and how many line ends there are."""

    data: bytes
    line: int
    breaks: int
    bad: tuple[int, ...] = ()
    """Where in `data` the lines begin that no encoding could read."""
    done: int = 0
    """How many bytes of the file on disk have been read for it and all before."""


def encoding_of(part: Part, start: bytes) -> str:
    """The encoding of the part's text, after one pass over all of it.

    Args:
        part: what to read.
        start: its first bytes.

    Raises:
        UnreadableFile: most of its lines can be read in no encoding that we know.
    """
    marked = encoding_by_mark(start)
    if marked is not None and marked.startswith("utf-16"):
        return marked
    survey = Survey()
    cutter = _Lines()
    line = 1
    with open_part(part) as stream:
        while raw := stream.read(BLOCK):
            block = cutter.feed(raw)
            survey.add(block, line)
            line += breaks_in(block)
            _refuse_endless(part, line, cutter)
    survey.add(cutter.end(), line)
    if not survey.is_text:
        raise unreadable(
            part,
            "is neither UTF-8 nor GB18030",
            "save it as UTF-8, or mend this line",
            line=survey.first_bad_line,
        )
    return survey.encoding(marked=marked is not None)


def blocks_of(part: Part, encoding: str, size: int = BLOCK) -> Iterator[Block]:
    """The part's text in blocks of about `size` bytes.

    Raises:
        UnreadableFile: it breaks off, or has a line longer than 16 MB.
    """
    cutter = _Utf16(encoding) if encoding.startswith("utf-16") else _Bytes(encoding)
    line = 1
    with open_part(part) as stream:
        if "utf-8-sig" in encoding:
            stream.read(len(codecs.BOM_UTF8))
        more = True
        while more:
            raw = stream.read(size)
            more = bool(raw)
            found = cutter.transcoded(raw, final=not more)
            _refuse_endless(part, line, cutter)
            if found.data:
                breaks = breaks_in(found.data)
                yield Block(found.data, line, breaks, found.bad, stream.done)
                line += breaks


def _refuse_endless(part: Part, line: int, cutter: _Lines) -> None:
    if len(cutter.waiting) > LONGEST:
        raise too_long(part, line)


def too_long(part: Part, line: int) -> UnreadableFile:
    """The error over a row that does not end."""
    return unreadable(
        part,
        f"has a row longer than {LONGEST >> 20} MB; nothing was taken in",
        "look in this line for a quotation mark that is never closed",
        line=line,
    )


def lines_of(block: Block) -> Iterator[tuple[int, bytes, bool]]:
    """The lines of a block without their ends: number, UTF-8, whether it could be read."""
    bad = set(block.bad)
    offset = 0
    for number, line in enumerate(block.data.splitlines(keepends=True), block.line):
        yield number, line.rstrip(b"\r\n"), offset not in bad
        offset += len(line)


def breaks_in(data: bytes) -> int:
    r"""How many line ends there are.

    >>> breaks_in(b"one\r\ntwo\rthree\n\n")
    4
    """
    breaks = data.count(b"\n")
    if b"\r" in data:
        breaks += data.count(b"\r") - data.count(b"\r\n")
    return breaks


class _Lines:
    """Bytes in, whole lines out; what follows the last line end waits for more."""

    def __init__(self) -> None:
        self.waiting = b""

    def feed(self, data: bytes) -> bytes:
        """All lines that have ended."""
        # A carriage return at the very end may be the first half of a line end.
        cut = data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - 1) + 1
        ended = self.waiting + data[:cut] if cut else b""
        self.waiting = data[cut:] if cut else self.waiting + data
        return ended

    def end(self) -> bytes:
        """The last line, if nothing ends it."""
        ended, self.waiting = self.waiting, b""
        return ended


class _Bytes(_Lines):
    """Lines of UTF-8 and GB18030, where a line end is a line end before any decoding."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def transcoded(self, raw: bytes, *, final: bool = False) -> Transcoded:
        return transcode(self.end() if final else self.feed(raw), self._encoding)


class _Utf16(_Lines):
    """Lines of UTF-16, decoded first."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._at_start = True
        self._damaged = False

    def transcoded(self, raw: bytes, *, final: bool = False) -> Transcoded:
        text = self._decode(raw, final)
        if self._at_start and text:
            text, self._at_start = text.removeprefix("\ufeff"), False
        data = self.feed(text.encode())
        if final:
            data += self.end()
        if not self._damaged:
            return Transcoded(data)
        bad, offset = [], 0
        for line in data.splitlines(keepends=True):
            if _REPLACED in line:
                bad.append(offset)
            offset += len(line)
        self._damaged = _REPLACED in self.waiting
        return Transcoded(data, tuple(bad))

    def _decode(self, raw: bytes, final: bool) -> str:
        try:
            return self._decoder.decode(raw, final)
        except UnicodeDecodeError:
            self._decoder.errors = "replace"
            self._damaged = True
            try:
                return self._decoder.decode(raw, final)
            finally:
                self._decoder.errors = "strict"
