"""The power fails: what was not synced is gone or torn, and nothing that was answered is missing.

The method is proved by settings that sync less: with them the same cuts lose what was answered.
"""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from faults.apsw_store import Disk, PowerStore
from faults.ledger_book import Book
from ledger_checker import Told, check
from ledger_load import clients_in_process, set_up
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import version_of
from regulars.errors import StoreError
from regulars.ledger.ledger import Ledger

SEED = "20261122"


def test_whatever_an_outage_leaves_of_unsynced_writes_no_answer_is_lost(tmp_path: Path) -> None:
    book = Book(tmp_path, SEED)
    for _ in range(7):
        book.cut_power(book.rng.randrange(20, 4_000))
    book.cut_power(book.rng.randrange(1, 60), after="start")  # while it recovers from the last one
    found = book.check()
    assert found.answered > 50, found


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_a_store_that_synced_less_would_lose_what_was_answered(
    tmp_path: Path, synchronous: str
) -> None:
    book = Book(tmp_path, f"{SEED}:{synchronous}")
    for _ in range(5):
        book.cut_power(book.rng.randrange(1_000, 3_000), synchronous=synchronous)
        try:
            missing = book.lost()
        except StoreError:
            missing = len(book.told().answers)  # not even the file is whole
        if missing:
            return
    raise AssertionError("the cuts would show nothing")


def test_an_outage_while_the_store_is_made_leaves_one_that_opens(tmp_path: Path) -> None:
    disk = Disk("counting")
    PowerStore.on(disk, tmp_path / "whole.sqlite").close()
    for at in random.Random(SEED).sample(range(1, disk.calls), 5):
        book = Book(tmp_path / str(at), f"{SEED}:{at}", is_made=False)
        book.cut_power(at, after="start")
        with SqliteStore.open(book.path) as store, store.read() as connection:
            assert version_of(connection) is not None
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_every_group_of_answers_stands_behind_a_sync_of_its_own(tmp_path: Path) -> None:
    disk = Disk("synced")
    stopped = threading.Event()
    with PowerStore.on(disk, tmp_path / "store.sqlite") as store:
        with Ledger(store) as ledger:
            before = disk.syncs_of["wal"]
            set_up(ledger, tmp_path)
            committed = threading.Semaphore(0)
            ledger.on_commit(committed.release)
            clients = clients_in_process(ledger, tmp_path, 16, SEED, stopped.is_set)
            for _ in range(100):
                committed.acquire()
            stopped.set()
            for one in clients:
                one.join()
            commits = ledger.figures.commits
        assert disk.syncs_of["wal"] - before >= commits >= 100
        check(store, Told.of(tmp_path.glob("client-*")))
