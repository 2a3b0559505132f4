"""Raw rows into canonical records: one query per chunk (`record_query`), its faults as rejects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.intake.cells import Locale
from regulars.intake.files.sheet import LINE
from regulars.intake.recognise import Bound
from regulars.intake.record_query import MARK, RecordQuery
from regulars.intake.records import columns_of
from regulars.intake.reject import Reject, rows_of

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse


@dataclass(frozen=True, slots=True)
class Normalised:
    """The records of a chunk (with their lines) and the rows that are none."""

    records: pa.Table
    rejects: list[Reject]


def normalise(warehouse: Warehouse, bound: Bound, raw: pa.Table, locale: Locale) -> Normalised:
    """The chunk's rows as canonical records of the kind of `bound.source` (not of its `also`).

    Comes back: one record per good row (several where the source unpacks a cell, none where its
    `where` does not hold) in their order, `_line` and those columns of `columns_of(kind)` which the
    file or a rule fills, personal fields still in the clear (the vault comes next); times in UTC;
    money as DECIMAL(18,4).
    """
    if bound.source.time_zone:
        locale = replace(locale, time_zone=bound.source.time_zone)
    warehouse.register("_raw", raw)
    try:
        table = warehouse.sql(RecordQuery(bound, raw.schema, _disguised(raw), locale).text())
    finally:
        warehouse.unregister("_raw")
    bad = pc.is_valid(table["_bad"])
    if not pc.any(bad).as_py():
        return Normalised(table.drop_columns(["_bad"]), [])
    rejects = _rejects(bound, raw, table.filter(bad))
    return Normalised(table.filter(pc.invert(bad)).drop_columns(["_bad"]), rejects)


def _rejects(bound: Bound, raw: pa.Table, bad: pa.Table) -> list[Reject]:
    # Of a row that becomes several records, the first one that is none tells why.
    why_of = dict(
        zip(reversed(bad[LINE].to_pylist()), reversed(bad["_bad"].to_pylist()), strict=True)
    )
    rows = raw.filter(pc.is_in(raw[LINE], pa.array(list(why_of), pa.int64())))
    lines = rows[LINE].to_pylist()
    rows = rows.drop_columns([LINE])
    personal = {column.name for column in columns_of(bound.source.record) if column.personal}
    rejects = []
    for place, (line, row) in enumerate(zip(lines, rows_of(rows), strict=True)):
        column, reason = why_of[line].split(MARK)
        header = bound.headers.get(column, column)
        told = "line" if bound.source.split else header
        value = rows[told][place].as_py() if told in rows.column_names else None
        is_personal = column in personal or (
            column == "customer_key" and bound.source.key_is_personal
        )
        is_personal |= told == "line" and bound.source.sound is not None  # whatever stands in it
        shown = "" if value is None else str(value)
        rejects.append(Reject(line, header, shown, reason, is_personal, row))
    return rejects


_LOOSE_START = np.zeros(256, bool)
_LOOSE_START[[*range(0x21), 0x23, 0x27, 0x3D, 0xC2, 0xE3, 0xEF]] = True
"""Bytes with which a cell in disguise begins: white space, a quote, =, #, wide spaces in UTF-8."""
_LOOSE_END = np.zeros(256, bool)
_LOOSE_END[[*range(0x21), 0x80, 0xA0, 0xBF]] = True
_DISGUISE = r"^[='#\s\x{a0}\x{3000}\x{feff}]|[\s\x{a0}\x{3000}\x{feff}]$|^$"


def _disguised(raw: pa.Table) -> frozenset[str]:
    """The text columns in which a cell may wear what `cells.clean` takes off, or be a formula.

    Undressing every cell costs more than all the rest; most columns of most files need none.
    """
    found = set()
    for name, column in zip(raw.column_names, raw.columns, strict=True):
        if pa.types.is_string(column.type) and any(map(_is_disguised, column.chunks)):
            found.add(name)
    return frozenset(found)


def _is_disguised(cells: pa.Array) -> bool:
    if cells.null_count == len(cells):
        return False
    # The first and last byte of each cell tell of nearly all that they wear nothing.
    _, offsets, data = cells.buffers()
    at = np.frombuffer(offsets, np.int32, len(cells) + 1, cells.offset * 4)
    held = at[1:] > at[:-1]
    if int(held.sum()) < len(cells) - cells.null_count:  # an empty cell that is not null
        return True
    text = np.frombuffer(data, np.uint8)
    suspect = _LOOSE_START[text[at[:-1][held]]] | _LOOSE_END[text[at[1:][held] - 1]]
    if not suspect.any():
        return False
    suspects = cells.filter(pa.array(held)).filter(pa.array(suspect))
    return bool(pc.any(pc.match_substring_regex(suspects, _DISGUISE)).as_py())
