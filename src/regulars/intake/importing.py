"""One file into landing: read, normalise, protect, number, compare with what is known, commit.

Chunks pass through a working database that spills to disk, and rejected rows are sealed and written
as they come, so memory stays near the engine's limit. Nothing lasts until the commit, so an import
can be stopped at any moment. A row is taken in or rejected as a whole, whatever it tells of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from regulars.engines.duckdb import Warehouse, literal
from regulars.errors import AccountingBroken, Where
from regulars.intake.cells import Locale
from regulars.intake.connection import Connection
from regulars.intake.event_logs.facts import ToldFacts
from regulars.intake.event_logs.people import Links, protect_events
from regulars.intake.event_logs.through import Through, ToldThrough
from regulars.intake.files.reading import Chunk, Progress, Unfit, chunks
from regulars.intake.files.sheet import LINE, Sheet
from regulars.intake.fill_down import Filling
from regulars.intake.fingerprint import salt_of
from regulars.intake.id_map import IdMap
from regulars.intake.ids_log import read_ids
from regulars.intake.landing import Draft, Entry, Landing
from regulars.intake.mended import OWN, ROW, is_mending
from regulars.intake.normalise import normalise
from regulars.intake.personal import Protected, protect
from regulars.intake.quarantine import Quarantine
from regulars.intake.recognise import Bound
from regulars.intake.records import PEOPLED, Kind
from regulars.intake.reject import Reject, rows_of
from regulars.intake.rejects import mend
from regulars.intake.report import FileReport
from regulars.intake.seen import Seen, may_pass_by
from regulars.intake.set_aside import SetAside
from regulars.intake.staging import Stage
from regulars.intake.totals import totals
from regulars.intake.vault import Vault
from regulars.settings import Settings

_SHARE = 0.5
"""Of the engine's memory: the other half is for the file's rows on their way there."""


@dataclass(frozen=True, slots=True)
class Request:
    """Which file (or part of an archive or workbook), as it was found, and what it is of."""

    sheet: Sheet
    bound: Bound
    passed_over: tuple[str, ...] = ()
    """Parts of the same archive or workbook that no format recognises."""
    connection: Connection | None = None
    """Through which its messages have come, or come live as well; `bound` is bound to it."""

    @property
    def name(self) -> str:
        """The file's name for people."""
        return self.sheet.part.name


def import_file(
    request: Request,
    landing: Landing,
    vault: Vault,
    settings: Settings,
    progress: Progress | None = None,
) -> FileReport:
    """Take one file in; when the report comes back, what it counts as accepted is durable.

    Raises:
        UnreadableFile: it breaks off, changed since the look at it, or has so many bad rows that it
            must be of another layout; nothing was taken in.
        HomeBusy: another import is under way.
    """
    with (
        landing.importing() as draft,
        Warehouse.in_memory(settings.engine, share=_SHARE) as work,
        Quarantine(work, vault, landing.segments("rejects"), draft, request.name) as rejects,
    ):
        work.execute(f"SET temp_directory = {literal(str(draft.folder / 'spill'))}")
        intake = _Intake(request, draft, landing, vault, settings, work, rejects)
        for chunk in chunks(request.sheet, progress, request.bound.taken):
            intake.take(chunk)
        report = intake.report(request.name)
        report = replace(report, passed_over=list(request.passed_over))
        intake.commit(report)
    if intake.facts.any:
        intake.facts.land(landing, vault, settings)
        report = replace(report, orders=intake.facts.orders)
    return replace(report, mended=intake.mended)


class _Intake:
    """The state of one import."""

    def __init__(
        self,
        request: Request,
        draft: Draft,
        landing: Landing,
        vault: Vault,
        settings: Settings,
        work: Warehouse,
        rejects: Quarantine,
    ) -> None:
        sheet, bound = request.sheet, request.bound
        self.sheet, self.bound, self.source = sheet, bound, bound.source
        self.draft, self.landing, self.vault, self.work = draft, landing, vault, work
        self.settings = settings
        shop = settings.shop
        self.locale = Locale(shop.time_zone, shop.currency, decimal_comma=sheet.delimiter == ";")
        named = landing.segments("customers") if bound.source.key_of_order else ()
        self.ids = IdMap(work, landing.segments("ids"), named, read_ids(landing.folder))
        several = bool(bound.also)
        self.parts = [
            (
                part,
                Stage(
                    work,
                    part.source,
                    SetAside(draft.folder, str(part.source.record)),
                    once=several and part.source.record is Kind.ORDER,
                ),
            )
            for part in (bound, *bound.also)
        ]
        self.links: Links | Through = Links(work, bound.source.platform)
        self.facts = ToldFacts(bound, self.locale)
        self.through: Through | None = None
        if (connection := request.connection) is not None:
            self.links = self.through = Through(connection, bound, work, vault)
            self.facts = ToldThrough(connection, bound, self.locale, vault)
        self.filling = Filling(bound)
        self.seen: Seen | None = None
        # Of a connection's messages live ones stand in landing too, which no cache knows.
        is_of_files = self.through is None and not is_mending(sheet.headers)
        self.may_pass_by = is_of_files and may_pass_by(bound)
        self.rejects = rejects
        self.read = 0
        self.came_back: dict[int, str] = {}
        self.mended = 0

    def take(self, chunk: Chunk) -> None:
        """One chunk through to the stages."""
        self.read += chunk.table.num_rows + len(chunk.unfit)
        table = self.filling.fill(chunk.table)
        if is_mending(table.column_names):
            rows = zip(table[LINE].to_pylist(), table[ROW].to_pylist(), strict=True)
            self.came_back.update((line, row) for line, row in rows if row)
            table = table.drop_columns([name for name in OWN if name in table.column_names])
        for unfit in chunk.unfit:
            if row := unfit.row.get(ROW):
                self.came_back[unfit.line] = row
        is_told = self.source.sound is not None  # whatever stands in a line
        rejects = [_rejected(unfit, is_personal=is_told) for unfit in chunk.unfit]
        self.facts.take(self.work, table)
        if self.may_pass_by:
            if self.seen is None:
                salt = salt_of(
                    self.bound, self.locale, table.schema, self.vault, self.work, self.landing
                )
                stages = [stage for _, stage in self.parts]
                self.seen = Seen(self.work, self.landing, salt, self.bound, stages)
            table = self.seen.unknown(table)
        if table.num_rows:
            rejects += self._take(table)
        self.rejects.put(rejects, self.came_back, self.read)

    def _take(self, table: pa.Table) -> list[Reject]:
        """The rows through to the stages; those that cannot be taken in come back."""
        taken = [
            (stage, part, normalise(self.work, part, table, self.locale))
            for part, stage in self.parts
        ]
        rejects = {reject.line: reject for *_, found in taken for reject in found.rejects}
        protected = [
            (stage, self._protect(part, found.records, table, rejects))
            for stage, part, found in taken
        ]
        self._reject_the_silent(table, [found.records for *_, found in taken], rejects)
        bad = pa.array(list(rejects), pa.int64())
        for stage, one in protected:
            records = one.records
            if len(bad):
                records = records.filter(pc.invert(pc.is_in(records[LINE], bad)))
            if stage.kind in PEOPLED:
                records = self.ids.resolve(records)
            if stage.kind is Kind.EVENT:
                self.links.take(records, self.ids)
            stage.put(records, one.personal)
        return list(rejects.values())

    def _protect(
        self, part: Bound, records: pa.Table, raw: pa.Table, rejects: dict[int, Reject]
    ) -> Protected:
        if part.source.record not in PEOPLED:
            return Protected(records, ())
        if self.through is not None:
            own, bad = self.through.protect(records, raw)
            if bad:  # an id that is an object, an event's name that is a number
                _reject(raw, pa.chunked_array([bad], pa.int64()), "not_text", rejects)
            return own
        if part.source.record is Kind.EVENT:
            return protect_events(records, part, self.vault)
        protected = protect(records, part, self.vault)
        if part.source.record is Kind.CUSTOMER:
            # Customers of whom only a masked phone is left cannot be known again.
            nobody = pc.is_null(protected.records["identity"])
            if pc.any(nobody).as_py():
                lines = protected.records[LINE].filter(nobody)
                _reject(raw, lines, "no_identity", rejects)
        return protected

    def _reject_the_silent(
        self, raw: pa.Table, told: list[pa.Table], rejects: dict[int, Reject]
    ) -> None:
        """A row that tells of nothing is rejected, unless it goes on with the one above."""
        if not any(part.source.where or part.source.unpack for part, _ in self.parts):
            return
        lines = pa.chunked_array([chunk for one in told for chunk in one[LINE].chunks], pa.int64())
        silent = raw[LINE].filter(pc.invert(pc.is_in(raw[LINE], lines.combine_chunks())))
        silent = silent.filter(pc.invert(pc.is_in(silent, pa.array(list(rejects), pa.int64()))))
        if self.source.silent_rows:
            self.read -= len(silent)
        elif len(silent):
            _reject(raw, silent, "nothing_told", rejects)

    def report(self, file: str) -> FileReport:
        """Compare with what is known, and tell."""
        if self.seen is not None:
            self.seen.settle()
        passed_by = 0 if self.seen is None else self.seen.passed_by
        passed = None if self.seen is None else self.seen.passed()
        for _, stage in self.parts:
            stage.compare(self.landing.segments(str(stage.kind)))
        several = len(self.parts) > 1 or bool(self.source.unpack)
        # A row that becomes one record needs no grouping, which is dear.
        count = f'count(DISTINCT "{LINE}")' if several else "count(*)"
        taken = self._count(count, lambda stage: stage.rows)
        new = self._count(count, lambda stage: stage.fresh)
        updated = self._count(count, lambda stage: f"{stage.fresh} WHERE is_known")
        report = FileReport(
            file=file,
            format=self.source.name,
            encoding=self.sheet.encoding,
            kind=self.source.kind,
            rows_read=self.read,
            accepted=new,
            duplicate=taken - new + passed_by,
            rejected=self.rejects.rows,
            updated=updated,
            ignored=list(self.bound.ignored),
            new_customers=self.ids.new() - self.links.others,
            strangers=not passed_by and self._strangers(),
            **totals(self.work, self.parts[0][1], self.settings.shop, passed),
        )
        if report.accepted + report.duplicate + report.rejected != report.rows_read:
            # Not an assertion: the promise holds in production, and a broken one is not written.
            raise AccountingBroken(
                f"{report.rows_read} rows read, but {report.accepted} accepted,"
                f" {report.duplicate} duplicate and {report.rejected} rejected",
                where=Where(file=file),
                todo="nothing was taken in; please report this as a bug",
            )
        return report

    def _count(self, count: str, rows: Callable[[Stage], str]) -> int:
        told = " UNION ALL ".join(f'SELECT "{LINE}" FROM {rows(stage)}' for _, stage in self.parts)
        return int(self.work.sql(f"SELECT {count} AS n FROM ({told})")["n"][0].as_py())

    def _strangers(self) -> bool:
        return (
            self.source.record is Kind.CUSTOMER
            and self.ids.new() > 0
            and self.ids.new() == self._customers()
            and self.ids.known_elsewhere(self.source.platform) > 0
        )

    def _customers(self) -> int:
        stage = self.parts[0][1].name
        found = self.work.sql(f"SELECT count(DISTINCT customer_id) AS n FROM {stage}")
        return int(found["n"][0].as_py())

    def commit(self, report: FileReport) -> Entry | None:
        """Write the segments and the log's line; nothing is written if nothing is new."""
        at = datetime.now(UTC)
        rows: dict[str, int] = {}
        for _, stage in self.parts:
            if new := stage.new():
                stage.seal(self.vault)
                stage.write(self.draft.path(str(stage.kind)), self.draft.number, at)
                rows[str(stage.kind)] = new
        if rows and (new_ids := self.ids.write_new(self.draft.path("ids"))):
            rows["ids"] = new_ids
        if rows and (links := self._write_links()):
            rows["links"] = links
        if fresh := self.rejects.finish():
            rows["rejects"] = fresh
        brought_in = set(self.came_back.values()) - self.rejects.still_bad
        if brought_in and (mended := mend(self.work, self.landing, self.draft, brought_in)):
            rows["mended"] = self.mended = mended
        entry = None
        if rows:
            primary = self.parts[0][1]
            entry = self.draft.commit(
                at=at.isoformat(),
                source=self.source.name,
                report=report.as_dict(),
                rows=rows,
                known_until=primary.latest() if primary.kind in (Kind.ORDER, Kind.LINE) else None,
            )
        if self.seen is not None:
            self.seen.remember(self.draft.number)
        return entry

    def _write_links(self) -> int:
        return self.links.kept.write_new(self.draft.path("links"), self.landing.segments("links"))


def _rejected(unfit: Unfit, *, is_personal: bool) -> Reject:
    row = {name: cell for name, cell in unfit.row.items() if name not in OWN}
    return Reject(unfit.line, unfit.column, unfit.value, unfit.reason, is_personal, row)


def _reject(raw: pa.Table, lines: pa.ChunkedArray, reason: str, rejects: dict[int, Reject]) -> None:
    """Reject the rows on these lines as a whole."""
    wanted = raw.filter(pc.is_in(raw[LINE], lines.combine_chunks()))
    rows = rows_of(wanted.drop_columns([LINE]))
    for line, row in zip(wanted[LINE].to_pylist(), rows, strict=True):
        rejects.setdefault(line, Reject(line, "", "", reason, True, row))
