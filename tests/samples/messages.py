"""Orders as messages tell them: webhooks with the platforms' own fields, and Segment events."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from regulars import Shop
from regulars.intake.connection import Connection
from regulars.intake.events.facts import facts_of
from regulars.intake.events.land import land_facts
from regulars.intake.events.message import Fact, Message
from regulars.intake.inbox.frame import Received
from regulars.intake.landing import Landing
from regulars.intake.report import FileReport
from regulars.intake.vault import Vault
from regulars.intake.webhooks.told import Told, told_by

# The order #1001 of the sample export `SHOPIFY_ORDERS`: 2 x 16 + 20 = 52 less 5 = 47; postage 6 and
# tax 3.29 on top: 56.29. REST Admin API, as the topics orders/* carry it.
SHOPIFY_ORDER: dict[str, Any] = {
    "id": 5550000001001,
    "admin_graphql_api_id": "gid://shopify/Order/5550000001001",
    "app_id": 580111,
    "browser_ip": "203.0.113.7",
    "buyer_accepts_marketing": False,
    "cancel_reason": None,
    "cancelled_at": None,
    "closed_at": None,
    "confirmed": True,
    "contact_email": "ada@example.com",
    "created_at": "2026-01-01T22:30:00-05:00",
    "currency": "USD",
    "current_subtotal_price": "47.00",
    "current_total_price": "56.29",
    "customer": {
        "id": 7210448301122,
        "email": "ada@example.com",
        "first_name": "Ada",
        "last_name": "Example",
        "phone": None,
    },
    "discount_codes": [{"code": "FALL5", "amount": "5.00", "type": "fixed_amount"}],
    "email": "ada@example.com",
    "financial_status": "paid",
    "fulfillment_status": "fulfilled",
    "fulfillments": [
        {"id": 255858046, "order_id": 5550000001001, "created_at": "2026-01-03T09:00:00-05:00",
         "status": "success", "tracking_number": "1Z2345"}
    ],
    "landing_site": "/products/fern?utm_source=newsletter&utm_medium=email&utm_campaign=winter",
    "line_items": [
        {"id": 866550311766439020, "name": "Botanical Fern Print", "title": "Botanical Fern Print",
         "sku": "FERN-1", "price": "16.00", "quantity": 2, "product_id": 788032119674292922,
         "variant_id": 1, "variant_title": None, "total_discount": "0.00", "vendor": "Acme"},
        {"id": 141249953214522974, "name": "Canvas Tote Bag - Natural / L",
         "title": "Canvas Tote Bag", "sku": None, "price": "20.00", "quantity": 1,
         "product_id": 632910392, "variant_title": "Natural / L", "total_discount": "0.00",
         "vendor": "Acme"},
    ],
    "name": "#1001",
    "number": 1,
    "order_number": 1001,
    "phone": None,
    "processed_at": "2026-01-01T22:31:00-05:00",
    "refunds": [],
    "shipping_address": {
        "first_name": "Ada", "last_name": "Example", "name": "Ada Example",
        "address1": "1 Fictional Lane", "address2": "Apt 2", "phone": "+1 555-010-0100",
        "city": "Testville", "zip": "00501", "province": "New York", "province_code": "NY",
        "country": "United States", "country_code": "US",
    },
    "shipping_lines": [{"id": 1, "title": "Standard", "price": "6.00"}],
    "source_name": "web",
    "subtotal_price": "47.00",
    "tags": "",
    "taxes_included": False,
    "test": False,
    "total_discounts": "5.00",
    "total_line_items_price": "52.00",
    "total_outstanding": "0.00",
    "total_price": "56.29",
    "total_shipping_price_set": {"shop_money": {"amount": "6.00", "currency_code": "USD"}},
    "total_tax": "3.29",
    "updated_at": "2026-01-03T09:00:05-05:00",
}  # fmt: skip

SHOPIFY_REFUND: dict[str, Any] = {
    "id": 509562969,
    "order_id": 5550000001001,
    "created_at": "2026-01-09T10:00:00-05:00",
    "note": "it broke",
    "refund_line_items": [],
    "transactions": [
        {"id": 1, "kind": "refund", "status": "success", "amount": "16.00", "currency": "USD"},
        {"id": 2, "kind": "refund", "status": "failure", "amount": "16.00", "currency": "USD"},
    ],
}

# The order 101 of the sample export `WOOCOMMERCE_ORDERS`: 2 x 10 + 30 = 50 less 5 = 45; postage 4,
# tax 9.80, wrapping 2: 60.80. REST API v3, as the topics order.* carry it; the site is in Rome.
WOOCOMMERCE_ORDER: dict[str, Any] = {
    "id": 101,
    "parent_id": 0,
    "number": "101",
    "status": "completed",
    "currency": "EUR",
    "date_created": "2026-02-01T10:00:00",
    "date_created_gmt": "2026-02-01T09:00:00",
    "date_modified": "2026-02-03T12:00:00",
    "date_modified_gmt": "2026-02-03T11:00:00",
    "date_paid": "2026-02-01T10:00:30",
    "date_paid_gmt": "2026-02-01T09:00:30",
    "discount_total": "5.00",
    "discount_tax": "0.00",
    "shipping_total": "4.00",
    "shipping_tax": "0.00",
    "total": "60.80",
    "total_tax": "9.80",
    "prices_include_tax": False,
    "customer_id": 7,
    "billing": {
        "first_name": "Anna", "last_name": "Bianchi", "email": "Anna@esempio.it",
        "phone": "+39 333 1111111", "address_1": "Via Roma 1", "city": "Roma", "state": "RM",
        "postcode": "00100", "country": "IT",
    },
    "shipping": {
        "first_name": "Anna", "last_name": "Bianchi", "address_1": "Via Roma 1", "city": "Roma",
        "state": "RM", "postcode": "00100", "country": "IT",
    },
    "payment_method": "stripe",
    "line_items": [
        {"id": 11, "name": "Tè verde", "product_id": 31, "variation_id": 0, "quantity": 2,
         "subtotal": "20.00", "total": "18.00", "sku": "TEA-1", "price": 9},
        {"id": 12, "name": "Tazza | 2; bianca", "product_id": 0, "variation_id": 0, "quantity": 1,
         "subtotal": "30.00", "total": "27.00", "sku": "", "price": 27},
    ],
    "fee_lines": [{"id": 13, "name": "Wrapping", "total": "2.00"}],
    "coupon_lines": [{"id": 14, "code": "BENVENUTO", "discount": "5.00"}],
    "refunds": [],
    "meta_data": [
        {"id": 1, "key": "_wc_order_attribution_utm_source", "value": "google"},
        {"id": 2, "key": "_wc_order_attribution_utm_medium", "value": "cpc"},
    ],
}  # fmt: skip

# An order of our own plain layout: 2 x 20 + 10 = 50 less 5 and 6 of postage: 51.
PLAIN_ORDER = (
    "order_id,customer_id,placed_at,status,product_id,quantity,unit_price,shop_discount,shipping,"
    "paid\n"
    "A1,c7,2026-01-05 10:00:00,paid,tea,2,20,5,6,41\n"
    "A1,c7,2026-01-05 10:00:00,paid,cup,1,10,0,0,10\n"
)
PLAIN_EVENT: dict[str, Any] = {
    "order_id": "A1", "total": 51, "shipping": 6, "discount": 5, "coupon": "WELCOME",
    "currency": "CNY",
    "products": [
        {"product_id": "tea", "price": 20, "quantity": 2},
        {"product_id": "cup", "price": 10, "quantity": 1},
    ],
}  # fmt: skip
PLAIN_WEBHOOK: dict[str, Any] = {
    "type": "order.paid",
    "timestamp": "2026-01-05T10:00:20+08:00",
    "data": {
        "order_id": "A1", "customer_id": "c7", "placed_at": "2026-01-05T10:00:00+08:00",
        "shop_discount": 5, "shipping": 6, "paid": 51, "currency": "CNY",
        "lines": [
            {"product_id": "tea", "quantity": 2, "unit_price": 20, "shop_discount": 5},
            {"product_id": "cup", "quantity": 1, "unit_price": 10},
        ],
    },
}  # fmt: skip


def changed(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A body with other values of some of its fields."""
    return copy.deepcopy(body) | more


def instant(text: str) -> int:
    """UTC microseconds of an ISO time."""
    return int(datetime.fromisoformat(text).timestamp() * 1_000_000)


def raw(value: dict[str, Any] | None) -> Raw:
    """A value as a message carries it."""
    return UNSET if value is None else Raw(msgspec.json.encode(value))


def track(
    event: str,
    properties: dict[str, Any],
    *,
    at: str = "2026-01-05T10:00:10+08:00",
    message_id: str = "m1",
    user: str | None = "c7",
    visitor: str | None = None,
    context: dict[str, Any] | None = None,
    platform: str = "shop",
) -> list[Fact]:
    """The facts of a track message."""
    message = Message(
        type="track",
        message_id=message_id,
        user_id=user,
        anonymous_id=visitor,
        event=event,
        properties=raw(properties),
        context=raw(context),
    )
    return facts_of(message, instant(at), platform)


def told(
    route: str, body: dict[str, Any], *, at: str = "2026-03-01T00:00:00Z", platform: str = "shop",
    **headers: str,
) -> Told:  # fmt: skip
    """What a request on a route tells."""
    use = route.partition(":")[0]
    connection = Connection("test", use, platform, (), "2026-01-01T00:00:00+00:00")
    received = Received("test", route, instant(at), msgspec.json.encode(body), headers)
    return told_by(received, connection)


def land(shop: Shop, facts: Iterable[Fact]) -> list[FileReport]:
    """Land facts in a shop."""
    with Vault.open(shop.home.keys) as vault:
        return land_facts(facts, Landing(shop.home.landing), vault, shop.home.settings)
