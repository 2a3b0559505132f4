"""Facts into landing, by the same steps as the rows of a file.

Facts are normalised, protected, numbered, compared with what landing holds and committed; one that
is bad goes to quarantine with its reason, and so does one that meets a mistake of ours (`poison`).
Facts told again are duplicates, so the same facts may be landed any number of times, in any order
and in any slices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from regulars.engines.duckdb import Warehouse, literal
from regulars.errors import AccountingBroken, Where
from regulars.intake.cells import Locale
from regulars.intake.events import poison
from regulars.intake.events.facts_cells import moment
from regulars.intake.events.facts_orders import EVENT
from regulars.intake.events.land_repeats import leave_out_repeats
from regulars.intake.events.land_sources import MESSAGES, bound_for
from regulars.intake.events.message import TRAIT, Fact
from regulars.intake.files.sheet import LINE
from regulars.intake.id_map import IdMap
from regulars.intake.identity.ids import anonymous
from regulars.intake.ids_log import read_ids
from regulars.intake.landing import Draft, Landing
from regulars.intake.normalise import normalise
from regulars.intake.personal import protect
from regulars.intake.quarantine import Quarantine
from regulars.intake.recognise import Bound
from regulars.intake.records import PEOPLED, Kind, columns_of
from regulars.intake.reject import Reject
from regulars.intake.report import FileReport
from regulars.intake.set_aside import SetAside
from regulars.intake.source import FileKind
from regulars.intake.staging import Stage
from regulars.intake.vault import Vault
from regulars.settings import Settings

_SHARE = 0.25
"""Of the engine's memory: the server's own warehouse has the larger part."""

_ROWS = 50_000
"""Facts of one kind that are normalised together."""

_PAST = 1_577_836_800_000_000
"""2020-01-01."""

_FILE_KIND: dict[Kind, FileKind] = {
    Kind.ORDER: "orders",
    Kind.LINE: "orders",
    Kind.PAYMENT: "orders",
    Kind.CUSTOMER: "customers",
    Kind.PRODUCT: "products",
    Kind.SPEND: "spend",
}
_TIMED = tuple(
    kind for kind in _FILE_KIND if any(column.name == "updated_at" for column in columns_of(kind))
)


def land_facts(
    facts: Iterable[Fact], landing: Landing, vault: Vault, settings: Settings
) -> list[FileReport]:
    """Take facts in; when the reports come back, what they count as accepted is durable.

    Comes back: a report for each platform and kind (orders, customers, products, spend), rows being
    facts: accepted + duplicate + rejected = rows read.

    Args:
        facts: in any order; a slice of, say, 50,000 at a time.
        landing: whose lock this takes, once for each platform.
        vault: hashes and seals.
        settings: of the shop.

    Raises:
        HomeBusy: an import is under way.
    """
    by_platform: dict[str, list[Fact]] = {}
    for fact in facts:
        by_platform.setdefault(fact.platform, []).append(fact)
    reports = []
    for platform, told in sorted(by_platform.items()):
        reports += _Platform(platform, landing, vault, settings).land(told)
    return reports


class _Platform:
    """Where the facts of one platform go."""

    def __init__(self, name: str, landing: Landing, vault: Vault, settings: Settings) -> None:
        self._name, self._landing, self._vault, self._settings = name, landing, vault, settings

    def land(self, facts: list[Fact], apart: Sequence[Fact] = ()) -> list[FileReport]:
        """All of them together; if that breaks, those that break it are set apart.

        Args:
            facts: to be landed.
            apart: those that are known to break it: they go to quarantine.
        """
        try:
            return self._land(facts, apart)
        except Exception as error:
            if not poison.is_ours(error):
                raise
            self._rehearse([_harmless(self._name)])
            bad = poison.poisonous(
                range(len(facts)), lambda some: self._rehearse([facts[one] for one in some])
            )
            if not bad and len(facts) < 2:
                raise
        if not bad:  # some that bear no others beside them
            half = len(facts) // 2
            return self.land(facts[:half], apart) + self.land(facts[half:])
        gone = set(bad)
        good = [fact for place, fact in enumerate(facts) if place not in gone]
        return self.land(good, [*apart, *(facts[one] for one in bad)])

    def _rehearse(self, facts: list[Fact]) -> None:
        """Land them up to the commit, of which nothing lasts."""
        with suppress(poison.Rehearsed):
            self._land(facts, rehearse=True)

    def _land(
        self, facts: list[Fact], apart: Sequence[Fact] = (), *, rehearse: bool = False
    ) -> list[FileReport]:
        landing, vault, settings = self._landing, self._vault, self._settings
        by_kind: dict[Kind, list[Fact]] = {}
        for fact in facts:
            by_kind.setdefault(fact.kind, []).append(fact)
        name = f"{MESSAGES} of {self._name}"
        with (
            landing.importing() as draft,
            Warehouse.in_memory(settings.engine, share=_SHARE) as work,
            Quarantine(work, vault, landing.segments("rejects"), draft, name) as rejects,
        ):
            work.execute(f"SET temp_directory = {literal(str(draft.folder / 'spill'))}")
            locale = Locale(settings.shop.time_zone, settings.shop.currency)
            ids = IdMap(work, landing.segments("ids"), logged=read_ids(landing.folder))
            landed = [
                _Kind(kind, self._name, work, draft, landing, vault, locale).take(
                    told, ids, rejects
                )
                for kind, told in sorted(by_kind.items())
            ]
            rejects.put([_set_apart(fact) for fact in apart], {}, len(facts) + len(apart))
            reports = _reports(name, landed, apart, settings)
            _commit(landed, draft, vault, ids, rejects, reports, rehearse=rehearse)
            return reports


def _harmless(platform: str) -> Fact:
    """An order that breaks nothing unless everything is broken."""
    row = {"order_id": "control", "customer_key": "control", "placed_at": moment(_PAST)}
    return Fact(platform, Kind.ORDER, row | {"paid": "0"}, _PAST)


def _set_apart(fact: Fact) -> Reject:
    """The fact as a rejected row: nobody knows what is in it, so each cell is made a text."""
    row = {str(name): str(cell) for name, cell in fact.row.items()}
    return Reject(1, "", "", poison.REASON, False, row)


def _reports(
    name: str, landed: Sequence[_Kind], apart: Sequence[Fact], settings: Settings
) -> list[FileReport]:
    kinds = [*(one.kind for one in landed), *(fact.kind for fact in apart)]
    found = {
        kind: FileReport(name, MESSAGES, "", kind, currency=settings.shop.currency)
        for kind in dict.fromkeys(_FILE_KIND[kind] for kind in kinds)
    }
    for fact in apart:
        kind = _FILE_KIND[fact.kind]
        report = found[kind]
        found[kind] = replace(report, rows_read=report.rows_read + 1, rejected=report.rejected + 1)
    for one in landed:
        kind = _FILE_KIND[one.kind]
        report = found[kind]
        new = one.stage.new()
        found[kind] = replace(
            report,
            rows_read=report.rows_read + one.read,
            accepted=report.accepted + new,
            duplicate=report.duplicate + one.read - one.rejected - new,
            rejected=report.rejected + one.rejected,
        )
        if one.stage.count + one.rejected != one.read:
            # Not an assertion: the promise holds in production, and a broken one is not written.
            raise AccountingBroken(
                f"{one.read} facts, but {one.stage.count} staged and {one.rejected} rejected",
                where=Where(file=name, column=str(one.kind)),
                todo="nothing was taken in; please report this as a bug",
            )
    return list(found.values())


def _commit(
    landed: Sequence[_Kind],
    draft: Draft,
    vault: Vault,
    ids: IdMap,
    rejects: Quarantine,
    reports: Sequence[FileReport],
    *,
    rehearse: bool,
) -> None:
    at = datetime.now(UTC)
    rows: dict[str, int] = {}
    known_until = None
    for one in landed:
        if new := one.stage.new():
            one.stage.seal(vault)
            one.stage.write(draft.path(str(one.kind)), draft.number, at)
            rows[str(one.kind)] = new
            if one.kind in (Kind.ORDER, Kind.LINE):
                known_until = max(filter(None, (known_until, one.stage.latest())), default=None)
    if rows and (new_ids := ids.write_new(draft.path("ids"))):
        rows["ids"] = new_ids
    if fresh := rejects.finish():
        rows["rejects"] = fresh
    if rehearse:
        raise poison.Rehearsed
    if rows:
        draft.commit(
            at=at.isoformat(),
            source=MESSAGES,
            report={"facts": [report.as_dict() for report in reports]},
            rows=rows,
            known_until=known_until,
        )


@dataclass(frozen=True, slots=True)
class _Taken:
    """A slice of facts as a table of text cells, and the rows that it was made from."""

    table: pa.Table
    rows: list[dict[str, str]]


class _Kind:
    """The facts of one kind of record of one platform."""

    def __init__(
        self,
        kind: Kind,
        platform: str,
        work: Warehouse,
        draft: Draft,
        landing: Landing,
        vault: Vault,
        locale: Locale,
    ) -> None:
        self.kind, self.platform, self.work, self.vault = kind, platform, work, vault
        self.landing, self.locale = landing, locale
        self.stage = Stage(
            work,
            bound_for(kind, platform).source,
            SetAside(draft.folder, str(kind)),
            once=True,  # a fact told twice is one fact
        )
        self.read = self.rejected = 0

    def take(self, facts: list[Fact], ids: IdMap, rejects: Quarantine) -> _Kind:
        """The facts through to the stage, which is then compared with landing."""
        facts.sort(key=lambda fact: fact.at)
        for part in _slices(facts):
            self.read += len(part)
            bad = self._take(part, ids)
            self.rejected += len(bad)
            rejects.put(bad, {}, self.read)
        seen = self.landing.segments(str(self.kind))
        leave_out_repeats(self.work, self.stage, seen)
        self.stage.compare(seen)
        return self

    def _take(self, facts: Sequence[Fact], ids: IdMap) -> list[Reject]:
        rejects: list[Reject] = []
        for is_event in (True, False):
            some = [fact for fact in facts if (fact.row.get("told_by") == EVENT) is is_event]
            if not some:
                continue
            taken = self._table(some)
            bound = bound_for(self.kind, self.platform, taken.table.column_names, in_part=is_event)
            found = normalise(self.work, bound, taken.table.select(_of(bound)), self.locale)
            records = found.records
            if self.kind is Kind.CUSTOMER:
                records = _with_traits(records, taken.rows)
            nobody = self._stage(records, taken.table, bound, ids)
            # Facts stand on no line; without one, the same bad fact is kept once.
            rejects += [
                replace(reject, line=1, row=taken.rows[reject.line])
                for reject in (*found.rejects, *nobody)
            ]
        return rejects

    def _table(self, facts: Sequence[Fact]) -> _Taken:
        rows = [
            {"updated_at": moment(fact.at), **fact.row} if self.kind in _TIMED else fact.row
            for fact in facts
        ]
        names = dict.fromkeys(name for row in rows for name in row if not name.startswith(TRAIT))
        columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
        columns[LINE] = pa.array(range(len(rows)), pa.int64())
        return _Taken(pa.table(columns), rows)

    def _stage(self, records: pa.Table, raw: pa.Table, bound: Bound, ids: IdMap) -> list[Reject]:
        """Records to the stage; customers whom nothing identifies come back."""
        nobody: list[Reject] = []
        if self.kind not in PEOPLED:
            self.stage.put(records)
            return nobody
        for is_personal, some in _by_account(records, bound, self.platform):
            if not some.num_rows:
                continue
            as_told = replace(bound, source=replace(bound.source, key_is_personal=is_personal))
            protected = protect(some, as_told, self.vault)
            people = _visitors(protected.records, raw, self.platform)
            if self.kind is Kind.CUSTOMER:
                # Of a masked phone or address alone nobody can be known again.
                known = pc.is_valid(people["identity"])
                lines = people[LINE].filter(pc.invert(known)).to_pylist()
                nobody += [Reject(line, "", "", "no_identity", True, {}) for line in lines]
                people = people.filter(known)
            self.stage.put(ids.resolve(people), protected.personal)
        return nobody


def _slices(facts: Sequence[Fact]) -> Iterator[Sequence[Fact]]:
    for first in range(0, len(facts), _ROWS):
        yield facts[first : first + _ROWS]


def _of(bound: Bound) -> list[str]:
    return [LINE, *bound.headers.values()]


def _by_account(records: pa.Table, bound: Bound, platform: str) -> Iterator[tuple[bool, pa.Table]]:
    """The records by whether their account is kept in the vault, as the platform's exports do."""
    if "customer_key" not in records.column_names or not bound.source.key_is_personal:
        yield False, records
        return
    if platform not in ADDRESS_IS_ACCOUNT:
        yield True, records
        return
    is_address = pc.fill_null(pc.match_substring(records["customer_key"], "@"), False)
    yield True, records.filter(is_address)
    yield False, records.filter(pc.invert(is_address))


ADDRESS_IS_ACCOUNT = ("shopify", "woocommerce")
"""Platforms whose exports name the buyer by e-mail address."""


def _visitors(records: pa.Table, raw: pa.Table, platform: str) -> pa.Table:
    """Who has neither account, phone nor address is known by the visitor's number, if there is."""
    if "anonymous_id" not in raw.column_names:
        return records
    visitor = raw["anonymous_id"].take(records[LINE])
    unknown = pc.and_(pc.is_null(records["identity"]), pc.is_valid(visitor))
    told = {
        "identity": pc.if_else(unknown, visitor, records["identity"]),
        "namespace": pc.if_else(unknown, anonymous(platform), records["namespace"]),
    }
    for name, column in told.items():
        records = records.set_column(records.column_names.index(name), name, column)
    return records


def _with_traits(records: pa.Table, rows: Sequence[dict[str, str]]) -> pa.Table:
    """The records with their further attributes; no query could name as many columns."""
    told = [
        {name.removeprefix(TRAIT): cell for name, cell in rows[line].items()
         if name.startswith(TRAIT)}
        for line in records[LINE].to_pylist()
    ]  # fmt: skip
    if not any(told):
        return records
    kind = pa.map_(pa.string(), pa.string())
    column = pa.array([sorted(one.items()) for one in told], kind)
    if "traits" in records.column_names:
        records = records.drop_columns(["traits"])
    return records.append_column("traits", column)
