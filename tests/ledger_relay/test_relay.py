"""The relay: every row of the journal that tells something, in order, however often it is tried."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from regulars.app import relaying
from regulars.app.relaying import NAME, Relay, Relaying
from regulars.benefit.points.sweep import expire_points
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store
from regulars.engines.store_glance import journal_waits
from regulars.engines.store_relay import RelayRows
from regulars.errors import InboxFull, SettingsError, VaultError
from regulars.intake.connection import Connections
from regulars.intake.inbox import from_store
from regulars.intake.inbox.from_store import StoreEvent
from regulars.intake.inbox.reader import Inbox
from regulars.intake.inbox.writer import InboxWriter
from regulars.intake.vault import Vault
from regulars.ledger.command import Define, Expire, Leg, Note, Post, Told
from regulars.ledger.ledger import Ledger
from regulars.ledger.relay import events_of

AT = 1_772_500_000_000_000


@pytest.fixture
def vault(tmp_path) -> Iterator[Vault]:
    with Vault.open(tmp_path / "keys", make=True) as vault:
        yield vault


@pytest.fixture
def inbox(tmp_path, vault) -> Iterator[InboxWriter]:
    with InboxWriter(tmp_path / "inbox", vault) as inbox:
        yield inbox


def post(key: str, *events: Told) -> Post:
    legs = (Leg("points", "issuer", -1), Leg("points", "customer:7", 1))
    return Post(key=key, legs=legs, events=events)


def earned(key: str, customer: int = 7) -> Post:
    return post(key, Told("Points Earned", customer, {"key": key}))


def fill(store: Store, *commands: Define | Post, at: int = AT) -> None:
    with Ledger(store, lambda: at) as ledger:
        ledger.ask_all([Define(key="points", asset="points"), *commands], "cli")


def passed_on(folder: Path, vault: Vault) -> list[StoreEvent]:
    """What stands in the inbox, in its order."""
    box = Inbox(folder, vault)
    requests = [one for file in box.files() for frame in box.read(file) for one in frame.received]
    assert all(one.connection == from_store.CONNECTION for one in requests)
    return [event for one in requests for event in from_store.read(one)]


def cursor(store: Store) -> int:
    with store.read() as connection:
        return RelayRows(connection).cursor(NAME)


def test_rows_are_passed_on_in_the_order_of_the_journal_with_all_that_they_tell(
    store, inbox, vault
):
    two = post("b", Told("Points Earned", 7, {"points": 1}), Told("Coupon Received", 9))
    fill(store, earned("a"), post("silent"), two)
    assert Relay(store, inbox).relay_once() == 4
    found = passed_on(inbox.folder, vault)
    assert [(one.event, one.customer_id, bytes(one.properties)) for one in found] == [
        ("Points Earned", 7, b'{"key":"a","journal":2}'),
        ("Points Earned", 7, b'{"points":1,"journal":4}'),
        ("Coupon Received", 9, b'{"journal":4}'),
    ]
    assert {one.at for one in found} == {AT}
    assert len({one.message_id for one in found}) == 3
    assert cursor(store) == 4
    assert Relay(store, inbox).relay_once() == 0


def test_of_what_expires_each_customer_is_told_what_they_have_lost(
    store, inbox, vault, monkeypatch
):
    monkeypatch.setattr("regulars.ledger.relay._AT_ONCE", 2)  # so that one entry is one portion
    lots = [(7, 5, 100), (7, 3, 50), (8, 4, 100), (9, 6, 300)]
    with Ledger(store, lambda: AT) as ledger:
        for customer, amount, seconds in lots:
            legs = (
                Leg("points", "issuer", -amount),
                Leg("points", f"customer:{customer}", amount, AT + seconds),
            )
            ledger.ask(Post(key=f"{customer}:{seconds}", legs=legs, assets=("points",)), "cli")
    for later in (200, 400, 500):
        with Ledger(store, lambda later=later: AT + later) as ledger:
            expire_points(ledger)
    for again in (False, True):
        passing = Relay(store, inbox)
        assert (passing.relay_again() if again else passing.relay_all()) == 4 + 2
        told = passed_on(inbox.folder, vault)[-3:]
        assert [(one.event, one.customer_id, bytes(one.properties)) for one in told] == [
            ("Points Expired", 7, b'{"points":8,"journal":5}'),
            ("Points Expired", 8, b'{"points":4,"journal":5}'),
            ("Points Expired", 9, b'{"points":6,"journal":6}'),
        ]
        assert [one.at for one in told] == [AT + 200, AT + 200, AT + 400]
    assert len({one.message_id for one in passed_on(inbox.folder, vault)}) == 3


@pytest.mark.parametrize(
    ("asset", "owner"),
    [
        ("coupon:spring", "customer:7"),
        ("coupon", "customer:7"),
        ("coupon:a:b:1", "customer:7"),
        ("coupon:spring:two", "customer:7"),
        ("money:x", "customer:7"),
        ("points", "customer:wang"),
        ("points", "customer:7:a"),
        ("points", "customer:1_0"),
        ("points", "customer:-5"),
        ("points", "customer:0"),
    ],
)
def test_the_expiry_of_what_only_looks_like_a_benefit_is_told_to_nobody_and_stops_nothing(
    store, inbox, vault, asset, owner
):
    with Ledger(store, lambda: AT) as ledger:
        legs = (Leg(asset, "issuer", -9), Leg(asset, owner, 9, AT + 1))
        ledger.ask(Post(key="theirs", legs=legs, assets=(asset,)), "key:web")
    with Ledger(store, lambda: AT + 2) as ledger:
        assert ledger.ask(Expire(key="over", asset=asset), "key:web").lines
        ledger.ask(Note(key="after it", events=(Told("Points Earned", 7),)), "cli")
    Relay(store, inbox).relay_all()
    assert [one.event for one in passed_on(inbox.folder, vault)] == ["Points Earned"]


def test_a_journal_that_tells_nothing_writes_nothing_and_is_not_read_again(store, inbox, vault):
    fill(store, post("silent"))
    assert Relay(store, inbox).relay_all() == 2
    assert passed_on(inbox.folder, vault) == []
    assert inbox.path is None
    assert cursor(store) == 2


def test_many_rows_go_in_several_passes(store, inbox, vault):
    fill(store, *(earned(str(n)) for n in range(9)))
    relay = Relay(store, inbox, most=4)
    assert [relay.relay_once() for _ in range(4)] == [4, 4, 2, 0]
    keys = [bytes(one.properties)[8:9] for one in passed_on(inbox.folder, vault)]
    assert keys == [str(n).encode() for n in range(9)]


def test_what_is_passed_on_again_is_the_same_to_the_last_bit(store, inbox, vault):
    fill(store, earned("a"), earned("b"))
    assert Relay(store, inbox).relay_again() == 0
    Relay(store, inbox).relay_all()
    fill(store, earned("c"))
    assert Relay(store, inbox, most=1).relay_again() == 3
    found = passed_on(inbox.folder, vault)
    assert found[:2] == found[2:]
    assert cursor(store) == 3


def test_a_store_that_has_gone_another_way_since_its_backup_tells_other_events(store):
    fill(store, earned("a"))
    with store.read() as connection:
        book, _ = RelayRows(connection).book()
        (row,) = RelayRows(connection).telling(0, 2)
    (told,) = events_of(book, row)
    # In a copy that was restored the book is the same, and so is the number of its next row.
    (other,) = events_of(book, row._replace(hash=bytes(32)))
    assert other.message_id != told.message_id
    assert other.properties == told.properties


def test_two_relays_at_once_pass_nothing_by_and_the_cursor_never_goes_back(
    store, inbox, vault, monkeypatch
):
    fill(store, earned("a"), earned("b"), earned("c"))
    slow, fast = Relay(store, inbox, most=2), Relay(store, inbox)

    def meanwhile(place: str) -> None:
        if place == "relay.appended":
            monkeypatch.setattr(relaying, "reach", lambda _: None)
            assert fast.relay_once() == 4
            assert cursor(store) == 4

    monkeypatch.setattr(relaying, "reach", meanwhile)
    assert slow.relay_once() == 2
    assert cursor(store) == 4
    assert slow.relay_once() == 0
    told = [bytes(one.properties)[8:9] for one in passed_on(inbox.folder, vault)]
    assert told == [b"a", b"a", b"b", b"c"]


def test_where_the_inbox_is_full_the_cursor_stays(store, inbox, vault, monkeypatch):
    fill(store, earned("a"))

    def full(_requests: object) -> None:
        raise InboxFull("no room")

    with monkeypatch.context() as broken:
        broken.setattr(inbox, "append", full)
        with pytest.raises(InboxFull):
            Relay(store, inbox).relay_once()
    assert cursor(store) == 0
    Relay(store, inbox).relay_all()
    assert len(passed_on(inbox.folder, vault)) == 1


def test_no_connection_can_be_named_as_the_stores_own(tmp_path, vault):
    with pytest.raises(SettingsError, match="no name of a connection"):
        Connections(tmp_path / "keys").add(from_store.CONNECTION, "events")


@pytest.fixture
def relay_beside(tmp_path, vault, store) -> Iterator[Callable[..., Relaying]]:
    """A relay on a thread of its own, for keys and inbox of the test."""
    begun: list[Relaying] = []

    def begin(**more: object) -> Relaying:
        told = {"limit": 1 << 20} | more
        begun.append(Relaying(store, tmp_path / "inbox", tmp_path / "keys", **told))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


def test_a_commit_wakes_the_relay(store, tmp_path, vault, relay_beside, monkeypatch):
    monkeypatch.setattr(relaying, "_LOOK", 3600.0)
    there = threading.Event()
    monkeypatch.setattr(relaying, "reach", lambda _: there.set())
    beside = relay_beside()
    with Ledger(store, lambda: AT) as ledger:
        ledger.on_commit(beside.wake)
        ledger.ask_all([Define(key="points", asset="points"), earned("a")], "cli")
        assert there.wait(30)
    beside.close()
    assert [one.customer_id for one in passed_on(tmp_path / "inbox", vault)] == [7]
    assert cursor(store) == 2


def test_at_its_end_the_relay_passes_on_what_waits(store, tmp_path, vault, relay_beside):
    beside = relay_beside()
    fill(store, earned("a"), earned("b"))
    beside.close()
    assert len(passed_on(tmp_path / "inbox", vault)) == 2
    assert beside.failing is None
    assert beside.passed == 3


def test_above_the_limit_of_the_inbox_the_journal_waits(store, tmp_path, vault, relay_beside):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "large").write_bytes(bytes(101))
    fill(store, earned("a"))
    relay_beside(limit=100).close()
    assert cursor(store) == 0
    (tmp_path / "inbox" / "large").unlink()
    relay_beside(limit=100).close()
    assert cursor(store) == 2


def test_a_relay_that_fails_says_so_once_and_goes_on_when_it_can(
    store, tmp_path, vault, relay_beside
):
    fill(store, earned("a"))
    key = tmp_path / "keys" / "lookup.key"
    key.rename(tmp_path / "aside")
    failures: list[Exception] = []
    heard = threading.Event()

    def failed(error: Exception) -> None:
        failures.append(error)
        heard.set()

    beside = relay_beside(failed=failed)
    assert heard.wait(30)
    assert isinstance(beside.failing, VaultError)
    (tmp_path / "aside").rename(key)
    there = threading.Event()
    while not there.wait(0.02) and cursor(store) == 0:
        beside.wake()
    assert len(failures) == 1


def test_an_idle_file_of_the_inbox_is_let_go_of(store, tmp_path, vault, relay_beside, monkeypatch):
    monkeypatch.setattr(relaying, "_IDLE", -1.0)
    fill(store, earned("a"))
    beside = relay_beside()
    box = Inbox(tmp_path / "inbox", vault)
    waited = threading.Event()
    while not box.files() or box.is_being_written(box.files()[0]):
        assert beside.failing is None
        waited.wait(0.02)
    assert len(passed_on(tmp_path / "inbox", vault)) == 1


def test_a_glance_tells_whether_the_journal_waits(tmp_path, vault):
    path = tmp_path / "store.sqlite"
    assert not journal_waits(path, NAME)
    with SqliteStore.open(path) as store:
        assert not journal_waits(path, NAME)
        fill(store, earned("a"))
        assert journal_waits(path, NAME)
        with InboxWriter(tmp_path / "inbox", vault) as inbox:
            Relay(store, inbox).relay_all()
        assert not journal_waits(path, NAME)
        fill(store, earned("b"))
        assert journal_waits(path, NAME)
    path.write_bytes(b"no database" * 1000)
    assert journal_waits(path, NAME)
