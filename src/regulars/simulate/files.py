"""The made shop's files: written aside, block by block, and renamed into place when complete.

While one block is written, the next is drawn: writing runs in a thread of its own, in order, so
that the bytes are those of writing at once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from regulars.errors import RegularsError, Where

FileFormat = Literal["parquet", "csv"]
_READ = 1 << 20
_CSV_ZONE = "Asia/Shanghai"


class NotSimulated(RegularsError):
    """A shop cannot be made as asked."""

    code = "simulate.failed"


def check_target(folder: Path) -> None:
    """Raise `NotSimulated` where something is in the way of the folder."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise NotSimulated(
            "this is no folder", where=Where(file=str(folder)), todo="name another with --out"
        )
    if folder.exists() and any(folder.iterdir()):
        raise NotSimulated(
            "this folder is not empty, and nothing is overwritten",
            where=Where(file=str(folder)),
            todo="name another with --out, or empty it",
        )


class Files:
    """The files of a run; as a context manager it leaves either all of them or nothing."""

    def __init__(self, target: Path, form: FileFormat, *, ahead: int = 2) -> None:
        """Begin beside `target`.

        Args:
            target: the folder to make; must be new or empty.
            form: of what the shop exports; truth is Parquet always.
            ahead: how many writes may wait while the next block is drawn; 0 writes at once.
        """
        check_target(target)
        # Resolved, so that "." and a path through links get their place beside the folder too.
        self._target, self._form, self._ahead = target.resolve(), form, ahead
        self._aside = self._target.parent / f".{self._target.name}.making-{os.getpid()}"
        self._writers: dict[str, Any] = {}
        self._rows: dict[str, int] = {}
        self._paths: dict[str, Path] = {}
        self._waiting: deque[Future[None]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="simulate-writer")

    def __enter__(self) -> Self:
        try:
            shutil.rmtree(self._aside, ignore_errors=True)
            (self._aside / "truth").mkdir(parents=True)
        except OSError as error:
            self._thread.shutdown()
            raise _cannot(self._target, error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
        for writer in self._writers.values():
            # What is thrown away need not end well.
            _quietly(writer.close)
        shutil.rmtree(self._aside, ignore_errors=True)
        if isinstance(error, OSError):
            raise _cannot(self._target, error) from error

    def write(self, name: str, make: Callable[[], pa.Table]) -> None:
        """Append the rows that `make` gives to the file of this name, such as "truth/cycles"."""
        if self._ahead == 0:
            self._append(name, make)
            return
        self._waiting.append(self._thread.submit(self._append, name, make))
        while len(self._waiting) > self._ahead:
            self._waiting.popleft().result()

    def _append(self, name: str, make: Callable[[], pa.Table]) -> None:
        table = make()
        is_csv = self._form == "csv" and not name.startswith("truth/")
        table = _flat(table) if is_csv else table
        if name not in self._writers:
            path = self._aside / f"{name}.{'csv' if is_csv else 'parquet'}"
            self._paths[name] = path
            self._rows[name] = 0
            if is_csv:
                self._writers[name] = pa_csv.CSVWriter(path, table.schema)
            else:
                self._writers[name] = pq.ParquetWriter(path, table.schema, **_settings(table))
        self._writers[name].write_table(table)
        self._rows[name] += table.num_rows

    def write_text(self, name: str, text: str) -> None:
        """Write a small file whole."""
        (self._aside / name).write_text(text, encoding="utf-8")
        self._paths[name] = self._aside / name
        self._rows[name] = text.count("\n")

    def close_tables(self) -> dict[str, int]:
        """Finish all tables; their rows by name."""
        while self._waiting:
            self._waiting.popleft().result()
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()
        return dict(self._rows)

    def finish(self) -> list[dict[str, Any]]:
        """Rename the folder into place; name, rows, bytes and SHA-256 of each file, by name."""
        self.close_tables()
        told = [
            {
                "file": path.relative_to(self._aside).as_posix(),
                "rows": self._rows[name],
                "bytes": path.stat().st_size,
                "sha256": _sha256(path),
            }
            for name, path in self._paths.items()
        ]
        check_target(self._target)
        self._aside.rename(self._target)
        return sorted(told, key=lambda one: str(one["file"]))


def _settings(table: pa.Table) -> dict[str, Any]:
    """Fixed settings: nothing of the machine or the hour goes into a file."""
    names = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    return {
        "compression": "zstd",
        "compression_level": 1,
        # Texts that are nearly all different gain nothing from a dictionary.
        "use_dictionary": names,
        "version": "2.6",
        "store_schema": False,
        "store_decimal_as_integer": True,
    }


def _flat(table: pa.Table) -> pa.Table:
    """The table as CSV tells it: times of the shop's clock, texts instead of codes."""
    columns = []
    for field, column in zip(table.schema, table.columns, strict=True):
        if pa.types.is_dictionary(field.type):
            column = column.cast(field.type.value_type)
        elif pa.types.is_timestamp(field.type):
            local = pc.local_timestamp(column.cast(pa.timestamp("s", tz=_CSV_ZONE)))
            column = local.cast(pa.string())
        elif pa.types.is_decimal(field.type):
            column = column.cast(pa.string())
        columns.append(column)
    return pa.table(columns, names=table.column_names)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ):
            digest.update(block)
    return digest.hexdigest()


def _quietly(action: Callable[[], object]) -> None:
    try:
        action()
    except (OSError, pa.ArrowException):
        return


def _cannot(target: Path, error: OSError) -> NotSimulated:
    return NotSimulated(
        f"cannot be written ({error.strerror or error}); nothing was kept",
        where=Where(file=str(target)),
        todo="see that the folder may be written and the disk has room",
    )
