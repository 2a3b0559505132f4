"""The book of record on a disk whose power can fail, and the driver that lets it run there.

SQLite reaches files through a VFS. `Disk` is one that passes everything on to the usual one and
keeps, file by file, how to undo what has been written and not synced since. When the power fails it
undoes all of that, does some of it again (any of the writes, whole or only some sectors, in their
order, some sectors with rubbish), and kills the process. What was synced stays, as it would.

It is stricter than a process that is killed, whose writes the system keeps, and as strict as SQLite
asks of a disk: a write does not damage what lies beside it.
"""

from __future__ import annotations

import os
import random
import re
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import apsw
import pysqlite3
import sqlalchemy as sa

from regulars.engines import sqlite
from regulars.engines.sqlite import SqliteStore

_SECTOR = 512
_STANDSTILL = 0.02
"""Seconds before the cut in which whoever was answered too early has the time to note it."""
_KEPT = (0.0, 0.5, 0.9, 1.0)
"""How likely an unsynced write is there after the cut; drawn file by file."""


class _Write(NamedTuple):
    """Something done to a file: what has to be put back, and what to do again."""

    offset: int
    before: bytes
    size_before: int
    data: bytes | None
    """None where the file was cut off at the offset."""


class Disk(apsw.VFS):  # type: ignore[misc]
    """A VFS that forgets, at the cut, what was not synced.

    Args:
        name: of the VFS; each has its own.
        seed: of what survives.
        cut_at: the call at which the power fails, of those that change or sync a file; 0 for never.
        room: bytes that all files together may have; None for no bound.
        bad_syncs: how many of the syncs fail, as a share.
    """

    def __init__(
        self,
        name: str,
        seed: str = "",
        cut_at: int = 0,
        room: int | None = None,
        bad_syncs: float = 0.0,
    ) -> None:
        self.name, self.cut_at, self.room, self.bad_syncs = name, cut_at, room, bad_syncs
        self.calls = self.failed_syncs = 0
        self.syncs_of: dict[str, int] = {}
        """By the end of the file's name: how often it was synced."""
        self._rng = random.Random(seed)
        self._lock = threading.RLock()
        self._unsynced: dict[str, list[_Write]] = {}
        self._new: set[str] = set()
        """Made and never synced: the folder may not know of them."""
        self._gone: dict[str, bytes] = {}
        """Removed, and the folder not synced: they may be there again."""
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> _File:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        is_new = path is not None and not Path(path).exists()
        opened = _File(self, path, name, flags)
        if is_new and flags[0] & apsw.SQLITE_OPEN_CREATE:
            self._new.add(path)
            self._gone.pop(path, None)
        return opened

    def xDelete(self, path: str, sync_folder: bool) -> None:
        with self.step():
            content = Path(path).read_bytes()
            super().xDelete(path, sync_folder)
            self._unsynced.pop(path, None)
            if path in self._new or sync_folder:
                self._gone.pop(path, None)
            else:
                self._gone[path] = content
            self._new.discard(path)

    @contextmanager
    def step(self) -> Iterator[None]:
        """One of the calls that are counted; the power fails before it, or never in it."""
        with self._lock:
            self.calls += 1
            if self.calls == self.cut_at:
                self.cut()
            yield

    def changed(self, path: str, write: _Write) -> None:
        """Note what was done to a file; where this is the last call, it is in doubt as well."""
        self._unsynced.setdefault(path, []).append(write)

    def synced(self, path: str) -> None:
        """What a file holds stays from now on."""
        self._unsynced.pop(path, None)
        self._new.discard(path)
        end = "wal" if path.endswith("-wal") else "db"
        self.syncs_of[end] = self.syncs_of.get(end, 0) + 1

    def sync_fails(self) -> bool:
        """Whether this sync does; what was written stays in doubt."""
        fails = self.bad_syncs > 0 and self._rng.random() < self.bad_syncs
        self.failed_syncs += fails
        return fails

    def size(self, folder: Path) -> int:
        """Bytes of all files; what processes share of the log's index is none."""
        return sum(one.stat().st_size for one in folder.iterdir() if not one.name.endswith("-shm"))

    def has_room(self, path: str, past: int) -> bool:
        """Whether the file may grow to this size."""
        room = self.room  # another thread may lift the limit meanwhile
        if room is None:
            return True
        return self.size(Path(path).parent) - Path(path).stat().st_size + past <= room

    def cut(self) -> None:
        """The power fails: what was not synced is undone, in part done, and all ends."""
        threading.Event().wait(_STANDSTILL)
        for path, content in self._gone.items():
            if not Path(path).exists() and self._rng.random() < 0.5:
                Path(path).write_bytes(content)
        for path, writes in self._unsynced.items():
            if Path(path).exists():
                self._forget(path, writes)
        for path in self._new:
            if self._rng.random() < 0.5:
                with suppress(FileNotFoundError):
                    Path(path).unlink()
        os.kill(os.getpid(), signal.SIGKILL)

    def _forget(self, path: str, writes: Sequence[_Write]) -> None:
        kept = self._rng.choice(_KEPT)
        file = os.open(path, os.O_RDWR)
        for write in reversed(writes):
            os.pwrite(file, write.before, write.offset)
            os.ftruncate(file, write.size_before)
        for write in writes:
            if self._rng.random() >= kept:
                continue
            if write.data is None:
                os.ftruncate(file, write.offset)
            else:
                self._do_again(file, write.offset, write.data)
        os.close(file)

    def _do_again(self, file: int, offset: int, data: bytes) -> None:
        """Whole, or of its sectors some, and some with rubbish."""
        if self._rng.random() < 0.6:
            os.pwrite(file, data, offset)
            return
        for begin in range(0, len(data), _SECTOR):
            part = data[begin : begin + _SECTOR]
            lot = self._rng.random()
            if lot < 0.5:
                os.pwrite(file, part, offset + begin)
            elif lot < 0.6:
                os.pwrite(file, self._rng.randbytes(len(part)), offset + begin)


class _File(apsw.VFSFile):  # type: ignore[misc]
    """A file on the disk."""

    def __init__(self, disk: Disk, path: str | None, name: Any, flags: list[int]) -> None:
        self._disk, self._path = disk, path or ""
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        with self._disk.step():
            size = self.xFileSize()
            if not self._disk.has_room(self._path, max(size, offset + len(data))):
                raise apsw.FullError("database or disk is full")
            before = self._read(offset, min(len(data), max(0, size - offset)))
            super().xWrite(data, offset)
            self._disk.changed(self._path, _Write(offset, before, size, bytes(data)))

    def xTruncate(self, size: int) -> None:
        with self._disk.step():
            before = self.xFileSize()
            tail = self._read(size, max(0, before - size))
            super().xTruncate(size)
            self._disk.changed(self._path, _Write(size, tail, before, None))

    def xSync(self, flags: int) -> None:
        with self._disk.step():
            if self._disk.sync_fails():
                raise apsw.IOError("the sync failed")
            super().xSync(flags)
            self._disk.synced(self._path)

    def _read(self, offset: int, amount: int) -> bytes:
        return bytes(super().xRead(amount, offset)) if amount else b""


class PowerStore(SqliteStore):
    """The SQLite store on a `Disk`: its settings, tables and words; only the driver differs."""

    @classmethod
    def on(cls, disk: Disk, path: Path, synchronous: str = "") -> PowerStore:
        """The book in the file; `synchronous` is another than the store's own, to see it fail."""
        engine = sa.create_engine(
            sa.URL.create("sqlite+pysqlite", database=str(path)), module=_driver(disk)
        )
        sa.event.listen(engine, "connect", sqlite._configure)
        if synchronous:
            word = f"PRAGMA synchronous = {synchronous}"
            sa.event.listen(engine, "connect", lambda plain, _: plain.execute(word).close())
        sa.event.listen(engine, "begin", sqlite._begin)
        store = cls(engine, str(path))
        store.migrate()
        return store


def _driver(disk: Disk) -> Any:
    """apsw as SQLAlchemy wants a driver to be, with the errors of the one that the store knows."""
    names = (
        "Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError",
        "IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError",
    )  # fmt: skip

    def connect(database: str, **_options: Any) -> _Connection:
        return _Connection(database, disk.name)

    return SimpleNamespace(
        **{name: getattr(pysqlite3, name) for name in names},
        apilevel="2.0",
        paramstyle="qmark",
        threadsafety=1,
        sqlite_version=apsw.sqlite_lib_version(),
        sqlite_version_info=tuple(int(part) for part in apsw.sqlite_lib_version().split(".")),
        Binary=bytes,
        connect=connect,
    )


@contextmanager
def _in_their_words() -> Iterator[None]:
    try:
        yield
    except apsw.ConstraintError as error:
        raise pysqlite3.IntegrityError(str(error)) from error
    except apsw.Error as error:
        raise pysqlite3.OperationalError(_words(error)) from error


def _words(error: apsw.Error) -> str:
    if isinstance(error, apsw.IOError):
        return f"disk I/O error ({error})"
    if isinstance(error, apsw.FullError):
        return "database or disk is full"
    return str(error)


class _Connection:
    isolation_level: str | None = ""

    def __init__(self, path: str, vfs: str) -> None:
        with _in_their_words():
            self.plain = apsw.Connection(path, vfs=vfs)
            self.plain.set_busy_timeout(30_000)

    def cursor(self) -> _Cursor:
        return _Cursor(self)

    def execute(self, statement: str, values: Any = ()) -> _Cursor:
        return self.cursor().execute(statement, values)

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def _end(self, how: str) -> None:
        if self.plain.in_transaction:
            with _in_their_words():
                self.plain.execute(how)

    def create_function(self, name: str, count: int, does: Callable[..., Any], **_: Any) -> None:
        self.plain.create_scalar_function(name, does, count, deterministic=True)

    def close(self) -> None:
        with _in_their_words():
            self.plain.close()


class _Cursor:
    arraysize = 1
    lastrowid: int | None = None

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self.description: Any = None
        self.rowcount = -1
        self._rows: list[Any] = []

    def execute(self, statement: str, values: Any = ()) -> _Cursor:
        return self.executemany(statement, [values])

    def executemany(self, statement: str, sets: Iterable[Any]) -> _Cursor:
        plain = self._connection.plain
        before = plain.total_changes()
        self.description, self._rows = None, []
        with _in_their_words():
            cursor = plain.cursor()
            cursor.exec_trace = self._describe
            for values in sets:
                self._rows += cursor.execute(statement, values).fetchall()
        changes = re.match(r"\s*(INSERT|UPDATE|DELETE)", statement, re.IGNORECASE)
        self.rowcount = plain.total_changes() - before if changes else -1
        return self

    def _describe(self, cursor: Any, _statement: str, _values: Any) -> bool:
        told = cursor.get_description()
        if told:
            self.description = [(column[0], None, None, None, None, None, None) for column in told]
        return True

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        size = size or self.arraysize
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def close(self) -> None:
        self._rows = []
