"""The query that makes records of a chunk's rows, written from the source's description.

It has four steps: cells undressed and typed; gross filled from quantity and price; the source's own
rules (`derive`); then the rules that hold for every source:

- a line without quantity is one piece; a missing status means completed;
- gross, if the file does not say, is paid plus discounts less shipping, and the other way round;
- what was never paid (status placed) counts 0 as paid;
- a cancelled order gives back all that was paid;
- an event's addresses of pages lose their query, after its campaign has been read from it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

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
from regulars.intake.source import Source

MARK = "\x1f"
"""Between the column and the reason of a fault."""
_NUMBERS = ("order_id", "line_id", "customer_key", "product_id", "payment_id")
"""Numbers that must come through whole: on them rests what is the same thing."""
_CURRENCY = "CASE {value} WHEN 'RMB' THEN 'CNY' ELSE {value} END"
_LARGEST = 10_000_000_000
"""Amounts of this size are slips; sums over a shop's life must fit DECIMAL(18,4)."""

# More than 18 digits make DuckDB multiply in 128 bits.
_LIST_VALUE = "coalesce(gross, quantity::DECIMAL(19,4) * unit_price::DECIMAL(19,4))"


class RecordQuery:
    """Of one chunk; its rows stand in `_raw`.

    Args:
        bound: the source and the headers that it takes.
        schema: of the chunk.
        disguised: text columns in which a cell may wear what `cells.clean` takes off.
        locale: how cells are understood.
    """

    def __init__(
        self, bound: Bound, schema: pa.Schema, disguised: frozenset[str], locale: Locale
    ) -> None:
        self._bound, self._source = bound, bound.source
        self._schema, self._disguised, self._locale = schema, disguised, locale
        self._columns = columns_of(self._source.record)
        self._names = {column.name for column in self._columns}
        self._further = {
            field.column: field.type for field in self._source.fields if field.type is not None
        }
        self._kinds: dict[str, CellType] = {one.name: one.type for one in self._columns}
        self._kinds.update(self._further)
        self._rest = rest_cells(bound.rest, schema, disguised)
        self._cells: list[str] = []
        self._values: list[str] = []
        self._slips: list[str] = []
        """Checks of single cells."""
        self._faults = ["WHEN _slip IS NOT NULL THEN _slip"]
        """Checks of whole records."""
        self._steps: list[str] = []
        self._filled = {*bound.headers, *self._source.derive, *self._rest}
        """Columns that something fills: the others cost as much on their way through."""

    def text(self) -> str:
        """The query: `_line`, the columns of the record that anything fills, and `_bad`."""
        self._take_cells()
        self._unpack()
        self._check_amounts()
        if self._source.record in (Kind.ORDER, Kind.LINE):
            self._judge_order()
        else:
            self._steps.append(_replace(dict(self._source.derive), self._kinds))
            if self._source.record is Kind.CUSTOMER:
                self._judge_customer()
            if self._source.record is Kind.EVENT:
                self._judge_event()
        self._check_currency()
        self._end()
        *before, final = self._steps
        chain = ", ".join(
            f"step{number} AS ({step.replace('FROM previous', f'FROM step{number - 1}')})"
            for number, step in enumerate(before)
        )
        return f"WITH {chain} {final}"

    def _take_cells(self) -> None:
        """Cells undressed, then typed and judged one by one."""
        bound, source = self._bound, self._source
        if source.sound:
            self._cells.append(f"{source.sound} AS _sound")
            self._slips.append(f"WHEN NOT _sound THEN {_fault('line', 'not_json')}")
        required = {field.column for field in source.fields if field.required}
        for name, header in bound.headers.items():
            held: Held = "text" if source.split else _held(self._schema.field(header).type)
            self._take_cell(name, header, held)
            if name in required:
                self._slips.append(f"WHEN {_cell(name)} IS NULL THEN {_fault(name, 'missing')}")
            self._take_value(name, held)
            if name in _NUMBERS and held == "text":
                self._check_number(name, is_dressed=self._is_dressed(header, held))
        absent = {one.name: one.type for one in self._columns if one.type != "traits"}
        for name, kind in (absent | self._further).items():
            if name not in bound.headers and name not in self._rest:
                self._values.append(f"CAST(NULL AS {SQL_TYPE[kind]}) AS {_identifier(name)}")
        if "traits" in self._names:
            self._values.append(f"{_traits(bound)} AS traits")
        for name, json in self._rest.items():
            self._cells.append(f'{json} AS "j_{name}"')
            self._values.append(f'"j_{name}" AS {name}')
        # Only the cells that are wanted: a header of the file may be called anything.
        cells = ", ".join([*self._cells, *_trait_cells(bound, self._schema)])
        carried = [*_cell_names(bound), "_sound"] if source.sound else _cell_names(bound)
        self._steps += [
            f'SELECT "{LINE}", {cells} FROM {_rows(source)}',
            f'SELECT "{LINE}", {", ".join([*carried, *self._values])} FROM step0',
            # Judged before the rules fill in what is missing: a slip is no missing value.
            f"SELECT *, {_verdict(self._slips)} AS _slip FROM step1"
            + (f" WHERE {source.where}" if source.where else ""),
        ]

    def _is_dressed(self, header: str, held: Held) -> bool:
        is_suspect = bool(self._source.split) or header in self._disguised
        return held == "text" and not self._source.sound and is_suspect

    def _take_cell(self, name: str, header: str, held: Held) -> None:
        source = self._source
        raw = source.split.get(header) or _identifier(header)
        bare = clean(raw) if self._is_dressed(header, held) else raw
        if source.sound:
            bare = f"nullif({raw}, '')"
        nothing = next((one.nothing for one in reversed(source.fields) if one.column == name), ())
        if nothing and held == "text":
            words = ", ".join(literal(word) for word in nothing)
            bare = f"CASE WHEN {bare} NOT IN ({words}) THEN {bare} END"
        self._cells.append(f"{bare} AS {_cell(name)}")

    def _take_value(self, name: str, held: Held) -> None:
        source, kind, cell = self._source, self._kinds[name], _cell(name)
        words = {"status": source.statuses, "name": source.names}.get(name)
        if words:
            value = _words(cell, words)
            reason = "'unknown_status'" if name == "status" else "'unknown_event'"
        else:
            value = typed(cell, kind, held, self._locale, source.time_format)
            reason = fault(cell, kind, held, self._locale, source.time_format)
            if name == "currency":
                value = _CURRENCY.format(value=f"upper({value})")
        self._values.append(f"{value} AS {_identifier(name)}")
        if kind not in ("text", "list") or name == "status" or words:
            self._slips.append(
                f"WHEN {cell} IS NOT NULL AND {_identifier(name)} IS NULL"
                f" THEN {literal(name + MARK)} || {reason}"
            )

    def _check_number(self, name: str, *, is_dressed: bool) -> None:
        self._slips += [
            f"WHEN {condition} THEN {_fault(name, why)}"
            for why, condition in is_no_number(_cell(name)).items()
            if why != "formula" or is_dressed
        ]

    def _unpack(self) -> None:
        if self._source.unpack:
            self._steps += [
                f"SELECT *, {self._source.unpack} AS _things FROM previous",
                "SELECT *, unnest(_things) AS item, generate_subscripts(_things, 1) AS item_no"
                " FROM previous",
            ]

    def _check_amounts(self) -> None:
        for column in self._columns:
            if column.type == "money":
                large = _fault(column.name, "too_large")
                self._faults.append(f"WHEN abs({column.name}) >= {_LARGEST} THEN {large}")

    def _apply(self, rules: Mapping[str, str]) -> None:
        self._steps.append(_replace(dict(rules), self._kinds))
        self._filled.update(rules)

    def _judge_order(self) -> None:
        source = self._source
        self._filled.add("gross")
        if "unit_price" in self._names:
            self._apply({"gross": _LIST_VALUE})
        self._apply(source.derive)
        self._apply(_amounts(source))
        self._apply(_CONSEQUENCES)
        self._faults.append(f"WHEN order_id IS NULL THEN {_fault('order_id', 'missing')}")
        # A day of grace, for clocks and time zones.
        late = _fault("placed_at", "in_the_future")
        self._faults.append(f"WHEN placed_at > now() + INTERVAL 1 DAY THEN {late}")
        if source.stands_alone:
            self._faults.append(f"WHEN placed_at IS NULL THEN {_fault('placed_at', 'missing')}")
            if not source.amounts_elsewhere:
                self._faults.append(f"WHEN paid IS NULL THEN {_fault('paid', 'missing')}")

    def _judge_customer(self) -> None:
        self._faults.append(
            "WHEN customer_key IS NULL AND phone IS NULL AND email IS NULL"
            f" THEN {_fault('customer_key', 'no_identity')}"
        )

    def _judge_event(self) -> None:
        if "url" in self._bound.headers:
            self._apply(campaigns_of("url"))
        self._apply(without_queries(self._bound.headers))
        if "currency_told" in self._further:
            self._apply(only_in(self._locale.currency))
        self._faults += [
            f"WHEN {condition} THEN {_fault(column, why)}"
            for column, why, condition in EVENT_CHECKS
        ]

    def _check_currency(self) -> None:
        if "currency" in self._names:
            foreign = _fault("currency", "another_currency")
            own = literal(self._locale.currency)
            self._faults.append(f"WHEN currency <> {own} THEN {foreign}")

    def _end(self) -> None:
        if self._bound.traits:
            self._filled.add("traits")
        last = "".join(
            f", {_final(column, self._kinds)}"
            for column in self._columns
            if column.name in self._filled
        )
        self._steps.append(
            f'SELECT "{LINE}"{last}, {_verdict(self._faults)} AS _bad'
            f" FROM step{len(self._steps) - 1}"
        )


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _cell(name: str) -> str:
    return f'"c_{name}"'


def _fault(column: str, reason: str) -> str:
    return literal(column + MARK + reason)


def _held(arrow: pa.DataType) -> Held:
    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        return "text"
    return "zoned" if pa.types.is_timestamp(arrow) and arrow.tz else "typed"


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
