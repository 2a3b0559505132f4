"""What the ledger did stands in the customer's history: once, and as what it is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command_line import as_json, regulars
from regulars import Shop
from regulars.app.relaying import NAME, Relay, Relaying
from regulars.app.store import open_store
from regulars.benefit.points.sweep import expire_points
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store_relay import RelayRows
from regulars.intake.inbox.writer import InboxWriter
from regulars.intake.vault import Vault
from regulars.ledger.command import Define, Leg, Post, Reverse, Told
from regulars.ledger.ledger import Ledger
from running_server import RunningServer, until

ORDERS = """order_id,customer_id,placed_at,status,paid
A1,ann,2026-03-01 10:00:00,completed,120
A2,bob,2026-03-02 10:00:00,completed,80
"""
AT = 1_772_500_000_000_000
"""2026-03-03 01:06:40 UTC: 09:06:40 on the shop's clock in Shanghai."""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS)
    with Shop.create(tmp_path / "shop", name="Flow") as shop:
        shop.import_files(tmp_path / "orders.csv")
        shop.understand()
    return tmp_path / "shop"


def number(home: Path, name: str) -> int:
    """Our number of a customer."""
    return int(as_json("--home", home, "timeline", name)["customer_id"])


def earn(home: Path, *earned: tuple[int, int, str]) -> list[int]:
    """Post points (customer, points, event); the journal's numbers come back."""
    with SqliteStore.open(home / "store.sqlite") as store, Ledger(store, lambda: AT) as ledger:
        ledger.ask(Define(key="define", asset="points"), "cli")
        return [
            ledger.ask(
                Post(
                    key=f"earn:{customer}:{points}:{event}",
                    legs=(
                        Leg("points", "issuer", -points),
                        Leg("points", f"customer:{customer}", points),
                    ),
                    events=(Told(event, customer, {"points": points, "order_id": "A1"}),),
                ),
                "cli",
            ).n
            for customer, points, event in earned
        ]


def told(home: Path, name: str) -> list[dict]:
    """The events of a customer's timeline, as the command line tells them."""
    rows = as_json("--home", home, "timeline", name)["rows"]
    return [row for row in rows if row["kind"] == "event"]


def relay_again(home: Path) -> None:
    """Pass the whole journal on once more."""
    with (
        SqliteStore.open(home / "store.sqlite") as store,
        Vault.open(home / "keys") as vault,
        InboxWriter(home / "landing/inbox", vault) as inbox,
    ):
        assert Relay(store, inbox).relay_again()


def cursor(home: Path) -> int:
    with SqliteStore.open(home / "store.sqlite") as store, store.read() as connection:
        return RelayRows(connection).cursor(NAME)


def test_points_earned_stand_in_the_timeline_in_the_shops_language(home):
    ann = number(home, "ann")
    (n,) = earn(home, (ann, 1250, "Points Earned"))
    (event,) = told(home, "ann")
    assert (event["name"], event["at"][:16]) == ("Points Earned", "2026-03-03T01:06")
    assert event["properties"] == {"points": 1250, "order_id": "A1", "journal": n}
    assert (event["order_id"], event["connection"]) == ("A1", "regulars:store")
    shown = regulars("--home", home, "timeline", "ann").stdout
    assert "2026-03-03 09:06:40" in shown
    assert "获得 1,250 积分" in shown
    assert told(home, "bob") == []


def test_a_reversal_tells_its_own_event(home):
    ann = number(home, "ann")
    (n,) = earn(home, (ann, 50, "Points Earned"))
    with SqliteStore.open(home / "store.sqlite") as store, Ledger(store, lambda: AT + 1) as ledger:
        taken = Told("Points Taken Back", ann, {"points": 50})
        ledger.ask(Reverse(key="back", n=n, events=(taken,)), "cli")
    assert [row["name"] for row in told(home, "ann")] == ["Points Taken Back", "Points Earned"]


def test_what_is_relayed_twice_is_there_once(home):
    earn(home, (number(home, "ann"), 50, "Points Earned"))
    before = told(home, "ann")
    relay_again(home)
    assert told(home, "ann") == before
    assert len(before) == 1
    (account,) = as_json("--home", home, "events")["connections"]
    assert (account["accepted"], account["duplicate"], account["rejected"]) == (1, 1, 0)


def test_a_landing_restored_from_before_gets_what_it_lacks(home):
    shutil.copytree(home / "landing", home / "backup")
    earn(home, (number(home, "ann"), 50, "Points Earned"))
    before = told(home, "ann")
    shutil.rmtree(home / "landing")
    (home / "backup").rename(home / "landing")
    (home / "warehouse.duckdb").unlink()
    assert told(home, "ann") == []
    relay_again(home)
    assert told(home, "ann") == before


@pytest.mark.parametrize("place", ["inbox.written", "inbox.synced", "relay.appended"])
def test_a_verb_killed_before_the_cursor_moves_tells_it_again_and_it_is_there_once(home, place):
    ann = number(home, "ann")
    earn(home, (ann, 50, "Points Earned"), (ann, 20, "Points Earned"))
    command = [sys.executable, "-m", "regulars", "--home", str(home), "timeline", "ann"]
    for _ in range(2):
        killed = subprocess.run(
            command,
            env=os.environ | {"REGULARS_FAILPOINT": f"{place}:kill"},
            capture_output=True,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert cursor(home) == 0
    assert [row["properties"]["points"] for row in told(home, "ann")] == [20, 50]
    assert cursor(home) == 3


def test_what_has_expired_stands_there_in_words(home):
    ann = number(home, "ann")
    legs = (Leg("points", "issuer", -50), Leg("points", f"customer:{ann}", 50, AT + 1))
    with SqliteStore.open(home / "store.sqlite") as store:
        with Ledger(store, lambda: AT) as ledger:
            ledger.ask(Post(key="soon over", legs=legs, assets=("points",)), "cli")
        with Ledger(store, lambda: AT + 2) as ledger:
            assert expire_points(ledger)["points"].amount == 50
    (row,) = told(home, "ann")
    assert row["name"] == "Points Expired"
    assert "50 积分已过期" in regulars("--home", home, "timeline", "ann").stdout


def test_a_rebuilt_warehouse_has_the_same_timeline_settled_or_not(home):
    ann = number(home, "ann")
    earn(home, (ann, 50, "Points Earned"))
    before = told(home, "ann")
    earn(home, (ann, 20, "Points Spent"))  # not relayed yet when the warehouse is made anew
    assert as_json("--home", home, "rebuild")["identical"]
    after = told(home, "ann")
    assert [row["name"] for row in after] == ["Points Spent", "Points Earned"]
    assert after[1]["properties"] == before[0]["properties"]
    (home / "warehouse.duckdb").unlink()
    assert told(home, "ann") == after


def test_an_event_of_a_number_that_was_merged_is_the_survivors(home):
    ann, bob = number(home, "ann"), number(home, "bob")
    earn(home, (bob, 50, "Points Earned"))
    with Shop(home) as shop:
        shop.identity_join("ann", "bob")
    earn(home, (ann, 30, "Points Earned"), (bob, 20, "Points Earned"))
    assert {row["properties"]["points"] for row in told(home, "ann")} == {50, 30, 20}
    assert told(home, "bob") == told(home, "ann")


def test_an_event_with_an_orders_name_makes_no_order(home):
    ann = number(home, "ann")
    earn(home, (ann, 50, "Order Completed"), (ann, 50, "Order Refunded"))
    with Shop(home) as shop:
        shop.understand()
        orders = shop.warehouse.sql("SELECT order_id, paid, refunded FROM orders").to_pylist()
    assert sorted((row["order_id"], int(row["paid"]), int(row["refunded"])) for row in orders) == [
        ("A1", 120, 0), ("A2", 80, 0)
    ]  # fmt: skip


def test_an_event_of_a_number_that_nobody_has_goes_to_quarantine_and_not_to_who_gets_it(home):
    next_number = 1 + max(number(home, "ann"), number(home, "bob"))
    earn(home, (next_number, 50, "Points Earned"))
    assert told(home, "ann") == []
    (home / "more.csv").write_text(ORDERS.replace("A1,ann", "A3,cid").replace("A2,bob", "A4,cid"))
    with Shop(home) as shop:
        (row,) = shop.rejects().to_pylist()
        assert (row["column"], row["value"], row["reason"]) == (
            "customer_id", str(next_number), "no_identity"
        )  # fmt: skip
        shop.import_files(home / "more.csv")
    assert number(home, "cid") == next_number
    assert told(home, "cid") == []


def test_a_store_that_does_not_open_keeps_nobody_from_the_timeline(home):
    earn(home, (number(home, "ann"), 50, "Points Earned"))
    (home / "store.sqlite").rename(home / "aside")
    (home / "store.sqlite").write_bytes(b"no database" * 1000)
    assert told(home, "ann") == []
    (home / "aside").replace(home / "store.sqlite")
    assert len(told(home, "ann")) == 1


def test_beside_a_server_it_stands_there_within_two_seconds(home):
    ann = number(home, "ann")
    opened = Shop(home).home
    with (
        RunningServer(home) as server,
        SqliteStore.open(opened.store) as store,
        Relaying(store, opened.inbox, opened.keys, limit=1 << 30) as relay,
        Ledger(store) as ledger,
    ):
        ledger.on_commit(relay.wake)
        ledger.ask(Define(key="define", asset="points"), "cli")
        legs = (Leg("points", "issuer", -5), Leg("points", f"customer:{ann}", 5))
        told_of = Told("Points Earned", ann, {"points": 5})
        ledger.ask(Post(key="earn", legs=legs, events=(told_of,)), "cli")
        began = time.monotonic()
        rows = until(lambda: told(home, "ann"))
        assert time.monotonic() - began < 2.0, server.log()
        assert [row["name"] for row in rows] == ["Points Earned"]


def test_a_store_on_a_server_is_passed_on_as_a_file_is(home, postgres_url, monkeypatch):
    monkeypatch.setenv("REGULARS_STORE_URL", postgres_url)
    with Shop(home) as shop:
        ann = shop.timeline("ann").customer_id
        with open_store(shop.home) as store, Ledger(store, lambda: AT) as ledger:
            assert store.dialect == "postgresql"
            ledger.ask(Define(key="define", asset="points"), "cli")
            legs = (Leg("points", "issuer", -5), Leg("points", f"customer:{ann}", 5))
            told_of = Told("Points Earned", ann, {"points": 5})
            ledger.ask(Post(key="earn", legs=legs, events=(told_of,)), "cli")
        for _ in range(2):
            rows = [row for row in shop.timeline("ann").rows if row.kind == "event"]
            assert [row.words.zh for row in rows] == ["获得 5 积分"]
        assert not (home / "store.sqlite").exists()
