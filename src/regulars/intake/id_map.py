"""The map from outside ids to customer numbers: dense, logged in landing, never derived anew.

A shop may know millions of ids, and every chunk of a file asks for some. So of each known one the
map holds no text but two sums of 64 bits, to be compared as numbers; that two ids agree in both has
one chance in 10**24 among ten million.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.engines.duckdb import Warehouse, literal, parquet

# Begun with another letter, the text is hashed in other words: one sum tells nothing of the other.
_SUMS = "hash(namespace, identity) AS sum, hash(namespace, '+' || identity) AS sum2"


class IdMap:
    """Customer numbers by (namespace, identity), numbered in the order of first appearance."""

    def __init__(
        self,
        work: Warehouse,
        segments: Sequence[Path],
        customers: Sequence[Path] = (),
        logged: pa.Table | None = None,
    ) -> None:
        """Load the map from the `ids` segments.

        Args:
            work: the import's working database.
            segments: the `ids` of landing.
            customers: the `customers` of landing, for a platform whose buyer numbers are new with
                every order: they tell whose such a number is (`also_known_as`).
            logged: numbers given since the last settling (see `ids_log`).
        """
        self._work = work
        work.execute("CREATE TABLE ids (sum UBIGINT, sum2 UBIGINT, customer_id BIGINT)")
        work.execute(
            "CREATE TABLE new_ids (namespace VARCHAR, identity VARCHAR, customer_id BIGINT)"
        )
        self._segments = list(segments)
        if segments:
            work.execute(f"INSERT INTO ids SELECT {_SUMS}, customer_id FROM {parquet(segments)}")
        if logged is not None and logged.num_rows:
            work.register("_logged", logged)
            work.execute(
                f"INSERT INTO ids FROM (SELECT {_SUMS}, customer_id FROM _logged)"
                " ANTI JOIN ids USING (sum, sum2)"
            )
            work.unregister("_logged")
        if customers:
            work.execute(
                f"""
                INSERT INTO ids
                SELECT sum, sum2, max(customer_id) FROM (
                    SELECT {_SUMS}, customer_id FROM (
                        SELECT platform || ':order' AS namespace, also_known_as AS identity,
                               customer_id
                        FROM (FROM {parquet(customers, ", union_by_name = true")}
                              UNION ALL BY NAME (SELECT NULL::VARCHAR AS also_known_as LIMIT 0))
                        WHERE also_known_as IS NOT NULL
                    )
                ) ANTI JOIN ids USING (sum, sum2) GROUP BY sum, sum2
                """
            )
        found = work.sql("SELECT coalesce(max(customer_id), 0) + 1 AS n FROM ids")
        self._first_new = self._next = int(found["n"][0].as_py())

    def resolve(self, records: pa.Table) -> pa.Table:
        """The records with `customer_id`; a new identity gets the next number, guests get none."""
        who = _who(records).combine_chunks().dictionary_encode()
        # Those who appear here, in the order of their first appearance (null is nobody).
        codes = pc.fill_null(who.indices, -1).to_numpy(zero_copy_only=False)
        so_far = np.maximum.accumulate(np.concatenate(([-1], codes)))
        at = np.flatnonzero(codes > so_far[:-1])
        found = records.select(["namespace", "identity"]).take(pa.array(at))
        found = found.append_column("place", pa.array(np.arange(len(at))))
        self._work.register("_who", found)
        known = self._work.sql(
            f"SELECT place, customer_id FROM (SELECT place, {_SUMS} FROM _who)"
            " JOIN ids USING (sum, sum2)"
        )
        numbers = np.zeros(len(at), np.int64)
        numbers[known["place"].to_numpy()] = known["customer_id"].to_numpy()
        is_new = numbers == 0
        if is_new.any():
            count = int(is_new.sum())
            numbers[is_new] = np.arange(self._next, self._next + count)
            self._next += count
            new = found.filter(pa.array(is_new)).append_column(
                "customer_id", pa.array(numbers[is_new])
            )
            self._work.register("_new", new)
            self._work.execute(f"INSERT INTO ids SELECT {_SUMS}, customer_id FROM _new")
            self._work.execute(
                "INSERT INTO new_ids SELECT namespace, identity, customer_id FROM _new"
            )
            self._work.unregister("_new")
        self._work.unregister("_who")
        return records.append_column("customer_id", pa.array(numbers).take(who.indices))

    def new(self) -> int:
        """How many numbers this import has given."""
        return self._next - self._first_new

    def known_elsewhere(self, namespace: str) -> int:
        """How many customers of other platforms there were before this import."""
        if not self._segments:
            return 0
        return int(
            self._work.sql(
                f"SELECT count(*) AS n FROM {parquet(self._segments)}"
                " WHERE namespace NOT IN (?, ?)",
                [namespace, f"{namespace}:order"],
            )["n"][0].as_py()
        )

    def write_new(self, path: Path) -> int:
        """Write the numbers given by this import to a segment; how many there are comes back."""
        if self.new():
            self._work.execute(
                "COPY (FROM new_ids ORDER BY customer_id)"
                f" TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
            )
        return self.new()


def _who(table: pa.Table) -> pa.ChunkedArray:
    """One text per identity; null for guests."""
    if len(table["namespace"].unique().drop_null()) <= 1:
        return table["identity"]
    return pc.binary_join_element_wise(table["namespace"], table["identity"], "\x1f")
