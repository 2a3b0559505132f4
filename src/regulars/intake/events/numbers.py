"""The numbers of ids while events come in: found by the hundred thousand, given where new.

The truth is landing: its `ids` segments and `ids.log`. From them come the sums by which a number is
found (see `sums`, and `id_map`, which does the same for a file), kept in the cache. A new number
is durable in `ids.log` before it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from regulars.engines.duckdb import Warehouse, parquet
from regulars.intake.events.met import engine_of
from regulars.intake.events.sums import Sums
from regulars.intake.identity.ids import Identity
from regulars.intake.identity.link import prepare
from regulars.intake.ids_log import SCHEMA, append_ids, read_ids
from regulars.intake.landing import Landing

FOLDER = "ids"
_SUMS = "hash(namespace, identity) AS first, hash(namespace, '+' || identity) AS second"
_REMEMBERED = 1 << 18
"""So many ids are kept at hand as text."""


class LiveNumbers:
    """Customer numbers by (namespace, identity) beside a server."""

    def __init__(self, warehouse: Warehouse, landing: Landing, cache: Path) -> None:
        self._warehouse, self._landing = warehouse, landing
        self._sums = Sums(cache / FOLDER, f"ids {engine_of(warehouse)}", numbered=True)
        self._remembered: dict[Identity, int] = {}
        self._read = 0
        self._next = 1
        self._uncommitted = self._missing(read_ids(landing.folder))
        self.refresh()

    def refresh(self) -> None:
        """Take in what imports have numbered since; under landing's lock."""
        entries = self._landing.entries()
        if entries and len(entries) == self._read:
            return
        if self._read == 0:
            logged = read_ids(self._landing.folder)
            highest = max(logged["customer_id"].to_pylist(), default=0)
            paths = self._landing.segments("ids")
            if paths:
                found = self._warehouse.sql(f"SELECT max(customer_id) AS n FROM {parquet(paths)}")[
                    "n"
                ][0].as_py()
                highest = max(highest, found or 0)
            self._next = highest + 1
            if self._sums.covered > len(entries):  # landing is an older copy
                self._sums.clear()
            self._add(logged)
            self._read = self._sums.covered
        for entry in entries[self._read :]:
            for segment in entry.segments:
                if segment.kind != "ids":
                    continue
                path = self._landing.folder / segment.path
                self._add_segment(path, segment.rows)
        self._read = len(entries)
        self._sums.keep(self._read)

    def _add_segment(self, path: Path, rows: int) -> None:
        step = 1 << 20
        for start in range(0, rows, step):
            told = self._warehouse.sql(
                f"SELECT {_SUMS}, customer_id FROM {parquet([path], ', file_row_number = true')}"
                f" WHERE file_row_number >= {start} AND file_row_number < {start + step}"
            )
            numbers = told["customer_id"].to_numpy()
            self._sums.add(told["first"].to_numpy(), told["second"].to_numpy(), numbers)
            self._next = max(self._next, int(numbers.max(initial=0)) + 1)
            self._sums.keep(self._sums.covered)

    def _add(self, ids: pa.Table) -> None:
        if ids.num_rows:
            told = self._hashed(ids)
            self._sums.add(
                told["first"].to_numpy(), told["second"].to_numpy(), ids["customer_id"].to_numpy()
            )

    def _hashed(self, ids: pa.Table) -> pa.Table:
        self._warehouse.register("_ids", ids)
        try:
            return self._warehouse.sql(f"SELECT {_SUMS} FROM _ids")
        finally:
            self._warehouse.unregister("_ids")

    def _missing(self, given: pa.Table) -> pa.Table:
        """Those of the numbers that are not among the warehouse's `identities`."""
        if not given.num_rows:
            return given
        prepare(self._warehouse)
        self._warehouse.register("_given_ids", given)
        try:
            return self._warehouse.sql(
                f"SELECT {', '.join(SCHEMA.names)} FROM _given_ids"
                " ANTI JOIN identities USING (customer_id)"
            ).cast(SCHEMA)
        finally:
            self._warehouse.unregister("_given_ids")

    def committed(self) -> None:
        """The numbers that came back as new stand in the warehouse."""
        self._uncommitted = SCHEMA.empty_table()

    def is_given(self, number: int) -> bool:
        """Whether somebody has this number; to be called under landing's lock."""
        return 1 <= number < self._next

    def merge(self) -> bool:
        """Merge some of what is in the cache; may be done in another thread."""
        return self._sums.merge()

    def of(self, ids: Sequence[Identity]) -> tuple[dict[Identity, int], pa.Table]:
        """The numbers of the ids, and those (as in a segment `ids`) that are new.

        To be called under landing's lock. New numbers are durable when they come back, and hold
        whatever becomes of the message that brought them. They come back as new until they are
        `committed`: those of a batch that broke off, or of a killed process, with the next one.
        """
        if len(self._remembered) > _REMEMBERED:
            self._remembered.clear()
        known = self._remembered
        asked = list(dict.fromkeys(one for one in ids if one not in known))
        self._uncommitted = self._missing(self._uncommitted)
        if not asked:
            return known, self._uncommitted
        told = self._hashed(_table(asked))
        first, second = told["first"].to_numpy(), told["second"].to_numpy()
        numbers = self._sums.find(first, second)
        is_new = numbers < 0
        count = int(is_new.sum())
        new = SCHEMA.empty_table()
        if count:
            given = np.arange(self._next, self._next + count)
            numbers[is_new] = given
            rows = [
                (*asked[place], int(number))
                for place, number in zip(np.flatnonzero(is_new).tolist(), given, strict=True)
            ]
            append_ids(self._landing.folder, rows)
            self._next += count
            self._sums.add(first[is_new], second[is_new], given)
            new = pa.table([list(one) for one in zip(*rows, strict=True)], schema=SCHEMA)
        known.update(zip(asked, numbers.tolist(), strict=True))
        self._uncommitted = pa.concat_tables([self._uncommitted, new])
        return known, self._uncommitted


def _table(ids: Sequence[Identity]) -> pa.Table:
    return pa.table(
        {
            "namespace": pa.array([one for one, _ in ids], pa.string()),
            "identity": pa.array([two for _, two in ids], pa.string()),
        }
    )
