"""Settling: what has been absorbed goes into landing, and the inbox lets go of it.

    1. facts           by the same steps as rows of a file; told again, they add nothing
    2. one entry       events, links, ids, rejects; how far each file of the inbox is settled, and
                       the accounts: its line in the log is the commit
    3. the warehouse   nothing waits any more
    4. files           closed and wholly settled ones are removed, and their keys shredded

Killed between any two, the next run comes to the same: before 2 everything is told again; after 2
the entry is found to be in the tables (see `adopt`); files of 4 are looked for each time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.engines.duckdb import literal, parquet
from regulars.intake.events import ledger
from regulars.intake.events.adopt import NAMES
from regulars.intake.events.decode import Refused
from regulars.intake.events.land import land_facts
from regulars.intake.events.personal import is_personal
from regulars.intake.events.table import COLUMNS, VIEW
from regulars.intake.identity.link import KIND as LINKS
from regulars.intake.ids_log import SCHEMA as IDS
from regulars.intake.ids_log import empty_ids, read_ids
from regulars.intake.landing import Draft
from regulars.intake.records import Kind
from regulars.intake.rejects import SCHEMA as REJECTS
from regulars.intake.report import FileReport
from regulars.kernel.failpoint import reach
from regulars.kernel.mask import mask_within

if TYPE_CHECKING:
    from regulars.intake.events.absorb import Absorber

SOURCE = "events"
"""The source of an entry that settles, as the log names it."""

_FACTS = 50_000
"""So many facts are landed together."""
_YOUNG = 60
"""Seconds for which a file without a frame may just be beginning."""
_SHOWN = 200
_PARQUET = "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1"


@dataclass(frozen=True, slots=True)
class Settled:
    """What one settling has done."""

    entry: int = 0
    """Its number in the log; 0 if there was nothing to settle."""
    events: int = 0
    rejected: int = 0
    facts: list[FileReport] = field(default_factory=list)
    discarded: int = 0
    """Files of the inbox that are gone."""


def settle(owner: Absorber) -> Settled:
    """Settle what has been absorbed.

    Raises:
        HomeBusy: a file is being imported.
    """
    with owner.landing.turn():
        owner.adopt()
        if ledger.is_settled(owner.warehouse):
            return Settled(discarded=_discard(owner))
        facts = owner.waiting.facts()
        reports: list[FileReport] = []
        for first in range(0, len(facts), _FACTS):
            reports += land_facts(
                facts[first : first + _FACTS], owner.landing, owner.vault, owner.settings
            )
            reach("settle.facts")
        owner.adopt()  # what the facts have numbered
        with owner.landing.importing() as draft:
            number, events, rejected = _write(owner, draft)
        reach("settle.logged")
        empty_ids(owner.landing.folder)
        reach("settle.emptied")
        owner.adopt(own=number)
        reach("settle.committed")
        discarded = _discard(owner)
        reach("settle.discarded")
    return Settled(number, events, rejected, reports, discarded)


def _write(owner: Absorber, draft: Draft) -> tuple[int, int, int]:
    """The entry: its number, its events and its rejected messages come back."""
    counts = {
        str(Kind.EVENT): _events(owner, draft),
        LINKS: _links(owner, draft.path(LINKS)),
        "ids": _ids(owner, draft.path("ids")),
        "rejects": _rejects(owner, draft),
    }
    rows = {kind: count for kind, count in counts.items() if count}
    accounts = ledger.accounts(owner.warehouse)
    report = {
        "file": "",
        "format": SOURCE,
        "kind": "events",
        "rows_read": sum(sum(one) for one in accounts.values()),
        "accepted": sum(one[0] for one in accounts.values()),
        "duplicate": sum(one[1] for one in accounts.values()),
        "rejected": sum(one[2] for one in accounts.values()),
    }
    reach("settle.written")
    entry = draft.commit(
        at=datetime.now(UTC).isoformat(),
        source=SOURCE,
        report=report,
        rows=rows,
        known_until=None,  # a shop whose orders end is known as of its orders (`last_day_known`)
        inbox=owner.marks,
        accounts=accounts,
    )
    return entry.number, rows.get(str(Kind.EVENT), 0), rows.get("rejects", 0)


def _events(owner: Absorber, draft: Draft) -> int:
    spans = owner.warehouse.sql("FROM events_unsettled ORDER BY first").to_pylist()
    count = sum(span["past"] - span["first"] for span in spans)
    if not count:
        return 0
    within = " OR ".join(f"(seq >= {span['first']} AND seq < {span['past']})" for span in spans)
    told = ", ".join(
        f'"{name}" AS {NAMES.get(name, name)}'
        for name in COLUMNS
        if name not in ("seq", "platform")
    )
    owner.warehouse.execute(
        f"""
        COPY (
            SELECT {draft.number}::INTEGER AS import_no,
                   row_number() OVER (ORDER BY seq) AS line, 1::BIGINT AS occurrence, platform,
                   false AS stands_alone, "at" AS known_at, sealed, {told}
            FROM (SELECT * EXCLUDE (customer_id) FROM {VIEW} WHERE {within})
            LEFT JOIN events_sealed USING (seq) ORDER BY seq
        ) TO {literal(str(draft.path(str(Kind.EVENT))))} ({_PARQUET})
        """
    )
    return int(count)


def _links(owner: Absorber, path: Path) -> int:
    found = owner.warehouse.sql("SELECT DISTINCT * FROM events_links ORDER BY ALL")
    if found.num_rows:
        pq.write_table(found, path, compression="zstd")
    return int(found.num_rows)


def _ids(owner: Absorber, path: Path) -> int:
    """The numbers that stand in no segment yet."""
    logged = read_ids(owner.landing.folder)
    if not logged.num_rows:
        return 0
    segments = owner.landing.segments("ids")
    owner.warehouse.register("_logged", logged)
    known = f"ANTI JOIN {parquet(segments)} USING (customer_id)" if segments else ""
    found = owner.warehouse.sql(f"FROM _logged {known} ORDER BY customer_id").cast(IDS)
    owner.warehouse.unregister("_logged")
    if found.num_rows:
        pq.write_table(found, path, compression="zstd")
    return int(found.num_rows)


def _shown(refused: Refused) -> str:
    """The value that was refused; the row that is kept sealed has it in full."""
    if refused.value and (is_personal(refused.column) or refused.column == "name"):
        return "***"
    return mask_within(refused.value)[:_SHOWN]


def _rejects(owner: Absorber, draft: Draft) -> int:
    """Refused messages into quarantine; the same one of a connection is kept once."""
    vault, rows, met = owner.vault, [], set()
    for nth, one in enumerate(owner.waiting.refused(), start=1):
        content = "\x1f".join(f"{name}={cell}" for name, cell in one.row.items())
        file = f"connection {one.connection}"
        own = vault.lookup("quarantine", f"{file}\x1f{content}")
        if own not in met:
            met.add(own)
            rows.append((nth, file, one, own, vault.lookup("quarantine", content)))
    if rows and (segments := owner.landing.segments("rejects")):
        known = set(
            owner.warehouse.sql(
                f"SELECT DISTINCT row_hash FROM {parquet(segments)} WHERE row_hash = ANY(?)",
                [[own for *_, own, _ in rows]],
            )["row_hash"].to_pylist()
        )
        rows = [row for row in rows if row[3] not in known]
    if not rows:
        return 0
    table = pa.table(
        [
            [draft.number] * len(rows),
            [file for _, file, *_ in rows],
            [nth for nth, *_ in rows],
            [one.column for _, _, one, _, _ in rows],
            [_shown(one) for _, _, one, _, _ in rows],
            [one.reason for _, _, one, _, _ in rows],
            [own for *_, own, _ in rows],
            [state for *_, state in rows],
            vault.seal([(f"i:{draft.number}", one.row) for _, _, one, _, _ in rows]),
        ],
        schema=REJECTS,
    )
    pq.write_table(table, draft.path("rejects"))
    return len(rows)


def _discard(owner: Absorber) -> int:
    """Remove the files of the inbox that are closed and settled to their last frame."""
    marks, gone = owner.marks, []
    now = time.time_ns()
    for path in owner.inbox.files():
        mark = marks.get(path.name, 0)
        begun = path.name.partition("-")[0]
        if mark == 0 and begun.isdecimal() and now - int(begun) < _YOUNG * 10**9:
            continue  # its writer may not have taken its lock yet
        if owner.inbox.is_being_written(path):
            continue
        if next(owner.inbox.read(path, mark), None) is None:
            owner.inbox.discard(path)
            gone.append(path.name)
    if gone:
        owner.warehouse.execute("DELETE FROM events_marks WHERE file = ANY(?)", [gone])
        owner.forget(gone)
    return len(gone)
