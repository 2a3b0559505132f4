"""Entries of landing's log into the tables: event logs from files, and what was settled before.

Whatever has happened between a line of the log and the warehouse, it comes out the same: events
with an id are left out if they have been met, so that an entry whose events were absorbed adds
nothing, and a warehouse made anew gets them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.engines.duckdb import Warehouse, parquet
from regulars.intake.events import ledger
from regulars.intake.events.met import sums_of
from regulars.intake.events.table import COLUMNS
from regulars.intake.identity import live
from regulars.intake.identity.link import KIND as LINKS
from regulars.intake.identity.link import SCHEMA as LINK_SCHEMA
from regulars.intake.landed import landed
from regulars.intake.landing import Entry
from regulars.intake.records import Kind
from regulars.kernel.failpoint import reach

if TYPE_CHECKING:
    from regulars.intake.events.absorb import Absorber

_AT_ONCE = 1 << 18

NAMES = {"node": "customer_id", "at": "placed_at"}
"""What columns of the tables are called in landing."""


def columns_from_landing() -> str:
    """The SQL of the columns of `events` over landed rows."""
    return ", ".join(
        f'"{NAMES.get(name, name)}"::{told} AS "{name}"'
        for name, told in COLUMNS.items()
        if name != "seq"
    )


def adopt(owner: Absorber, *, own: int = 0) -> None:
    """Bring entries into the tables that are not in them yet.

    Args:
        owner: whose tables; called within its turn on landing.
        own: the number of the entry that has just settled what the tables hold.
    """
    stamp = owner.landing.stamp()
    if stamp == owner.log_stamp:  # asked many times a second, of a log that grows for years
        return
    entries = owner.landing.entries()
    known = ledger.state(owner.warehouse).entries
    for entry in entries[known:]:
        _adopt(owner, entry, is_own=entry.number == own)
    if owner.has_numbers and len(entries) > known:
        owner.numbers.refresh()
    owner.log_stamp = stamp


def _adopt(owner: Absorber, entry: Entry, *, is_own: bool) -> None:
    warehouse = owner.warehouse
    now = ledger.state(warehouse)
    seq = now.seq
    ends: dict[str, int] = {}
    try:
        with owner.catalogue, warehouse.transaction():
            if not is_own:
                for path in _paths(owner, entry, str(Kind.EVENT)):
                    for rows in _new_events(owner, path):
                        past = seq + rows.num_rows
                        owner.append(rows.append_column("seq", pa.array(np.arange(seq, past))))
                        seq = past
            _identities(warehouse, _paths(owner, entry, "ids"))
            if not is_own:
                for path in _paths(owner, entry, LINKS):
                    live.take(warehouse, _links(path), owner.settings.identity)
            if entry.inbox or entry.accounts:
                ledger.settled(warehouse)
                there = {path.name for path in owner.inbox.files()}
                behind = owner.marks
                ends = {
                    name: max(end, behind.get(name, 0))
                    for name, end in entry.inbox.items()
                    if name in there
                }
                ledger.mark(warehouse, ends)
            ledger.advance(warehouse, seq=seq, entries=entry.number)
            reach("adopt.committing")
    except BaseException:
        owner.forget_met()  # it knows of events that are not there
        raise
    owner.moved(ends)
    if seq > now.seq:
        owner.met.sums.keep(seq)
    if entry.inbox or entry.accounts:
        owner.waiting.shred(now.settling)


def _paths(owner: Absorber, entry: Entry, kind: str) -> list[Path]:
    return [owner.landing.folder / one.path for one in entry.segments if one.kind == kind]


def _new_events(owner: Absorber, path: Path) -> Iterator[pa.Table]:
    """The events of a segment that have not been met, in slices."""
    nothing = landed([], Kind.EVENT)
    for start in range(0, pq.ParquetFile(path).metadata.num_rows, _AT_ONCE):
        told = owner.warehouse.sql(
            f"SELECT {columns_from_landing()} FROM"
            f" (FROM {_slice(path, start)} UNION ALL BY NAME (FROM {nothing}))"
        )
        named = told["message_id"].is_valid().to_numpy(zero_copy_only=False)
        if not named.any():
            yield told
            continue
        first, second = sums_of(owner.warehouse, told)
        is_new = ~named
        is_new[named] = owner.met.new(first[named], second[named])
        kept = named & is_new
        owner.met.sums.add(first[kept], second[kept])
        yield told.filter(pa.array(is_new))


def _slice(path: Path, start: int) -> str:
    """The SQL of some neighbouring rows of a segment."""
    return (
        f"(SELECT * EXCLUDE (file_row_number) FROM {parquet([path], ', file_row_number = true')}"
        f" WHERE file_row_number >= {start} AND file_row_number < {start + _AT_ONCE})"
    )


def _identities(warehouse: Warehouse, paths: Sequence[Path]) -> None:
    if paths:
        warehouse.execute(
            "INSERT INTO identities (customer_id, namespace, identity)"
            f" SELECT customer_id, namespace, identity FROM {parquet(paths)}"
            " ANTI JOIN identities USING (customer_id)"
        )


def _links(path: Path) -> pa.Table:
    return pq.read_table(path).select(LINK_SCHEMA.names).cast(LINK_SCHEMA)
