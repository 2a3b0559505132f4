"""Settling: into landing, with its accounts, and the inbox lets go."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.events.shop import EventShop, batch, track
from regulars.app.as_of import refresh
from regulars.app.rebuild import rebuild
from regulars.edges.shop import Shop
from regulars.errors import HomeBusy
from regulars.intake.ids_log import read_ids
from regulars.intake.landing import Landing


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[EventShop]:
    with EventShop(tmp_path / "shop") as shop:
        yield shop


def test_one_entry_holds_events_links_ids_and_accounts(shop: EventShop) -> None:
    shop.take(batch(track("m1", anonymousId="d1"), track("m1"), track("m2", user=None)))
    settled = shop.absorber.settle()
    (entry,) = shop.landing.entries()
    assert (settled.entry, settled.events, settled.rejected) == (1, 1, 1)
    assert {segment.kind: segment.rows for segment in entry.segments} == {
        "events": 1, "links": 1, "ids": 2, "rejects": 1
    }  # fmt: skip
    assert entry.accounts == {"web": (1, 1, 1)}
    assert shop.landing.verify() == []


def test_the_inbox_and_its_key_are_gone_once_settled(shop: EventShop) -> None:
    shop.take(batch(track("m1")))
    (file,) = shop.home.inbox.glob("*.log")
    shop.absorber.settle()
    assert not file.exists()
    assert shop.vault.shred([f"b:{file.name}"]) == 0
    assert read_ids(shop.landing.folder).num_rows == 0


def test_a_file_that_is_being_written_stays_and_is_not_read_twice(shop: EventShop) -> None:
    from regulars.intake.inbox.writer import InboxWriter

    with InboxWriter(shop.home.inbox, shop.vault) as writer:
        writer.append([batch(track("m1"))])
        shop.absorb()
        shop.absorber.settle()
        assert len(list(shop.home.inbox.glob("*.log"))) == 1
        writer.append([batch(track("m2"))])
        shop.absorb()
    shop.lose_the_warehouse()
    shop.absorb()
    assert [row["message_id"] for row in shop.events()] == ["m1", "m2"]
    assert shop.accounts() == {"web": (2, 0, 0)}


def test_nothing_new_makes_no_entry(shop: EventShop) -> None:
    shop.take(batch(track("m1")))
    shop.absorber.settle()
    shop.absorber.settle()
    assert len(shop.landing.entries()) == 1


def test_repeats_alone_are_accounted_for_in_an_entry(shop: EventShop) -> None:
    for _ in range(2):
        shop.take(batch(track("m1")))
        shop.absorber.settle()
    assert [entry.accounts for entry in shop.landing.entries()] == [
        {"web": (1, 0, 0)}, {"web": (0, 1, 0)}
    ]  # fmt: skip


def test_while_a_file_is_imported_events_wait(shop: EventShop) -> None:
    shop.receive(batch(track("m1")))
    with Landing(shop.home.landing).importing():
        with pytest.raises(HomeBusy):
            shop.absorber.absorb()
        assert shop.absorber.backlog() > 0
    assert len(shop.take()) == 1


def test_a_verb_finds_what_a_server_left_behind(tmp_path: Path) -> None:
    with EventShop(tmp_path / "shop") as left:
        left.receive(
            batch(
                track(
                    "m1", event="Order Completed",
                    properties={
                        "order_id": "o1", "total": 30, "currency": "CNY",
                        "products": [{"product_id": "T", "price": 30, "quantity": 1}],
                    },
                )
            )
        )  # fmt: skip
    with Shop(tmp_path / "shop") as shop:
        assert refresh(shop.warehouse, shop.home)
        assert shop.warehouse.sql("SELECT count(*) AS n FROM orders")["n"][0].as_py() == 1
        assert shop.warehouse.sql("SELECT count(*) AS n FROM events")["n"][0].as_py() == 1
        assert not refresh(shop.warehouse, shop.home)


def test_an_older_copy_of_the_warehouse_comes_to_the_same(shop: EventShop) -> None:
    shop.take(batch(track("m1"), track("m2", anonymousId="d1")))
    shop.close()
    shutil.copy(shop.home.warehouse, shop.home.folder / "copy")
    with EventShop(shop.home.folder) as later:
        later.take(batch(track("m2"), track("m3")))
        later.absorber.settle()
        later.take(batch(track("m4")))
        later.absorber.settle()
        content, accounts = later.content(), later.accounts()
    shutil.copy(shop.home.folder / "copy", shop.home.warehouse)
    with EventShop(shop.home.folder) as again:
        again.absorb()
        again.absorber.settle()
        assert again.content()["events"] == content["events"]
        assert again.accounts() == accounts
    shop._open()
    shop.vault = again.vault


def test_numbers_given_live_and_by_files_never_meet(shop: EventShop, tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "order_id,customer_id,placed_at,paid\no1,u9,2026-01-02,10\no2,u1,2026-01-02,10\n"
    )
    shop.take(batch(track("m1", user="u1"), track("m2", user="u2")))
    shop.close()
    with Shop(shop.home.folder) as files:
        files.import_files(orders)
    with EventShop(shop.home.folder) as again:
        again.take(batch(track("m3", user="u3"), track("m4", user="u9")))
        again.absorber.settle()
        ids = again.ids()
        assert sorted(ids.values()) == [1, 2, 3, 4]
        assert ids["shop", "u9"] == 3
        rows = {row["message_id"]: row["node"] for row in again.events()}
        assert rows["m4"] == 3
        told = rebuild(again.home, lambda _: None) if again.close() else None
        assert told is None
    shop._open()


def test_rebuilding_makes_the_same(shop: EventShop) -> None:
    shop.take(
        batch(track("m1", anonymousId="d1"), track("m2", type="identify", event=None,
              traits={"email": "a@example.com", "plan": "gold"})),
        batch(track("m3", user=None, anonymousId="d1"), connection="app"),
    )  # fmt: skip
    shop.close()
    done = rebuild(shop.home, lambda _: None)
    assert done.identical, done.differing
    assert done.tables["events"] == 3
    with EventShop(shop.home.folder) as again:
        kept = {row["message_id"]: row["properties"] for row in again.events()}
        assert json.loads(kept["m2"]) == {"plan": "gold"}
    shop._open()
