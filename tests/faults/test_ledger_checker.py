"""The checker of the crash tests sees what they are there to find."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger_checker import Told, check, check_reversals
from ledger_load import Noted, clients_in_process, set_up
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store
from regulars.errors import LedgerBroken
from regulars.ledger.command import Leg, Post, Reverse, TakeBack
from regulars.ledger.ledger import Ledger

EARN = Post(key="e", legs=(Leg("points", "issuer", -5), Leg("points", "customer:1", 5)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A book that a few clients have used."""
    enough = threading.Semaphore(0)
    with SqliteStore.open(tmp_path / "store.sqlite") as opened:
        with Ledger(opened) as ledger:
            set_up(ledger, tmp_path)
            stopped = threading.Event()
            ledger.on_commit(enough.release)
            clients = clients_in_process(ledger, tmp_path, 4, "checker", stopped.is_set)
            for _ in range(20):
                enough.acquire()
            stopped.set()
            for one in clients:
                one.join()
        yield opened


@pytest.fixture
def told(store: Store, tmp_path: Path) -> Told:
    return Told.of(tmp_path.glob("client-*"))


def a_receipt(told: Told) -> Any:
    return next(one for one in told.answers.values() if "receipt" in one)["receipt"]


def test_it_finds_nothing_where_nothing_has_happened(store: Store, told: Told) -> None:
    found = check(store, told)
    assert (found.asked, found.done_unanswered) == (found.answered, 0)


def test_the_clients_take_back_what_they_have_asked_for(told: Told) -> None:
    done = [told.asked[who] for who, answer in told.answers.items() if "receipt" in answer]
    for kind in (Reverse, TakeBack):
        assert any(isinstance(one, kind) for one in done)


def test_it_sees_that_more_of_an_entry_was_taken_back_than_is_noted(
    store: Store, told: Told
) -> None:
    with store.read() as connection:
        check_reversals(connection)
    with store.write() as connection:
        connection.exec_driver_sql(
            "DELETE FROM reversed WHERE posting_id = (SELECT max(posting_id) FROM reversed)"
        )
    with store.read() as connection, pytest.raises(AssertionError):
        check_reversals(connection)


def test_it_sees_an_answer_that_the_book_knows_nothing_of(store: Store, told: Told) -> None:
    told.add(Noted("key:client-0", EARN, {"receipt": {"n": 1}}))
    with pytest.raises(AssertionError, match="answered, and lost"):
        check(store, told)


def test_it_sees_what_nobody_has_asked(store: Store, told: Told) -> None:
    with Ledger(store) as ledger:
        ledger.ask(EARN, by="cli")
    with pytest.raises(AssertionError, match="never asked"):
        check(store, told)


def test_it_sees_what_is_answered_otherwise_the_second_time(store: Store, told: Told) -> None:
    a_receipt(told)["at"] += 1
    with pytest.raises(AssertionError):
        check(store, told)


def test_it_sees_that_one_key_was_answered_in_two_ways(told: Told) -> None:
    told.add(Noted("cli", EARN, {"receipt": {"n": 7}}))
    with pytest.raises(AssertionError):
        told.add(Noted("cli", EARN, {"receipt": {"n": 8}}))


def test_it_sees_a_balance_that_its_postings_do_not_make(store: Store, told: Told) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE accounts SET balance = balance + 1 WHERE account_id = 1")
    with pytest.raises(LedgerBroken):
        check(store, told)
