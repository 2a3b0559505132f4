"""The book of record as one portable file, and back into a store, whichever database keeps it.

A copy is one state of the book, of the moment at which it began; writers go on meanwhile. It is a
SQLite file with the same tables and one more, `backup_of`, that says what it is a copy of. A store
takes a copy in within one transaction: before its commit the old state stands, after it the new
one, whatever happens in between.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3
import sqlalchemy as sa

from regulars.engines.schema import BOOK, METADATA, RELAYS, SESSIONS
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store, version_of
from regulars.errors import StoreError, Where
from regulars.kernel.failpoint import reach

_ROWS = 10_000
"""Rows at once: enough to be fast, few enough for any memory."""

BACKUP_OF = sa.Table(
    "backup_of",
    sa.MetaData(),
    sa.Column("made_at", sa.Integer, nullable=False, comment="UTC microseconds"),
    sa.Column("regulars", sa.Text, nullable=False, comment="the program that made it"),
    sa.Column("version", sa.Text, nullable=False, comment="of the store's tables"),
    sa.Column("dialect", sa.Text, nullable=False, comment="of the store it was made of"),
    sa.Column("book", sa.Text, nullable=False, comment="which book it is"),
    sa.Column("n", sa.Integer, nullable=False, comment="of the journal's last row"),
    sa.Column("hash", sa.LargeBinary, nullable=False, comment="of the journal's last row"),
    sqlite_strict=True,
)
"""One row: what the file is a copy of."""


@dataclass(frozen=True, slots=True)
class BackupOf:
    """What a backup says of itself.

    Attributes:
        made_at: UTC microseconds.
        regulars: the version of the program that made it.
        version: of the store's tables.
        dialect: of the store it was made of.
        book: the id of the book.
        n: of the journal's last row.
        hash: of the journal's last row.
    """

    made_at: int
    regulars: str
    version: str
    dialect: str
    book: str
    n: int
    hash: bytes


def copy_out(store: Store, file: Path, made_at: int, regulars: str) -> BackupOf:
    """Write one state of the store into a new file; on the disk when this returns.

    Raises:
        StoreError: the store does not answer, or the file cannot be written.
    """
    try:
        if store.dialect == "sqlite":
            _copy_whole(Path(store.place), file)
        else:
            _copy_rows(store, file)
        reach("backup.copied")
        made = _seal(file, store.dialect, made_at, regulars)
    except (pysqlite3.Error, sa.exc.DatabaseError) as error:
        raise _cannot_write(file, error) from error
    sync(file)
    return made


def keep_old(store: Store, file: Path, made_at: int, regulars: str) -> None:
    """The same for a state that is about to give way: as it is, whether it is right or not.

    It is a backup unless it is too damaged to say what it is a copy of.

    Raises:
        StoreError: the store does not answer, or the file cannot be written.
    """
    if store.dialect != "sqlite":
        copy_out(store, file, made_at, regulars)
        return
    try:
        _copy_pages(Path(store.place), file)
        with suppress(pysqlite3.DatabaseError, sa.exc.DatabaseError):
            _seal(file, store.dialect, made_at, regulars)
    except pysqlite3.Error as error:
        raise _cannot_write(file, error) from error
    sync(file)


def sync(path: Path) -> None:
    """Have the file, or the folder's list of files, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_whole(store: Path, file: Path) -> None:
    # VACUUM INTO reads one snapshot, as any reader of a WAL does: the writer goes on. What has been
    # deleted is not in the copy, and a page that does not read breaks it off.
    address = f"{store.absolute().as_uri()}?mode=ro"
    with closing(pysqlite3.connect(address, uri=True, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(file),)).close()


def _copy_pages(store: Path, file: Path) -> None:
    with (
        closing(pysqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(pysqlite3.connect(str(file))) as target,
    ):
        source.backup(target)


def _copy_rows(store: Store, file: Path) -> None:
    with SqliteStore.open(file) as copy, store.read() as source, copy.write() as target:
        lift_timeouts(source)
        _fill(target, source)


def _seal(file: Path, dialect: str, made_at: int, regulars: str) -> BackupOf:
    with closing(_connected(str(file))) as plain:
        # One file and no other beside it, wherever it is carried.
        plain.execute("PRAGMA journal_mode = DELETE").close()
    with opened_as_is(file, "?mode=rw") as connection, connection.begin():
        head = connection.execute(sa.select(BOOK.c.id, BOOK.c.n, BOOK.c.hash)).one()
        version = version_of(connection)
        if version is None:
            raise _no_backup(file, "it has no version")
        made = BackupOf(made_at, regulars, version, dialect, *head)
        BACKUP_OF.drop(connection, checkfirst=True)  # of a store that was put there by hand
        BACKUP_OF.create(connection)
        connection.execute(
            sa.insert(BACKUP_OF), {name: getattr(made, name) for name in BackupOf.__slots__}
        )
    return made


@contextmanager
def opened(file: Path) -> Iterator[sa.Connection]:
    """A backup to be read; nothing is changed, and no file appears beside it.

    Raises:
        StoreError: it is none, or it does not read.
    """
    try:
        with opened_as_is(file, "?mode=ro&immutable=1") as connection, connection.begin():
            yield connection
    except (sa.exc.DatabaseError, pysqlite3.DatabaseError) as error:
        raise _no_backup(file, str(getattr(error, "orig", error))) from error


def backup_of(connection: sa.Connection, file: Path) -> BackupOf:
    """What an opened backup says of itself.

    Raises:
        StoreError: it is none, or was changed since.
    """
    if not sa.inspect(connection).has_table(BACKUP_OF.name):
        raise _no_backup(file, "it does not say what it is a copy of")
    names = [BACKUP_OF.c[name] for name in BackupOf.__slots__]
    rows = connection.execute(sa.select(*names)).all()
    if len(rows) != 1:
        raise _no_backup(file, "it does not say what it is a copy of")
    told = BackupOf(*rows[0])
    head = connection.execute(sa.select(BOOK.c.id, BOOK.c.n, BOOK.c.hash)).one_or_none()
    if head is None or tuple(head) != (told.book, told.n, told.hash):
        raise _no_backup(file, "its book is not the one that it says it is a copy of")
    return told


def is_empty(store: Store) -> bool:
    """Whether nothing has ever been recorded in the store."""
    with store.read() as connection:
        if connection.execute(sa.select(BOOK.c.n)).scalar():
            return False
        return not any(
            connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).scalar()
            for table in METADATA.sorted_tables
            if table not in (BOOK, RELAYS)
        )


def take_in(
    store: Store,
    file: Path,
    *,
    keep: Callable[[], None],
    check: Callable[[sa.Connection], None],
) -> None:
    """Put the book of a backup into the place of the store's own, or leave all as it was.

    Args:
        store: nobody else writes there from the beginning to the end of this.
        file: a backup of this program's version.
        keep: called when nobody else can write any more, to keep the old state.
        check: given the new state before it takes the place; what it raises leaves the old one.

    Raises:
        StoreError: the store does not answer, is full, or is in use for too long.
    """
    with opened(file) as source, store.write() as target:
        lift_timeouts(target)
        _lock_all(target)
        keep()
        reach("restore.kept")
        with _without_guards(target):
            _empty(target)
            reach("restore.emptied")
            _fill(target, source)
        # Whoever was logged in then may have been put out since.
        target.execute(sa.delete(SESSIONS))
        check(target)
        reach("restore.filled")
    if store.dialect == "sqlite":
        _shorten_log(Path(store.place))


def lift_timeouts(connection: sa.Connection) -> None:
    """Let this transaction take as long as it needs."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def _lock_all(connection: sa.Connection) -> None:
    # In SQLite the transaction has locked the whole store already.
    # The book comes first, as for every writer, so that two never wait for each other.
    if connection.dialect.name == "postgresql":
        others = (table.name for table in METADATA.sorted_tables if table is not BOOK)
        names = ", ".join((BOOK.name, *others))
        connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


@contextmanager
def _without_guards(connection: sa.Connection) -> Iterator[None]:
    """Let rows that are never changed be changed, in this transaction only."""
    if connection.dialect.name == "postgresql":
        for table in METADATA.sorted_tables:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
        yield
        for table in METADATA.sorted_tables:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
        return
    guards = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
    ).all()
    for name, _ in guards:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, statement in guards:
        connection.exec_driver_sql(statement)


def _empty(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in METADATA.sorted_tables)
        connection.exec_driver_sql(f"TRUNCATE {names}")
        return
    for table in reversed(METADATA.sorted_tables):
        connection.execute(sa.delete(table))


def _fill(target: sa.Connection, source: sa.Connection) -> None:
    """Copy the rows of all tables; the target's are empty, but for the book."""
    target.execute(sa.delete(BOOK))
    for table in METADATA.sorted_tables:
        options = {"stream_results": True, "yield_per": _ROWS}
        with source.execute(sa.select(table), execution_options=options) as rows:
            _insert(target, table, rows.partitions())
    if target.dialect.name == "postgresql":
        _settle(target)


def _insert(target: sa.Connection, table: sa.Table, parts: Iterable[Sequence[sa.Row[Any]]]) -> None:
    names = ", ".join(column.name for column in table.columns)
    cursor = target.connection.cursor()
    try:
        if target.dialect.name == "postgresql":
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for part in parts:
                    for row in part:
                        copy.write_row(row)
            return
        marks = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
        for part in parts:
            cursor.executemany(statement, [tuple(row) for row in part])
    finally:
        cursor.close()


def _settle(connection: sa.Connection) -> None:
    """Let columns that count by themselves go on behind what was copied, and plans fit it."""
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'),"
                f" coalesce(max({column.name}), 1), max({column.name}) IS NOT NULL)"
                f" FROM {table.name}"
            )
        # Nobody has counted the new rows yet, and who plans by the old ones is slow.
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def _shorten_log(store: Path) -> None:
    """Give the room of the write-ahead log back: it held the whole book once."""
    with (
        closing(pysqlite3.connect(str(store))) as connection,
        suppress(pysqlite3.OperationalError),  # somebody reads; it is done later, by itself
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


@contextmanager
def opened_as_is(file: Path, options: str = "?mode=ro") -> Iterator[sa.Connection]:
    """A SQLite file as it is: neither migrated nor brought into the modes of a store."""
    address = file.absolute().as_uri() + options
    engine = sa.create_engine(
        "sqlite+pysqlite://",
        module=pysqlite3,
        creator=lambda: _connected(address),
        poolclass=sa.NullPool,
    )
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with engine.connect() as connection:
        yield connection


def _connected(address: str) -> Any:
    connection = pysqlite3.connect(address, uri=True, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON").close()
    return connection


def _cannot_write(file: Path, error: Exception) -> StoreError:
    return StoreError(
        f"the backup cannot be written ({getattr(error, 'orig', error)})",
        where=Where(file=str(file)),
        todo="see that there is room and that you may write there; the store is as it was",
    )


def _no_backup(file: Path, why: str) -> StoreError:
    return StoreError(
        f"this is no backup that could be read ({why})",
        where=Where(file=str(file)),
        todo="name a file that `regulars store backup` has written",
    )
