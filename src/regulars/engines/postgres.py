"""The book of record in a PostgreSQL database: many readers and writers, on one machine or several.

What is acknowledged is on the server's disk: a session never runs with `synchronous_commit = off`,
whatever the server, the database or the role has as its default. A reader sees one state of the
store throughout (REPEATABLE READ, read only). A writer sees what others have committed by each of
its statements (READ COMMITTED), so what it must not lose it locks first. The tables stand in the
first schema of the search path.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from regulars.engines.postgres_words import explain
from regulars.engines.store import Dialect, Store
from regulars.errors import MissingDependency, StoreError, Where

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCK_SECONDS = 30
"""Who waits longer for another's lock gives up, as in SQLite."""
_STATEMENT_SECONDS = 300
_IDLE_SECONDS = 60  # a writer that stands still in a transaction must not keep the others waiting
_CONNECTIONS = 4
_MORE_CONNECTIONS = 8
_RECYCLE_SECONDS = 1800

_NETWORK = {
    "application_name": "regulars",
    "client_encoding": "utf8",
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
}
"""A server that has vanished from the network is missed within a minute. The address may say
otherwise."""

_SESSION = """
SELECT set_config('synchronous_commit',
                  CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
                       ELSE current_setting('synchronous_commit') END, false),
       set_config('lock_timeout', %s, false),
       set_config('statement_timeout', %s, false),
       set_config('idle_in_transaction_session_timeout', %s, false),
       set_config('tcp_keepalives_idle', '20', false),
       set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '4', false),
       set_config('timezone', 'UTC', false)
"""
_OLDEST = 140_000  # the server's keepalives above free the locks of a client that has vanished


class PostgresStore(Store):
    """The open book of record in a database of a server."""

    dialect: Dialect = "postgresql"

    @classmethod
    def open(cls, url: str) -> PostgresStore:
        """The book of record at the address, its tables made if absent and migrated if older.

        Args:
            url: `postgresql://user@host:5432/database`, with any option of libpq after a `?`. A
                password may stand in it; no message ever shows it.

        Raises:
            MissingDependency: psycopg is not installed.
            StoreAway: the server does not answer.
            StoreError: the address is none, the server lets us not in, or a newer version of
                Regulars wrote the store.
        """
        try:
            import psycopg  # noqa: F401  an extra: most shops keep their store in a file
        except ImportError as error:
            raise MissingDependency.of("psycopg", "postgres") from error
        parsed = parsed_url(url)
        engine = sa.create_engine(
            parsed,
            isolation_level="READ COMMITTED",
            pool_size=_CONNECTIONS,
            max_overflow=_MORE_CONNECTIONS,
            pool_timeout=LOCK_SECONDS,
            pool_pre_ping=True,  # a server started anew costs nobody an error
            pool_recycle=_RECYCLE_SECONDS,
            pool_use_lifo=True,
            connect_args={name: v for name, v in _NETWORK.items() if name not in parsed.query},
        )
        store = cls(engine, place_of(parsed))
        sa.event.listen(engine, "connect", store._configure)
        try:
            store.migrate()
        except BaseException:
            store.close()
            raise
        return store

    @property
    def _conflicts(self) -> tuple[type[Exception], ...]:
        import psycopg

        return sa.exc.IntegrityError, psycopg.IntegrityError

    @property
    def _failures(self) -> tuple[type[Exception], ...]:
        import psycopg

        return sa.exc.DBAPIError, psycopg.Error, sa.exc.TimeoutError

    def _as(self, connection: sa.Connection, write: bool) -> sa.Connection:
        # Both are told to the driver, which puts them into BEGIN: no statement more.
        if write:
            return connection
        return connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def explain(self, error: Exception) -> StoreError:
        """The error in our own words."""
        return explain(error, self.place, self._password())

    def _password(self) -> str:
        return str(self._engine.url.password or "")

    def _configure(self, connection: Any, _record: Any) -> None:
        seconds = (LOCK_SECONDS, _STATEMENT_SECONDS, _IDLE_SECONDS)
        encoding = connection.info.parameter_status("server_encoding")
        version = connection.info.server_version
        if encoding != "UTF8":
            raise StoreError(
                f"the database keeps text as {encoding}, which cannot hold all of it",
                where=Where(file=self.place),
                todo="make one that keeps UTF-8: createdb --encoding=UTF8 --template=template0",
            )
        if version < _OLDEST:
            raise StoreError(
                f"the server is PostgreSQL {version // 10_000}, which is too old",
                where=Where(file=self.place),
                todo=f"use PostgreSQL {_OLDEST // 10_000} or newer",
            )
        with connection.cursor() as cursor:
            cursor.execute(_SESSION, [f"{number}s" for number in seconds])
        connection.commit()  # what is set in a transaction lasts only if it commits


def parsed_url(url: str) -> sa.URL:
    """The address, in parts; any spelling of the scheme that PostgreSQL knows.

    >>> parsed_url("postgres://li@db.example/regulars").render_as_string()
    'postgresql+psycopg://li@db.example/regulars'

    Raises:
        StoreError: it is none; the message does not repeat it, it may hold a password.
    """
    parsed = None
    with suppress(sa.exc.ArgumentError, ValueError):
        parsed = sa.make_url(url)
    if (
        parsed is None
        or parsed.drivername not in ("postgresql", "postgres", "postgresql+psycopg")
        or not parsed.database
    ):
        raise StoreError(
            "this is no address of a PostgreSQL database",
            todo="write it as postgresql://user@host:5432/database",
        )
    return parsed.set(drivername="postgresql+psycopg")


_SECRET = ("password", "sslpassword")


def place_of(url: sa.URL) -> str:
    """The address as errors tell it: without a password, and without what follows the `?`.

    >>> place_of(sa.make_url("postgresql+psycopg://li:s3cret@db/regulars?sslmode=require"))
    'postgresql://li@db/regulars'
    >>> place_of(sa.make_url("postgresql://li@/regulars?host=/run/postgresql"))
    'postgresql://li@/run/postgresql/regulars'
    """
    bare = sa.URL.create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
    ).render_as_string()
    host = url.query.get("host")
    if host and not url.host:
        hosts = host if isinstance(host, str) else ",".join(host)
        user = f"{url.username}@" if url.username else ""
        return f"postgresql://{user}{hosts}/{url.database}"
    return bare


def holds_password(url: sa.URL) -> bool:
    """Whether a password stands in the address, at either of its two places."""
    query: Mapping[str, Any] = url.query
    return url.password is not None or any(name in query for name in _SECRET)
