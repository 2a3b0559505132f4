"""Whose events are: the ids of each row, the one that it goes by, and what ids came together.

A row goes by its account number, else by openid, phone, e-mail address or browser, in this order
(`identity.ids`). Every other id of the row is linked to that one; who is one person is then decided
over all links. Ids in which a program wrote that it knew nobody (`null`, `undefined`) are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from regulars.engines.duckdb import Warehouse, literal
from regulars.intake.event_logs.links import KeptLinks
from regulars.intake.event_logs.personal import without_personal, without_personal_texts
from regulars.intake.id_map import IdMap
from regulars.intake.identity.ids import (
    EMAIL,
    MADE_UP,
    PHONE,
    UNIONID,
    anonymous,
    is_nobody,
    openid,
)
from regulars.intake.personal import Protected, each_distinct, protect, split_telling_keys
from regulars.intake.recognise import Bound
from regulars.intake.vault import Vault

_HASHED = ("union_id", "open_id")
_IDS = ("customer_key", "anonymous_id", *_HASHED)


def protect_events(records: pa.Table, bound: Bound, vault: Vault) -> Protected:
    """Tell whose the events are, by hashes where ids are personal; see `personal.protect`.

    Besides what that gives there are `union_id_hash` and `open_id_hash`. Further cells lose what is
    personal in them: it comes in columns of its own, to be sealed.
    """
    for name in _IDS:
        if name in records.column_names:
            records = _set(records, name, each_distinct(records[name], _unless_nobody))
    platform = bound.source.platform
    records, browser, hashed = _browsers(records, platform, vault)
    account = records.column_names.index("customer_key") if "customer_key" in bound.headers else -1
    has_account = records.column(account) if account >= 0 else None
    protected = protect(records, bound, vault)
    found = protected.records
    personal = [*protected.personal, *(name for name in hashed if name not in protected.personal)]
    for name in hashed:
        if name not in found.column_names:
            found = found.append_column(name, records[name])
        told_hash = pc.coalesce(found[f"{name}_hash"], hashed[name])
        found = _set(found, f"{name}_hash", told_hash)
    candidates: list[tuple[str, pa.ChunkedArray]] = []
    for name, space in zip(_HASHED, (UNIONID, openid(platform)), strict=True):
        if name in records.column_names:
            column = each_distinct(records[name], partial(_looked_up, vault, space))
            found = found.append_column(f"{name}_hash", column)
            candidates.append((space, column))
    candidates += [(space, found[f"{space}_hash"]) for space in (PHONE, EMAIL)]
    if browser is not None:
        candidates.append((anonymous(platform), browser))
    found, further = _without_further(_going_by(found, has_account, candidates))
    return Protected(found, (*personal, *further))


def _browsers(
    records: pa.Table, platform: str, vault: Vault
) -> tuple[pa.Table, pa.ChunkedArray | None, dict[str, pa.ChunkedArray]]:
    """The numbers of browsers; what else stood in their place is moved, and hashed."""
    if "anonymous_id" not in records.column_names:
        return records, None, {}
    space = anonymous(platform)
    hashed, told = split_telling_keys(records["anonymous_id"], space, vault)
    browser = hashed.pop(space)
    records = _set(records, "anonymous_id", browser)
    for name, column in told.items():  # an e-mail address in place of a browser's number
        if name in records.column_names:
            column = pc.coalesce(records[name], column)
        records = _set(records, name, column)
    return records, browser, hashed


def _without_further(found: pa.Table) -> tuple[pa.Table, list[str]]:
    """Further cells without what is personal, and the columns in which that stands now."""
    found = without_personal_texts(found)
    is_of_person = pc.equal(found["type"], "identify") if "type" in found.column_names else None
    personal = []
    for name in ("properties", "context"):
        if name in found.column_names:
            is_traits = is_of_person if name == "properties" else None
            cleaned, further = without_personal(found[name], is_traits)
            found = _set(found, name, cleaned)
            if further is not None:
                found = found.append_column(f"further_{name}", further)
                personal.append(f"further_{name}")
    return found, personal


def _going_by(
    records: pa.Table,
    account: pa.ChunkedArray | None,
    candidates: Sequence[tuple[str, pa.ChunkedArray]],
) -> pa.Table:
    """The records with the id that each goes by: the account's if there is one."""
    nothing = pa.nulls(records.num_rows, pa.string())
    known = nothing if account is None else account
    has_account = pc.and_(pc.is_valid(known), pc.is_valid(records["identity"]))
    space = pc.if_else(has_account, records["namespace"], nothing)
    identity = pc.if_else(has_account, records["identity"], nothing)
    for name, column in candidates:
        space = pc.coalesce(space, pc.if_else(pc.is_valid(column), pa.scalar(name), nothing))
        identity = pc.coalesce(identity, column)
    return _set(_set(records, "namespace", space), "identity", identity)


class Links:
    """What ids came together in a file.

    Args:
        work: the import's working database.
        platform: of the file's numbers.
    """

    def __init__(self, work: Warehouse, platform: str) -> None:
        self._work, self._platform = work, platform
        self.kept = KeptLinks(work)
        """What ids came together."""
        self.others = 0
        """How many numbers were given to ids that no row of the file went by so far."""

    def take(self, records: pa.Table, ids: IdMap) -> None:
        """Note the links of some rows, and number the ids that the rows do not go by."""
        told = self._of(records)
        if not told:
            return
        names = ["namespace", "identity", "placed_at"]
        kept = {*names, "type", *(column for _, column, _, _ in told)}
        self._work.register(
            "_events", records.select([name for name in records.column_names if name in kept])
        )
        union = " UNION ALL ".join(
            f"SELECT namespace, identity, {space} AS space, {column} AS other, {how} AS how,"
            f" placed_at FROM _events WHERE {column} IS NOT NULL AND {where}"
            for space, column, how, where in told
        )
        self._work.execute(
            "CREATE OR REPLACE TEMP TABLE _links AS"
            ' SELECT namespace, identity, space, other, how, min(placed_at) AS "at"'
            f" FROM ({union}) WHERE NOT (namespace = space AND identity = other) GROUP BY ALL"
        )
        self._work.unregister("_events")
        self.kept.add(
            self._work.sql(
                "SELECT namespace AS one_namespace, identity AS one_identity,"
                " space AS other_namespace, other AS other_identity, how, false AS verified,"
                " \"at\", '' AS connection FROM _links"
            )
        )
        others = self._work.sql(
            'SELECT space AS namespace, other AS identity, min("at") AS "at" FROM _links'
            ' GROUP BY ALL ORDER BY "at", namespace, identity'
        )
        before = ids.new()
        if others.num_rows:
            ids.resolve(others)
        self.others += ids.new() - before

    def _of(self, records: pa.Table) -> list[tuple[str, str, str, str]]:
        """Where other ids stand: SQL of the namespace, the column, SQL of how and of which rows."""
        spaces = {
            "phone_hash": PHONE,
            "email_hash": EMAIL,
            "union_id_hash": UNIONID,
            "open_id_hash": openid(self._platform),
            "anonymous_id": anonymous(self._platform),
        }
        there = records.column_names
        own = (records["namespace"], records["identity"])
        how = "'together'"
        if "type" in there:
            how = "CASE WHEN type = 'alias' THEN 'alias' ELSE 'together' END"
        told = [
            (literal(space), name, how if name == "anonymous_id" else "'together'", "true")
            for name, space in spaces.items()
            if name in there and _names_others(records[name], *own)
        ]
        if "type" in there and any(name == "anonymous_id" for _, name, _, _ in told):
            # A person who is joined to a former number may have had an account by it.
            former = f"type = 'alias' AND NOT regexp_full_match(anonymous_id, '{MADE_UP}')"
            told.append((literal(self._platform), "anonymous_id", how, former))
        return told


def _names_others(
    column: pa.ChunkedArray, spaces: pa.ChunkedArray, identities: pa.ChunkedArray
) -> bool:
    """Whether a column holds ids other than those that the rows go by."""
    if column.null_count == len(column):
        return False
    differs = pc.fill_null(pc.not_equal(column, identities), False)
    return bool(pc.any(differs).as_py()) and spaces.null_count < len(spaces)


def _looked_up(vault: Vault, space: str, value: str) -> str:
    return vault.lookup(space, value.strip())


def _unless_nobody(value: str) -> str | None:
    return None if is_nobody(value) else value


def _set(table: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    if name not in table.column_names:
        return table.append_column(name, column)
    return table.set_column(table.column_names.index(name), name, column)
