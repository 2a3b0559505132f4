"""Text in UTF-8, in GB18030 (which holds GBK and GB2312), in a mixture of the two, or in UTF-16.

A file has the encoding that most of its lines have. Lines that are none in it are read in the other
one: exports are stitched together by hand, and one line of another making must not turn the rest
into nonsense. The names: `utf-8`, `utf-8-sig` (with a mark), `gb18030`, `utf-16-le`, `utf-16-be`,
and `utf-8+gb18030` for a mixture, the more frequent first.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_COMMON_LEADS = {0xA1, 0xA3, *range(0xB0, 0xD8)}
"""First bytes, in GB2312, of punctuation and of the 3,755 characters that make up most text."""


def encoding_by_mark(start: bytes) -> str | None:
    r"""The encoding of which the first bytes are the mark, or UTF-16 without one.

    >>> encoding_by_mark("订单编号,paid\n1,10\n2,20\n".encode("utf-16-le"))
    'utf-16-le'
    """
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    sample = start[: min(1024, len(start) // 2 * 2)]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    # Each plain letter of UTF-16 has a zero on the same side, and few others (一 is 4E 00) on the
    # other. Zeros that are strewn over other text do not make line ends of two bytes.
    if max(even, odd) * 20 < len(sample) or max(even, odd) <= 4 * min(even, odd):
        return None
    encoding = "utf-16-be" if even > odd else "utf-16-le"
    return encoding if "\n" in sample.decode(encoding, "replace") else None


@dataclass(slots=True)
class Survey:
    """Counts lines by the encoding they are in, to tell that of the file."""

    utf8: int = 0
    gb18030: int = 0
    neither: int = 0
    first_bad_line: int = 0

    def add(self, block: bytes, line: int) -> None:
        """Count a block of whole lines, the first of them being line number `line`."""
        if block.isascii():
            return
        if _decoded(block, "utf-8") is not None:
            self.utf8 += _count_wide_lines(block)
        elif _decoded(block, "gb18030") is not None and not _utf8_lines(block):
            self.gb18030 += _count_wide_lines(block)
        else:
            for place, one in enumerate(block.splitlines()):
                if not one.isascii():
                    self._add_line(one, line + place)

    def _add_line(self, line: bytes, number: int) -> None:
        as_utf8, as_gb = _decoded(line, "utf-8"), _decoded(line, "gb18030")
        if as_utf8 is not None and (as_gb is None or _likelier(as_utf8, as_gb)):
            self.utf8 += 1
        elif as_gb is not None:
            self.gb18030 += 1
        else:
            self.neither += 1
            self.first_bad_line = self.first_bad_line or number

    @property
    def is_text(self) -> bool:
        """Whether at least half of the lines that are not plain ASCII can be read."""
        return self.neither <= self.utf8 + self.gb18030

    def encoding(self, marked: bool) -> str:
        """The name of the file's encoding, the more frequent one first."""
        utf8 = "utf-8-sig" if marked else "utf-8"
        if self.utf8 >= self.gb18030:
            return f"{utf8}+gb18030" if self.gb18030 else utf8
        return f"gb18030+{utf8}" if self.utf8 or marked else "gb18030"


@dataclass(frozen=True, slots=True)
class Transcoded:
    """A block as UTF-8, and where in it the lines begin that no encoding could read."""

    data: bytes
    bad: tuple[int, ...] = ()


def transcode(block: bytes, encoding: str) -> Transcoded:
    r"""Whole lines as UTF-8, each in the encoding that it is in. Not for UTF-16.

    What cannot be read is kept with U+FFFD in its place.

    >>> mixed = "茶,1\n".encode() + "米,2\n".encode("gb18030") + b"\xff\n"
    >>> found = transcode(mixed, "utf-8+gb18030")
    >>> found.data.decode(), found.bad
    ('茶,1\n米,2\n\ufffd\n', (12,))
    """
    if block.isascii():
        return Transcoded(block)
    if encoding.startswith("utf-8"):
        if _decoded(block, "utf-8") is not None:
            return Transcoded(block)
    else:
        text = _decoded(block, "gb18030")
        if text is not None and (encoding == "gb18030" or not _utf8_lines(block)):
            return Transcoded(text.encode())
    return _line_by_line(block, utf8_first=encoding.startswith("utf-8"))


def _line_by_line(block: bytes, *, utf8_first: bool) -> Transcoded:
    done: list[bytes] = []
    bad: list[int] = []
    length = 0
    for line in block.splitlines(keepends=True):
        written = line
        if not line.isascii():
            as_utf8, as_gb = _decoded(line, "utf-8"), _decoded(line, "gb18030")
            if as_utf8 is None or (not utf8_first and as_gb and not _likelier(as_utf8, as_gb)):
                as_utf8 = as_gb
            if as_utf8 is None:
                bad.append(length)
                as_utf8 = line.decode("utf-8" if utf8_first else "gb18030", "replace")
            written = as_utf8.encode()
        done.append(written)
        length += len(written)
    return Transcoded(b"".join(done), tuple(bad))


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _likelier(as_utf8: str, as_gb: str) -> bool:
    """Whether a line that can be read either way is UTF-8: nonsense is made of rare characters.

    >>> _likelier("绿茶", "绿茶".encode().decode("gb18030"))
    True
    >>> _likelier("茅".encode("gb18030").decode(), "茅")
    False
    """
    return _common_share(as_utf8) >= _common_share(as_gb)


def _common_share(text: str) -> float:
    wide = [one for one in text if one > "\x7f"]
    common = sum(one.encode("gb2312", "replace")[0] in _COMMON_LEADS for one in wide)
    return common / max(len(wide), 1)


def _count_wide_lines(block: bytes) -> int:
    """How many lines are not plain ASCII."""
    codes = np.frombuffer(block, np.uint8)
    begins = np.concatenate(([0], np.flatnonzero(codes == 10) + 1))
    return int((np.maximum.reduceat(codes, begins[begins < len(codes)]) > 127).sum())


def _utf8_lines(block: bytes) -> bool:
    """Whether a block of GB18030 holds a line that is rather UTF-8.

    Only lines in which every run of wide bytes begins as UTF-8 does are looked at closely: hardly
    any line of GB18030 is so, and a close look at each would cost more than all the rest.
    """
    padded = np.frombuffer(block + bytes(4), np.uint8)
    wide = padded[:-4] > 127
    wide[1:] &= padded[:-5] < 128
    starts = np.flatnonzero(wide)
    begins_so = _begins_as_utf8(padded, starts)
    good, bad = starts[begins_so], starts[~begins_so]
    ends = np.flatnonzero((padded[:-4] == 10) | (padded[:-4] == 13))
    lines = np.unique(np.searchsorted(ends, good))
    bounds = np.concatenate(([-1], ends, [len(block)]))
    none_bad = np.searchsorted(bad, bounds[lines + 1]) == np.searchsorted(bad, bounds[lines])
    for place in lines[none_bad].tolist():
        line = block[bounds[place] + 1 : bounds[place + 1]]
        as_utf8, as_gb = _decoded(line, "utf-8"), _decoded(line, "gb18030")
        if as_utf8 is not None and (as_gb is None or _likelier(as_utf8, as_gb)):
            return True
    return False


def _begins_as_utf8(codes: NDArray[np.uint8], starts: NDArray[np.intp]) -> NDArray[np.bool_]:
    lead = codes[starts]
    begins_so = (lead >= 0xC2) & (lead < 0xF5) & ((codes[starts + 1] & 0xC0) == 0x80)
    more = np.flatnonzero(begins_so & (lead >= 0xE0))
    at, four = starts[more], lead[more] >= 0xF0
    goes_on = ((codes[at + 2] & 0xC0) == 0x80) & (~four | ((codes[at + 3] & 0xC0) == 0x80))
    begins_so[more] = goes_on
    return np.asarray(begins_so)
