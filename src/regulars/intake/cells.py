"""SQL expressions that turn one cell of a file into a typed value, or NULL where it is none.

Exports disguise their cells: `="123"`, a leading quote or tab, a currency sign, thousands commas.
Each expression takes off the disguise and casts; what remains NULL though the cell held something
is rejected with its reason by `normalise`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from regulars.engines.duckdb import literal
from regulars.intake.records import CellType

TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y%m%d%H%M%S",
    "%Y%m%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日",
)
"""Year first, since day and month cannot be told apart otherwise; others need `time_format`."""

_FAULTS = {
    "text": "not_text",
    "money": "not_an_amount",
    "time": "not_a_time",
    "date": "not_a_date",
    "flag": "not_yes_or_no",
    "list": "not_text",
    "traits": "not_text",
}


@dataclass(frozen=True, slots=True)
class Locale:
    """How a file's cells are to be understood.

    Attributes:
        time_zone: of times without a zone.
        currency: the shop's; amounts in another are rejected.
        decimal_comma: whether "1,5" is one and a half, as in files parted by semicolons.
    """

    time_zone: str
    currency: str
    decimal_comma: bool = False


UNIX = "unix"
"""The time format of seconds or milliseconds since 1970."""

FIRST_YEAR, LAST_YEAR = 1980, 2100
"""Times outside are slips of the pen; they would bend every calendar computation."""

FIRST_BIRTH = 1900
"""Dates are birthdays, and may lie further back."""


def clean(cell: str) -> str:
    """The cell without its disguise, NULL if nothing is left."""
    undressed = (
        f"CASE WHEN starts_with({cell}, '=\"') THEN {cell}[3:-2]"
        f" WHEN starts_with({cell}, '''') THEN {cell}[2:] ELSE {cell} END"
    )
    return f"nullif(trim({undressed}, ' \t\r\n\u00a0\u3000\ufeff'), '')"


Held = Literal["text", "zoned", "typed"]
"""What a file holds in a column: text, times with a zone, or anything else typed (Parquet)."""


def typed(
    cell: str, kind: CellType, held: Held, locale: Locale, time_format: str | None = None
) -> str:
    """The value of a cell as the canonical type, NULL where it is none."""
    time_zone = locale.time_zone
    if kind == "text":
        return cell if held == "text" else f"CAST({cell} AS VARCHAR)"
    if kind == "time" and time_format == UNIX:
        return _unix(cell if held == "text" else f"CAST({cell} AS VARCHAR)")
    if kind == "money":
        return _money(cell, locale) if held == "text" else f"TRY_CAST({cell} AS DECIMAL(18,4))"
    if kind in ("time", "date"):
        if held == "text":
            return _time(cell, kind, time_zone, time_format)
        at = (
            f"CAST({cell} AS TIMESTAMPTZ)"
            if held == "zoned"
            else f"(TRY_CAST({cell} AS TIMESTAMP) AT TIME ZONE {literal(time_zone)})"
        )
        first = FIRST_YEAR if kind == "time" else FIRST_BIRTH
        at = f"CASE WHEN year({at}) BETWEEN {first} AND {LAST_YEAR} THEN {at} END"
        return at if kind == "time" else f"CAST(({at}) AT TIME ZONE {literal(time_zone)} AS DATE)"
    if held != "text":
        cell = f"CAST({cell} AS VARCHAR)"
    if kind == "flag":
        return (
            f"CASE WHEN lower({cell}) IN ('1','true','yes','y','是') THEN true"
            f" WHEN lower({cell}) IN ('0','false','no','n','否') THEN false END"
        )
    if kind == "list":
        return (
            f"list_filter(list_transform(regexp_split_to_array({cell}, '[|;；、,，]'),"
            " lambda part: trim(part)), lambda part: part <> '')"
        )
    raise ValueError(kind)


def fault(
    cell: str, kind: CellType, held: Held, locale: Locale, time_format: str | None = None
) -> str:
    """The SQL of the reason why a cell that holds something has no value."""
    general = literal(_FAULTS[kind])
    if time_format == UNIX:
        return general
    if kind == "money" and held == "text" and locale.decimal_comma:
        either = f"regexp_full_match({_bare(cell)}, '[-+]?\\d{{1,3}}(,\\d{{3}})+')"
        return f"CASE WHEN {either} THEN 'either_amount' ELSE {general} END"
    if kind == "time" and held == "text" and latest_gap(locale.time_zone) is not None:
        local, within = _local_time(cell, time_format)
        return f"CASE WHEN {within} AND {local} IS NOT NULL THEN 'no_such_time' ELSE {general} END"
    return general


def is_no_number(cell: str) -> dict[str, str]:
    """What the cell of an order, line, customer or product number may not be: reason → SQL.

    Spreadsheets keep 15 digits of a number and write longer ones as 1.23457E+17: what such a number
    was cannot be told.
    """
    return {
        "digits_lost": f"contains({cell}, 'E+')"
        f" AND regexp_full_match({cell}, '\\d(\\.\\d+)?E\\+\\d+')",
        "formula": f"starts_with({cell}, '=') OR (starts_with({cell}, '#')"
        " AND list_contains(['#N/A', '#REF!', '#NAME?', '#VALUE!', '#DIV/0!', '#NULL!', '#NUM!'],"
        f" {cell}))",
    }


def _bare(cell: str) -> str:
    wide, narrow = "０１２３４５６７８９．，－＋", "0123456789.,-+"
    return f"translate({cell}, '{wide}¥￥$€£元 ', '{narrow}')"


def _money(cell: str, locale: Locale) -> str:
    bare = _bare(cell)
    if locale.decimal_comma:
        with_comma = (
            f" WHEN regexp_full_match({bare}, '[-+]?\\d{{1,3}}(\\.\\d{{3}})*,\\d+|[-+]?\\d+,\\d+')"
            # "1,234" is either: whoever means a thousand loses it.
            f" THEN CASE WHEN NOT regexp_full_match({bare}, '[-+]?\\d{{1,3}}(,\\d{{3}})+') THEN"
            f" TRY_CAST(replace(replace({bare}, '.', ''), ',', '.') AS DECIMAL(18,4)) END"
            f" WHEN regexp_full_match({bare}, '[-+]?\\d{{1,3}}(,\\d{{3}})+\\.\\d+')"
        )
    else:
        with_comma = f" WHEN regexp_full_match({bare}, '[-+]?\\d{{1,3}}(,\\d{{3}})+(\\.\\d+)?')"
    # Most cells are bare numbers: the second look is taken only where the first finds none (with
    # coalesce, the engine would compute `bare` for every row). A comma is a thousands separator
    # only where it stands like one; "1,5" is no amount unless the file is parted by semicolons, as
    # they are where the comma is the decimal point.
    plain = f"TRY_CAST({cell} AS DECIMAL(18,4))"
    return (
        f"CASE WHEN {plain} IS NOT NULL THEN {plain} WHEN {cell} IS NOT NULL THEN"
        f" CASE WHEN NOT contains({bare}, ',') THEN TRY_CAST({bare} AS DECIMAL(18,4))"
        f"{with_comma}"
        f" THEN TRY_CAST(replace({bare}, ',', '') AS DECIMAL(18,4)) END END"
    )


def _unix(cell: str) -> str:
    """The instant of a count of seconds, or of milliseconds where they are too many for seconds."""
    count = f"TRY_CAST({cell} AS DOUBLE)"
    # 100 billion seconds end in the year 5138, as many milliseconds in 1973.
    at = (
        f"make_timestamptz(CAST(round({count} * CASE WHEN {count} < 100000000000"
        " THEN 1000000 ELSE 1000 END) AS BIGINT))"
    )
    sound = f"regexp_full_match({cell}, '\\d{{1,13}}(\\.\\d+)?')"
    return (
        f"CASE WHEN {sound} THEN CASE WHEN year({at}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"
        f" THEN {at} END END"
    )


def _local_time(cell: str, time_format: str | None) -> tuple[str, str]:
    """The cell as a time of the calendar without a zone, and whether its year can be true."""
    formats = (time_format,) if time_format else TIME_FORMATS
    listed = "[" + ", ".join(literal(one) for one in formats) + "]"
    local = f"try_strptime({cell}, {listed})"
    if not time_format:
        # The cast is many times faster than the list of formats and covers the usual spelling.
        usual = (
            f"length({cell}) IN (10, 16, 19) AND {cell}[5] = '-' AND {cell}[8] = '-'"
            f" AND {cell}[length({cell})] BETWEEN '0' AND '9'"
        )
        local = f"CASE WHEN {usual} THEN TRY_CAST({cell} AS TIMESTAMP) ELSE {local} END"
    return local, f"year({local}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"


def _time(cell: str, kind: CellType, time_zone: str, time_format: str | None) -> str:
    local, within = _local_time(cell, time_format)
    if kind == "date":
        within = f"year({local}) BETWEEN {FIRST_BIRTH} AND {LAST_YEAR}"
        return f"CASE WHEN {within} THEN CAST({local} AS DATE) END"
    at = f"CASE WHEN {within} THEN {_unless_skipped(local, time_zone)} END"
    if time_format:
        return at
    # "2026-01-05 10:00:00 +0800" casts without the space, "…T…" without the T, which UTC keeps.
    bare = f"regexp_replace({cell}, ' ([+-]\\d{{2}}(:?\\d{{2}})?)$', '\\1')"
    with_zone = f"TRY_CAST(regexp_replace({bare}, '^([-\\d]{{10}})T', '\\1 ') AS TIMESTAMPTZ)"
    has_zone = f"regexp_matches({cell}, ':\\d{{2}}(\\.\\d+)? ?(Z|UTC|[+-]\\d{{2}}(:?\\d{{2}})?)$')"
    split = f"TRY_CAST({cell} AS TIMESTAMP)"
    # As programs write times, and many times faster than the list of formats.
    zulu = f"{cell}[11] = 'T' AND ends_with({cell}, 'Z')"
    there = f"TRY_CAST({cell} AS TIMESTAMPTZ)"
    return (
        f"CASE WHEN {zulu} AND {there} IS NOT NULL"
        f" THEN CASE WHEN year({there}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN {there} END ELSE"
        f" coalesce({at},"
        f" CASE WHEN {has_zone} THEN"
        f" CASE WHEN year({with_zone}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN {with_zone} END"
        # Fractions of a second, and the T of ISO 8601 without a zone.
        f" WHEN regexp_full_match({cell},"
        " '\\d{4}-\\d{2}-\\d{2}[ T]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?')"
        f" AND year({split}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"
        f" THEN {_unless_skipped(split, time_zone)} END) END"
    )


def _unless_skipped(local: str, time_zone: str) -> str:
    """The instant of a local time, NULL if clocks skipped it when they went forward."""
    zone = literal(time_zone)
    at = f"({local}) AT TIME ZONE {zone}"
    gap = latest_gap(time_zone)
    if gap is None:
        return at
    there_and_back = f"CASE WHEN (({at}) AT TIME ZONE {zone}) = ({local}) THEN {at} END"
    if gap.year >= LAST_YEAR:
        return there_and_back
    # Where summer time was given up long ago, only old times need the second look.
    return f"CASE WHEN ({local}) <= TIMESTAMP '{gap}' THEN {there_and_back} ELSE {at} END"


@cache
def latest_gap(time_zone: str) -> datetime | None:
    """The local time at which clocks last skip some time, at most in `LAST_YEAR`; None if never.

    >>> latest_gap("Asia/Shanghai"), latest_gap("UTC")
    (datetime.datetime(1991, 4, 14, 3, 0), None)
    """
    zone = ZoneInfo(time_zone)
    hour = timedelta(hours=1)
    later = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
    while later.year >= FIRST_YEAR:
        # Four weeks hold one change of the clocks at most.
        earlier = later - timedelta(days=28)
        before, after = (at.astimezone(zone).utcoffset() for at in (earlier, later))
        assert before is not None  # noqa: S101 - an aware time has an offset
        assert after is not None  # noqa: S101
        if after > before:
            while earlier.astimezone(zone).utcoffset() != after:
                earlier += hour
            return earlier.astimezone(zone).replace(tzinfo=None)
        later = earlier
    return None
