"""Migrating a store while somebody writes to it: nothing that was acknowledged is lost."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from ledger_load import read_notes
from regulars.app.home import Home
from regulars.app.store import open_store
from regulars.app.store_migration import migrate_store
from regulars.engines import migrate
from regulars.errors import StoreError
from regulars.ledger.command import Leg, Post, digest_of_key
from regulars.ledger.ledger import Ledger
from regulars.ledger.verify import verify
from store_homes import content, fill, home_in, under_load

_LEGS = (Leg("points", "issuer", -1), Leg("points", "customer:1", 1))
BOTH = pytest.mark.parametrize("home", ["sqlite", "postgresql"], indirect=True)


LAST = max(one.name[1:5] for one in migrate._FOLDER.glob("v*.py"))


@pytest.fixture
def home(request, tmp_path) -> Home:
    """A home with an empty book in the database that the test names."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return home_in(tmp_path / "shop", url)


def _program_with(monkeypatch, folder: Path, *statements: str) -> None:
    """From now on the program knows one migration more."""
    shutil.copytree(migrate._FOLDER, folder)
    (folder / "v9998_later.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '9998', {LAST!r}\n"
        "def upgrade() -> None:\n"
        + "".join(f"    op.execute({statement!r})\n" for statement in statements)
    )
    monkeypatch.setattr(migrate, "_FOLDER", folder)
    monkeypatch.setattr("regulars.engines.store.VERSION", "9998")


def _all_answered_is_there(home: Home, notes: Path) -> None:
    requests = {bytes(row[0]) for row in content(home)["requests"]}
    answered = [
        one for file in notes.iterdir() for one in read_notes(file) if one.answer is not None
    ]
    assert answered
    assert all(digest_of_key(one.by, one.command.key) in requests for one in answered)


@BOTH
def test_a_writer_goes_on_beside_a_migration_that_leaves_it_what_it_needs(
    home, tmp_path, monkeypatch
):
    more = threading.Event()
    with under_load(home, tmp_path / "notes") as ledger:
        _program_with(
            monkeypatch,
            tmp_path / "migrations",
            "ALTER TABLE accounts ADD COLUMN remark TEXT",
            "CREATE INDEX journal_by_kind ON journal (kind)",
        )
        done = migrate_store(home)
        assert (done.before, done.now) == (LAST, "9998")
        wanted = ledger.figures.commits + 20
        ledger.on_commit(lambda: more.set() if ledger.figures.commits >= wanted else None)
        assert more.wait(30), "the writer goes on"
        assert ledger.figures.failures == 0
    _all_answered_is_there(home, tmp_path / "notes")
    with open_store(home) as store, store.read() as connection:
        verify(connection)


@BOTH
def test_a_writer_that_misses_what_it_needs_says_so_and_has_lost_nothing(
    home, tmp_path, monkeypatch
):
    with under_load(home, tmp_path / "notes") as ledger:
        _program_with(
            monkeypatch, tmp_path / "migrations", "ALTER TABLE postings RENAME TO postings_2"
        )
        migrate_store(home)
        with pytest.raises(StoreError, match="postings"):
            ledger.ask(Post(key="after", legs=_LEGS), "cli")
    with open_store(home) as store, store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE postings_2 RENAME TO postings")
        verify(connection)
    _all_answered_is_there(home, tmp_path / "notes")


@BOTH
def test_a_migration_that_fails_leaves_the_store_at_its_version(home, tmp_path, monkeypatch):
    fill(home, tmp_path / "notes", commands=50)
    before = content(home)
    with monkeypatch.context() as patched:
        _program_with(
            patched, tmp_path / "migrations", "CREATE TABLE later (a INTEGER)", "DROP TABLE nothing"
        )
        with pytest.raises(StoreError, match="nothing"):
            migrate_store(home)
    assert content(home) == before
    done = migrate_store(home)
    assert done.before == done.now == LAST


@BOTH
def test_what_a_newer_program_has_written_is_left_alone(home, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        _program_with(patched, tmp_path / "migrations", "CREATE TABLE later (a INTEGER)")
        migrate_store(home)
    with pytest.raises(StoreError, match="version 9998, this program knows up to"):
        migrate_store(home)


def test_a_store_that_is_not_there_yet_is_made(tmp_path):
    home = home_in(tmp_path / "shop")
    done = migrate_store(home)
    assert (done.before, done.now) == (None, LAST)
    with open_store(home) as store, Ledger(store) as ledger:
        assert ledger.head().n == 0
