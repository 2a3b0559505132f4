"""One order, told by an export, a webhook and events: one order, in whatever order they come."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from regulars import Shop
from regulars.app.as_of import refresh
from samples import SAMPLES
from samples.messages import (
    PLAIN_EVENT,
    PLAIN_ORDER,
    PLAIN_WEBHOOK,
    SHOPIFY_ORDER,
    SHOPIFY_REFUND,
    WOOCOMMERCE_ORDER,
    changed,
    land,
    told,
    track,
)

Teller = Callable[[Shop, Path], None]
EXPORTS = {sample.source: sample for sample in SAMPLES}


def first_order(source: str, name: str) -> str:
    """The rows of one order of a sample."""
    sample = EXPORTS[source]
    header, *rows = sample.text.splitlines(keepends=True)
    return header + "".join(row for row in rows if row.split(",")[0] == name)


def of_file(name: str, text: str) -> Teller:
    def tell(shop: Shop, folder: Path) -> None:
        path = folder / name
        path.write_text(text)
        (report,) = shop.import_files(path)
        assert report.rejected == 0

    return tell


def of_facts(facts: list) -> Teller:
    def tell(shop: Shop, _folder: Path) -> None:
        assert sum(report.rejected for report in land(shop, facts)) == 0

    return tell


PLAIN = {
    "export": of_file("orders.csv", PLAIN_ORDER),
    "event": of_facts(
        track("Order Completed", PLAIN_EVENT, context={"campaign": {"source": "wechat"}})
    ),
    "webhook": of_facts(told("webhook", PLAIN_WEBHOOK).facts),
    "refund": of_facts(
        track("Order Refunded", {"order_id": "A1", "total": 10}, at="2026-01-09T10:00:00+08:00",
              message_id="m2")
    ),
}  # fmt: skip

_REFUNDED = changed(
    SHOPIFY_ORDER,
    financial_status="partially_refunded",
    updated_at="2026-01-09T10:00:01-05:00",
    refunds=[SHOPIFY_REFUND],
)
SHOPIFY = {
    "export": of_file("orders_export.csv", first_order("shopify_orders", "#1001")),
    "create": of_facts(
        told(
            "shopify:orders/create",
            changed(SHOPIFY_ORDER, financial_status="pending", fulfillment_status=None,
                    fulfillments=[], updated_at="2026-01-01T22:30:01-05:00"),
            platform="shopify",
        ).facts
    ),
    "refunded": of_facts(told("shopify:orders/updated", _REFUNDED, platform="shopify").facts),
    "refund": of_facts(told("shopify:refunds/create", SHOPIFY_REFUND, platform="shopify").facts),
    "event": of_facts(
        track(
            "Order Completed",
            {"order_id": "1001", "total": 56.29, "shipping": 6, "tax": 3.29, "discount": 5,
             "email": "ada@example.com",
             "products": [{"sku": "FERN-1", "price": 16, "quantity": 2},
                          {"name": "Canvas Tote Bag - Natural / L", "price": 20}]},
            at="2026-01-01T22:30:02-05:00", user=None, visitor="v-1", platform="shopify",
        )
    ),
}  # fmt: skip

SHOPIFY["refund event"] = of_facts(
    track("Order Refunded", {"order_id": 5550000001001, "refund_amount": 16}, user=None,
          at="2026-01-09T10:00:00-05:00", message_id="r1", platform="shopify")
)  # fmt: skip

WOOCOMMERCE = {
    "export": of_file("order_export.csv", first_order("woocommerce_orders", "101")),
    "created": of_facts(
        told(
            "woocommerce:order.created",
            changed(
                WOOCOMMERCE_ORDER, status="processing", date_modified_gmt="2026-02-01T09:00:31"
            ),
            platform="woocommerce",
        ).facts
    ),
    "updated": of_facts(
        told("woocommerce:order.updated", WOOCOMMERCE_ORDER, platform="woocommerce").facts
    ),
}


def now(shop: Shop) -> tuple[list, list]:
    """Orders, with who is who by outside number, and their lines, as they are known now."""
    refresh(shop.warehouse, shop.home)
    orders = shop.warehouse.sql(
        "SELECT platform, order_id, namespace, status, gross, shop_discount, shipping, paid,"
        " refunded, items, currency, source, coupon, province, city, country, placed_at"
        " FROM orders JOIN (SELECT DISTINCT customer_id, namespace FROM customers)"
        " USING (customer_id) WHERE known_until > now() ORDER BY ALL"
    )
    lines = shop.warehouse.sql(
        "SELECT platform, product_id, quantity, unit_price, gross, shop_discount FROM order_lines"
        " WHERE known_until > now() ORDER BY ALL"
    )
    return orders.to_pylist(), lines.to_pylist()


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Callable[[str], Shop]]:
    made: list[Shop] = []

    def make(currency: str, zone: str) -> Shop:
        made.append(
            Shop.create(tmp_path / f"s{len(made)}", name="x", currency=currency, time_zone=zone)
        )
        return made[-1]

    yield make
    for shop in made:
        shop.close()


def in_every_order(tellers: dict[str, Teller], shops, tmp_path: Path, *where: str) -> list:
    found = []
    for names in orders_of(tuple(tellers)):
        shop = shops(*where)
        for name in names:
            tellers[name](shop, tmp_path)
        found.append((names, now(shop)))
        shop.close()
    return found


def orders_of(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Orders of arrival: all of them in the long run, else each one first and each one last."""
    if "REGULARS_EXAMPLES" in os.environ or len(names) < 3:
        return list(permutations(names))
    return [names[place:] + names[:place] for place in range(len(names))]


def chosen(tellers: dict[str, Teller], *names: str) -> dict[str, Teller]:
    return {name: tellers[name] for name in names}


def test_a_plain_order_told_by_export_event_webhook_and_refund(shops, tmp_path):
    found = in_every_order(PLAIN, shops, tmp_path, "CNY", "Asia/Shanghai")
    for names, (orders, lines) in found:
        (order,) = orders
        # 2 x 20 + 10 = 50 less 5 and 6 of postage; 10 given back.
        amounts = [
            order[name] for name in ("gross", "shop_discount", "shipping", "paid", "refunded")
        ]
        assert amounts == [50, 5, 6, 51, 10], names
        # Source and coupon are known from the event alone.
        known = [order[name] for name in ("status", "source", "coupon", "items", "namespace")]
        assert known == ["paid", "wechat", "WELCOME", 3, "shop"], names
        assert [(line["product_id"], line["quantity"], line["gross"]) for line in lines] == [
            ("cup", 1, 10), ("tea", 2, 40)
        ], names  # fmt: skip
    assert all(one == found[0][1] for _, one in found)


def test_a_shopify_order_told_by_export_webhooks_and_event(shops, tmp_path):
    tellers = chosen(SHOPIFY, "export", "create", "event", "refunded")
    found = in_every_order(tellers, shops, tmp_path, "USD", "America/New_York")
    for names, (orders, lines) in found:
        (order,) = orders
        # 2 x 16 + 20 = 52 less 5, 6 of postage and 3.29 of tax: 56.29; 16 given back.
        amounts = [
            order[name] for name in ("gross", "shop_discount", "shipping", "paid", "refunded")
        ]
        assert amounts == [52, 5, 6, Decimal("56.29"), 16], names
        known = [order[name] for name in ("source", "coupon", "namespace", "city", "country")]
        assert known == ["web", "FALL5", "shopify", "Testville", "US"], names
        assert [line["product_id"] for line in lines] == ["Canvas Tote Bag - Natural / L", "FERN-1"]
    assert all(one == found[0][1] for _, one in found)


def test_a_shopify_refund_counts_once_and_finds_its_order_by_the_other_number(shops, tmp_path):
    tellers = chosen(SHOPIFY, "create", "export", "refund", "refund event")
    for names, (orders, _) in in_every_order(tellers, shops, tmp_path, "USD", "America/New_York"):
        (order,) = orders
        assert order["refunded"] == 16, names


def test_a_woocommerce_order_told_by_export_and_webhooks(shops, tmp_path):
    found = in_every_order(WOOCOMMERCE, shops, tmp_path, "EUR", "Europe/Rome")
    for names, (orders, lines) in found:
        (order,) = orders
        amounts = [
            order[name] for name in ("gross", "shop_discount", "shipping", "paid", "refunded")
        ]
        assert amounts == [50, 5, 4, Decimal("60.80"), 0], names
        known = [order[name] for name in ("status", "source", "coupon", "namespace")]
        assert known == ["completed", "google", "BENVENUTO", "woocommerce"], names
        assert [(line["product_id"], line["gross"]) for line in lines] == [
            ("31", 20), ("Tazza | 2; bianca", 30)
        ], names  # fmt: skip
    assert all(one == found[0][1] for _, one in found)


def test_an_export_that_comes_later_counts_from_the_order_s_own_time(shops, tmp_path):
    shop = shops("USD", "America/New_York")
    for name in ("event", "export"):
        SHOPIFY[name](shop, tmp_path)
    refresh(shop.warehouse, shop.home)
    then = "TIMESTAMPTZ '2026-01-02 12:00:00+00'"
    found = shop.warehouse.sql(
        f"SELECT paid, country FROM orders WHERE known_at <= {then} AND known_until > {then}"
    )
    assert found.to_pylist() == [{"paid": Decimal("56.29"), "country": "US"}]


@pytest.mark.parametrize("name", ["event", "webhook"])
def test_messages_alone_make_the_order_that_the_export_makes(name, shops, tmp_path):
    found = []
    for one in (name, "export"):
        shop = shops("CNY", "Asia/Shanghai")
        PLAIN[one](shop, tmp_path)
        (order,), lines = now(shop)
        ignored = ("source", "coupon", "placed_at", "currency")  # which the file leaves unsaid
        found.append(({k: v for k, v in order.items() if k not in ignored}, lines))
    (by_message, message_lines), (by_export, export_lines) = found
    assert by_message == by_export
    assert [line["gross"] for line in message_lines] == [line["gross"] for line in export_lines]
