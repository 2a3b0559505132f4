"""What webhooks and endpoints tell: facts, messages for the timeline, refusals."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from regulars.intake.records import Kind
from samples.messages import (
    PLAIN_WEBHOOK,
    SHOPIFY_ORDER,
    SHOPIFY_REFUND,
    WOOCOMMERCE_ORDER,
    changed,
    told,
)


def rows(found, kind: Kind) -> list[dict]:
    return [fact.row for fact in found.facts if fact.kind is kind]


def names(found) -> list[tuple]:
    return [(one.message_id, one.event) for one in found.messages]


def shopify(topic: str, body: dict):
    return told(f"shopify:{topic}", body, platform="shopify")


def test_a_shopify_order_is_told_as_its_export_tells_it():
    found = shopify("orders/updated", SHOPIFY_ORDER)
    (order,) = rows(found, Kind.ORDER)
    amounts = [Decimal(order[name]) for name in ("gross", "shop_discount", "shipping", "paid")]
    assert amounts == [52, 5, 6, Decimal("56.29")]
    known = [order[name] for name in ("order_id", "customer_key", "status", "coupon", "source")]
    assert known == ["#1001", "ada@example.com", "shipped", "FALL5", "web"]
    assert [one["product_id"] for one in rows(found, Kind.LINE)] == [
        "FERN-1", "Canvas Tote Bag - Natural / L"
    ]  # fmt: skip


def test_what_happened_to_an_order_is_told_under_ids_that_stay_the_same():
    refunded = changed(SHOPIFY_ORDER, refunds=[SHOPIFY_REFUND])
    assert names(shopify("orders/create", SHOPIFY_ORDER)) == [
        ("order:#1001:completed", "Order Completed"),
        ("fulfillment:255858046", "Order Shipped"),
    ]
    assert names(shopify("orders/updated", refunded)) == [
        ("order:#1001:completed", "Order Completed"),
        ("fulfillment:255858046", "Order Shipped"),
        ("refund:509562969", "Order Refunded"),
    ]


def test_the_campaign_of_the_landing_page_is_the_message_s_campaign():
    message = shopify("orders/create", SHOPIFY_ORDER).messages[0]
    context = msgspec.json.decode(message.context)
    assert context["campaign"] == {"source": "newsletter", "medium": "email", "name": "winter"}
    assert context["traits"] == {"email": "ada@example.com"}


@pytest.mark.parametrize(
    ("more", "status", "paid"),
    [
        ({"financial_status": "pending"}, "placed", 0),
        ({"financial_status": "authorized"}, "placed", 0),
        ({"financial_status": "voided"}, "cancelled", 0),
        # 20 of 56.29 still to come.
        ({"financial_status": "partially_paid", "total_outstanding": "20.00"}, "paid", "36.29"),
        ({"financial_status": "refunded"}, "cancelled", "56.29"),
        ({"cancelled_at": "2026-01-04T10:00:00-05:00"}, "cancelled", "56.29"),
        ({"fulfillment_status": None}, "paid", "56.29"),
    ],
)
def test_the_state_of_a_shopify_order(more, status, paid):
    (order,) = rows(shopify("orders/updated", changed(SHOPIFY_ORDER, **more)), Kind.ORDER)
    assert (order["status"], Decimal(order["paid"])) == (status, Decimal(paid))


def test_of_a_shopify_refund_counts_what_went_through():
    (refund,) = rows(shopify("refunds/create", SHOPIFY_REFUND), Kind.PAYMENT)
    assert (refund["order_id"], refund["paid"]) == ("5550000001001", "-16")


def test_shopify_customers_products_and_checkouts():
    customer = {
        "id": 1, "email": "Ada@Example.com", "first_name": "Ada", "last_name": "Example",
        "created_at": "2025-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "tags": "vip",
        "email_marketing_consent": {"state": "subscribed"}, "tax_exempt": False,
        "default_address": {"city": "Testville", "province_code": "NY", "country_code": "US",
                            "address1": "1 Fictional Lane", "zip": "00501"},
    }  # fmt: skip
    (row,) = rows(shopify("customers/update", customer), Kind.CUSTOMER)
    told_ = [row[name] for name in ("customer_key", "name", "province", "trait:accepts_email")]
    assert told_ == ["ada@example.com", "Ada Example", "NY", "yes"]
    product = {
        "id": 1, "title": "Canvas Tote Bag", "vendor": "Acme", "product_type": "Bags",
        "updated_at": "2026-01-01T00:00:00Z",
        "variants": [{"id": 2, "title": "Natural / L", "sku": "", "price": "20.00"},
                     {"id": 3, "title": "Black / L", "sku": "TOTE-B", "price": "22.00"}],
    }  # fmt: skip
    found = rows(shopify("products/update", product), Kind.PRODUCT)
    assert [(one["product_id"], one["category"], one["unit_price"]) for one in found] == [
        ("Canvas Tote Bag - Natural / L", "Bags", "20.00"), ("TOTE-B", "Bags", "22.00")
    ]  # fmt: skip
    checkout = {"token": "t1", "email": "a@b.cn", "created_at": "2026-01-01T00:00:00Z",
                "total_price": "9.00", "line_items": []}  # fmt: skip
    assert names(shopify("checkouts/create", checkout)) == [("checkout:t1", "Checkout Started")]


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        ("customers/redact", {"shop_id": 1}, "unknown_topic"),
        ("orders/create", changed(SHOPIFY_ORDER, test=True), "test_record"),
        ("orders/create", changed(SHOPIFY_ORDER, name=None), "missing"),
        ("orders/create", changed(SHOPIFY_ORDER, financial_status="odd"), "unknown_status"),
        ("customers/create", {"id": 1, "first_name": "Ada"}, "no_identity"),
        ("products/create", {"id": 1, "title": "T", "variants": []}, "missing"),
    ],
)
def test_what_a_shopify_webhook_cannot_tell_is_refused_whole(topic, body, reason):
    found = shopify(topic, body)
    assert (found.messages, found.facts) == ([], [])
    (refusal,) = found.rejects
    assert refusal.reason == reason
    assert set(refusal.row) == set(body)


def test_a_woocommerce_order_is_told_as_its_export_tells_it():
    found = told("woocommerce:order.updated", WOOCOMMERCE_ORDER, platform="woocommerce")
    (order,) = rows(found, Kind.ORDER)
    amounts = [Decimal(order[name]) for name in ("gross", "shop_discount", "shipping", "paid")]
    assert amounts == [50, 5, 4, Decimal("60.80")]
    known = [order[name] for name in ("order_id", "customer_key", "placed_at", "source")]
    assert known == ["101", "anna@esempio.it", "2026-02-01T09:00:00Z", "google"]
    assert [
        (one["product_id"], one["unit_price"], one["shop_discount"])
        for one in rows(found, Kind.LINE)
    ] == [("31", "10", "2"), ("Tazza | 2; bianca", "30", "3")]


def test_a_woocommerce_refund_comes_with_a_minus():
    body = changed(WOOCOMMERCE_ORDER, refunds=[{"id": 9, "reason": "", "total": "-10.00"}])
    found = told("woocommerce:order.updated", body, platform="woocommerce")
    assert rows(found, Kind.ORDER)[0]["refunded"] == "10"
    assert ("refund:9", "Order Refunded") in names(found)


def test_a_woocommerce_order_in_the_bin_is_cancelled():
    found = told("woocommerce:order.deleted", {"id": 101}, platform="woocommerce")
    (order,) = rows(found, Kind.ORDER)
    assert (order["order_id"], order["status"]) == ("101", "cancelled")


def test_an_order_of_our_own_is_the_sum_of_its_lines_where_it_does_not_say():
    found = told("webhook", PLAIN_WEBHOOK)
    (order,) = rows(found, Kind.ORDER)
    # 2 x 20 + 10.
    assert (order["gross"], order["quantity"], order["status"]) == ("50", "3", "paid")
    assert order["updated_at"] == "2026-01-05T10:00:20+08:00"


def test_a_type_that_is_not_known_is_kept_as_an_event():
    body = {"type": "quiz.finished", "timestamp": "2026-01-05T10:00:00Z",
            "data": {"customer_id": "c7", "score": 5, "email": "a@b.cn"}}  # fmt: skip
    (message,) = told("webhook", body, **{"message-id": "msg_1"}).messages
    assert (message.event, message.user_id, message.message_id) == (
        "quiz.finished", "c7", "webhook:msg_1"
    )  # fmt: skip
    assert b"a@b.cn" not in bytes(message.properties)


def test_records_of_an_endpoint_are_refused_one_by_one_with_column_and_value():
    body = {
        "products": [
            {"product_id": "T1", "product_name": "tea", "unit_price": 20.5},
            {"product_id": "T2", "colour": "red"},
            {"product_name": "no number"},
            {"product_id": {"a": 1}},
            "T5",
        ]
    }
    found = told("products", body)
    assert [fact.row for fact in found.facts] == [
        {"product_id": "T1", "product_name": "tea", "unit_price": "20.5"}
    ]
    assert [(one.column, one.value, one.reason) for one in found.rejects] == [
        ("colour", "red", "unknown_column"),
        ("product_id", "", "missing"),
        ("product_id", '{"a":1}', "not_text"),
        ("", "T5", "unknown_column"),
    ]


def test_customers_and_spend_by_their_endpoints():
    body = {
        "customer_id": "c7",
        "phone": "13812345678",
        "tags": ["vip", "old"],
        "traits": {"plan": 1},
    }
    (row,) = rows(told("customers", body), Kind.CUSTOMER)
    assert row == {
        "customer_key": "c7", "phone": "13812345678", "tags": "vip|old", "trait:plan": "1"
    }  # fmt: skip
    assert told("customers", {"city": "上海"}).rejects[0].reason == "no_identity"
    (row,) = rows(told("spend", {"day": "2026-01-05", "source": "google", "spend": 12}), Kind.SPEND)
    assert row == {"day": "2026-01-05", "source": "google", "spend": "12"}


def test_receipts_are_messages_in_the_words_of_the_spec():
    body = {
        "receipts": [
            {"id": "r1", "type": "opened", "channel": "email", "email": "a@b.cn", "message": "m/1"},
            {"type": "clicked", "channel": "sms", "customer_id": "c7", "url": "https://x.cn"},
            {"type": "sneezed", "channel": "sms", "customer_id": "c7"},
            {"type": "opened", "channel": "sms"},
        ]
    }
    found = told("receipts", body)
    assert [(one.type, one.message_id, one.event) for one in found.messages] == [
        ("receipt", "receipt:r1", "Email Opened"),
        ("receipt", None, "SMS Link Clicked"),
    ]
    assert [(one.column, one.reason) for one in found.rejects] == [
        ("type", "unknown_receipt"), ("customer_id", "no_identity")
    ]  # fmt: skip


def test_a_body_that_tells_nothing_is_refused():
    assert told("products", {}).rejects[0].reason == "nothing_told"
