"""The map from outside ids to customer numbers: dense, logged in landing, never derived anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.engines.duckdb import Warehouse, literal, parquet


class IdMap:
    """Customer numbers by (namespace, identity), numbered in the order of first appearance."""

    def __init__(
        self, work: Warehouse, segments: Sequence[Path], customers: Sequence[Path] = ()
    ) -> None:
        """Load the map from the `ids` segments.

        Args:
            work: the import's working database.
            segments: the `ids` of landing.
            customers: the `customers` of landing, for a platform whose buyer numbers are new with
                every order: they tell whose such a number is (`also_known_as`).
        """
        self._work = work
        work.execute("CREATE TABLE ids (namespace VARCHAR, identity VARCHAR, customer_id BIGINT)")
        if segments:
            work.execute(
                f"INSERT INTO ids SELECT namespace, identity, customer_id FROM {parquet(segments)}"
            )
        if customers:
            work.execute(
                f"""
                INSERT INTO ids
                SELECT namespace, identity, max(customer_id) FROM (
                    SELECT platform || ':order' AS namespace, also_known_as AS identity, customer_id
                    FROM (FROM {parquet(customers, ", union_by_name = true")}
                          UNION ALL BY NAME (SELECT NULL::VARCHAR AS also_known_as LIMIT 0))
                    WHERE also_known_as IS NOT NULL
                ) ANTI JOIN ids USING (namespace, identity) GROUP BY namespace, identity
                """
            )
        self._first_new = self._next()

    def _next(self) -> int:
        row = self._work.sql("SELECT coalesce(max(customer_id), 0) + 1 AS n FROM ids").to_pylist()
        return int(row[0]["n"])

    def resolve(self, records: pa.Table) -> pa.Table:
        """The records with `customer_id`; a new identity gets the next number, guests get none."""
        who = _who(records).combine_chunks().dictionary_encode()
        first = np.unique(
            pc.fill_null(who.indices, -1).to_numpy(zero_copy_only=False), return_index=True
        )
        # Those who appear here, in the order of their first appearance (null is nobody).
        at = first[1][first[0] >= 0]
        found = records.select(["namespace", "identity"]).take(pa.array(at, pa.int64()))
        self._work.register("_who", found.append_column("place", pa.array(np.arange(len(at)))))
        self._work.execute(
            f"""
            INSERT INTO ids
            SELECT namespace, identity, {self._next()} - 1 + row_number() OVER (ORDER BY place)
            FROM _who ANTI JOIN ids USING (namespace, identity)
            """
        )
        numbers = self._work.sql(
            "SELECT max(customer_id) AS customer_id FROM _who JOIN ids"
            " USING (namespace, identity) GROUP BY place ORDER BY place"
        )["customer_id"].combine_chunks()
        self._work.unregister("_who")
        return records.append_column("customer_id", numbers.take(who.indices))

    def new(self) -> int:
        """How many numbers this import has given."""
        return self._next() - self._first_new

    def known_elsewhere(self, namespace: str) -> int:
        """How many customers of other platforms there were before this import."""
        return int(
            self._work.sql(
                f"SELECT count(*) AS n FROM ids WHERE customer_id < {self._first_new}"
                " AND namespace NOT IN (?, ?)",
                [namespace, f"{namespace}:order"],
            )["n"][0].as_py()
        )

    def write_new(self, path: Path) -> int:
        """Write the numbers given by this import to a segment; how many there are comes back."""
        new = self._work.sql(
            f"SELECT count(*) AS n FROM ids WHERE customer_id >= {self._first_new}"
        ).to_pylist()[0]["n"]
        if new:
            self._work.execute(
                f"COPY (FROM ids WHERE customer_id >= {self._first_new} ORDER BY customer_id)"
                f" TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
            )
        return int(new)


def _who(table: pa.Table) -> pa.ChunkedArray:
    """One text per identity; null for guests."""
    if len(table["namespace"].unique().drop_null()) <= 1:
        return table["identity"]
    return pc.binary_join_element_wise(table["namespace"], table["identity"], "\x1f")
