"""What makes two records the same record, and what makes it the same state.

Each record carries `key` (which thing it is about), `occurrence` (which of several equal ones) and
`state` (all that is said of it), two MD5 sums as UUIDs over "name=value" of what is not null, so
that an export with an extra empty column gives the same sums.

Seen in an earlier import = same key, occurrence and state. A known key with a new state is an
update. Lines without a number of their own are told apart by order, product, variant, quantity and
value, and equal ones by counting; equal states are counted in the order of their sums, so that the
count does not depend on the order of rows.
"""

from __future__ import annotations

from collections.abc import Collection

from regulars.engines.duckdb import literal
from regulars.intake.records import PEOPLED, Kind, columns_of
from regulars.intake.source import Source

_LINE_KEY = ("order_id", "product_id", "variant", "quantity")
_SPEND_KEY = ("day", "source", "campaign", "ad")


def _sum(parts: list[str]) -> str:
    return f"CAST(md5(concat_ws(chr(31), {', '.join(parts)})) AS UUID)"


def _named(name: str, value: str | None = None) -> str:
    return f"'{name}=' || CAST({value or name} AS VARCHAR)"


def key_of(source: Source) -> str:
    """The SQL of a record's key."""
    platform = literal(f"platform={source.platform}")
    if source.record is Kind.ORDER:
        return _sum([platform, _named("order_id")])
    if source.record is Kind.LINE:
        if has_line_numbers(source):
            by_number = _sum([platform, _named("order_id"), _named("line_id")])
            return (
                f"CASE WHEN line_id IS NOT NULL THEN {by_number} ELSE {_by_content(platform)} END"
            )
        return _by_content(platform)
    if source.record is Kind.PAYMENT:
        return _sum([platform, _named("order_id"), _named("payment_id")])
    if source.record is Kind.SPEND:
        return _sum([platform, *(_named(column) for column in _SPEND_KEY)])
    if source.record is Kind.CUSTOMER:
        # Each layout tells its own attributes of a customer.
        name = "map" if source.name.startswith("map:") else source.name
        layout = literal(f"layout={source.platform}:{name}")
        return _sum([layout, _named("namespace"), _named("identity")])
    return _sum([platform, _named("product_id")])


def _by_content(platform: str) -> str:
    name = "CASE WHEN product_id IS NULL THEN product_name END"
    # A row without a product stands for its order: there a new amount is a correction.
    value = "CASE WHEN product_id IS NOT NULL OR product_name IS NOT NULL THEN gross END"
    return _sum(
        [
            platform,
            *(_named(column) for column in _LINE_KEY),
            _named("product_name", name),
            _named("gross", value),
        ]
    )


def has_line_numbers(source: Source) -> bool:
    """Whether rows of the source may carry a line number."""
    return any(field.column == "line_id" for field in source.fields)


def state_of(source: Source, empty: Collection[str] = ()) -> str:
    """The SQL of a record's state: everything said, personal fields by their hash.

    Columns that are empty throughout add nothing to the sum and may be named in `empty`.
    """
    names = [
        column.name
        for column in columns_of(source.record)
        if not column.personal and column.name != "customer_key"
    ]
    if source.record in PEOPLED:
        names += ["namespace", "identity", "phone_hash", "email_hash"]
    if source.record in (Kind.ORDER, Kind.LINE):
        names.append("recipient")
    return _sum(["'state'", *(_named(name) for name in names if name not in empty)])


def occurrence_of(kind: Kind) -> str:
    """The SQL window that counts equal records of one file, from 1."""
    apart = "key, state"
    if kind is Kind.LINE:
        apart = "key, CASE WHEN line_id IS NOT NULL THEN state END"
    elif kind is Kind.SPEND:
        apart = "key"
    return f"row_number() OVER (PARTITION BY {apart} ORDER BY state, row_no)"
