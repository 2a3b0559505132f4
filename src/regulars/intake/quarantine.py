"""Quarantine of one import: rejected rows are sealed and written as they come.

Of a rejected row only a hash stays in memory; its cells go, sealed under the import's key, into the
draft's segment batch by batch. A file with more rejected rows than quarantine takes is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.engines.duckdb import Warehouse, parquet
from regulars.errors import IntakeError, UnreadableFile, Where
from regulars.intake.landing import Draft
from regulars.intake.reject import Reject
from regulars.intake.rejects import REASON_TEXTS, SCHEMA
from regulars.intake.vault import Vault
from regulars.kernel.closing import Closing
from regulars.kernel.mask import mask_text, mask_within

MOST = 1_000_000
"""Rejected rows of one file. Nobody mends more by hand (a spreadsheet holds 1,048,576 rows), so a
file with more is not one with slips in it but one of another layout. A count and no share: what
quarantine may take of disk and memory does not depend on how many good rows stand beside it."""

_AT_ONCE = 1 << 22
"""Bytes of the rows that are sealed together."""
_CELL = 64
"""Bytes that a cell takes besides its text."""
_GROUP = 1 << 24
"""Bytes of a row group of the segment."""
_VALUE_KEPT = 200


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A row of quarantine: where it first stood, and a sum of what it says now."""

    file: str
    line: int
    state: str


class Quarantine(Closing):
    """The rejected rows of one import.

    Args:
        work: the import's working database.
        vault: hashes and seals.
        earlier: the segments of quarantine so far.
        draft: the import.
        file: the file's name for people.
    """

    def __init__(
        self, work: Warehouse, vault: Vault, earlier: Sequence[Path], draft: Draft, file: str
    ) -> None:
        self._work, self._vault, self._draft, self._file = work, vault, draft, file
        self._earlier = earlier
        self._name = _without_folder(file)
        self._has_looked = False
        self._writer: pq.ParquetWriter | None = None
        self._group: list[pa.Table] = []
        self._kept = 0
        self._met: set[bytes] = set()
        self._reasons: Counter[tuple[str, str]] = Counter()
        self._examples: dict[tuple[str, str], tuple[int, str]] = {}
        self.rows = 0
        """Rejected rows of the file, whether or not they were known."""
        self.still_bad: set[str] = set()
        """Rows of quarantine that a mended file has brought back, and that are still bad."""

    def put(self, rejects: Iterable[Reject], came_back: Mapping[int, str], read: int) -> None:
        """Take the rejected rows of a chunk.

        Args:
            rejects: the rows.
            came_back: by line, which row of quarantine a line of a mended file is.
            read: rows of the file that have been read so far.

        Raises:
            UnreadableFile: so many rows are rejected that the file must be of another layout.
        """
        for batch in _batches(sorted(rejects, key=lambda one: one.line)):
            self._count(batch, read)
            self._put(batch, came_back)

    def finish(self) -> int:
        """Write what is left; how many rows the segment has comes back (none: no segment)."""
        if self._group:
            self._write()
        if self._writer is not None:
            with _told(self._draft.path("rejects")):
                self._writer.close()
        return self._kept

    def close(self) -> None:
        """Let go of the segment; unless finished, it is not to be kept."""
        if self._writer is not None:
            with suppress(OSError):  # whoever ended early has said why
                self._writer.close()

    def _count(self, batch: Sequence[Reject], read: int) -> None:
        self.rows += len(batch)
        for reject in batch:
            why = (reject.column, reject.reason)
            self._reasons[why] += 1
            if why not in self._examples:
                self._examples[why] = (reject.line, _shown(reject))
        if self.rows <= MOST:
            return
        ((column, reason), count) = self._reasons.most_common(1)[0]
        line, value = self._examples[column, reason]
        raise UnreadableFile(
            f"{REASON_TEXTS.get(reason, (reason,))[0]}; of the first {read:,} rows"
            f" {self.rows:,} cannot be taken in, {count:,} of them for this reason, so the file is"
            " of another layout than it was taken for, and nothing of it was taken in",
            where=Where(file=self._file, line=line, column=column or None, value=value or None),
            todo="name its format with --as, or write a mapping and pass it with --map (with"
            " time_format, if it is the times that are written in another way); if the rows are"
            f" bad indeed, split the file: quarantine takes {MOST:,} rows of each",
        )

    def _put(self, batch: Sequence[Reject], came_back: Mapping[int, str]) -> None:
        rows = []
        for reject in batch:
            content = "\x1f".join(f"{header}={cell}" for header, cell in reject.row.items())
            state = self._vault.lookup("quarantine", content)
            own = self._vault.lookup("quarantine", f"{self._name}\x1f{reject.line}\x1f{content}")
            rows.append((reject, came_back.get(reject.line, ""), own, state))
        latest = self._latest({name for _, row, own, _ in rows for name in (row, own) if name})
        kept = []
        for reject, row, own, state in rows:
            if row:
                self.still_bad.add(row)
            if row in latest and self._is_first(row):
                # Of a row on several lines (somebody cut it in two) the others are rows themselves.
                if latest[row].state != state:
                    kept.append((reject, row, replace(latest[row], state=state)))
            elif own not in latest and self._is_first(own):
                kept.append((reject, own, _Waiting(self._file, reject.line, state)))
        if kept:
            self._keep(kept)

    def _is_first(self, row: str) -> bool:
        """Whether this row of quarantine has not been met in this file; from now on it has."""
        known = bytes.fromhex(row)
        if known in self._met:
            return False
        self._met.add(known)
        return True

    def _latest(self, rows: Collection[str]) -> dict[str, _Waiting]:
        """Those of the rows that quarantine holds already."""
        if not self._earlier:
            return {}
        if not self._has_looked:
            self._work.execute(
                "CREATE TABLE quarantined AS"
                " SELECT row_hash, any_value(file) AS file, any_value(line) AS line,"
                f" arg_max(state, import_no) AS state FROM {parquet(self._earlier)}"
                " GROUP BY row_hash"
            )
            self._has_looked = True
        self._work.register("_rows", pa.table({"row_hash": pa.array(sorted(rows), pa.string())}))
        found = self._work.sql("FROM quarantined SEMI JOIN _rows USING (row_hash)")
        self._work.unregister("_rows")
        return {one.pop("row_hash"): _Waiting(**one) for one in found.to_pylist()}

    def _keep(self, kept: Sequence[tuple[Reject, str, _Waiting]]) -> None:
        number = self._draft.number
        table = pa.table(
            [
                [number] * len(kept),
                [one.file for *_, one in kept],
                [one.line for *_, one in kept],
                [reject.column for reject, *_ in kept],
                [_shown(reject) for reject, *_ in kept],
                [reject.reason for reject, *_ in kept],
                [row for _, row, _ in kept],
                [one.state for *_, one in kept],
                self._vault.seal([(f"i:{number}", dict(reject.row)) for reject, *_ in kept]),
            ],
            schema=SCHEMA,
        )
        self._kept += len(kept)
        self._group.append(table)
        if sum(one.nbytes for one in self._group) >= _GROUP:
            self._write()

    def _write(self) -> None:
        path = self._draft.path("rejects")
        with _told(path):
            if self._writer is None:
                self._writer = pq.ParquetWriter(path, SCHEMA)
            self._writer.write_table(pa.concat_tables(self._group))
        self._group.clear()


def _batches(rejects: Iterable[Reject]) -> Iterator[list[Reject]]:
    """The rows in batches of bounded bytes, however wide they are."""
    batch: list[Reject] = []
    size = 0
    for reject in rejects:
        row = dict(reject.row)
        batch.append(replace(reject, row=row))
        size += sum(map(len, row.values())) + _CELL * len(row)
        if size >= _AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _without_folder(file: str) -> str:
    """A file may be moved and is the same; the parts of an archive differ by their whole name.

    >>> _without_folder("/home/x/orders.zip » 2026/orders.csv")
    'orders.zip » 2026/orders.csv'
    """
    path, *part = file.split(" » ")
    return " » ".join([Path(path).name, *part])


def _shown(reject: Reject) -> str:
    value = mask_text(reject.value) if reject.personal else mask_within(reject.value)
    return value[:_VALUE_KEPT]


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IntakeError(
            f"cannot be written ({error.strerror or error})",
            where=Where(file=str(path)),
            todo="check disk space and permissions; nothing of the file was taken in",
        ) from error
