"""What ids came together in an event log, on its way into landing: each link once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.engines.duckdb import Warehouse, parquet
from regulars.intake.identity.link import SCHEMA

_SAME = "one_namespace, one_identity, other_namespace, other_identity, how, verified, connection"
"""What makes two links the same, but for their time."""


class KeptLinks:
    """Links of a file, kept in the import's working database.

    Args:
        work: that database.
    """

    def __init__(self, work: Warehouse) -> None:
        self._work = work
        self._made = False

    def add(self, links: pa.Table) -> None:
        """Keep some, as `identity.link.SCHEMA` has them."""
        if not links.num_rows:
            return
        keep = self._work.append if self._made else self._work.load
        keep("links", links.select(SCHEMA.names))
        self._made = True

    def write_new(self, path: Path, landed: Sequence[Path]) -> int:
        """Write what landing does not know to a segment; how many links there are comes back."""
        if not self._made:
            return 0
        known = ""
        if landed:
            equal = " AND ".join(f"told.{one} = known.{one}" for one in _SAME.split(", "))
            known = (
                f'ANTI JOIN (SELECT {_SAME}, min("at") AS "at" FROM {parquet(landed)} GROUP BY ALL)'
                f' known ON {equal} AND told."at" >= known."at"'
            )
        new = self._work.sql(
            f'SELECT told.* FROM (SELECT {_SAME}, min("at") AS "at" FROM links GROUP BY ALL) told'
            f" {known} ORDER BY ALL"
        )
        if new.num_rows:
            pq.write_table(new.select(SCHEMA.names).cast(SCHEMA), path, compression="zstd")
        return int(new.num_rows)
