"""The book of record: one SQLite file, many readers, one writer at a time.

What is acknowledged is on disk (WAL with synchronous=FULL); a write transaction takes the lock at
its beginning (BEGIN IMMEDIATE), so that what it reads cannot change before it writes.

>>> with Store.in_memory() as store, store.read() as connection:
...     connection.exec_driver_sql("SELECT count(*) FROM assignments").scalar()
0
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3
import sqlalchemy as sa

from regulars.engines.store_schema import VERSION
from regulars.errors import StoreError, Where
from regulars.kernel.closing import Closing

__all__ = ["SQLITE_VERSION", "VERSION", "Store", "sqlite_is_safe"]

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
)


class Store(Closing):
    """The open book of record, at the version that this program knows."""

    def __init__(self, engine: sa.Engine, file: str) -> None:
        self._engine = engine
        self._file = file

    @classmethod
    def open(cls, path: Path) -> Store:
        """The book of record in the file, made if absent and migrated if older.

        Raises:
            StoreError: the file is none, or a newer version of Regulars wrote it.
        """
        return cls._opened(sa.URL.create("sqlite+pysqlite", database=str(path)), str(path))

    @classmethod
    def in_memory(cls) -> Store:
        """A book of record that lives and dies with this object."""
        return cls._opened("sqlite+pysqlite://", ":memory:", poolclass=sa.StaticPool)

    @classmethod
    def _opened(cls, url: str | sa.URL, file: str, **options: Any) -> Store:
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
        store = cls(engine, file)
        try:
            store._migrate()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the store throughout; it must not write."""
        with self._transaction(write=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the write lock from its beginning; all of it commits or none.

        Raises:
            StoreError: another process kept the lock for longer than 30 seconds.
        """
        with self._transaction(write=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, write: bool) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as plain:
                connection = plain.execution_options(regulars_write=write)
                with connection.begin():
                    yield connection
        except (sa.exc.IntegrityError, pysqlite3.IntegrityError):
            raise  # a conflict means something to the one who wrote
        except (sa.exc.DatabaseError, pysqlite3.DatabaseError) as error:
            raise _explain(str(getattr(error, "orig", error)), self._file) from error

    def _migrate(self) -> None:
        with self.read() as connection:
            if _version(connection) == VERSION:
                return  # the usual case; alembic is not even imported
        from regulars.engines.migrate import upgrade

        with self.write() as connection:
            upgrade(connection, self._file)


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql(
        "SELECT version_num FROM alembic_version"
    ).scalar()
    return found


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
    return StoreError(f"the store failed ({words})", where=where, todo="nothing was written")
