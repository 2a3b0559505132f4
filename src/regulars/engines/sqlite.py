"""The book of record in one SQLite file: many readers, one writer at a time.

What is acknowledged is on disk (WAL with synchronous=FULL); a write transaction takes the lock at
its beginning (BEGIN IMMEDIATE), so that what it reads cannot change before it writes.

>>> with SqliteStore.in_memory() as store, store.read() as connection:
...     connection.exec_driver_sql("SELECT count(*) FROM assignments").scalar()
0
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pysqlite3
import sqlalchemy as sa

from regulars.engines.store import Dialect, Store
from regulars.errors import StoreError, StoreFull, Where

SQLITE_VERSION: str = pysqlite3.sqlite_version
"""The SQLite that keeps the store, for `doctor`."""

_BUSY_SECONDS = 30.0
_SAFE_SQLITE = (3, 51, 3)


def sqlite_is_safe() -> bool:
    """Whether this SQLite is free of the WAL-reset race, which can corrupt a database."""
    return bool(pysqlite3.sqlite_version_info >= _SAFE_SQLITE)


_SETTINGS = (
    "PRAGMA journal_mode = WAL",  # readers never wait for the writer
    "PRAGMA synchronous = FULL",  # nothing acknowledged is lost with the power; NORMAL would lose
    "PRAGMA foreign_keys = ON",  # off by default in SQLite
    "PRAGMA cache_size = -65536",  # 64 MB: the upper pages of large indexes stay in memory
)


class SqliteStore(Store):
    """The open book of record in a file."""

    dialect: Dialect = "sqlite"

    @classmethod
    def open(cls, path: Path) -> SqliteStore:
        """The book of record in the file, made if absent and migrated if older.

        Raises:
            StoreError: the file is none, or a newer version of Regulars wrote it.
        """
        # Sums of passwords stand in it; SQLite gives the files beside it the same mode.
        with suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        return cls._opened(sa.URL.create("sqlite+pysqlite", database=str(path)), str(path))

    @classmethod
    def in_memory(cls) -> SqliteStore:
        """A book of record that lives and dies with this object."""
        return cls._opened("sqlite+pysqlite://", ":memory:", poolclass=sa.StaticPool)

    @classmethod
    def _opened(cls, url: str | sa.URL, place: str, **options: Any) -> SqliteStore:
        if not sqlite_is_safe():
            raise StoreError(
                f"SQLite {pysqlite3.sqlite_version} can corrupt the store (WAL-reset race)",
                todo="install a newer pysqlite3: pip install --upgrade 'pysqlite3>=0.6.1'",
            )
        engine = sa.create_engine(
            url, module=pysqlite3, connect_args={"timeout": _BUSY_SECONDS}, **options
        )
        sa.event.listen(engine, "connect", _configure)
        sa.event.listen(engine, "begin", _begin)
        store = cls(engine, place)
        try:
            store.migrate()
        except BaseException:
            store.close()
            raise
        return store

    @property
    def _conflicts(self) -> tuple[type[Exception], ...]:
        return sa.exc.IntegrityError, pysqlite3.IntegrityError

    @property
    def _failures(self) -> tuple[type[Exception], ...]:
        return sa.exc.DatabaseError, pysqlite3.DatabaseError

    def _as(self, connection: sa.Connection, write: bool) -> sa.Connection:
        return connection.execution_options(regulars_write=write)

    def explain(self, error: Exception) -> StoreError:
        """The error in our own words."""
        return _explain(str(getattr(error, "orig", error)), self.place)


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver would begin transactions by its own rules
    for statement in _SETTINGS:
        connection.execute(statement).close()


def _begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("regulars_write", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _explain(words: str, file: str) -> StoreError:
    where = Where(file=file)
    if "locked" in words or "busy" in words:
        return StoreError(
            f"another process kept the store for more than {_BUSY_SECONDS:.0f} seconds",
            where=where,
            todo="wait for it to end, then try again; nothing was written",
        )
    if "not a database" in words or "malformed" in words:
        return StoreError(
            f"the store does not open ({words})",
            where=where,
            todo="put the last backup of store.sqlite in its place",
        )
    if "disk is full" in words or "disk I/O" in words:
        return StoreFull(
            f"nothing can be written ({words})",
            where=where,
            todo="make room on the disk; all goes on by itself then, and nothing was written",
        )
    return StoreError(f"the store failed ({words})", where=where, todo="nothing was written")
