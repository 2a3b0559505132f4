"""SQL expressions that turn one cell of a file into a typed value, or NULL where it is none.

Exports disguise their cells: `="123"`, a leading quote or tab, a currency sign, thousands commas.
Each expression takes off the disguise and casts; what remains NULL though the cell held something
is rejected with its reason by `normalise`.
"""

from __future__ import annotations

from typing import Literal

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

REASONS = {
    "text": "not_text",
    "money": "not_an_amount",
    "time": "not_a_time",
    "date": "not_a_date",
    "flag": "not_yes_or_no",
    "list": "not_text",
    "traits": "not_text",
}

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
    cell: str, kind: CellType, *, held: Held, time_zone: str, time_format: str | None = None
) -> str:
    """The value of a cell as the canonical type, NULL where it is none."""
    if kind == "text":
        return cell if held == "text" else f"CAST({cell} AS VARCHAR)"
    if kind == "money":
        return _money(cell) if held == "text" else f"TRY_CAST({cell} AS DECIMAL(18,4))"
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


def _money(cell: str) -> str:
    bare = f"translate({cell}, '¥￥$€£元 ', '')"
    # Most cells are bare numbers: the second look is taken only where the first finds none. A comma
    # is a thousands separator only where it stands like one; "1,5" is no amount.
    return (
        f"coalesce(TRY_CAST({cell} AS DECIMAL(18,4)),"
        f" CASE WHEN NOT contains({cell}, ',') THEN TRY_CAST({bare} AS DECIMAL(18,4))"
        f" WHEN regexp_full_match({bare}, '[-+]?\\d{{1,3}}(,\\d{{3}})+(\\.\\d+)?')"
        f" THEN TRY_CAST(replace({bare}, ',', '') AS DECIMAL(18,4)) END)"
    )


def _time(cell: str, kind: CellType, time_zone: str, time_format: str | None) -> str:
    zone = literal(time_zone)
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
    within = f"year({local}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"
    if kind == "date":
        within = f"year({local}) BETWEEN {FIRST_BIRTH} AND {LAST_YEAR}"
        return f"CASE WHEN {within} THEN CAST({local} AS DATE) END"
    at = f"CASE WHEN {within} THEN ({local}) AT TIME ZONE {zone} END"
    if time_format:
        return at
    with_zone = f"TRY_CAST(replace({cell}, 'T', ' ') AS TIMESTAMPTZ)"
    has_zone = f"regexp_matches({cell}, ':\\d{{2}}(\\.\\d+)? ?(Z|UTC|[+-]\\d{{2}}(:?\\d{{2}})?)$')"
    split = f"TRY_CAST({cell} AS TIMESTAMP)"
    return (
        f"coalesce({at},"
        f" CASE WHEN {has_zone} THEN"
        f" CASE WHEN year({with_zone}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN {with_zone} END"
        # Fractions of a second, and the T of ISO 8601 without a zone.
        f" WHEN regexp_full_match({cell},"
        " '\\d{4}-\\d{2}-\\d{2}[ T]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?')"
        f" AND year({split}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"
        f" THEN ({split}) AT TIME ZONE {zone} END)"
    )
