"""Which version a store is of, told before opening it brings it up to date."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from regulars.engines.backup import opened_as_is
from regulars.engines.store import version_of


def version_in_file(file: Path) -> str | None:
    """The version of a SQLite store; None where there is none, or no store yet."""
    if not file.exists():
        return None
    try:
        with opened_as_is(file) as connection:
            return version_of(connection)
    except sa.exc.DatabaseError:
        return None  # whoever opens it is told why it does not open


def version_at(url: str) -> str | None:
    """The same of a database of a PostgreSQL server.

    Raises:
        MissingDependency: psycopg is not installed.
        StoreError: the address is none.
    """
    from regulars.engines.postgres import parsed_url
    from regulars.errors import MissingDependency

    try:
        engine = sa.create_engine(parsed_url(url), poolclass=sa.NullPool)
        with engine.connect() as connection:
            return version_of(connection)
    except ImportError as error:
        raise MissingDependency.of("psycopg", "postgres") from error
    except sa.exc.DBAPIError:
        return None
