"""Quarantine as a table for people."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.intake.landing import Landing
from regulars.intake.rejects import REASON_TEXTS, SCHEMA

_SHOWN = ("import_no", "file", "line", "column", "value", "reason")


def rejects(landing: Landing) -> pa.Table:
    """All quarantined rows, with what the reason means in English and Chinese."""
    parts = [pq.read_table(path, columns=list(_SHOWN)) for path in landing.segments("rejects")]
    schema = pa.schema([SCHEMA.field(name) for name in _SHOWN])
    table = pa.concat_tables(parts).cast(schema) if parts else schema.empty_table()
    reasons = table["reason"].to_pylist()
    unknown = ("", "")
    return table.append_column(
        "meaning",
        pa.array([REASON_TEXTS.get(reason, unknown)[0] for reason in reasons], pa.string()),
    ).append_column(
        "meaning_zh",
        pa.array([REASON_TEXTS.get(reason, unknown)[1] for reason in reasons], pa.string()),
    )
