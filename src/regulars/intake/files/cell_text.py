"""What a cell of a workbook shows, as the text that an export to CSV would have in its place.

Numbers are shown with the 15 digits that spreadsheets keep, without exponent; dates and times as
`YYYY-MM-DD HH:MM:SS`. Spreadsheets store a time as a number of days; only the cell's format says
that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

Kind = Literal["number", "date", "time", "datetime", "duration"]

DIGITS_KEPT = 15
_TOO_LARGE = 10.0**DIGITS_KEPT
_LAST_DAY = 2_958_466
"""The day after 9999-12-31, where spreadsheets show ####."""

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)

_KINDS_BY_NUMBER: dict[int, Kind] = {
    **dict.fromkeys((14, 15, 16, 17), "date"),
    **dict.fromkeys((18, 19, 20, 21, 45, 47), "time"),
    22: "datetime",
    46: "duration",
    # In Chinese, as 2026年1月5日 and 上午9时30分; Japanese and Korean likewise.
    **dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "date"),
    **dict.fromkeys((32, 33, 34, 35, 55, 56), "time"),
}
"""Formats of times that have a number and no code of their own (ECMA-376, 18.8.30)."""

_NO_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
"""Of a format's code what stands for itself: quoted text, escapes, colours, languages."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a number format makes of a number."""

    kind: Kind = "number"
    zeros: int = 0
    """Digits to which a number is filled up with zeros, as a format of zeros alone does."""


PLAIN = Format()


def format_of(number: int, codes: Mapping[int, str]) -> Format:
    """The format with this number.

    Args:
        number: as a style refers to it.
        codes: those that the workbook defines.

    >>> format_of(14, {}).kind, format_of(31, {}).kind, format_of(164, {164: "000000"})
    ('date', 'date', Format(kind='number', zeros=6))
    >>> format_of(176, {176: 'yyyy"年"m"月"d"日" hh:mm'}).kind, format_of(1, {}).kind
    ('datetime', 'number')
    """
    if number not in codes:
        return Format(_KINDS_BY_NUMBER.get(number, "number"))
    first = codes[number].split(";")[0]  # the others are for negative numbers, zero and text
    if re.fullmatch("00+", first):
        return Format(zeros=len(first))
    bare = _NO_CODE.sub("", first).lower().replace("general", "").replace("e+", "")
    if re.search(r"\[(h+|m+|s+)\]", bare):
        return Format("duration")
    has_time = "h" in bare or "s" in bare
    has_date = "y" in bare or "d" in bare or ("m" in bare and not has_time)
    if not has_time and not has_date:
        return PLAIN
    return Format("datetime" if has_date and has_time else "date" if has_date else "time")


def number_text(written: str, form: Format, *, from_1904: bool) -> str | None:
    """The text of a number; None where it has more digits than a spreadsheet keeps.

    >>> number_text("12.50", PLAIN, from_1904=False), number_text("3.0", PLAIN, from_1904=False)
    ('12.5', '3')
    >>> number_text("59.699999999999996", PLAIN, from_1904=False)
    '59.7'
    >>> number_text("1.2E-7", PLAIN, from_1904=False)
    '0.00000012'
    >>> number_text("46027.5", Format("datetime"), from_1904=False)
    '2026-01-05 12:00:00'
    >>> number_text("1234567890123456", PLAIN, from_1904=False) is None
    True
    """
    if form == PLAIN and len(written) <= DIGITS_KEPT and written.isdecimal():
        return written
    if not _NUMBER.fullmatch(written):
        return written
    value = float(written)
    if form.kind != "number" and 0 <= value < _LAST_DAY:
        return _time_text(value, form.kind, from_1904)
    if abs(value) >= _TOO_LARGE:
        return None
    shown = format(Decimal(f"{value:.{DIGITS_KEPT}g}"), "f")
    shown = "0" if shown == "-0" else shown
    return shown.zfill(form.zeros) if "." not in shown else shown


def _time_text(value: float, kind: Kind, from_1904: bool) -> str:
    days = int(value)
    seconds = round((value - days) * 86_400)
    if seconds == 86_400:
        days, seconds = days + 1, 0
    hours = seconds // 3600
    if kind == "duration":
        return f"{days * 24 + hours}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    clock = f"{hours:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if not days and (kind == "time" or seconds):
        return clock
    shown = _day_text(days, from_1904)
    return shown if kind == "date" and not seconds else f"{shown} {clock}"


def _day_text(days: int, from_1904: bool) -> str:
    if from_1904:
        return (date(1904, 1, 1) + timedelta(days=days)).isoformat()
    if days in (0, 60):  # days that spreadsheets show, and that never were
        return "1900-02-29" if days else "1900-01-00"
    # Spreadsheets take 1900 for a leap year: up to its February they count one day less.
    return (date(1899, 12, 30) + timedelta(days=days + (days < 60))).isoformat()
