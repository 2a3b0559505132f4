"""The book of record: durable settings, migrations that commit whole, records that never change."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pysqlite3
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from regulars.engines.migrate import scripts
from regulars.engines.schema import METADATA, VERSION
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store_assignments import SqlAssignments
from regulars.errors import StoreError

EPOCH = (1, date(2026, 11, 11), date(2027, 2, 8), 0.05, "shop:global:1")


def assignment(customer_id: int, arm: str = "treat", test: str = "play:due"):
    return (test, customer_id, "due", 1, arm, 0.5, "2026-11-11", "abc")


def pragma(store: SqliteStore, name: str) -> object:
    with store.read() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_what_is_acknowledged_survives_a_power_cut_and_readers_do_not_wait(tmp_path: Path):
    with SqliteStore.open(tmp_path / "store.sqlite") as store:
        assert pragma(store, "journal_mode") == "wal"
        assert pragma(store, "synchronous") == 2  # FULL
        assert pragma(store, "foreign_keys") == 1
        assert pragma(store, "busy_timeout") == 30_000


def test_the_bundled_sqlite_is_free_of_the_wal_reset_race():
    assert pysqlite3.sqlite_version_info >= (3, 51, 3)


def test_an_affected_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pysqlite3, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(StoreError, match="WAL-reset"):
        SqliteStore.in_memory()


def test_the_migrations_lead_to_the_schema_that_the_program_uses():
    assert scripts().get_current_head() == VERSION
    with SqliteStore.in_memory() as store, store.read() as connection:
        inspector = sa.inspect(connection)
        for table in METADATA.sorted_tables:
            found = {c["name"]: str(c["type"]) for c in inspector.get_columns(table.name)}
            dialect = connection.dialect
            assert found == {c.name: c.type.compile(dialect) for c in table.columns}
            sql = connection.exec_driver_sql(
                "SELECT sql FROM sqlite_master WHERE name = ?", (table.name,)
            ).scalar()
            assert "STRICT" in str(sql)
        assert set(inspector.get_table_names()) == {*METADATA.tables, "alembic_version"}


def test_opening_again_changes_nothing(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    with SqliteStore.open(path) as store:
        assert SqlAssignments(store).record([EPOCH], [assignment(1)], 0)
    with SqliteStore.open(path) as store:
        assert SqlAssignments(store).epochs() == [EPOCH]
        assert SqlAssignments(store).arms("play:due")[0].tolist() == [1]


def test_a_migration_that_fails_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "store.sqlite"

    def broken(*_: object) -> None:
        raise RuntimeError("the machine went down")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", broken)
        with pytest.raises(RuntimeError):
            SqliteStore.open(path)
    connection = pysqlite3.connect(str(path))
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    with SqliteStore.open(path) as store:
        assert SqlAssignments(store).epochs() == []


def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    with SqliteStore.open(path) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError) as caught:
        SqliteStore.open(path)
    assert "version 9999" in caught.value.message
    assert VERSION in caught.value.message
    assert "newer Regulars" in caught.value.todo
    assert caught.value.where.file == str(path)
    connection = pysqlite3.connect(str(path))
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
    connection.close()


def test_a_file_that_is_no_database_is_told_by_name(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    path.write_text("this is a letter, not a database " * 100)
    with pytest.raises(StoreError) as caught:
        SqliteStore.open(path)
    assert caught.value.where.file == str(path)
    assert "backup" in caught.value.todo


def test_a_record_cannot_be_replaced_either():
    with SqliteStore.in_memory() as store:
        book = SqlAssignments(store)
        book.record([EPOCH], [assignment(1, "treat")], 0)
        with pytest.raises(IntegrityError, match="first record wins"), store.write() as connection:
            connection.exec_driver_sql(
                "INSERT OR REPLACE INTO assignments SELECT test, customer_id, play, epoch,"
                " 'hold_out', bucket, assigned_on, playbook, recorded_at FROM assignments"
            )
        assert book.arms("play:due")[1].tolist() == [False]


def test_a_record_that_breaks_another_rule_is_an_error_and_not_a_race():
    with SqliteStore.in_memory() as store:
        book = SqlAssignments(store)
        with pytest.raises(pysqlite3.IntegrityError, match="FOREIGN KEY"):
            book.record([], [assignment(1)], 0)  # its epoch is not on record
        book.record([EPOCH], [], 0)
        with pytest.raises(pysqlite3.IntegrityError, match="arm_is_known"):
            book.record([], [assignment(1, "perhaps")], 0)


def test_a_write_transaction_takes_the_lock_before_it_reads(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    with SqliteStore.open(path) as store:
        started = threading.Event()
        order: list[str] = []

        def second() -> None:
            started.set()
            with store.write():
                order.append("second")

        thread = threading.Thread(target=second)
        with store.write():
            thread.start()
            started.wait()
            with store.read() as reader:  # a reader is not held up
                assert SqlAssignments(store).epochs() == []
                assert reader.exec_driver_sql("SELECT 1").scalar() == 1
            order.append("first")
        thread.join()
        assert order == ["first", "second"]


def test_a_lock_held_too_long_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "store.sqlite"
    with SqliteStore.open(path) as holder:
        monkeypatch.setattr("regulars.engines.sqlite._BUSY_SECONDS", 0.01)
        with (
            SqliteStore.open(path) as other,
            holder.write(),
            pytest.raises(StoreError, match="kept the store"),
            other.write(),
        ):
            pass


RECORDER = """
import sys
from datetime import date
from pathlib import Path
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store_assignments import SqlAssignments

def assignments():
    for customer_id in range(50_000):
        if customer_id == 40_000 and sys.argv[2] == "half":
            print("half way", flush=True)
            sys.stdin.readline()  # the parent kills us here
        yield ("play:due", customer_id, "due", 1, "treat", 0.5, "2026-11-11", "abc")

with SqliteStore.open(Path(sys.argv[1])) as store:
    epoch = (1, date(2026, 11, 11), date(2027, 2, 8), 0.05, "shop:global:1")
    assert SqlAssignments(store).record([epoch], assignments(), 0)
    print("acknowledged", flush=True)
    sys.stdin.readline()  # the parent kills us here
"""


@pytest.mark.parametrize(
    ("when", "says", "kept"), [("half", "half way", 0), ("end", "ack", 50_000)]
)
def test_kill_9_while_recording_leaves_nothing_and_after_it_all(
    tmp_path: Path, when: str, says: str, kept: int
):
    path = tmp_path / "store.sqlite"
    SqliteStore.open(path).close()
    child = subprocess.Popen(
        [sys.executable, "-c", RECORDER, str(path), when],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith(says)
        os.kill(child.pid, signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    with SqliteStore.open(path) as store:
        book = SqlAssignments(store)
        assert len(book.arms("play:due")[0]) == kept
        assert len(book.epochs()) == (1 if kept else 0)
        assert pragma(store, "integrity_check") == "ok"
        assert book.record([] if kept else [EPOCH], [assignment(90_000)], 0)  # and it goes on
