"""Bring the book of record to the version that this program knows.

Alembic runs inside the caller's transaction, so a migration and the record that it ran commit
together: after a crash at any moment the store is of the old version or of the new one. Two
programs that start at the same time migrate one after the other, and the second finds it done.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory

from regulars.errors import StoreError, Where

_FOLDER = Path(__file__).parent / "migrations"
_FIRST_TABLE = "holdout_epochs"
_LANE = 0x5265_6775_6C61_7273
"""Of PostgreSQL's advisory locks, that of migrations: the letters of Regulars."""


def scripts() -> ScriptDirectory:
    """The migrations inside the package."""
    return ScriptDirectory(str(_FOLDER), version_locations=[str(_FOLDER)])


def upgrade(connection: sa.Connection, file: str) -> None:
    """Run the migrations that the store lacks, within the connection's transaction.

    Args:
        connection: in a transaction that writes.
        file: the store's place, for errors.

    Raises:
        StoreError: the store is of a version that this program does not know, or another program's.
    """
    folder = scripts()
    known = [script.revision for script in folder.walk_revisions()]

    def steps(heads: tuple[str, ...] | str, _context: MigrationContext) -> list[MigrationStep]:
        found = [heads] if isinstance(heads, str) else list(heads)
        if strange := [head for head in found if head not in known]:
            if not sa.inspect(connection).has_table(_FIRST_TABLE):
                raise StoreError(
                    f"this database is another program's (its version is {strange[0]})",
                    where=Where(file=file),
                    todo="give Regulars a database of its own",
                )
            raise StoreError(
                f"the store is of version {strange[0]}, this program knows up to {known[0]}",
                where=Where(file=file),
                todo="use the newer Regulars that wrote it: pip install --upgrade regulars",
            )
        missing = folder.iterate_revisions("head", found[0] if found else "base")
        return [
            MigrationStep.upgrade_from_script(folder.revision_map, script)
            for script in reversed(list(missing))
        ]

    if connection.dialect.name == "postgresql":
        _take_turn(connection)
    # SQLite's DDL is transactional, which Alembic does not assume of it.
    with EnvironmentContext(Config(), folder, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        with environment.begin_transaction():
            environment.run_migrations()


def _take_turn(connection: sa.Connection) -> None:
    """Wait for another that migrates now; a migration itself may take as long as it needs."""
    for statement in (
        "SET LOCAL statement_timeout = 0",
        "SET LOCAL lock_timeout = '10min'",
        f"SELECT pg_advisory_xact_lock({_LANE})",
    ):
        connection.exec_driver_sql(statement)
