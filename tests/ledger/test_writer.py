"""The one writer: groups, failures that concern one only, and an end that leaves nobody waiting."""

from __future__ import annotations

import threading
import time

import pytest

from regulars.benefit.envelope.claiming import ClaimEnvelope
from regulars.engines.store import Store
from regulars.errors import InvalidCommand, LedgerBroken, RegularsError, StoreAway, StoreError
from regulars.ledger.command import Define, Leg, Post, Void
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt
from regulars.ledger.writer import _PATIENCE


def earn(key: str, customer: int = 7, amount: int = 1) -> Post:
    legs = (Leg("points", "issuer", -amount), Leg("points", f"customer:{customer}", amount))
    return Post(key=key, legs=legs)


@pytest.fixture
def ledger(store: Store):
    with Ledger(store) as ledger:
        ledger.ask(Define(key="define", asset="points"), by="test")
        yield ledger


def test_who_comes_while_the_writer_is_busy_shares_the_next_commit(ledger: Ledger):
    may_go_on, all_told = threading.Event(), threading.Event()
    answers: list[object] = []

    def told(answer: object) -> None:
        answers.append(answer)
        if len(answers) == 16:
            all_told.set()

    is_busy = threading.Event()

    def busy(_: object) -> None:
        is_busy.set()
        may_go_on.wait()

    ledger.submit(earn("busy"), "test", busy)
    assert is_busy.wait(30)
    before = ledger.figures.commits
    for number in range(16):
        ledger.submit(earn(f"k{number}"), "test", told)
    may_go_on.set()
    assert all_told.wait(30)
    assert all(isinstance(answer, Receipt) for answer in answers)
    assert ledger.figures.commits == before + 1


def test_a_command_that_makes_no_sense_is_refused_before_it_waits(ledger: Ledger):
    with pytest.raises(InvalidCommand):
        ledger.ask(Post(key="k", legs=()), by="test")
    legs = (Leg("points", "issuer", -1), Leg("points", "customer:7", 2))
    with pytest.raises(InvalidCommand, match="sum to 0"):
        ledger.ask(Post(key="k", legs=legs), by="test")


def test_what_the_database_refuses_fails_alone_and_leaves_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    """A decision that overlooks a balance: the constraint refuses it, and only it."""
    monkeypatch.setattr("regulars.ledger.state.Draft.room", lambda *_: 10**9)
    legs = (Leg("points", "customer:7", -5), Leg("points", "customer:8", 5))
    ledger.ask(earn("first"), by="test")
    answers = ledger.ask_all([earn("a"), Post(key="over", legs=legs), earn("b")], by="test")
    assert isinstance(answers[0], Receipt)
    assert isinstance(answers[1], LedgerBroken)
    assert isinstance(answers[2], Receipt)
    assert ledger.balance("points", "customer:7").balance == 3
    monkeypatch.undo()
    assert ledger.ask(earn("c"), by="test").n == answers[2].n + 1


def test_one_who_asks_and_fails_to_listen_does_not_stop_the_others(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
):
    def deaf(_: object) -> None:
        raise RuntimeError("not listening")

    ledger.submit(earn("deaf"), "test", deaf)
    assert ledger.ask(earn("next"), by="test").n
    assert ledger.balance("points", "customer:7").balance == 2
    assert "not listening" in capsys.readouterr().err


def test_what_was_asked_before_the_end_is_done_and_afterwards_nothing_is_taken(store: Store):
    ledger = Ledger(store)
    answers: list[object] = []
    ledger.submit(Define(key="d", asset="points"), "test", answers.append)
    for number in range(50):
        ledger.submit(earn(f"k{number}"), "test", answers.append)
    ledger.close()
    assert len(answers) == 51
    with pytest.raises(StoreError, match="closed"):
        ledger.ask(earn("late"), by="test")


def test_work_beside_the_ledger_commits_with_its_row_of_the_journal_or_not_at_all(ledger: Ledger):
    def write(connection, n):
        connection.exec_driver_sql("INSERT INTO relays (name, n) VALUES ('mine', 1)")
        return n

    n = ledger.record("access.test", {"what": "tried"}, "test", write)
    assert ledger.entry(n).body.detail == {"what": "tried"}
    assert ledger.head().access_n == n

    def fails(connection, n):
        connection.exec_driver_sql("INSERT INTO relays (name, n) VALUES ('other', 1)")
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        ledger.record("access.test", {}, "test", fails)
    assert ledger.head().n == n
    with ledger.store.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM relays").scalars().all()
    assert names == ["mine"]


def test_what_the_database_cannot_keep_concerns_only_who_asked_for_it(ledger: Ledger):
    # 2^63 is no number of a row in either database; PostgreSQL says so only as it is asked.
    answers = ledger.ask_all([earn("a"), Void(key="far", hold=2**63), earn("b")], "test")
    assert isinstance(answers[1], RegularsError)
    assert [isinstance(answer, Receipt) for answer in answers] == [True, False, True]
    assert ledger.balance("points", "customer:7").balance == 2


def test_a_name_that_postgresql_has_no_text_for_is_refused_at_once(ledger: Ledger):
    claim = ClaimEnvelope(key="nul", envelope="a\0b", customer_id=7, zone="Asia/Shanghai")
    began = time.monotonic()
    with pytest.raises(RegularsError) as refused:
        ledger.ask(claim, by="test")
    assert not isinstance(refused.value, StoreAway), "nobody is to wait for the server"
    assert time.monotonic() - began < _PATIENCE
