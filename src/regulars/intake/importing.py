"""One file into landing: read, normalise, protect, number, compare with what is known, commit.

Chunks pass through a working database that spills to disk, so memory stays near the engine's limit
(rejected rows are held until the end). Nothing lasts until the commit, so an import can be stopped
at any moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from regulars.engines.duckdb import Warehouse, literal, parquet
from regulars.errors import AccountingBroken, Where
from regulars.intake import digest
from regulars.intake.identity import IdMap
from regulars.intake.landing import Draft, Entry, Landing
from regulars.intake.normalise import Reject, normalise, texts_of
from regulars.intake.personal import Protected, protect
from regulars.intake.reading import Malformed, Progress, chunks
from regulars.intake.recognise import Bound, recognise
from regulars.intake.records import Kind, columns_of
from regulars.intake.rejects import quarantine
from regulars.intake.report import FileReport
from regulars.intake.sheet import look
from regulars.intake.source import FileKind, Source
from regulars.intake.totals import totals
from regulars.intake.vault import Vault
from regulars.kernel.clock import EPOCH
from regulars.settings import Settings


@dataclass(frozen=True, slots=True)
class Request:
    """Which file, and what the user says of it."""

    path: Path
    sources: Sequence[Source]
    name: str | None = None
    kind: FileKind | None = None


def import_file(
    request: Request,
    landing: Landing,
    vault: Vault,
    settings: Settings,
    progress: Progress | None = None,
) -> FileReport:
    """Take one file in; when the report comes back, what it counts as accepted is durable.

    Raises:
        UnreadableFile, UnknownLayout: nothing was taken in.
        HomeBusy: another import is under way.
    """
    sheet, bound = recognise(
        look(request.path), request.sources, name=request.name, kind=request.kind
    )
    with landing.importing() as draft, Warehouse.in_memory(settings.engine) as work:
        work.execute(f"SET temp_directory = {literal(str(draft.folder / 'spill'))}")
        intake = _Intake(bound, draft, landing, vault, settings, work)
        for chunk in chunks(sheet, progress):
            intake.take(chunk.table, chunk.malformed)
        return intake.finish(str(request.path), sheet.encoding)


class _Intake:
    """The state of one import."""

    def __init__(
        self,
        bound: Bound,
        draft: Draft,
        landing: Landing,
        vault: Vault,
        settings: Settings,
        work: Warehouse,
    ) -> None:
        self.bound, self.source, self.kind = bound, bound.source, bound.source.record
        self.draft, self.landing, self.vault, self.work = draft, landing, vault, work
        self.settings = settings
        self.ids = IdMap(work, landing.segments("ids"))
        self.rejects: list[Reject] = []
        self.malformed: list[Malformed] = []
        self.read = 0
        self._staged = False

    def take(self, table: pa.Table, malformed: list[Malformed]) -> None:
        """One chunk through to the stage."""
        self.read += table.num_rows + len(malformed)
        self.malformed += malformed
        if not table.num_rows and self._staged:
            return
        normalised = normalise(
            self.work,
            self.bound,
            table,
            self.settings.shop.time_zone,
            self.settings.shop.currency,
        )
        self.rejects += normalised.rejects
        protected = protect(normalised.records, self.bound, self.vault)
        records = protected.records
        if self.kind is Kind.CUSTOMER:
            records, protected = self._without_nobodies(records, protected, table)
        if self.kind is not Kind.PRODUCT:
            records = self.ids.resolve(records)
            records = records.append_column("sealed", self._seal(records, protected.to_seal))
        self._stage(records)

    def _without_nobodies(
        self, records: pa.Table, protected: Protected, raw: pa.Table
    ) -> tuple[pa.Table, Protected]:
        """Customers of whom only a masked phone is left cannot be known again."""
        nobody = pc.is_null(records["identity"])
        if not pc.any(nobody).as_py():
            return records, protected
        lines = set(records["_line"].filter(nobody).to_pylist())
        for cells in raw.filter(pc.is_in(raw["_line"], pa.array(lines, pa.int64()))).to_pylist():
            line = cells.pop("_line")
            self.rejects.append(Reject(line, "", "", "no_identity", True, texts_of(cells)))
        kept = pc.invert(nobody)
        to_seal = protected.to_seal and [
            fields for fields, keep in zip(protected.to_seal, kept.to_pylist(), strict=True) if keep
        ]
        records = records.filter(kept)
        return records, Protected(records, to_seal)

    def _seal(self, records: pa.Table, to_seal: list[dict[str, str]] | None) -> pa.Array:
        rows = records.num_rows
        if to_seal is None:
            return pa.nulls(rows, pa.binary())
        sealed: list[bytes | None] = [None] * rows
        # A guest is nobody whom the shop could ever write to: nothing personal is kept.
        customers = records["customer_id"].to_pylist()
        chosen = [index for index in range(rows) if to_seal[index] and customers[index] is not None]
        items = [(f"c:{customers[index]}", to_seal[index]) for index in chosen]
        for index, value in zip(chosen, self.vault.seal(items), strict=True):
            sealed[index] = value
        return pa.array(sealed, pa.binary())

    def _stage(self, records: pa.Table) -> None:
        empty = [name for name in records.column_names if records[name].null_count == len(records)]
        self.work.register("_records", records)
        verb = "INSERT INTO stage BY NAME" if self._staged else "CREATE TABLE stage AS"
        self.work.execute(
            f"{verb} SELECT *, {digest.key_of(self.source)} AS key,"
            f" {digest.state_of(self.source, empty)} AS state FROM _records"
        )
        self.work.unregister("_records")
        self._staged = True

    def finish(self, file: str, encoding: str) -> FileReport:
        """Compare with what is known, write the segments, commit."""
        if not self._staged:
            self.take(_empty(self.bound), [])
        at = datetime.now(UTC)
        self._compare()
        rejected = len(self.rejects) + len(self.malformed)
        counts = self.work.sql(
            "SELECT count(*) AS n, count(*) FILTER (WHERE is_new) AS new,"
            " count(*) FILTER (WHERE is_new AND is_known) AS updated FROM compared"
        ).to_pylist()[0]
        report = FileReport(
            file=file,
            format=self.source.name,
            encoding=encoding,
            kind=self.source.kind,
            rows_read=self.read,
            accepted=counts["new"],
            duplicate=counts["n"] - counts["new"],
            rejected=rejected,
            updated=counts["updated"],
            ignored=list(self.bound.ignored),
            new_customers=self.ids.new(),
            strangers=self._strangers(),
            **totals(self.work, self.source, self.settings.shop),
        )
        if report.accepted + report.duplicate + report.rejected != report.rows_read:
            # Not an assertion: the promise holds in production, and a broken one is not written.
            raise AccountingBroken(
                f"{report.rows_read} rows read, but {report.accepted} accepted,"
                f" {report.duplicate} duplicate and {report.rejected} rejected",
                where=Where(file=file),
                todo="nothing was taken in; please report this as a bug",
            )
        self._commit(report, at)
        return report

    def _compare(self) -> None:
        """Mark each staged row: its occurrence, whether it is new, whether its thing is known."""
        seen = self.landing.segments(str(self.kind))
        self.work.execute(
            "CREATE TEMP VIEW seen AS "
            + (
                f"SELECT key, occurrence, state FROM {parquet(seen)}"
                if seen
                else "SELECT key, 0::BIGINT AS occurrence, state FROM stage LIMIT 0"
            )
        )
        # An entity is a key, for lines without number a key and its occurrence.
        entity = "key, occurrence" if self.kind is Kind.LINE else "key"
        # Only what tells records apart goes through the windows and joins, not their content.
        self.work.execute(
            f"""
            CREATE TABLE compared AS
            WITH slim AS (SELECT _line, key, state, {self._line_id()} AS line_id FROM stage),
            counted AS (
                SELECT _line, key, state, {digest.occurrence_of(self.source)} AS occurrence
                FROM slim
            ),
            told AS (SELECT DISTINCT {entity} FROM seen)
            SELECT counted._line, counted.occurrence, told.key IS NOT NULL AS is_known,
                   again.key IS NULL AS is_new
            FROM counted
            LEFT JOIN told USING ({entity})
            LEFT JOIN (SELECT DISTINCT key, occurrence, state FROM seen) again
              USING (key, occurrence, state)
            """
        )

    def _strangers(self) -> bool:
        return (
            self.kind is Kind.CUSTOMER
            and self.ids.new() > 0
            and self.ids.new()
            == self.work.sql("SELECT count(DISTINCT customer_id) AS n FROM stage")["n"][0].as_py()
            and self.ids.known_elsewhere(self.source.platform) > 0
        )

    def _line_id(self) -> str:
        return "line_id" if self.kind is Kind.LINE else "NULL"

    def _commit(self, report: FileReport, at: datetime) -> Entry | None:
        rows: dict[str, int] = {}
        if report.accepted:
            self._write(self.kind, at)
            rows[str(self.kind)] = report.accepted
            if new_ids := self.ids.write_new(self.draft.path("ids")):
                rows["ids"] = new_ids
        fresh = quarantine(
            self.work,
            self.vault,
            self.landing.segments("rejects"),
            self.draft,
            report.file,
            self.rejects,
            self.malformed,
        )
        if fresh:
            rows["rejects"] = fresh
        if not rows:
            return None
        return self.draft.commit(
            at=at.isoformat(),
            source=self.source.name,
            report=report.as_dict(),
            rows=rows,
            known_until=self._known_until(),
        )

    def _known_until(self) -> str | None:
        if self.kind not in (Kind.ORDER, Kind.LINE):
            return None
        # Times of their own only: that a change came in today does not make today a day of data.
        latest = self.work.sql(
            "SELECT max(greatest(placed_at, paid_at, closed_at, updated_at)) AS t"
            " FROM stage JOIN compared USING (_line) WHERE is_new"
        ).to_pylist()[0]["t"]
        return None if latest is None else latest.isoformat()

    def _write(self, kind: Kind, at: datetime) -> None:
        now = f"TIMESTAMPTZ '{at.isoformat()}'"
        own = {
            Kind.CUSTOMER: f"coalesce(registered_at, TIMESTAMPTZ '{EPOCH}')",
            Kind.PRODUCT: f"TIMESTAMPTZ '{EPOCH}'",
        }.get(kind, f"coalesce(placed_at, TIMESTAMPTZ '{EPOCH}')")
        if kind in (Kind.ORDER, Kind.LINE):
            closing = (
                "CASE WHEN status = 'cancelled' OR refunded > 0"
                " THEN coalesce(closed_at, updated_at) END"
            )
            change = f"coalesce(updated_at, closed_at, {now})"
        else:
            closing, change = "NULL::TIMESTAMPTZ", f"coalesce(updated_at, {now})"
        columns = [
            column.name
            for column in columns_of(kind)
            if not column.personal and column.name != "customer_key"
        ]
        protected = [] if kind is Kind.PRODUCT else [
            "customer_id", "phone_hash", "email_hash", "sealed",
        ]  # fmt: skip
        if kind in (Kind.ORDER, Kind.LINE):
            protected.append("recipient")
        self.work.execute(
            f"""
            CREATE VIEW landed AS
            SELECT {self.draft.number}::INTEGER AS import_no, _line AS line, key, occurrence, state,
                   {literal(self.source.platform)} AS platform,
                   {"true" if self.source.stands_alone else "false"} AS stands_alone,
                   CASE WHEN is_known THEN greatest({change}, {own}) ELSE {own} END AS known_at,
                   {closing} AS closing_at,
                   {", ".join(protected + columns)}
            FROM stage JOIN compared USING (_line) WHERE is_new
            """
        )
        self.work.execute(
            f"COPY landed TO {literal(str(self.draft.path(str(kind))))}"
            " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )


def _empty(bound: Bound) -> pa.Table:
    """No rows under the headers, so that an empty file goes the same way as any other."""
    names = ["line"] if bound.source.split else [*bound.headers.values(), *bound.traits.values()]
    columns: dict[str, Any] = {name: pa.array([], pa.string()) for name in names}
    return pa.table({**columns, "_line": pa.array([], pa.int64())})
