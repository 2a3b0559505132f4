"""What stands behind the lane: constraints and guards refuse what the ledger would never write.

Nothing of this is reached while the ledger works as it should; each is tried by writing past it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from regulars.engines.store import Connection, Store
from regulars.engines.store_ledger import LedgerRows
from regulars.errors import LedgerBroken
from regulars.ledger.command import ISSUER, NEVER, Define, Hold, Leg, Post, Reverse
from regulars.ledger.ledger import Ledger


@pytest.fixture
def book(store: Store) -> Store:
    """customer:1 has 10 points, of which 4 are held for order:1; row 2 gave them, 3 holds."""
    with Ledger(store, now=lambda: 1) as ledger:
        ledger.ask(Define(key="1", asset="points"), "cli")
        legs = (Leg("points", ISSUER, -10), Leg("points", "customer:1", 10))
        ledger.ask(Post(key="2", legs=legs), "cli")
        held = (Leg("points", "customer:1", -4), Leg("points", "spent", 4))
        ledger.ask(Hold(key="3", owner="order:1", legs=held, expires_at=9), "cli")
    return store


@contextmanager
def _refused(store: Store, *kinds: type[Exception]) -> Iterator[Connection]:
    with pytest.raises((*kinds, *store._conflicts)), store.write() as connection:
        yield connection


def test_a_request_is_recorded_once(book: Store) -> None:
    with book.read() as connection:
        row = connection.exec_driver_sql("SELECT digest, body, n, refusal FROM requests").first()
    assert row is not None
    with _refused(book) as connection:
        LedgerRows(connection).add_requests([(row[0], row[1], row[2], row[3])])


def test_available_never_falls_below_the_floor(book: Store) -> None:
    with _refused(book) as connection:
        connection.exec_driver_sql("UPDATE accounts SET balance = 3 WHERE owner = 'customer:1'")
    with _refused(book) as connection:
        connection.exec_driver_sql("UPDATE accounts SET held = 11 WHERE owner = 'customer:1'")


def test_held_is_never_less_than_nothing(book: Store) -> None:
    with _refused(book) as connection:
        connection.exec_driver_sql("UPDATE accounts SET held = -1 WHERE owner = 'customer:1'")


def test_an_account_that_changed_since_it_was_read_is_not_overwritten(book: Store) -> None:
    with book.read() as connection:
        rows = LedgerRows(connection)
        assets = rows.assets(["points"])
        (lot,) = rows.all_lots(assets["points"], "customer:1")
    asset, number = (lot.balance, lot.held, lot.postings), lot.account_id
    for place in range(3):
        was = tuple(value + (k == place) for k, value in enumerate(asset))
        with _refused(book, LedgerBroken) as connection:
            LedgerRows(connection).change_accounts([(0, 9, 4, 2, 3, number, *was)])
    with book.write() as connection:  # as it was read, it goes
        LedgerRows(connection).change_accounts([(0, 10, 4, 1, lot.last_posting, number, *asset)])


def test_a_hold_is_settled_once(book: Store) -> None:
    with book.write() as connection:
        LedgerRows(connection).settle_holds([("voided", 4, 3, "open")])
    with _refused(book, LedgerBroken) as connection:
        LedgerRows(connection).settle_holds([("captured", 5, 3, "open")])


def test_an_owner_has_one_open_hold(book: Store) -> None:
    with _refused(book) as connection:
        LedgerRows(connection).add_holds([(4, "order:1", 9, "open", 0)])


def test_no_more_of_a_posting_is_reversed_than_there_was(book: Store) -> None:
    with Ledger(book, now=lambda: 1) as ledger:
        ledger.ask(Reverse(key="4", n=2, amounts={"points": 6}), "cli")
    with _refused(book) as connection:
        LedgerRows(connection).add_reversed([(1, 5, 10)])


def test_the_head_moves_on_only_from_where_it_was_read(book: Store) -> None:
    with _refused(book, LedgerBroken) as connection:
        rows = LedgerRows(connection)
        head = rows.take_lane()
        rows.move_head(head._replace(n=9), head._replace(n=head.n - 1))


def test_an_owner_has_one_lot_for_each_expiry(book: Store) -> None:
    with _refused(book) as connection:
        LedgerRows(connection).add_accounts([(99, 1, "customer:1", NEVER, 0, 0, 0, 0, 0)])


@pytest.mark.parametrize("table", ["journal", "postings", "requests", "assets"])
def test_what_was_written_is_never_changed_nor_deleted(book: Store, table: str) -> None:
    with _refused(book) as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET n = n + 100")
    with _refused(book) as connection:
        connection.exec_driver_sql(f"DELETE FROM {table}")


def test_what_is_committed_is_synced(book: Store) -> None:
    with book.read() as connection:
        if book.dialect == "sqlite":
            full = 2
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full
        else:
            setting = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
            assert setting != "off"
