"""The records of one kind that an import has read: staged, compared with landing, written.

A stage is a table of the import's working database, which spills to disk. Its rows carry `key`,
`occurrence` and `state` (see `digest`); compared with what landing holds, a row is new, tells
something new of what is known, or was seen before.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa

from regulars.engines.duckdb import Warehouse, literal, parquet
from regulars.intake import digest
from regulars.intake.records import COUNTED, PEOPLED, Kind, columns_of
from regulars.intake.source import Source
from regulars.kernel.clock import EPOCH

_OWN_TIME = {
    Kind.CUSTOMER: "registered_at",
    Kind.PRODUCT: "NULL::TIMESTAMPTZ",
    Kind.PAYMENT: "paid_at",
    Kind.SPEND: "day::TIMESTAMPTZ",
}
"""The time from which a record counts on its first import; `placed_at` for orders and lines."""


class Stage:
    """The staged records of one kind.

    Args:
        work: the import's working database.
        source: what the records are of (one of a row's records, see `Source.also`).
        once: whether equal records of the file are one thing told several times, as an order is by
            each of its lines; otherwise they are things in their own right.
    """

    def __init__(self, work: Warehouse, source: Source, *, once: bool) -> None:
        self._work, self.source, self.kind, self._once = work, source, source.record, once
        self.name = f"stage_{self.kind}"
        self.compared = f"compared_{self.kind}"
        self._is_made = False

    def put(self, records: pa.Table) -> None:
        """Add records (protected, numbered) with their sums."""
        if not records.num_rows and self._is_made:
            return
        empty = [name for name in records.column_names if records[name].null_count == len(records)]
        self._work.register("_records", records)
        verb = (
            f"INSERT INTO {self.name} BY NAME" if self._is_made else f"CREATE TABLE {self.name} AS"
        )
        self._work.execute(
            f"{verb} SELECT *, {digest.key_of(self.source)} AS key,"
            f" {digest.state_of(self.source, empty)} AS state FROM _records"
        )
        self._work.unregister("_records")
        self._is_made = True

    def compare(self, seen: list[Path]) -> None:
        """Mark each staged row: its occurrence, whether it is new, whether its thing is known."""
        before = (
            f"SELECT key, occurrence, state FROM {parquet(seen)}"
            if seen
            else f"SELECT key, 0::BIGINT AS occurrence, state FROM {self.name} LIMIT 0"
        )
        # An entity is a key, for what is told apart by counting a key and its occurrence.
        entity = "key, occurrence" if self.kind in COUNTED else "key"
        line_id = "line_id" if self.kind is Kind.LINE else "NULL"
        copy = "row_number() OVER (PARTITION BY key, state ORDER BY row_no)" if self._once else "1"
        occurrence = "1" if self._once else digest.occurrence_of(self.kind)
        # Only what tells records apart goes through the windows and joins, not their content.
        self._work.execute(
            f"""
            CREATE TABLE {self.compared} AS
            WITH seen AS ({before}),
            slim AS (
                SELECT rowid AS row_no, _line, key, state, {line_id} AS line_id FROM {self.name}
            ),
            counted AS (
                SELECT row_no, _line, key, state, {occurrence}::BIGINT AS occurrence,
                       {copy} = 1 AS is_first
                FROM slim
            ),
            told AS (SELECT DISTINCT {entity} FROM seen)
            SELECT counted.row_no, counted._line, counted.occurrence, counted.is_first,
                   told.key IS NOT NULL AS is_known, again.key IS NULL AS is_new
            FROM counted
            LEFT JOIN told USING ({entity})
            LEFT JOIN (SELECT DISTINCT key, occurrence, state FROM seen) again
              USING (key, occurrence, state)
            """
        )

    def new(self) -> int:
        """How many records would be landed."""
        found = self._work.sql(
            f"SELECT count(*) AS n FROM {self.compared} WHERE is_new AND is_first"
        )
        return int(found["n"][0].as_py())

    def write(self, path: Path, number: int, at: datetime) -> None:
        """Write the new records to a segment of landing."""
        kind = self.kind
        now = f"TIMESTAMPTZ '{at.isoformat()}'"
        own = f"coalesce({_OWN_TIME.get(kind, 'placed_at')}, TIMESTAMPTZ '{EPOCH}')"
        closing = "NULL::TIMESTAMPTZ"
        names = {column.name for column in columns_of(kind)}
        change = f"coalesce(updated_at, {now})" if "updated_at" in names else now
        if kind in (Kind.ORDER, Kind.LINE):
            closing = (
                "CASE WHEN status = 'cancelled' OR refunded > 0"
                " THEN coalesce(closed_at, updated_at) END"
            )
            change = f"coalesce(updated_at, closed_at, {now})"
        columns = [
            column.name
            for column in columns_of(kind)
            if not column.personal and column.name != "customer_key"
        ]
        protected = []
        if kind in PEOPLED:
            protected = ["customer_id", "phone_hash", "email_hash", "sealed"]
        if kind in (Kind.ORDER, Kind.LINE):
            protected.append("recipient")
        self._work.execute(
            f"""
            COPY (
                SELECT {number}::INTEGER AS import_no, _line AS line, key, occurrence, state,
                       {literal(self.source.platform)} AS platform,
                       {"true" if self.source.stands_alone else "false"} AS stands_alone,
                       CASE WHEN is_known THEN greatest({change}, {own}) ELSE {own} END AS known_at,
                       {closing} AS closing_at,
                       {", ".join(protected + columns)}
                FROM (SELECT rowid AS row_no, * FROM {self.name}) staged
                JOIN (SELECT row_no, occurrence, is_known FROM {self.compared}
                      WHERE is_new AND is_first) USING (row_no)
            ) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
            """
        )

    def latest(self) -> str | None:
        """The latest instant of which the new records know themselves (ISO 8601)."""
        # Times of their own only: that a change came in today does not make today a day of data.
        found = self._work.sql(
            f"SELECT max(greatest(placed_at, paid_at, closed_at, updated_at)) AS t FROM"
            f" (SELECT rowid AS row_no, * FROM {self.name}) JOIN {self.compared} USING (row_no)"
            " WHERE is_new"
        )["t"][0].as_py()
        return None if found is None else str(found.isoformat())
