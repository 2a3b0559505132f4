"""Whether a change of any row by somebody else is found, and named."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pysqlite3
import pytest

from regulars.app.home import Home, make_home
from regulars.app.store import open_store
from regulars.app.store_backup import back_up, restore
from regulars.app.store_check import check_store, noted_head
from regulars.engines.sqlite import SqliteStore
from regulars.errors import LedgerBroken, UnknownValue
from regulars.ledger.command import (
    Capture,
    Define,
    Expire,
    Floor,
    Hold,
    Leg,
    Limit,
    Post,
    Reverse,
)
from regulars.ledger.ledger import Ledger
from store_homes import home_in, under_load

NOW = 1_800_000_000_000_000


def _earn(key: str, amount: int, owner: str = "customer:7", **more: int) -> Post:
    return Post(
        key=key, legs=(Leg("points", "issuer", -amount), Leg("points", owner, amount, **more))
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A store in which every kind of row stands."""
    clock = [NOW]
    path = tmp_path_factory.mktemp("whole") / "store.sqlite"
    spend = (Leg("points", "customer:7", -30), Leg("points", "shop", 30))
    with SqliteStore.open(path) as store, Ledger(store, now=lambda: clock[0]) as ledger:
        for command in (
            Define(key="define", asset="points"),
            Floor(key="floor", asset="points", owner="shop", floor=-100),
            _earn("earn", 100),
            _earn("lot", 5, "customer:8", expires_at=NOW + 10),
            Post(key="claim", legs=_earn("", 1).legs, limits=(Limit("spring", "customer:7", 1),)),
            Hold(key="hold", owner="order:1", legs=spend, expires_at=NOW + 1000),
            Hold(key="open", owner="order:2", legs=spend, expires_at=NOW + 1000),
        ):
            ledger.ask(command, "cli")
        ledger.ask(Capture(key="capture", hold=6, amounts={"points": 20}), "cli")
        ledger.ask(Reverse(key="reverse", n=3, amounts={"points": 10}), "cli")
        clock[0] += 20
        ledger.ask(Expire(key="expire", asset="points"), "cli")
        answers = ledger.ask_all([_earn("refused", 1, expires_at=NOW)], "cli")
        assert isinstance(answers[0], Exception)
    return path


@pytest.fixture
def home(tmp_path, whole) -> Home:
    made = make_home(tmp_path / "shop")
    made.store.write_bytes(whole.read_bytes())
    return made


def _by_hand(home: Home, *statements: str) -> None:
    """Change the store as an intruder would: the guarding triggers are taken away and put back."""
    with closing(pysqlite3.connect(str(home.store), isolation_level=None)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        kept = guards.fetchall()
        for name, _ in kept:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, "the test changes something"
        for _, sql in kept:
            connection.execute(sql)


def test_a_book_that_is_right_is_counted_and_its_head_told(home):
    checked = check_store(home)
    found = checked.verified
    # define, floor, three posts, two holds, capture, reversal, expiry
    assert (found.n, found.rows, found.assets) == (10, 10, 2)
    # three posts of two legs, one with a limit of two more; capture, reversal and expiry of two
    assert found.postings == 3 * 2 + 2 + 3 * 2
    assert checked.as_dict()["hash"] == found.hash.hex()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE journal SET body = replace(body, '100', '900') WHERE n = 3", "journal, line 3"),
        ("UPDATE journal SET body = body || ' ' WHERE n = 1", "journal, line 1"),
        ("UPDATE journal SET actor = 'operator:li' WHERE n = 4", "journal, line 4"),
        ("UPDATE journal SET at = at + 1 WHERE n = 5", "journal, line 5"),
        ("UPDATE journal SET key = 'other' WHERE n = 5", "journal, line 5"),
        ("UPDATE journal SET kind = 'void' WHERE n = 8", "journal, line 8"),
        ("UPDATE journal SET hash = zeroblob(32) WHERE n = 2", "journal, line 2"),
        ("DELETE FROM journal WHERE n = 5", "journal, line 5"),
        ("DELETE FROM journal WHERE n = 10", "book, line 10"),
        ("INSERT INTO journal SELECT 11, at, kind, actor, key, body, postings_after, hash"
         " FROM journal WHERE n = 10", "journal, line 11"),
        ("UPDATE book SET n = 9", "book, line 9"),
        ("UPDATE book SET hash = zeroblob(32)", "book, line 10"),
        ("UPDATE book SET last_posting = 13", "book, line 10"),
        ("UPDATE postings SET amount = 900 WHERE posting_id = 2", "postings, line 2"),
        ("UPDATE postings SET balance = 900 WHERE posting_id = 2", "postings, line 2"),
        ("UPDATE postings SET previous = 1 WHERE posting_id = 4", "postings, line 4"),
        ("UPDATE postings SET account_id = 1 WHERE posting_id = 2", "postings, line 2"),
        ("DELETE FROM postings WHERE posting_id = 14", "postings, line 14"),
        ("UPDATE accounts SET balance = balance + 1 WHERE account_id = 3", "accounts, line 3"),
        ("UPDATE accounts SET held = held - 1 WHERE held > 0", "accounts, line 3"),
        ("UPDATE accounts SET floor = -1000 WHERE floor = 0 AND account_id = 3",
         "accounts, line 3"),
        ("UPDATE accounts SET floor = 0 WHERE floor = -100", "accounts: the floor of shop"),
        ("UPDATE accounts SET owner = 'customer:8' WHERE owner = 'customer:7'"
         " AND expires_at > 1e15 AND asset_id = 1 AND floor = 0 AND balance > 0", "postings"),
        ("UPDATE accounts SET expires_at = expires_at + 1 WHERE account_id = 4", "postings"),
        ("UPDATE accounts SET last_posting = 1 WHERE account_id = 3", "accounts, line 3"),
        ("DELETE FROM requests WHERE n = 3", "requests, line 3"),
        ("UPDATE requests SET n = 4 WHERE n = 3", "requests, line 3"),
        ("UPDATE holds SET state = 'open', settled = 0 WHERE n = 6", "holds, line 6"),
        ("UPDATE holds SET state = 'voided', settled = 9 WHERE n = 7", "holds, line 7"),
        ("UPDATE holds SET owner = 'order:3' WHERE n = 7", "holds, line 7"),
        ("UPDATE holds SET expires_at = 1 WHERE n = 7", "holds, line 7"),
        ("DELETE FROM holds WHERE n = 6", "holds, line 6"),
        ("UPDATE hold_lines SET amount = 29 WHERE n = 7", "hold_lines, line 7"),
        ("UPDATE hold_lines SET amount = 31 WHERE n = 6", "hold_lines, line 6"),
        ("UPDATE hold_lines SET account_id = 2 WHERE n = 7", "hold_lines, line 7"),
        ("DELETE FROM hold_lines WHERE n = 7", "hold_lines, line 7"),
        ("INSERT INTO hold_lines SELECT n, 9, account_id, to_owner, 1 FROM hold_lines"
         " WHERE n = 7", "hold_lines, line 7"),
        ("UPDATE reversed SET amount = amount - 1", "reversed"),
        ("DELETE FROM reversed", "reversed"),
        ("UPDATE assets SET name = 'pionts' WHERE asset_id = 1", "postings, line 1"),
    ],
)  # fmt: skip
def test_a_row_that_somebody_has_changed_is_named(home, statement, named):
    _by_hand(home, statement)
    with pytest.raises(LedgerBroken) as found:
        check_store(home)
    assert str(found.value).startswith(named), str(found.value)


def test_any_byte_of_the_journal_that_changes_is_found(home):
    with closing(pysqlite3.connect(str(home.store))) as connection:
        length = connection.execute("SELECT length(body) FROM journal WHERE n = 8").fetchone()[0]
    whole = home.store.read_bytes()
    for place in range(1, length + 1, 17):
        home.store.write_bytes(whole)
        _by_hand(
            home,
            f"UPDATE journal SET body = substr(body, 1, {place} - 1)"
            f" || CASE substr(body, {place}, 1) WHEN '7' THEN '8' ELSE '7' END"
            f" || substr(body, {place} + 1) WHERE n = 8",
        )
        with pytest.raises(LedgerBroken, match="journal, line 8"):
            check_store(home)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE journal SET body = replace(body, '100', '900') WHERE n = 3", "journal, line 3"),
        ("DELETE FROM journal WHERE n = 10", "book, line 10"),
        ("UPDATE postings SET amount = 900 WHERE posting_id = 2", "postings, line 2"),
        ("DELETE FROM postings WHERE posting_id = 14", "postings, line 14"),
        ("UPDATE accounts SET balance = balance + 1 WHERE account_id = 3", "accounts, line 3"),
        ("UPDATE accounts SET floor = -1000 WHERE account_id = 3", "accounts, line 3"),
        ("DELETE FROM requests WHERE n = 3", "requests, line 3"),
        ("UPDATE holds SET state = 'voided', settled = 9 WHERE n = 7", "holds, line 7"),
        ("UPDATE hold_lines SET amount = 29 WHERE n = 7", "hold_lines, line 7"),
        ("DELETE FROM reversed", "reversed"),
        ("ALTER TABLE postings DISABLE TRIGGER postings_no_update", "postings: the trigger"),
    ],
)
def test_the_same_is_found_on_a_server(whole, tmp_path, postgres_url, statement, named):
    file = home_in(tmp_path / "file")
    file.store.write_bytes(whole.read_bytes())
    home = home_in(tmp_path / "server", postgres_url)
    restore(home, back_up(file, tmp_path / "backup").file)
    right = check_store(home).verified
    assert right == check_store(file).verified
    with open_store(home) as store, store.write() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no triggers
        connection.exec_driver_sql(statement)
    with pytest.raises(LedgerBroken) as found:
        check_store(home)
    assert str(found.value).startswith(named), str(found.value)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_under_load_every_state_that_is_looked_at_is_right(request, tmp_path, kind):
    url = request.getfixturevalue("postgres_url") if kind == "postgresql" else None
    home = home_in(tmp_path / "shop", url)
    seen = []
    with under_load(home, tmp_path / "notes") as ledger:
        for _ in range(5):
            before = ledger.head().n
            seen.append(check_store(home).verified.n)
            assert before <= seen[-1] <= ledger.head().n
    assert seen == sorted(seen)
    assert ledger.figures.failures == 0


def test_a_tail_that_was_cut_off_cleanly_is_told_by_a_head_noted_elsewhere(home, tmp_path):
    noted = check_store(home).verified
    home.store.unlink()
    with SqliteStore.open(home.store) as store, Ledger(store) as ledger:
        ledger.ask(Define(key="define", asset="points"), "cli")
    assert check_store(home).verified.n == 1, "by itself the book is right"
    with pytest.raises(LedgerBroken, match=r"journal, line 10: .*noted elsewhere"):
        check_store(home, known=(noted.n, noted.hash))


def test_a_head_that_was_noted_holds_for_ever(home):
    noted = check_store(home).verified
    with SqliteStore.open(home.store) as store, Ledger(store) as ledger:
        ledger.ask(_earn("later", 1), "cli")
    known = noted_head(f"{noted.n}:{noted.hash.hex()}")
    assert check_store(home, known=known).verified.n == noted.n + 1
    with pytest.raises(LedgerBroken, match="its hash is another"):
        check_store(home, known=(noted.n, bytes(32)))


def test_a_guarding_trigger_that_is_gone_is_told(home):
    with closing(pysqlite3.connect(str(home.store))) as connection:
        connection.execute("DROP TRIGGER postings_no_update")
    with pytest.raises(LedgerBroken, match=r"postings: the trigger that refuses every UPDATE"):
        check_store(home)


def test_a_page_that_is_damaged_is_told(home):
    whole = bytearray(home.store.read_bytes())
    with closing(pysqlite3.connect(str(home.store))) as connection:
        page = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'accounts_of_owner'"
        ).fetchone()[0]
    size = int.from_bytes(whole[16:18], "big")
    end = page * size
    whole[end - 40 : end - 20] = bytes(20)  # cells grow from a page's end
    home.store.write_bytes(bytes(whole))
    with pytest.raises(LedgerBroken, match="the database is damaged"):
        check_store(home)


@pytest.mark.parametrize("text", ["", "7", "7:", "x:" + "0" * 64, "7:" + "g" * 64, "7:" + "0" * 63])
def test_what_is_no_head_is_told(text):
    with pytest.raises(UnknownValue, match="no head of a journal"):
        noted_head(text)
