"""Backups of the book of record and the way back: under load, across databases, after a kill."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pysqlite3
import pytest

from ledger_load import read_notes
from regulars.app import store_backup
from regulars.app.home import Home
from regulars.app.store import open_store
from regulars.app.store_backup import back_up, restore
from regulars.app.store_check import check_store
from regulars.edges.serve.supervisor import _alone
from regulars.engines import backup, migrate
from regulars.engines.sqlite import SqliteStore
from regulars.errors import HomeBusy, LedgerBroken, RegularsError, StoreError
from regulars.ledger.command import Define, Leg, Post, digest_of_key
from regulars.ledger.ledger import Ledger
from store_homes import content, fill, home_in, under_load


@pytest.fixture
def home(request, tmp_path) -> Home:
    """A home with a book in the database that the test names, by default a file."""
    kind = getattr(request, "param", "sqlite")
    url = request.getfixturevalue("postgres_url") if kind == "postgresql" else None
    made = home_in(tmp_path / "shop", url)
    fill(made, tmp_path / "notes")
    return made


BOTH = pytest.mark.parametrize("home", ["sqlite", "postgresql"], indirect=True)


@BOTH
def test_nobody_else_reads_a_backup_while_it_is_written_either(home, tmp_path, monkeypatch):
    met = []

    def look(place: str) -> None:
        met.append((place, [one.stat().st_mode & 0o777 for one in tmp_path.glob("*.partial")]))

    monkeypatch.setattr(backup, "reach", look)
    before = os.umask(0o022)
    try:
        back_up(home, tmp_path / "today.backup")
    finally:
        os.umask(before)
    assert ("backup.copied", [0o600]) in met
    assert (tmp_path / "today.backup").stat().st_mode & 0o777 == 0o600


@BOTH
def test_a_backup_is_one_file_with_the_same_rows_and_says_what_it_is_a_copy_of(home, tmp_path):
    done = back_up(home, tmp_path / "today.backup")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["notes", "shop", "today.backup"]
    with open_store(home) as store, Ledger(store) as ledger:
        head, dialect = ledger.head(), store.dialect
    assert (done.of.n, done.of.hash, done.of.book) == (head.n, head.hash, head.id)
    assert done.of.dialect == dialect
    assert (done.verified.n, done.verified.hash) == (head.n, head.hash)
    assert done.size == (tmp_path / "today.backup").stat().st_size
    assert (tmp_path / "today.backup").stat().st_mode & 0o777 == 0o600
    # It is a store as well, if it comes to that: put in the place of one it opens.
    other = home_in(tmp_path / "other")
    shutil.copy(tmp_path / "today.backup", other.store)
    assert content(other) == content(home)


@BOTH
def test_under_load_a_backup_holds_all_that_was_answered_before_it_began_and_nothing_half(
    home, tmp_path
):
    with under_load(home, tmp_path / "notes") as ledger:
        for nth in range(3):
            file = tmp_path / f"{nth}.backup"
            before = ledger.head()
            done = back_up(home, file)  # which verifies it
            after = ledger.head()
            assert before.n <= done.of.n <= after.n
            assert ledger.entry(done.of.n).n == done.of.n
    fresh = home_in(tmp_path / "fresh")
    restore(fresh, file)
    with open_store(fresh) as store, Ledger(store) as copy:
        assert copy.entry(before.n).n == before.n
    assert check_store(home, known=(done.of.n, done.of.hash)).verified.n >= done.of.n
    assert any(one.answer for one in read_notes(tmp_path / "notes" / "client-0"))


def test_sqlite_to_postgresql_and_back_is_the_same_hash_for_hash(home, tmp_path, postgres_url):
    server = home_in(tmp_path / "server", postgres_url)
    back = home_in(tmp_path / "back")
    there = restore(server, back_up(home, tmp_path / "there").file)
    again = restore(back, back_up(server, tmp_path / "again").file)
    assert content(server) == content(home) == content(back)
    assert there.verified == again.verified == check_store(home).verified
    assert again.of.dialect == "postgresql"
    for one in (server, back):  # and it goes on where it stood
        with open_store(one) as store, Ledger(store) as ledger:
            n = ledger.head().n
            legs = (Leg("points", "issuer", -1), Leg("points", "customer:1", 1))
            assert ledger.ask(Post(key="after", legs=legs), "cli").n == n + 1
        assert check_store(one).verified.n == n + 1


@BOTH
def test_what_was_asked_before_the_move_is_known_after_it(home, tmp_path):
    asked = next(one for one in read_notes(tmp_path / "notes" / "client-1") if one.answer)
    moved = home_in(tmp_path / "moved")
    restore(moved, back_up(home, tmp_path / "file").file)
    with open_store(moved) as store, Ledger(store) as ledger:
        (answer,) = ledger.ask_all([asked.command], asked.by)
        if "receipt" in asked.answer:
            assert answer.as_dict()["n"] == asked.answer["receipt"]["n"]
        else:
            assert isinstance(answer, RegularsError)


@BOTH
def test_a_store_that_holds_something_gives_way_only_if_that_is_said_and_is_kept(home, tmp_path):
    early = back_up(home, tmp_path / "early")
    with open_store(home) as store, Ledger(store) as ledger:
        ledger.ask(Define(key="later", asset="later"), "cli")
    later = content(home)
    with pytest.raises(StoreError, match="holds something already"):
        restore(home, early.file)
    assert content(home) == later
    done = restore(home, early.file, replace=True)
    assert content(home) != later
    assert check_store(home).verified == early.verified
    # What was kept is a backup in its turn.
    assert done.kept is not None
    restore(home, done.kept, replace=True)
    assert content(home) == later


@BOTH
def test_guards_stand_again_after_a_restore(home, tmp_path):
    restore(home, back_up(home, tmp_path / "file").file, replace=True)
    with (
        open_store(home) as store,
        pytest.raises(Exception, match="journal are immutable"),
        store.write() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM journal")


@BOTH
def test_restoring_under_load_loses_nothing_that_was_answered(home, tmp_path):
    file = back_up(home, tmp_path / "file").file
    with under_load(home, tmp_path / "notes") as ledger:
        n = ledger.head().n
        done = restore(home, file, replace=True)
    assert done.kept is not None
    # All that was answered stands in what was kept, or came after the restore and stands here.
    kept = home_in(tmp_path / "kept")
    assert restore(kept, done.kept).verified.n >= n
    there, here = content(kept), content(home)
    requests = {bytes(row[0]) for row in (*there["requests"], *here["requests"])}
    for notes in (tmp_path / "notes").iterdir():
        for one in read_notes(notes):
            if one.answer is not None:
                assert digest_of_key(one.by, one.command.key) in requests
    check_store(home)


def test_a_running_server_is_not_taken_its_store(home, tmp_path):
    file = back_up(home, tmp_path / "file").file
    with _alone(home), pytest.raises(HomeBusy, match="a server runs"):
        restore(home, file, replace=True)
    restore(home, file, replace=True)


def test_a_backup_does_not_take_the_place_of_anything_else(home, tmp_path):
    file = tmp_path / "file"
    back_up(home, file)
    with pytest.raises(StoreError, match="such a file already"):
        back_up(home, file)
    first = file.read_bytes()
    back_up(home, file, replace=True)
    assert file.read_bytes() != first, "another time of making stands in it"
    orders = tmp_path / "orders.csv"
    orders.write_text("id,amount\n1,2\n")
    with pytest.raises(StoreError, match="no backup"):
        back_up(home, orders, replace=True)
    assert orders.read_text() == "id,amount\n1,2\n"
    for replace in (False, True):
        with pytest.raises(StoreError, match="the store itself"):
            back_up(home, home.store, replace=replace)
        with pytest.raises(StoreError, match="the store itself"):
            restore(home, home.store, replace=replace)


def test_a_folder_that_is_not_there_is_told(home, tmp_path):
    with pytest.raises(StoreError, match="cannot be written"):
        back_up(home, tmp_path / "nowhere" / "file")


def test_a_file_that_is_no_backup_is_told_and_changes_nothing(home, tmp_path):
    file = back_up(home, tmp_path / "file").file
    before = content(home)
    whole = file.read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("id,amount\n" * 1000)
    with closing(pysqlite3.connect(str(tmp_path / "foreign"))) as foreign:
        foreign.execute("CREATE TABLE t (a)")
    shutil.copy(home.store, tmp_path / "bare")  # a store without its manifest
    for name in ("half", "empty", "text", "foreign", "bare", "nowhere"):
        with pytest.raises(RegularsError) as told:
            restore(home, tmp_path / name, replace=True)
        assert str(tmp_path / name) in str(told.value) or "damaged" in str(told.value)
    assert content(home) == before


def test_a_backup_that_somebody_has_changed_is_refused(home, tmp_path):
    file = back_up(home, tmp_path / "file").file
    before = content(home)
    with closing(pysqlite3.connect(str(file))) as connection:
        connection.execute("UPDATE accounts SET balance = balance + 1 WHERE account_id = 2")
        connection.commit()
    with pytest.raises(LedgerBroken, match="accounts"):
        restore(home, file, replace=True)
    assert content(home) == before
    assert not list(home.folder.glob("store.sqlite.before-*"))


@BOTH
def test_a_restore_that_would_lose_a_row_on_the_way_is_undone(home, tmp_path, monkeypatch):
    file = back_up(home, tmp_path / "file").file
    before = content(home)
    insert = backup._insert

    def loses_one(target, table, parts) -> None:
        whole = list(parts)
        insert(target, table, [part[:-1] if table.name == "postings" else part for part in whole])

    monkeypatch.setattr(backup, "_insert", loses_one)
    with pytest.raises(LedgerBroken, match="postings"):
        restore(home, file, replace=True)
    assert content(home) == before


def test_a_broken_store_can_be_replaced_and_is_kept_as_it_was(home, tmp_path):
    file = back_up(home, tmp_path / "file").file
    with closing(pysqlite3.connect(str(home.store))) as connection:
        connection.execute("UPDATE accounts SET balance = balance + 1 WHERE account_id = 2")
        connection.commit()
    with pytest.raises(LedgerBroken):
        back_up(home, tmp_path / "other")
    assert not (tmp_path / "other").exists()
    broken = content(home)
    done = restore(home, file, replace=True)
    check_store(home)
    assert done.kept is not None
    shutil.copy(done.kept, home_in(tmp_path / "look").store)
    look = Home.open(tmp_path / "look")
    assert content(look) == broken


def test_an_older_backup_is_migrated_and_a_newer_one_refused(home, tmp_path, monkeypatch):
    file = back_up(home, tmp_path / "file").file
    newer = tmp_path / "newer"
    shutil.copy(file, newer)
    with closing(pysqlite3.connect(str(newer))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE backup_of SET version = '9999'")
        connection.commit()
    with pytest.raises(StoreError, match="version 9999, this program knows up to"):
        restore(home, newer, replace=True)
    # A program with one migration more meets the backup of today's.
    folder = tmp_path / "migrations"
    shutil.copytree(migrate._FOLDER, folder)
    last = max(one.name[1:5] for one in folder.glob("v*.py"))
    (folder / "v9998_later.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '9998', '{last}'\n"
        "def upgrade() -> None:\n"
        "    op.execute('CREATE TABLE later (a INTEGER) STRICT')\n"
    )
    monkeypatch.setattr(migrate, "_FOLDER", folder)
    monkeypatch.setattr("regulars.engines.store.VERSION", "9998")
    monkeypatch.setattr(store_backup, "VERSION", "9998")
    done = restore(home, file, replace=True)
    assert done.of.version == last
    with SqliteStore.open(home.store) as store, store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM later").scalar() == 0
    assert not list(tmp_path.glob("*.partial")), "the migrated copy is gone"


_VERB = """
import sys
from pathlib import Path
from regulars.app.home import Home
from regulars.app.store_backup import back_up, restore
home, verb, file = Home.open(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3])
back_up(home, file) if verb == "backup" else restore(home, file, replace=True)
"""


def _killed_at(failpoint: str, home: Home, verb: str, file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _VERB, str(home.folder), verb, str(file)],
        env={**os.environ, "REGULARS_FAILPOINT": f"{failpoint}:kill"},
        check=False,
    )
    assert done.returncode == -9, f"{failpoint} was reached"


@pytest.mark.parametrize("failpoint", ["backup.copied", "backup.sealed"])
def test_a_kill_during_a_backup_leaves_no_file_of_that_name(home, tmp_path, failpoint):
    file = tmp_path / "file"
    _killed_at(failpoint, home, "backup", file)
    assert not file.exists()
    before = content(home)
    back_up(home, file)
    assert not list(tmp_path.glob("*.partial")), "what was left half written is swept away"
    assert content(home) == before


@pytest.mark.parametrize("failpoint", ["restore.kept", "restore.emptied", "restore.filled"])
@BOTH
def test_a_kill_during_a_restore_leaves_the_old_state(home, tmp_path, failpoint):
    file = back_up(home, tmp_path / "file").file
    with open_store(home) as store, Ledger(store) as ledger:
        ledger.ask(Define(key="later", asset="later"), "cli")
    before = content(home)
    _killed_at(failpoint, home, "restore", file)
    assert content(home) == before
    check_store(home)
    restore(home, file, replace=True)
    assert content(home) != before


def test_two_backups_at_once_do_not_meet(home, tmp_path):
    failed: list[Exception] = []

    def run(nth: int) -> None:
        try:
            back_up(home, tmp_path / f"{nth}.backup")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(nth,)) for nth in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failed
    assert len(list(tmp_path.glob("*.backup"))) == 4


def test_an_empty_store_is_told_from_one_with_something_in_it(tmp_path):
    with SqliteStore.open(tmp_path / "store.sqlite") as store:
        assert backup.is_empty(store)
        with Ledger(store) as ledger:
            ledger.ask(Define(key="a", asset="points"), "cli")
        assert not backup.is_empty(store)
