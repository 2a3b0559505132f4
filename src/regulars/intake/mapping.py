"""A layout that the user writes down: `--map MAP.toml`.

kind = "orders"
[columns]
order_id = "Order No"
placed_at = "Date"
[status]
"Paid out" = "completed"
[traits]            # customers only
income = "Income band"
[names]             # events only
"点击" = "Product Viewed"
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from regulars.errors import SettingsError, UnknownValue, Where
from regulars.intake.records import Kind, Status
from regulars.intake.source import Field, FileKind, Source
from regulars.intake.sources import ALL
from regulars.intake.sources.plain import (
    PLAIN_CUSTOMERS,
    PLAIN_EVENTS,
    PLAIN_ORDERS,
    PLAIN_PRODUCTS,
    PLAIN_SPEND,
)
from regulars.kernel.toml_file import read_toml

_OURS = {"customer_key": "customer_id"}
_BASE = {
    "orders": PLAIN_ORDERS,
    "customers": PLAIN_CUSTOMERS,
    "products": PLAIN_PRODUCTS,
    "spend": PLAIN_SPEND,
    "events": PLAIN_EVENTS,
}


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in the file."""

    columns: dict[str, str]
    kind: FileKind = "orders"
    platform: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$")] = "shop"
    time_format: str | None = None
    status: dict[str, Status] = {}
    traits: dict[str, str] = {}
    names: dict[str, str] = {}


def read_mapping(path: Path) -> Source:
    """The layout in the file, as a source.

    Raises:
        SettingsError: with file, line and what is allowed.
    """
    mapping = read_toml(path, Mapping)
    base = _BASE[mapping.kind]
    if mapping.names and base.record is not Kind.EVENT:
        raise SettingsError(
            f"[names] is for events, and this maps {mapping.kind}",
            where=Where(file=str(path), column="names"),
            todo='remove it, or write kind = "events"',
        )
    known = {_OURS.get(f.column, f.column): f for f in base.fields}
    if base.record is Kind.EVENT:
        known = {"at" if name == "placed_at" else name: field for name, field in known.items()}
    fields = []
    for name, header in mapping.columns.items():
        if name not in known:
            where = Where(file=str(path), column=f"columns.{name}", value=header)
            raise UnknownValue.of("column", name, list(known), where)
        field = known[name]
        fields.append(Field(field.column, (header,), known=True, required=field.required))
    missing = [
        name for name, field in known.items() if field.required and name not in mapping.columns
    ]
    if missing:
        raise SettingsError(
            f"the mapping names no header for {', '.join(missing)}",
            where=Where(file=str(path), column="columns"),
            todo="add a line such as: " + f'{missing[0]} = "the header in your file"',
        )
    return Source(
        name=f"map:{path.name}",
        title=f"mapped by {path.name}",
        title_zh=f"按 {path.name} 映射",
        kind=mapping.kind,
        platform=mapping.platform,
        record=base.record,
        # The numbers of a known platform are kept as its own exports keep them, so that they meet.
        key_is_personal=any(
            one.key_is_personal and one.platform == mapping.platform for one in ALL
        ),
        fields=tuple(fields),
        traits=tuple((name, (header,)) for name, header in mapping.traits.items()),
        statuses={**base.statuses, **mapping.status},
        names=mapping.names,
        rest=base.rest,
        derive=base.derive if base.record is Kind.EVENT else {},
        time_format=mapping.time_format,
    )
