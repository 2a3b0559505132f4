"""What Segment messages tell of orders and customers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from regulars.intake.events.facts import FACTUAL, facts_of
from regulars.intake.events.facts_orders import amounts
from regulars.intake.events.message import Message
from regulars.intake.records import Kind
from samples.messages import PLAIN_EVENT, changed, instant, raw, track

# The example of the Segment spec (V2 E-commerce Events, Order Completed): 19 + 2 x 3 = 25, postage
# 3, tax 2, discount 2.50, total 27.50.
SPEC = {
    "checkout_id": "fksdjfsdjfisjf9sdfjsd9f",
    "order_id": "50314b8e9bcf000000000000",
    "affiliation": "Google Store",
    "total": 27.50,
    "subtotal": 22.50,
    "revenue": 25.00,
    "shipping": 3,
    "tax": 2,
    "discount": 2.5,
    "coupon": "hasbros",
    "currency": "USD",
    "products": [
        {"product_id": "507f1f77bcf86cd799439011", "sku": "45790-32", "name": "Monopoly",
         "price": 19, "quantity": 1, "category": "Games"},
        {"product_id": "505bd76785ebb509fc183733", "sku": "46493-32", "name": "Uno Card Game",
         "price": 3, "quantity": 2, "category": "Games"},
    ],
}  # fmt: skip


def test_the_example_of_the_spec_is_an_order_with_its_lines():
    order, *lines = track("Order Completed", SPEC)
    told = {
        name: order.row[name] for name in ("gross", "shop_discount", "shipping", "paid", "status")
    }
    assert told == {
        "gross": "25", "shop_discount": "2.5", "shipping": "3", "paid": "27.5", "status": "paid"
    }  # fmt: skip
    assert (order.kind, order.row["coupon"], order.row["customer_key"]) == (
        Kind.ORDER, "hasbros", "c7"
    )  # fmt: skip
    assert [(one.row["product_id"], one.row["quantity"], one.row["category"]) for one in lines] == [
        ("507f1f77bcf86cd799439011", "1", "Games"),
        ("505bd76785ebb509fc183733", "2", "Games"),
    ]


@pytest.mark.parametrize(
    ("told", "gross", "paid"),
    [
        # Only revenue: it is what was paid.
        ({"revenue": 30}, 30, 30),
        # Without total: goods of 30 less 5, and 4 on top.
        ({"revenue": 30, "discount": 5, "shipping": 4, "products": [{"price": 30}]}, 30, 29),
        # Without total, revenue after the discount: 25 + 4 were paid for goods of 30.
        ({"revenue": 25, "discount": 5, "shipping": 4}, 30, 29),
        # Prices after the discount: 25 + 4 = 29, so the goods were worth 30.
        ({"total": 29, "discount": 5, "shipping": 4, "products": [{"price": 25}]}, 30, 29),
        # Subtotal is after the discount.
        ({"subtotal": 25, "discount": 5, "total": 31, "tax": 2, "shipping": 4}, 30, 31),
        # What remains of the total: 31 - 4 - 2 + 5.
        ({"total": 31, "discount": 5, "tax": 2, "shipping": 4}, 30, 31),
        # A price that is missing: the goods' value is what remains.
        ({"total": 31, "products": [{"price": 10}, {"quantity": 2}]}, 31, 31),
        ({}, None, None),
    ],
)
def test_amounts_are_told_as_an_export_tells_them(told, gross, paid):
    found = amounts(told)
    assert (found["gross"], found["paid"]) == (gross, paid)


def test_an_amount_out_of_all_reach_is_left_to_be_refused_and_breaks_nothing():
    assert amounts({"total": "1e999999", "products": [{"price": "9e99999", "quantity": 3}]})[
        "gross"
    ] == Decimal("3E+15")


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("Order Completed", "paid"),
        ("order paid", "paid"),
        ("支付成功", "paid"),
        ("Order Shipped", "shipped"),
        ("Order Delivered", "completed"),
        ("Order Cancelled", "cancelled"),
        # These do not say how far the order has come.
        ("Order Placed", "adjustment"),
        ("Order Updated", "adjustment"),
    ],
)
def test_each_event_tells_how_far_the_order_has_come(event, status):
    order, *_ = track(event, {"order_id": "A1"})
    assert order.row["status"] == status


def test_a_status_of_the_shop_s_own_tells_more_than_the_event_s_name():
    assert (
        track("Order Updated", {"order_id": "A", "status": "shipped"})[0].row["status"] == "shipped"
    )
    unpaid = track("Order Completed", {"order_id": "A", "status": "pending"})[0].row
    assert (unpaid["status"], "paid_at" in unpaid) == ("adjustment", False)


def test_a_refund_is_a_payment_of_its_own_under_the_message_s_id():
    (refund,) = track("Order Refunded", {"order_id": "A1", "total": 5}, message_id="m9")
    assert (refund.kind, refund.row["paid"], refund.row["payment_id"]) == (Kind.PAYMENT, "-5", "m9")
    # Of some goods only: 2 x 3.
    (some,) = track("Order Refunded", {"order_id": "A1", "products": [{"price": 3, "quantity": 2}]})
    assert some.row["paid"] == "-6"


def test_a_refund_without_an_amount_gives_all_back():
    (order,) = track("Order Refunded", {"order_id": "A1"})
    assert (order.kind, order.row["status"]) == (Kind.ORDER, "cancelled")


def test_where_the_customer_came_in_is_the_campaign_s_source():
    order, *_ = track("Order Completed", SPEC, context={"campaign": {"source": "google"}})
    assert order.row["source"] == "google"


def test_a_visitor_without_account_orders_under_the_visitor_s_number():
    order, *_ = track("Order Completed", SPEC, user=None, visitor="v-1")
    assert order.row["anonymous_id"] == "v-1"


def test_the_shop_s_own_browser_that_marks_an_order_as_sent_is_not_its_customer():
    order, *_ = track("Order Shipped", {"order_id": "A"}, user=None, visitor="v-of-the-packer")
    assert "anonymous_id" not in order.row


@pytest.mark.parametrize("nobody", ["null", "undefined", "0", "guest", "00000000"])
def test_a_number_that_stands_for_nobody_is_no_customer(nobody):
    order, *_ = track("Order Completed", SPEC, user=nobody)
    assert "customer_key" not in order.row


def test_an_order_event_without_an_order_tells_nothing():
    assert track("Order Completed", {"total": 5}) == []


def test_goods_on_shopify_are_named_by_sku_as_its_exports_do():
    _, line, *_ = track("Order Completed", SPEC, platform="shopify")
    assert line.row["product_id"] == "45790-32"


def identify(traits: dict, user: str | None = "c7", visitor: str | None = None) -> list:
    message = Message("identify", "m1", user_id=user, anonymous_id=visitor, traits=raw(traits))
    return facts_of(message, instant("2026-01-05T10:00:00+08:00"), "shop")


def test_traits_of_the_spec_are_a_customer_s_columns_and_others_attributes():
    (fact,) = identify(
        {
            "firstName": "Ada", "lastName": "Example", "email": "ada@example.com",
            "phone": "13812345678", "gender": "female", "birthday": "1990-05-01T00:00:00Z",
            "createdAt": "2025-01-01T00:00:00Z", "plan": "gold", "logins": 5,
            "address": {"city": "Hangzhou", "state": "Zhejiang", "country": "CN", "street": "1 La"},
            "nested": {"a": 1},
        }
    )  # fmt: skip
    assert fact.kind is Kind.CUSTOMER
    assert fact.row == {
        "customer_key": "c7", "email": "ada@example.com", "phone": "13812345678",
        "name": "Ada Example", "address": "1 La", "registered_at": "2025-01-01T00:00:00Z",
        "gender": "female", "birth_date": "1990-05-01", "province": "Zhejiang", "city": "Hangzhou",
        "country": "CN", "trait:plan": "gold", "trait:logins": "5",
        "updated_at": "2026-01-05T02:00:00+00:00",
    }  # fmt: skip


def test_an_identify_of_a_visitor_whom_nothing_names_tells_no_customer():
    assert identify({"plan": "gold"}, user=None, visitor="v1") == []
    assert identify({}) == []


def test_browsing_tells_no_facts():
    assert "product viewed" not in FACTUAL
    assert track("Product Viewed", {"product_id": "T", "price": 5}) == []


def test_numbers_come_as_numbers_or_texts():
    by_number = track("Order Completed", changed(PLAIN_EVENT, order_id=17.0, total=51.0))
    by_text = track("Order Completed", changed(PLAIN_EVENT, order_id="17", total="51.00"))
    assert by_number == by_text
