"""What landing holds, as SQL: the columns of its segments, and a query over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from regulars.engines.duckdb import parquet
from regulars.intake.records import PEOPLED, SQL_TYPE, Kind, columns_of

_OF_PEOPLE = {
    "customer_id": "BIGINT",
    "phone_hash": "VARCHAR",
    "email_hash": "VARCHAR",
    "sealed": "BLOB",
}


def told_columns(kind: Kind) -> dict[str, str]:
    """The columns of what is told (personal fields by their hash), with their SQL types."""
    columns = {
        column.name: SQL_TYPE[column.type]
        for column in columns_of(kind)
        if not column.personal and column.name != "customer_key"
    }
    if kind in PEOPLED:
        columns |= {name: told for name, told in _OF_PEOPLE.items() if name != "sealed"}
    if kind in (Kind.ORDER, Kind.LINE):
        columns["recipient"] = "VARCHAR"
    return columns


def landed_columns(kind: Kind) -> dict[str, str]:
    """All columns of a segment of landing, with their SQL types."""
    columns = {
        "import_no": "INTEGER",
        "line": "BIGINT",
        "occurrence": "BIGINT",
        "platform": "VARCHAR",
        "layout": "VARCHAR",
        "stands_alone": "BOOLEAN",
        "in_brief": "BOOLEAN",
        "known_at": "TIMESTAMPTZ",
        "closing_at": "TIMESTAMPTZ",
    }
    if kind in PEOPLED:
        columns["sealed"] = _OF_PEOPLE["sealed"]
    return columns | told_columns(kind)


def landed(segments: Sequence[Path], kind: Kind) -> str:
    """The SQL of all records of a kind in these segments, with every column of the kind."""
    nulls = ", ".join(f"NULL::{told} AS {name}" for name, told in landed_columns(kind).items())
    nothing = f"SELECT {nulls} LIMIT 0"
    if not segments:
        return f"({nothing})"
    # Segments of earlier versions lack columns that came later.
    told = parquet(segments, ", union_by_name = true")
    return f"(FROM {told} UNION ALL BY NAME ({nothing}))"
