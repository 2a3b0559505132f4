"""What a server settles all day is no reason to make all tables anew for one customer's history."""

from __future__ import annotations

from pathlib import Path

from regulars import Shop
from regulars.app.as_of import digest, refresh
from regulars.app.doctor import examine
from regulars.app.rebuild import contents
from regulars.intake.canonical import is_current, lacks_more_than_messages
from regulars.intake.events import table
from regulars.intake.events.catch_up import catch_up
from regulars.intake.landing import Landing
from regulars.intake.unknown import template
from regulars.intake.vault import Vault
from sent import send

ORDERS = "order_id,customer_id,placed_at,paid\n1,ann,2026-01-02,9\n2,bea,2026-01-03,9\n"
PAID = {"event": "Order Completed", "userId": "ann", "messageId": "m", "properties": {
    "order_id": "3", "total": 5}}  # fmt: skip
SHIPPED = {"event": "Order Shipped", "userId": "ann", "messageId": "s", "properties": {
    "order_id": "4"}}  # fmt: skip


def settle(shop: Shop) -> None:
    with Vault.open(shop.home.keys) as vault:
        catch_up(shop.warehouse, Landing(shop.home.landing), vault, shop.home.settings)


def stands(shop: Shop) -> tuple[bool, bool]:
    landing = Landing(shop.home.landing)
    current = is_current(shop.warehouse, landing)
    return current, lacks_more_than_messages(shop.warehouse, landing)


def test_tables_lack_files_and_words_but_not_messages(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    with Shop.create(tmp_path / "shop", name="made") as shop:
        assert stands(shop) == (False, False)  # nothing came in at all
        send(shop.home, PAID)
        settle(shop)
        assert stands(shop) == (False, False)
        shop.import_files(tmp_path / "orders.csv")
        assert stands(shop) == (False, True)
        refresh(shop.warehouse, shop.home)
        assert stands(shop) == (True, False)
        send(shop.home, PAID | {"messageId": "m2"})
        settle(shop)
        assert stands(shop) == (False, False)
        shop.identity_join("ann", "bea")
        assert stands(shop) == (False, True)


def test_the_doctor_tells_of_orders_of_which_only_a_part_is_known(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop", name="made") as shop:
        send(shop.home, SHIPPED)
        refresh(shop.warehouse, shop.home)
        assert shop.warehouse.sql("SELECT order_id FROM pending_orders").num_rows == 1
    told = {one.subject: one.message for one in examine(shop.home)}
    assert told["orders"] == "1 orders that messages told of wait for their time or amount"


def test_an_empty_view_of_events_is_as_good_as_none(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop", name="made") as shop:
        table.prepare(shop.warehouse)
        assert shop.warehouse.has("events")
        assert "events" not in contents(shop.warehouse)


def test_the_people_table_rests_on_who_is_who(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop", name="made") as shop:
        before = digest(shop.home)
    with (tmp_path / "shop" / "regulars.toml").open("a") as settings:
        settings.write("\n[identity]\nrunaway_at = 3\n")
    text = (tmp_path / "shop" / "regulars.toml").read_text()
    (tmp_path / "shop" / "regulars.toml").write_text(text.replace("[identity]", "", 1))
    with Shop(tmp_path / "shop") as shop:
        assert digest(shop.home) != before


def test_a_mapping_is_not_asked_for_what_only_messages_and_exports_know() -> None:
    asked = template(("order id", "placed at"), "orders")
    assert "told_by" not in asked
    assert "is_goods" not in asked
