"""Raw rows into canonical records: one query per chunk, written from the source's description.

The query has four steps: cells undressed and typed; gross filled from quantity and price; the
source's own rules (`derive`); then the rules that hold for every source:

- a line without quantity is one piece; a missing status means completed;
- gross, if the file does not say, is paid plus discounts less shipping, and the other way round;
- what was never paid (status placed) counts 0 as paid;
- a cancelled order gives back all that was paid;
- an event's addresses of pages lose their query, after its campaign has been read from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.engines.duckdb import literal
from regulars.intake.cells import Held, Locale, clean, fault, is_no_number, typed
from regulars.intake.event_logs.rules import (
    EVENT_CHECKS,
    campaigns_of,
    only_in,
    rest_cells,
    without_queries,
)
from regulars.intake.files.sheet import LINE
from regulars.intake.recognise import Bound
from regulars.intake.records import SQL_TYPE, CellType, Kind, RecordColumn, columns_of
from regulars.intake.reject import Reject, rows_of
from regulars.intake.source import Source

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse

_MARK = "\x1f"
_NUMBERS = ("order_id", "line_id", "customer_key", "product_id", "payment_id")
"""Numbers that must come through whole: on them rests what is the same thing."""
_CURRENCY = "CASE {value} WHEN 'RMB' THEN 'CNY' ELSE {value} END"
_LARGEST = 10_000_000_000
"""Amounts of this size are slips; sums over a shop's life must fit DECIMAL(18,4)."""

# More than 18 digits make DuckDB multiply in 128 bits.
_LIST_VALUE = "coalesce(gross, quantity::DECIMAL(19,4) * unit_price::DECIMAL(19,4))"


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
        table = warehouse.sql(_query(bound, raw.schema, _disguised(raw), locale))
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
        column, reason = why_of[line].split(_MARK)
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


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _held(arrow: pa.DataType) -> Held:
    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        return "text"
    return "zoned" if pa.types.is_timestamp(arrow) and arrow.tz else "typed"


def _query(bound: Bound, schema: pa.Schema, disguised: frozenset[str], locale: Locale) -> str:
    source = bound.source
    columns = columns_of(source.record)
    names = {column.name for column in columns}
    kinds: dict[str, CellType] = {column.name: column.type for column in columns}
    extra = {field.column: field.type for field in source.fields if field.type is not None}
    kinds.update(extra)

    cells, values, checks = [], [], []
    rest = rest_cells(bound.rest, schema, disguised)
    if source.sound:
        cells.append(f"{source.sound} AS _sound")
        checks.append(f"WHEN NOT _sound THEN {literal('line' + _MARK + 'not_json')}")
    required = {field.column for field in source.fields if field.required}
    nothing = {field.column: field.nothing for field in source.fields}
    for name, header in bound.headers.items():
        raw = source.split.get(header) or _identifier(header)
        held: Held = "text" if source.split else _held(schema.field(header).type)
        cell = f'"c_{name}"'
        dressed = held == "text" and not source.sound and (source.split or header in disguised)
        bare = clean(raw) if dressed else raw
        if source.sound:
            bare = f"nullif({raw}, '')"
        if empty := nothing.get(name) if held == "text" else None:
            words = ", ".join(literal(word) for word in empty)
            bare = f"CASE WHEN {bare} NOT IN ({words}) THEN {bare} END"
        cells.append(f"{bare} AS {cell}")
        if name in required:
            checks.append(f"WHEN {cell} IS NULL THEN {literal(name + _MARK + 'missing')}")
        if name == "status" and source.statuses:
            values.append(f"{_words(cell, source.statuses)} AS status")
            reason = "'unknown_status'"
        elif name == "name" and source.names:
            values.append(f"{_words(cell, source.names)} AS name")
            reason = "'unknown_event'"
        else:
            value = typed(cell, kinds[name], held, locale, source.time_format)
            if name == "currency":
                value = _CURRENCY.format(value=f"upper({value})")
            values.append(f"{value} AS {_identifier(name)}")
            reason = fault(cell, kinds[name], held, locale, source.time_format)
        is_word = name == "status" or (name == "name" and source.names)
        if kinds[name] not in ("text", "list") or is_word:
            checks.append(
                f"WHEN {cell} IS NOT NULL AND {_identifier(name)} IS NULL"
                f" THEN {literal(name + _MARK)} || {reason}"
            )
        if name in _NUMBERS and held == "text":
            checks += [
                f"WHEN {condition} THEN {literal(name + _MARK + why)}"
                for why, condition in is_no_number(cell).items()
                if why != "formula" or dressed
            ]
    absent = {column.name: column.type for column in columns if column.type != "traits"} | extra
    for name, kind in absent.items():
        if name not in bound.headers and name not in rest:
            values.append(f"CAST(NULL AS {SQL_TYPE[kind]}) AS {_identifier(name)}")
    if "traits" in names:
        values.append(f"{_traits(bound)} AS traits")
    for name, json in rest.items():
        cells.append(f'{json} AS "j_{name}"')
        values.append(f'"j_{name}" AS {name}')
    carried = [*_cell_names(bound), "_sound"] if source.sound else _cell_names(bound)

    steps = [
        # Only the cells that are wanted: a header of the file may be called anything.
        f'SELECT "{LINE}", {", ".join([*cells, *_trait_cells(bound, schema)])}'
        f" FROM {_rows(source)}",
        f'SELECT "{LINE}", {", ".join([*carried, *values])} FROM step0',
        # Judged before the rules fill in what is missing: a slip is no missing value.
        f"SELECT *, {_verdict(checks)} AS _slip FROM step1"
        + (f" WHERE {source.where}" if source.where else ""),
    ]
    if source.unpack:
        steps.append(f"SELECT *, {source.unpack} AS _things FROM previous")
        steps.append(
            "SELECT *, unnest(_things) AS item, generate_subscripts(_things, 1) AS item_no"
            " FROM previous"
        )
    checks = ["WHEN _slip IS NOT NULL THEN _slip"]
    rules: list[dict[str, str]] = []
    for column in columns:
        if column.type == "money":
            large = literal(column.name + _MARK + "too_large")
            checks.append(f"WHEN abs({column.name}) >= {_LARGEST} THEN {large}")
    if source.record in (Kind.ORDER, Kind.LINE):
        if "unit_price" in names:
            steps.append(_replace({"gross": _LIST_VALUE}, kinds))
        steps.append(_replace(dict(source.derive), kinds))
        rules = [{"gross": _LIST_VALUE}, _amounts(source), _CONSEQUENCES]
        steps += [_replace(one, kinds) for one in rules[1:]]
        checks.append(f"WHEN order_id IS NULL THEN {literal('order_id' + _MARK + 'missing')}")
        # A day of grace, for clocks and time zones.
        late = literal("placed_at" + _MARK + "in_the_future")
        checks.append(f"WHEN placed_at > now() + INTERVAL 1 DAY THEN {late}")
        if source.stands_alone:
            checks.append(f"WHEN placed_at IS NULL THEN {literal('placed_at' + _MARK + 'missing')}")
            if not source.amounts_elsewhere:
                checks.append(f"WHEN paid IS NULL THEN {literal('paid' + _MARK + 'missing')}")
    else:
        steps.append(_replace(dict(source.derive), kinds))
        if source.record is Kind.CUSTOMER:
            checks.append(
                "WHEN customer_key IS NULL AND phone IS NULL AND email IS NULL"
                f" THEN {literal('customer_key' + _MARK + 'no_identity')}"
            )
        if source.record is Kind.EVENT:
            if "url" in bound.headers:
                rules.append(campaigns_of("url"))
            rules.append(without_queries(bound.headers))
            if "currency_told" in extra:
                rules.append(only_in(locale.currency))
            steps += [_replace(one, kinds) for one in rules]
            checks += [
                f"WHEN {condition} THEN {literal(column + _MARK + why)}"
                for column, why, condition in EVENT_CHECKS
            ]
    if "currency" in names:
        foreign = literal("currency" + _MARK + "another_currency")
        checks.append(f"WHEN currency <> {literal(locale.currency)} THEN {foreign}")
    # Columns that nothing fills cost as much as others on their way through.
    filled = {*bound.headers, *source.derive, *rest}.union(*rules)
    if bound.traits:
        filled.add("traits")
    last = "".join(f", {_final(column, kinds)}" for column in columns if column.name in filled)
    steps.append(f'SELECT "{LINE}"{last}, {_verdict(checks)} AS _bad FROM step{len(steps) - 1}')
    *before, final = steps
    chain = ", ".join(
        f"step{number} AS ({step.replace('FROM previous', f'FROM step{number - 1}')})"
        for number, step in enumerate(before)
    )
    return f"WITH {chain} {final}"


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


def _rows(source: Source) -> str:
    if not source.once:
        return "_raw"
    shared = ", ".join(f"{sql} AS {name}" for name, sql in source.once.items())
    return f"(SELECT *, {shared} FROM _raw)"


def _verdict(checks: list[str]) -> str:
    return f"CASE {' '.join(checks)} END" if checks else "CAST(NULL AS VARCHAR)"


def _cell_names(bound: Bound) -> list[str]:
    return [f'"c_{name}"' for name in bound.headers]


def _final(column: RecordColumn, kinds: dict[str, CellType]) -> str:
    name = _identifier(column.name)
    return f"CAST({name} AS {SQL_TYPE[kinds[column.name]]}) AS {name}"


def _replace(rules: dict[str, str], kinds: dict[str, CellType]) -> str:
    if not rules:
        return "SELECT * FROM previous"
    replaced = ", ".join(
        f"TRY_CAST({rule} AS {SQL_TYPE[kinds[name]]}) AS {_identifier(name)}"
        for name, rule in rules.items()
    )
    return f"SELECT * REPLACE ({replaced}) FROM previous"


def _amounts(source: Source) -> dict[str, str]:
    discounts = "coalesce(shop_discount, 0) + coalesce(platform_discount, 0)"
    rules = {
        "status": "coalesce(status, 'completed')",
        "shop_discount": "coalesce(shop_discount, 0)",
        "platform_discount": "coalesce(platform_discount, 0)",
    }
    if source.amounts_elsewhere:
        return rules
    if source.record is Kind.LINE:  # an order's pieces stand in its lines
        rules["quantity"] = "coalesce(quantity, 1)"
    rules |= {
        "gross": f"coalesce(gross, paid + {discounts} - coalesce(shipping, 0))",
        "shipping": "coalesce(shipping, 0)",
    }
    # What was paid for lines that wait for their order stands with the order.
    if source.stands_alone or source.record is Kind.ORDER:
        rules["paid"] = f"coalesce(paid, gross - ({discounts}) + coalesce(shipping, 0))"
    return rules


_CONSEQUENCES = {
    "paid": "CASE WHEN status = 'placed' THEN 0 ELSE paid END",
    "refunded": "CASE WHEN status = 'cancelled' THEN greatest(coalesce(refunded, 0), paid)"
    " ELSE coalesce(refunded, 0) END",
    "paid_at": "CASE WHEN status = 'placed' THEN NULL ELSE coalesce(paid_at, placed_at) END",
}


def _words(cell: str, words: Mapping[str, str]) -> str:
    """What the platform's word in a cell means; NULL for a word that it does not have."""
    cases = " ".join(
        f"WHEN {literal(word.lower())} THEN {literal(str(meaning))}"
        for word, meaning in words.items()
        if word
    )
    return f"CASE lower(CAST({cell} AS VARCHAR)) {cases} END"


def _traits(bound: Bound) -> str:
    if not bound.traits:
        return "CAST(NULL AS MAP(VARCHAR, VARCHAR))"
    entries = ", ".join(
        f"{{'k': {literal(name)}, 'v': t_{place}}}" for place, name in enumerate(bound.traits)
    )
    kept = f"list_filter([{entries}], lambda entry: entry.v IS NOT NULL)"
    return f"map_from_entries({kept})"


def _trait_cells(bound: Bound, schema: pa.Schema) -> list[str]:
    cells = []
    for place, header in enumerate(bound.traits.values()):
        name = _identifier(header)
        text = clean(name) if _held(schema.field(header).type) == "text" else name
        cells.append(f"CAST({text} AS VARCHAR) AS t_{place}")
    return cells
