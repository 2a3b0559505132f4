"""What the database itself can tell of a store: pages, indexes, constraints, guarding triggers.

>>> from regulars.engines.sqlite import SqliteStore
>>> with SqliteStore.in_memory() as store, store.read() as connection:
...     check_database(connection)
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from regulars.engines.backup import lift_timeouts
from regulars.engines.schema import IMMUTABLE, METADATA
from regulars.errors import LedgerBroken, Where

_TODO = "restore the last backup that verifies: regulars store restore FILE --replace"
_INVALID_INDEXES = """
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = current_schema()::regnamespace AND NOT (i.indisvalid AND i.indisready)
"""
_INVALID_CONSTRAINTS = """
SELECT conrelid::regclass || '.' || conname FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND NOT convalidated
"""
_GUARDS_ON_SERVER = """
SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
WHERE c.relnamespace = current_schema()::regnamespace AND tgenabled IN ('O', 'A')
"""
_CHECKSUMS = """
SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()
"""


def check_database(connection: sa.Connection) -> None:
    """See whether the database keeps what it has been told to keep.

    Raises:
        LedgerBroken: the first thing that is not right, by name.
    """
    lift_timeouts(connection)
    on_server = connection.dialect.name == "postgresql"
    for name, message in _on_server(connection) if on_server else _in_file(connection):
        raise LedgerBroken(message, where=Where(file=name), todo=_TODO)
    guards = set(
        connection.exec_driver_sql(
            _GUARDS_ON_SERVER
            if on_server
            else "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).scalars()
    )
    for table in IMMUTABLE:
        for event in ("update", "delete", "truncate") if on_server else ("update", "delete"):
            if f"{table}_no_{event}" not in guards:
                raise LedgerBroken(
                    f"the trigger that refuses every {event.upper()} is gone",
                    where=Where(file=table),
                    todo="find out who took it away, and what was changed since",
                )


def _in_file(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    for found in connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars():
        if found != "ok":
            yield "store", f"the database is damaged ({found})"
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield table, f"row {row} names a row of {parent} that is not there"


def _on_server(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    for name in connection.exec_driver_sql(_INVALID_INDEXES).scalars():
        yield name, "the index is not valid"
    for name in connection.exec_driver_sql(_INVALID_CONSTRAINTS).scalars():
        yield name, "the constraint has not been checked against all rows"
    if failures := connection.exec_driver_sql(_CHECKSUMS).scalar():
        yield "pg_stat_database", f"{failures} pages did not have their checksum"
    for table in METADATA.sorted_tables:
        # Reads every row through the heap: a page that does not read fails here.
        connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()
