"""The book of record, whichever database keeps it: transactions, and errors in our own words.

`sqlite.SqliteStore` is one file; `postgres.PostgresStore` a database of a server. Both give the
same: what is acknowledged is durable, a reader sees one state throughout, a writer commits all or
nothing.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import sqlalchemy as sa

from regulars.engines.schema import VERSION
from regulars.errors import StoreError
from regulars.kernel.closing import Closing

Connection = sa.Connection
"""In a transaction of the store; those downstream pass it on and know no more of it."""

Dialect = Literal["sqlite", "postgresql"]


class Store(Closing):
    """An open book of record, at the version that this program knows.

    Attributes:
        dialect: which database keeps it.
        place: the file, or the server's address without a password, for errors.
    """

    dialect: Dialect
    place: str

    def __init__(self, engine: sa.Engine, place: str) -> None:
        self._engine = engine
        self.place = place

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the store throughout; it must not write.

        Raises:
            StoreError: the store does not answer.
        """
        with self._transaction(write=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that writes; all of it commits or none.

        In SQLite it holds the write lock from its beginning. In PostgreSQL others may write at the
        same time; who adds to the ledger's journal locks the book first (`store_ledger.take_lane`).

        Raises:
            StoreError: the store does not answer, is full, or was locked for too long.
        """
        with self._transaction(write=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, write: bool) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as plain:
                connection = self._as(plain, write)
                with connection.begin():
                    yield connection
        except self._conflicts:
            raise  # a conflict means something to the one who wrote
        except self._failures as error:
            raise self.explain(error) from error

    @property
    @abstractmethod
    def _conflicts(self) -> tuple[type[Exception], ...]:
        """Errors of constraints, of SQLAlchemy and of the driver."""

    @property
    @abstractmethod
    def _failures(self) -> tuple[type[Exception], ...]:
        """Errors of the database, of SQLAlchemy and of the driver."""

    @abstractmethod
    def _as(self, connection: sa.Connection, write: bool) -> sa.Connection:
        """The connection, set to begin a transaction that writes or only reads."""

    @abstractmethod
    def explain(self, error: Exception) -> StoreError:
        """A database's error in our own words: `StoreError`, `StoreFull` or `StoreAway`."""

    def migrate(self) -> str | None:
        """Bring the store to this program's version; the version before, None if it had none.

        Raises:
            StoreError: a newer version of Regulars wrote it; nothing is changed.
        """
        with self.read() as connection:
            before = version_of(connection)
        if before == VERSION:
            return before  # the usual case; alembic is not even imported
        from regulars.engines.migrate import upgrade

        with self.write() as connection:
            upgrade(connection, self.place)
        return before


def version_of(connection: sa.Connection) -> str | None:
    """The version of the store's tables; None where there are none yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql(
        "SELECT version_num FROM alembic_version"
    ).scalar()
    return found
