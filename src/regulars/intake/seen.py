"""Rows of earlier imports known again by their cells, so that reading them again costs little.

A fingerprint of 128 bits over the cells that a source takes is kept in `cache/` beside landing, one
file an import. A row whose fingerprint is known has been normalised, numbered and landed before; it
is passed by and counted as seen. The cache is no truth: without it, or if anything that decides
what a row becomes has changed (layout, settings, our rules, the engine's hash), every row goes the
long way with the same result.

That the result is the same rests on this. What a record is, and which of several equal ones, is
decided among the rows of one place (one order, product, customer or day). A place is passed by only
if its rows in this file are exactly those of one earlier import, all of which that import landed;
the long way would then give the same keys, counts and states, all of them seen. Of any other place,
rows that are known are taken out of landing and go the long way from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.engines.duckdb import Warehouse, WarehouseError, literal
from regulars.intake import digest
from regulars.intake.cells import Locale
from regulars.intake.files.sheet import LINE
from regulars.intake.landing import Entry, Landing
from regulars.intake.recognise import Bound
from regulars.intake.staging import Stage
from regulars.intake.vault import Vault

PRINT = ("_print", "_print2")
"""The columns of a stage that carry the fingerprint of the row."""

FAST = "seen_fast"
"""The table of rows passed by: import_no and line of what they are in landing."""

_RULES = ("cells", "digest", "fill_down", "identity", "normalise", "personal", "seen", "staging")

_MOST = 5_000_000
"""Rows whose fingerprints are held at hand, those of the latest imports; about 400 MB."""


class Seen:
    """The fingerprints of earlier imports of one layout, and what of a file they know again."""

    def __init__(self, work: Warehouse, landing: Landing, salt: str, bound: Bound) -> None:
        self._work, self._salt = work, salt
        self._folder = landing.folder.parent / "cache"
        self._columns = ", ".join(
            f'"{name.replace(chr(34), chr(34) * 2)}"' for name in _taken(bound)
        )
        self._place = f"hash({literal(salt)}, {digest.PLACE[bound.source.record]})"
        self._cache = self._load(landing.entries())
        order = np.argsort(self._cache["print"].to_numpy(), kind="stable")
        self._cache = self._cache.take(pa.array(order))
        self._first = self._cache["print"].to_numpy()
        self._second = self._cache["print2"].to_numpy()
        # Equal rows of one file cannot be told apart by their cells; they go the long way.
        self._usable = self._cache["landed"].to_numpy().copy()
        twin = self._first[1:] == self._first[:-1]
        self._usable[1:][twin] = self._usable[:-1][twin] = False
        self._hits: list[pa.Table] = []
        self.passed_by = 0

    def _load(self, entries: Sequence[Entry]) -> pa.Table:
        parts: list[pa.Table] = []
        rows = 0
        for entry in reversed(entries):
            path = self._folder / f"{entry.number:06d}.parquet"
            if not path.exists():
                continue
            try:
                told = pq.read_schema(path).metadata or {}
                if (told.get(b"salt"), told.get(b"segments")) != (
                    _shown(self._salt).encode(),
                    _sums(entry).encode(),
                ):
                    continue
                part = pq.read_table(path).cast(_NOTHING.drop_columns(["import_no"]).schema)
            except (pa.ArrowException, OSError):  # half a file: as good as none
                continue
            rows += part.num_rows
            if rows > _MOST:
                break
            number = pa.array(np.full(part.num_rows, entry.number, np.int32))
            parts.append(part.append_column("import_no", number))
        return pa.concat_tables(parts).combine_chunks() if parts else _NOTHING

    def unknown(self, raw: pa.Table) -> tuple[pa.Table, pa.Table]:
        """The rows that are not known, and their fingerprints; the others are noted."""
        self._work.register("_raw", raw)
        salts = (literal(self._salt), literal(f"{self._salt}2"))
        sums = ", ".join(
            f"hash({salt}, {self._columns}) AS {name}"
            for salt, name in zip(salts, PRINT, strict=True)
        )
        prints = self._work.sql(f'SELECT "{LINE}", {sums} FROM _raw')
        self._work.unregister("_raw")
        if not len(self._first):
            return raw, prints
        first, second = (prints[name].to_numpy() for name in PRINT)
        order = np.argsort(first)  # in order, the look-up stays in the processor's caches
        place = np.empty(len(first), np.int64)
        place[order] = np.searchsorted(self._first, first[order])
        place[place == len(self._first)] = 0
        known = (
            (self._first[place] == first) & (self._second[place] == second) & self._usable[place]
        )
        # The same row once more is another one.
        chosen = np.flatnonzero(known)
        _, once = np.unique(place[chosen], return_index=True)
        known[:] = False
        known[chosen[once]] = True
        self._usable[place[known]] = False
        if not known.any():
            return raw, prints
        told = self._cache.take(pa.array(place[known])).select(["import_no", "line", "place"])
        self._hits.append(told.append_column(LINE, prints[LINE].filter(pa.array(known))))
        fresh = pa.array(~known)
        return raw.filter(fresh), prints.filter(fresh)

    def settle(self, stage: Stage, landing: Landing) -> None:
        """Decide what is passed by; the other known rows go to the stage."""
        if not self._hits:
            self._work.execute(f"CREATE TABLE {FAST} (import_no INTEGER, line BIGINT)")
            return
        self._work.register("_hits", pa.concat_tables(self._hits))
        self._work.register("_cache", self._cache.select(["import_no", "place"]))
        slow = f"SELECT {self._place} AS place FROM {stage.places}"
        self._work.execute(
            f"""
            CREATE TABLE seen_slow AS
            WITH here AS (SELECT place, import_no, count(*) AS rows FROM _hits GROUP BY ALL),
            there AS (SELECT place, import_no, count(*) AS rows FROM _cache GROUP BY ALL),
            wholly AS (
                SELECT place FROM here JOIN there USING (place, import_no, rows)
                GROUP BY place HAVING count(*) = 1
            ),
            several AS (SELECT place FROM here GROUP BY place HAVING count(*) > 1),
            passed AS (
                FROM wholly ANTI JOIN several USING (place) ANTI JOIN ({slow}) USING (place)
            )
            SELECT import_no, line, "{LINE}" FROM _hits ANTI JOIN passed USING (place)
            """
        )
        self._work.execute(
            f"CREATE TABLE {FAST} AS SELECT import_no, line FROM _hits"
            " ANTI JOIN seen_slow USING (import_no, line)"
        )
        for name in ("_hits", "_cache"):
            self._work.unregister(name)
        found = self._work.sql(f"SELECT count(*) AS n FROM {FAST}")
        self.passed_by = int(found["n"][0].as_py())
        if self.passed_by < sum(hit.num_rows for hit in self._hits):
            stage.adopt(landing.segments(str(stage.kind)), "seen_slow")
        self._hits.clear()

    def remember(self, entry: Entry, stage: Stage) -> None:
        """Keep the fingerprints of the rows that this import has landed."""
        if stage.count > _MOST:
            return
        # Rows that came out of landing have theirs in the cache of an earlier import; here they
        # only count among those of their place.
        told = (
            f"""
            SELECT coalesce({PRINT[0]}, 0::UBIGINT) AS print,
                   coalesce({PRINT[1]}, 0::UBIGINT) AS print2,
                   "{LINE}" AS line, {self._place} AS place,
                   {PRINT[0]} IS NOT NULL AND fresh.row_no IS NOT NULL AS landed
            FROM {stage.rows} LEFT JOIN (SELECT row_no FROM {stage.fresh}) fresh USING (row_no)
            """
            if stage.has_seen
            else f"""
            SELECT {PRINT[0]} AS print, {PRINT[1]} AS print2, "{LINE}" AS line,
                   {self._place} AS place, true AS landed
            FROM {stage.rows}
            """
        )
        path = self._folder / f"{entry.number:06d}.parquet"
        aside = path.with_suffix(".aside")
        # The import is committed by now: a full disk costs time at the next one and nothing else.
        try:
            self._folder.mkdir(exist_ok=True)
            self._work.execute(
                f"COPY ({told}) TO {literal(str(aside))} (FORMAT parquet, COMPRESSION zstd,"
                " COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1, KV_METADATA"
                f" {{salt: {literal(_shown(self._salt))}, segments: {literal(_sums(entry))}}})"
            )
            aside.replace(path)
        except (OSError, WarehouseError):
            with suppress(OSError):
                aside.unlink(missing_ok=True)


_NOTHING = pa.table(
    {
        "print": pa.array([], pa.uint64()),
        "print2": pa.array([], pa.uint64()),
        "line": pa.array([], pa.int64()),
        "place": pa.array([], pa.uint64()),
        "landed": pa.array([], pa.bool_()),
        "import_no": pa.array([], pa.int32()),
    }
)


def may_pass_by(bound: Bound) -> bool:
    """Whether a row of the source becomes one record; only then can it be passed by alone."""
    return not (bound.also or bound.source.unpack or bound.source.where)


def salt_of(bound: Bound, locale: Locale, schema: pa.Schema, vault: Vault, work: Warehouse) -> str:
    """A sum of all that decides what a row becomes; it also keeps fingerprints from being guessed.

    Args:
        bound: the source and the headers that it takes.
        locale: how cells are understood.
        schema: what the file holds in its columns (Parquet keeps types).
        vault: whose look-up key nobody else has.
        work: the engine whose hash is used.
    """
    rules = hashlib.sha256()
    for name in _RULES:
        rules.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    parts = [
        repr(_plain(bound)),
        repr(locale),
        repr([(name, str(schema.field(name).type)) for name in _taken(bound)]),
        str(work.sql("SELECT version() AS v")["v"][0].as_py()),
        rules.hexdigest(),
    ]
    return vault.lookup("fingerprint", "\x1f".join(parts))


def _plain(bound: Bound) -> Bound:
    """The bound source without what is printed otherwise each time, or does not matter."""
    source = replace(bound.source, content=None)
    return replace(bound, source=source, ignored=())


def _taken(bound: Bound) -> list[str]:
    return ["line"] if bound.source.split else sorted(bound.taken)


def _shown(salt: str) -> str:
    """What may lie in the open: with the salt itself, the cells of a row could be guessed."""
    return hashlib.sha256(salt.encode()).hexdigest()


def _sums(entry: Entry) -> str:
    return " ".join(segment.sha256 for segment in entry.segments)
