"""Messages in, absorbed and settled: the order, its timeline, its after-sales."""

from __future__ import annotations

import json

import pytest

from intake.events.shop import AT, EventShop, batch
from regulars.intake import canonical
from regulars.intake.connection import Connections
from regulars.intake.events.after_sales import make_view
from regulars.intake.inbox.frame import Received
from samples.messages import PLAIN_EVENT, SHOPIFY_ORDER, changed


@pytest.fixture
def shop(tmp_path):
    with EventShop(tmp_path / "shop") as shop:
        Connections(shop.home.keys).add("tea", "shopify")
        yield shop


def track(message: str, name: str, properties: dict) -> dict:
    told = {"type": "track", "event": name, "messageId": message, "userId": "c7"}
    return told | {"properties": properties}


def request(route: str, body: dict, connection: str = "tea") -> Received:
    return Received(connection, route, AT, json.dumps(body).encode())


def orders(shop: EventShop) -> list[tuple]:
    shop.absorber.settle()
    canonical.build(shop.warehouse, shop.landing, shop.home.settings.identity)
    found = shop.warehouse.sql(
        "SELECT order_id, status, paid, refunded, customer_id FROM orders"
        " WHERE known_until > now() ORDER BY platform"
    )
    return [tuple(row.values()) for row in found.to_pylist()]


def test_an_order_its_return_and_its_refund(shop):
    events = shop.take(
        batch(
            track("m1", "Order Completed", PLAIN_EVENT),
            track("m2", "Product Returned", {"order_id": "A1", "reason": "too strong"}),
            track("m3", "Order Refunded", {"order_id": "A1", "total": 10}),
        ),
        batch(track("m3", "Order Refunded", {"order_id": "A1", "total": 10})),  # sent again
    )
    assert orders(shop) == [("A1", "paid", 51, 10, events[0]["customer_id"])]
    make_view(shop.warehouse)
    found = shop.warehouse.sql("SELECT kind, reason FROM after_sales ORDER BY kind").to_pylist()
    assert found == [
        {"kind": "refund", "reason": None}, {"kind": "return", "reason": "too strong"}
    ]  # fmt: skip


def test_webhooks_of_one_order_tell_each_happening_once(shop):
    order = changed(SHOPIFY_ORDER, currency="CNY")
    pending = changed(order, financial_status="pending", fulfillments=[], fulfillment_status=None,
                      updated_at="2026-01-01T22:30:01-05:00")  # fmt: skip
    events = shop.take(
        request("shopify:orders/create", pending),
        request("shopify:orders/updated", order),
        request("shopify:orders/fulfilled", order),
        request("shopify:customers/redact", {"shop_id": 1}),
    )
    assert [one["name"] for one in events] == ["Order Placed", "Order Completed", "Order Shipped"]
    (found,) = orders(shop)
    assert found[:2] == ("#1001", "shipped")
    # The account of the order is the person of the messages: both are known by one address.
    assert found[4] == shop.events("customer_id")[0]["customer_id"]
    accepted, duplicate, rejected = shop.accounts()["tea"]
    assert (accepted, duplicate, rejected) == (3, 2, 1)
