"""The files of `cache/`: rows that were taken in, by fingerprint, and where landing has them.

One file an import, written after its commit. It names the layout (a sum of the salt) and all of
landing that it rests on; of another layout, half written, or beside another landing it is passed
over. Rows are kept by whole places (see `seen`), each with the import and line under which landing
holds its record, for every kind of record that it became.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.intake.landing import Entry
from regulars.intake.records import Kind

MOST = 5_000_000
"""Rows that are held at hand, those of the latest imports: about 70 bytes each."""

_AT_ONCE = 1 << 18
"""Rows that are written together."""

Numbers = npt.NDArray[np.integer]
Sums = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows in the order of their file.

    `whereabouts` has, by kind of record, the import and the line of the row's records in landing;
    import 0 says that the row tells of nothing of this kind.
    """

    first: Sums
    second: Sums
    place: Sums
    whereabouts: Mapping[Kind, tuple[Numbers, Numbers]]


class Cache:
    """The cache of one home, as far as one layout is concerned.

    Args:
        folder: where its files lie.
        salt: of the layout.
        kinds: of the records that a row may become.
    """

    def __init__(self, folder: Path, salt: str, kinds: Sequence[Kind]) -> None:
        self._folder, self._kinds = folder, kinds
        # With the salt itself, the cells of a row could be guessed.
        self._shown = hashlib.sha256(salt.encode()).hexdigest()

    def files(self, entries: Sequence[Entry]) -> Iterator[Rows]:
        """The rows of each file that belongs to this layout and landing, the latest first.

        Files beyond `MOST` rows would never be read again and are removed.
        """
        sums = _sums(entries)
        rows, columns = 0, self._columns()
        for path in reversed(self._paths()):
            try:
                with pq.ParquetFile(path, page_checksum_verification=True) as file:
                    told = file.schema_arrow.metadata or {}
                    if told.get(b"salt") != self._shown.encode():
                        continue
                    if told.get(b"landing", b"").decode() not in sums:
                        continue
                    rows += file.metadata.num_rows
                    if rows > MOST:
                        path.unlink(missing_ok=True)
                        continue
                    table = file.read(list(columns)).cast(pa.schema(list(columns.items())))
            except (pa.ArrowException, OSError, ValueError):  # half a file: as good as none
                continue
            held = {name: table[name].to_numpy() for name in columns}
            whereabouts = {
                kind: (held[f"{kind}_import"], held[f"{kind}_line"]) for kind in self._kinds
            }
            yield Rows(held["print"], held["print2"], held["place"], whereabouts)

    def write(self, rows: Rows, entries: Sequence[Entry]) -> None:
        """Keep rows whose records landing holds; a full disk costs time later and nothing else."""
        columns = self._columns()
        arrays: list[npt.NDArray[Any]] = [rows.first, rows.second, rows.place]
        for kind in self._kinds:
            arrays += rows.whereabouts[kind]
        told = {"salt": self._shown, "landing": next(reversed(_sums(entries)))}
        schema = pa.schema(list(columns.items()), metadata=told)
        paths = self._paths()
        number = int(paths[-1].stem) + 1 if paths else 1
        aside = self._folder / f"{number:06d}.aside"
        try:
            self._folder.mkdir(exist_ok=True)
            with pq.ParquetWriter(
                aside,
                schema,
                # Sums do not compress; lines and imports hardly differ from those above them.
                compression={name: "none" if "print" in name else "zstd" for name in columns},
                compression_level={name: 1 for name in columns if "print" not in name},
                use_dictionary=False,
                column_encoding={name: "DELTA_BINARY_PACKED" for name in columns if "_" in name},
                write_page_checksum=True,
                write_statistics=False,
            ) as file:
                for begin in range(0, len(rows.first), _AT_ONCE):
                    part = [pa.array(one[begin : begin + _AT_ONCE]) for one in arrays]
                    file.write_table(pa.table(part, schema=schema))
            aside.replace(aside.with_suffix(".parquet"))
        except OSError:
            with suppress(OSError):
                aside.unlink(missing_ok=True)

    def _paths(self) -> list[Path]:
        found = self._folder.glob("*.parquet") if self._folder.is_dir() else ()
        return sorted(
            (path for path in found if path.stem.isdecimal()), key=lambda one: int(one.stem)
        )

    def _columns(self) -> dict[str, pa.DataType]:
        columns = {"print": pa.uint64(), "print2": pa.uint64(), "place": pa.uint64()}
        for kind in self._kinds:
            columns |= {f"{kind}_import": pa.int32(), f"{kind}_line": pa.int64()}
        return columns


def _sums(entries: Sequence[Entry]) -> dict[str, int]:
    """After each import, a sum of all that landing held then, and how many imports it was."""
    told = hashlib.sha256()
    sums = {told.hexdigest(): 0}
    for entry in entries:
        told.update(" ".join(segment.sha256 for segment in entry.segments).encode() + b"\n")
        sums[told.hexdigest()] = entry.number
    return sums
