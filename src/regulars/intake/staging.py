"""The records of one kind that an import has read: staged, compared with landing, written.

A stage is a table of the import's working database, which spills to disk; personal fields are set
aside, encrypted. Compared with what landing holds (see `digest`), a record is new, tells something
new of what is known, or was seen before. Only what tells records apart goes through the joins, and
only what is new is sealed and written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from regulars.engines.duckdb import Warehouse, literal
from regulars.intake import digest
from regulars.intake.files.sheet import LINE
from regulars.intake.landed import landed, told_columns
from regulars.intake.records import COUNTED, PEOPLED, Kind
from regulars.intake.set_aside import SetAside
from regulars.intake.source import Source
from regulars.intake.vault import Vault
from regulars.kernel.clock import EPOCH

_OWN_TIME = {
    Kind.CUSTOMER: "registered_at",
    Kind.PRODUCT: "NULL::TIMESTAMPTZ",
    Kind.PAYMENT: "paid_at",
    Kind.SPEND: "day::TIMESTAMPTZ",
}
"""The time from which a record counts on its first import; `placed_at` for orders and lines."""

_PARQUET = (
    "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1,"
    " DICTIONARY_SIZE_LIMIT 1000"
)
"""Building large dictionaries takes half of the time and saves a tenth of the bytes."""

_REMEMBERED = 100_000
"""So many sealed values are kept at hand."""

_FEW = 4
"""Where a file has so many times fewer records than landing, landing is looked through for them."""


class Stage:
    """The staged records of one kind.

    Args:
        work: the import's working database.
        source: what the records are of (one of a row's records, see `Source.also`).
        aside: where personal fields wait.
        once: whether equal records of the file are one thing told several times, as an order is by
            each of its lines; otherwise they are things in their own right.
    """

    def __init__(self, work: Warehouse, source: Source, aside: SetAside, *, once: bool) -> None:
        self._work, self.source, self.kind, self.once = work, source, source.record, once
        self._aside = aside
        self._told = told_columns(self.kind)
        self.rows = f"rows_{self.kind}"
        """The table: row_no, _line and the columns that hold anything."""
        self.name = f"stage_{self.kind}"
        """A view of it with all columns."""
        self.fresh = f"fresh_{self.kind}"
        """Of each new record: row_no, _line, occurrence, is_known, is_first."""
        self._held: list[str] = []
        self._adopted = False
        self.count = 0
        """How many records are staged."""
        self.is_sealed = False
        """Whether anything personal is, or will be, sealed in them."""
        self._copies = 0
        self._repeats = 0
        self.has_seen = False
        """Whether landing held anything of this kind before."""
        work.execute(f'CREATE TABLE {self.rows} (row_no BIGINT, "{LINE}" BIGINT)')

    def put(self, records: pa.Table, personal: Sequence[str] = ()) -> None:
        """Add records with their lines.

        Args:
            records: protected and numbered.
            personal: the columns that are to be sealed, if their record stays.
        """
        if not records.num_rows:
            return
        numbers = pa.array(np.arange(self.count, self.count + records.num_rows), pa.int64())
        self.count += records.num_rows
        records = records.append_column("row_no", numbers)
        if personal:
            self._aside.put(records.select(["row_no", "customer_id", *personal]))
            self.is_sealed = True
        there = set(records.column_names)
        filled = [
            name
            for name in self._told
            if name in there and records[name].null_count < records.num_rows
        ]
        self._hold(filled)
        kept = records.select(["row_no", LINE, *filled])
        self._work.register("_records", kept)
        self._work.execute(f"INSERT INTO {self.rows} BY NAME FROM _records")
        self._work.unregister("_records")

    def _hold(self, columns: Sequence[str]) -> None:
        for name in columns:
            if name not in self._held:
                self._work.execute(f"ALTER TABLE {self.rows} ADD COLUMN {name} {self._told[name]}")
                self._held.append(name)

    @property
    def places(self) -> str:
        """The SQL of what makes the places (`digest.PLACE`) of what is staged so far."""
        columns = digest.PLACE_COLUMNS[self.kind]
        told = ", ".join(
            name if name in self._held else f"NULL::{self._told[name]} AS {name}"
            for name in columns
        )
        nothing = "" if any(name in self._held for name in columns) else " LIMIT 0"
        return f"(SELECT {told} FROM {self.rows}{nothing})"

    def adopt(self, records: str, lines: pa.Table) -> None:
        """Take records out of landing and stage them, as if they had been normalised anew.

        Args:
            records: the SQL of what landing holds (see `landed`).
            lines: import_no and line in landing, and `_line` in this file.
        """
        sealed = ", sealed" if self.kind in PEOPLED else ""
        adopted = f"adopted_{self.kind}"
        self._work.register("_lines", lines)
        self._work.execute(
            f'CREATE TABLE {adopted} AS SELECT "{LINE}", {", ".join(self._told)}{sealed}'
            f" FROM {records} JOIN _lines USING (import_no, line)"
        )
        self._work.unregister("_lines")
        names = [*self._told, "sealed"] if sealed else self._told
        counts = ", ".join(f"count({name}) AS {name}" for name in names)
        (found,) = self._work.sql(f"SELECT {counts}, count(*) AS _rows FROM {adopted}").to_pylist()
        filled = [name for name in self._told if found[name]]
        self._hold(filled)
        columns = "".join(f", {name}" for name in filled)
        self._work.execute(
            f"INSERT INTO {self.rows} BY NAME"
            f' SELECT {self.count} + rowid AS row_no, "{LINE}"{columns} FROM {adopted}'
        )
        if sealed and found["sealed"]:
            self._adopted = self.is_sealed = True
            self._work.execute(
                f"CREATE TABLE sealed_before_{self.kind} AS"
                f" SELECT {self.count} + rowid AS row_no, sealed FROM {adopted}"
                " WHERE sealed IS NOT NULL"
            )
        self._work.execute(f"DROP TABLE {adopted}")
        self.count += found["_rows"]

    def compare(self, seen: Sequence[Path]) -> None:
        """Find the records that are new, and among them those whose thing is known."""
        self._view()
        self.has_seen = bool(seen)
        known = landed(seen, self.kind)
        counted = self.kind in COUNTED and not self.once
        state = f", {digest.state_of(self.kind)} AS state" if seen or not counted else ""
        self._work.execute(
            f"CREATE TABLE slim_{self.kind} AS"
            f' SELECT row_no, "{LINE}", {digest.key_of(self.kind)} AS key{state} FROM {self.name}'
        )
        self._count_equal_ones(counted=counted)
        nth, first, again = "1::BIGINT", "true", ""
        if self._copies:
            again = f"LEFT JOIN again_{self.kind} again USING (row_no)"
            if self.once:
                first = "again.nth IS NULL"
            else:
                nth = "coalesce(again.nth, 1)"
        rows = f"keyed_{self.kind}"
        slim = f"slim_{self.kind}"
        if self._repeats:
            slim = f"(FROM {slim} ANTI JOIN repeats_{self.kind} USING (row_no))"
        self._work.execute(
            f"CREATE VIEW {rows} AS SELECT slim.*, {nth} AS occurrence, {first} AS is_first"
            f" FROM {slim} slim {again}"
        )
        if not seen:
            self._work.execute(
                f'CREATE VIEW {self.fresh} AS SELECT row_no, "{LINE}", occurrence, is_first,'
                f" false AS is_known FROM {rows}"
            )
            return
        place = digest.PLACE[self.kind]
        there = self._work.sql(f"SELECT count(*) AS n FROM {known}")["n"][0].as_py()
        if there > _FEW * self.count:
            known = f"(FROM {known} WHERE {place} IN (SELECT {place} FROM {self.name}))"
        # An entity is a key, for what is told apart by counting a key and its occurrence.
        entity = "key, occurrence" if self.kind in COUNTED else "key"
        self._work.execute(
            f"CREATE TABLE seen_{self.kind} AS SELECT {digest.key_of(self.kind)} AS key,"
            f" {digest.state_of(self.kind)} AS state, occurrence, import_no, line FROM {known}"
        )
        self._work.execute(
            f"""
            CREATE TABLE {self.fresh} AS
            WITH fresh AS MATERIALIZED (
                FROM {rows} rows ANTI JOIN seen_{self.kind} USING (key, occurrence, state)
            ),
            known AS (SELECT row_no FROM fresh SEMI JOIN seen_{self.kind} USING ({entity}))
            SELECT row_no, "{LINE}", occurrence, is_first, known.row_no IS NOT NULL AS is_known
            FROM fresh LEFT JOIN known USING (row_no)
            """
        )

    def _view(self) -> None:
        """All columns of the kind over those that hold anything."""
        columns = ", ".join(
            name if name in self._held else f"NULL::{told} AS {name}"
            for name, told in self._told.items()
        )
        self._work.execute(
            f'CREATE VIEW {self.name} AS SELECT row_no, "{LINE}",'
            f" {literal(self.source.platform)} AS platform,"
            f" {literal(digest.layout_of(self.source))} AS layout, {columns} FROM {self.rows}"
        )

    def _count_equal_ones(self, *, counted: bool) -> None:
        """The second and further ones of equal records of the file: row_no, nth, first_line."""
        slim, apart = f"slim_{self.kind}", "key" if counted else "key, state"
        # Few records are equal to another one, and the window sees those only. In the order of
        # lines: records that came out of landing were staged last, wherever they stand.
        several = f"(SELECT {apart} FROM {slim} GROUP BY ALL HAVING count(*) > 1)"
        window = ""
        if counted:
            within = "key"
            if self.kind is Kind.LINE:
                within = "key, CASE WHEN line_id IS NOT NULL THEN rank END"
            order = f'rank, "{LINE}", row_no'
            rank = digest.rank_of(self.kind)
            if self.kind is Kind.EVENT:  # equal in all, or one and the same
                rank = "NULL"
            nth = f"row_number() OVER (PARTITION BY {within} ORDER BY {order}) AS nth"
            line_id = ", line_id" if self.kind is Kind.LINE else ""
            equal = f"""(
                SELECT row_no, "{LINE}", key, {rank} AS rank{line_id}
                FROM {self.name} JOIN (FROM {slim} SEMI JOIN {several} USING (key))
                USING (row_no, "{LINE}"))"""
        else:
            nth = f'row_number() OVER same AS nth, first("{LINE}") OVER same AS first_line'
            equal = f"(FROM {slim} SEMI JOIN {several} USING (key, state))"
            window = f' WINDOW same AS (PARTITION BY key, state ORDER BY "{LINE}", row_no)'
        self._work.execute(
            f"CREATE TABLE again_{self.kind} AS"
            f" FROM (SELECT row_no, {nth} FROM {equal}{window}) WHERE nth > 1"
        )
        found = self._work.sql(f"SELECT count(*) AS n FROM again_{self.kind}")
        self._copies = found["n"][0].as_py()
        if self.kind is Kind.EVENT and self._copies:
            self._tell_repeats()

    def _tell_repeats(self) -> None:
        """Of equal events those with a message number are one event, told again."""
        numbered = f"(FROM {self.name} WHERE message_id IS NOT NULL)"
        self._work.execute(
            f"CREATE TABLE repeats_{self.kind} AS"
            f" SELECT row_no FROM again_{self.kind} SEMI JOIN {numbered} USING (row_no)"
        )
        self._work.execute(
            f"DELETE FROM again_{self.kind}"
            f" WHERE row_no IN (SELECT row_no FROM repeats_{self.kind})"
        )
        found = self._work.sql(f"SELECT count(*) AS n FROM repeats_{self.kind}")
        self._repeats = found["n"][0].as_py()
        self._copies -= self._repeats

    @property
    def told(self) -> str:
        """The SQL of the file's records, each thing once."""
        if self._repeats:
            return f"(FROM {self.name} ANTI JOIN repeats_{self.kind} USING (row_no))"
        if self.once and self._copies:
            return f"(FROM {self.name} ANTI JOIN again_{self.kind} USING (row_no))"
        return self.name

    def _landing(self) -> str:
        """The SQL of the records to be landed, with occurrence and is_known."""
        if self.has_seen:
            return f'{self.name} JOIN (FROM {self.fresh} WHERE is_first) USING (row_no, "{LINE}")'
        if self._copies and not self.once:
            return (
                f"(SELECT stage.*, coalesce(nth, 1) AS occurrence, false AS is_known"
                f" FROM {self.told} stage LEFT JOIN again_{self.kind} USING (row_no))"
            )
        return f"(SELECT *, 1::BIGINT AS occurrence, false AS is_known FROM {self.told})"

    def new(self) -> int:
        """How many records would be landed."""
        found = self._work.sql(f"SELECT count(*) AS n FROM {self.fresh} WHERE is_first")
        return int(found["n"][0].as_py())

    def seal(self, vault: Vault) -> None:
        """Seal the personal fields of the new records under the keys of their customers."""
        self._work.execute(f"CREATE TABLE sealed_{self.kind} (row_no BIGINT, sealed BLOB)")
        done: dict[tuple[object, ...], bytes] = {}
        for table in self._aside.tables():
            self._work.register("_aside", table)
            # A guest is nobody whom the shop could ever write to: nothing personal is kept.
            new = self._work.sql(
                f"FROM _aside SEMI JOIN (FROM {self.fresh} WHERE is_first) USING (row_no)"
                " WHERE customer_id IS NOT NULL ORDER BY row_no"
            )
            self._work.unregister("_aside")
            names = [name for name in table.column_names if name not in ("row_no", "customer_id")]
            cells = list(
                zip(*(new[name].to_pylist() for name in ("customer_id", *names)), strict=True)
            )
            # What a customer's rows say again is sealed once.
            wanted = [cell for cell in dict.fromkeys(cells) if cell not in done and any(cell[1:])]
            items = [
                (f"c:{cell[0]}", {k: v for k, v in zip(names, cell[1:], strict=True) if v})
                for cell in wanted
            ]
            done.update(zip(wanted, vault.seal(items), strict=True))
            self._work.register(
                "_sealed",
                pa.table(
                    {
                        "row_no": new["row_no"],
                        "sealed": pa.array([done.get(cell) for cell in cells], pa.binary()),
                    }
                ),
            )
            self._work.execute(f"INSERT INTO sealed_{self.kind} FROM _sealed")
            self._work.unregister("_sealed")
            if len(done) > _REMEMBERED:
                done.clear()
        if self._adopted:
            self._work.execute(
                f"INSERT INTO sealed_{self.kind} FROM sealed_before_{self.kind}"
                f" SEMI JOIN (FROM {self.fresh} WHERE is_first) USING (row_no)"
            )

    def write(self, path: Path, number: int, at: datetime) -> None:
        """Write the new records to a segment of landing (`seal` first)."""
        kind = self.kind
        now = f"TIMESTAMPTZ '{at.isoformat()}'"
        own = f"coalesce({_OWN_TIME.get(kind, 'placed_at')}, TIMESTAMPTZ '{EPOCH}')"
        change = f"coalesce(updated_at, {now})" if "updated_at" in self._told else now
        if kind in (Kind.ORDER, Kind.LINE):
            change = f"coalesce(updated_at, closed_at, {now})"
        elif self.source.live and kind in (Kind.CUSTOMER, Kind.PRODUCT):
            own = change
        joined = self._landing()
        if self.is_sealed:
            joined += f" LEFT JOIN sealed_{kind} USING (row_no)"
        columns = {
            "import_no": f"{number}::INTEGER",
            "line": f'"{LINE}"',
            "occurrence": "occurrence",
            "platform": "platform",
            "stands_alone": "true" if self.source.stands_alone else "false",
            "known_at": f"CASE WHEN is_known THEN greatest({change}, {own}) ELSE {own} END",
        }
        if kind is Kind.CUSTOMER:
            columns["layout"] = "layout"
        if kind is Kind.LINE:
            columns["in_brief"] = "true" if self.source.unpack else "false"
        if kind in (Kind.ORDER, Kind.LINE):
            columns["closing_at"] = (
                "CASE WHEN status = 'cancelled' OR refunded > 0"
                " THEN coalesce(closed_at, updated_at) END"
            )
        if self.is_sealed:
            columns["sealed"] = "sealed"
        # What is null throughout need not be written, see `landed`.
        columns |= {name: name for name in self._told if name in self._held}
        told = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        self._work.execute(
            f"COPY (SELECT {told} FROM {joined}) TO {literal(str(path))} ({_PARQUET})"
        )

    def latest(self) -> str | None:
        """The latest instant of which the new records know themselves (ISO 8601)."""
        # Times of their own only: that a change came in today does not make today a day of data.
        found = self._work.sql(
            "SELECT greatest(max(placed_at), max(paid_at), max(closed_at), max(updated_at)) AS t"
            f" FROM {self._landing()}"
        )["t"][0].as_py()
        return None if found is None else str(found.isoformat())

    def whereabouts(self, place: str, number: int) -> pa.Table:
        """Where landing has each record, after the new ones have been written to it.

        Comes back: `_line` and `place`; and, unless all are new and landed under their own line,
        `import_no` and `line` in landing, and `there`: how many records landing has under these,
        null for those of this import.

        Args:
            place: the SQL of the record's place.
            number: of this import.
        """
        copies = self.once and bool(self._copies)
        if not self.has_seen and not copies:
            return self._work.sql(f'SELECT "{LINE}", {place} AS place FROM {self.told}')
        line = f'coalesce(first_line, rows."{LINE}")' if copies else f'rows."{LINE}"'
        again = f"LEFT JOIN again_{self.kind} USING (row_no)" if copies else ""
        new = f"""SELECT rows."{LINE}", {place} AS place, {number}::INTEGER AS import_no,
                         {line} AS line, NULL::BIGINT AS there FROM {self.name} rows {again}"""
        if not self.has_seen:
            return self._work.sql(new)
        return self._work.sql(
            f"""
            WITH old AS (
                SELECT row_no, any_value(import_no) AS import_no, any_value(line) AS line
                FROM keyed_{self.kind} ANTI JOIN {self.fresh} USING (row_no)
                JOIN seen_{self.kind} USING (key, occurrence, state) GROUP BY row_no
            ),
            held AS (
                SELECT import_no, line, count(*) AS there
                FROM seen_{self.kind} SEMI JOIN old USING (import_no, line) GROUP BY ALL
            )
            {new} SEMI JOIN {self.fresh} USING (row_no)
            UNION ALL
            SELECT rows."{LINE}", {place} AS place, old.import_no, old.line, there
            FROM {self.name} rows JOIN old USING (row_no) JOIN held USING (import_no, line)
            """
        )
