"""What the order events of the Segment spec tell of an order and its lines.

The spec's amounts are mapped so that they agree with an export of the same order: `gross` is the
list value of the goods, `paid` what the customer paid, postage and tax included.

- paid is `total`; without one, `revenue` (goods without postage and tax) and what comes on top.
- gross is the sum of price x quantity over `products`. Where that sum with postage and tax is
  already the total, prices were named after the discount, which is then added again. Without
  products it is `subtotal` + discount, or what remains of the total.

An event tells part of an order only, so its facts are marked `told_by` = event and give way to what
a file or webhook tells in full (`intake.canonical_told`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from regulars.intake.events.facts_cells import (
    Json,
    amount_of,
    filled,
    first_amount,
    first_of,
    moment,
    money,
    object_of,
    objects_of,
)
from regulars.intake.records import Status
from regulars.intake.sources.plain import PLAIN_ORDERS

EVENT = "event"
"""What `told_by` says of facts that an event has told."""

_NUMBER_OF_ORDER = 9
"""Digits of the longest number in a Shopify order's name; its other number (id) is longer."""

NO_STATUS = Status.ADJUSTMENT
"""Stands in rows that do not say how far the order has come: their amounts are what is due, which
the status `placed` would make nothing."""


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """What an event of this name tells.

    Attributes:
        status: the least that the order has come to.
        places: whether it tells when the order was placed.
        pays: whether it tells that it was paid.
        lists: whether `products` are all goods of the order.
    """

    status: Status
    places: bool = False
    pays: bool = False
    lists: bool = False


_COMPLETED = OrderEvent(Status.PAID, places=True, pays=True, lists=True)
_PLACED = OrderEvent(NO_STATUS, places=True, lists=True)
_UPDATED = OrderEvent(NO_STATUS, lists=True)
_SHIPPED = OrderEvent(Status.SHIPPED)
_DELIVERED = OrderEvent(Status.COMPLETED)
_CANCELLED = OrderEvent(Status.CANCELLED)

ORDER_EVENTS: Mapping[str, OrderEvent] = {
    "order completed": _COMPLETED,
    "completed order": _COMPLETED,
    "order paid": _COMPLETED,
    "支付成功": _COMPLETED,
    "订单支付": _COMPLETED,
    "order placed": _PLACED,
    "placed order": _PLACED,
    "order created": _PLACED,
    "提交订单": _PLACED,
    "order updated": _UPDATED,
    "order shipped": _SHIPPED,
    "order fulfilled": _SHIPPED,
    "订单发货": _SHIPPED,
    "order delivered": _DELIVERED,
    "订单签收": _DELIVERED,
    "order cancelled": _CANCELLED,
    "order canceled": _CANCELLED,
    "cancelled order": _CANCELLED,
    "订单取消": _CANCELLED,
}
"""By name in lower case. The first of each is the spec's; the others are met in the field."""

REFUND_EVENTS = frozenset(
    {"order refunded", "order partially refunded", "refunded order", "订单退款"}
)
"""Events that tell of money given back, by name in lower case."""

_FURTHER = (Status.PAID, Status.SHIPPED, Status.COMPLETED)
_WORDS = {word: status for word, status in PLAIN_ORDERS.statuses.items() if word}


def order_id_of(properties: Json, platform: str) -> str | None:
    """The order that an event is about, by the number that the platform's exports have.

    >>> order_id_of({"order_id": 1001}, "shopify"), order_id_of({"order_id": 1001}, "shop")
    ('#1001', '1001')
    """
    told = first_of(properties, "order_id", "orderId", "order_number", "orderNumber")
    if platform == "shopify" and told and told.isdigit() and len(told) <= _NUMBER_OF_ORDER:
        return f"#{told}"
    return told


def order_row(event: OrderEvent, properties: Json, platform: str, at: int) -> dict[str, str]:
    """What the event tells of the order itself; columns as of `Kind.ORDER`."""
    status = event.status
    # A status of the shop's own tells more than the event's name.
    told = _WORDS.get((first_of(properties, "status", "order_status") or "").lower())
    if told is Status.PLACED and status is Status.PAID:
        status = NO_STATUS
    elif told is Status.CANCELLED or (told in _FURTHER and status in (NO_STATUS, Status.PAID)):
        status = told
    pays = event.pays and status is not NO_STATUS
    when = moment(at)
    placed = first_of(properties, "placed_at", "created_at", "order_date")
    return filled(
        {
            "order_id": order_id_of(properties, platform),
            "placed_at": placed or (when if event.places else None),
            "paid_at": first_of(properties, "paid_at") or (when if pays else None),
            "closed_at": when if status is Status.CANCELLED else None,
            "updated_at": when,
            "status": str(status),
            "told_by": EVENT,
            **{name: money(amount) for name, amount in amounts(properties).items()},
            "currency": first_of(properties, "currency"),
            "coupon": first_of(properties, "coupon", "coupon_code", "coupon_id"),
            "store": first_of(properties, "store", "store_id"),
            **_delivery(properties),
        }
    )


def _delivery(properties: Json) -> dict[str, str | None]:
    to = object_of(properties.get("shipping_address"))
    return {
        "province": first_of(to, "province", "state", "region"),
        "city": first_of(to, "city"),
        "country": first_of(to, "country", "country_code"),
        "recipient_name": first_of(to, "name"),
        "recipient_phone": first_of(to, "phone"),
        "recipient_address": first_of(to, "street", "address1", "address"),
    }


def amounts(properties: Json) -> dict[str, Decimal | None]:
    """gross, shop_discount, shipping, paid and quantity of an order, as far as they are told.

    The example of the spec: goods of 19 and 2 x 3, postage 3, tax 2, discount 2.50, total 27.50.

    >>> from regulars.intake.events.facts_cells import money
    >>> told = {"total": 27.5, "revenue": 25, "shipping": 3, "tax": 2, "discount": 2.5,
    ...         "products": [{"price": 19, "quantity": 1}, {"price": 3, "quantity": 2}]}
    >>> {name: money(amount) for name, amount in amounts(told).items()}
    {'gross': '25', 'shop_discount': '2.5', 'shipping': '3', 'paid': '27.5', 'quantity': '3'}
    """
    products = objects_of(properties.get("products"))
    goods = _sum_of(products)
    discount = first_amount(properties, "discount", "total_discount", "discount_total")
    shipping = first_amount(properties, "shipping", "shipping_total")
    tax = first_amount(properties, "tax", "taxes", "total_tax")
    total = first_amount(properties, "total", "total_price", "order_total")
    revenue = first_amount(properties, "revenue", "value", "amount")
    nothing = Decimal(0)
    less, added = abs(discount or nothing), (shipping or nothing) + (tax or nothing)

    paid = total
    if paid is None and revenue is not None:
        # Some name the goods' value before the discount as revenue, others after it.
        paid = revenue - (less if goods == revenue else 0) + added
    gross = goods
    subtotal = first_amount(properties, "subtotal")
    if gross is None and subtotal is not None:
        gross = subtotal + less
    if paid is None and gross is not None:
        paid = gross - less + added
    if gross is None and paid is not None:
        gross = paid - added + less
    elif goods is not None and less and paid == goods + added:
        gross = goods + less  # prices were told after the discount
    pieces = [amount_of(one.get("quantity")) for one in products]
    return {
        "gross": gross,
        "shop_discount": abs(discount) if discount is not None else None,
        "shipping": shipping,
        "paid": paid,
        "quantity": sum((Decimal(1) if one is None else one for one in pieces), Decimal(0))
        if pieces
        else None,
    }


def _sum_of(products: list[dict[str, Any]]) -> Decimal | None:
    """The value of the goods, if every price is told."""
    if not products:
        return None
    worth = Decimal(0)
    for one in products:
        price, quantity = first_amount(one, "price", "unit_price"), amount_of(one.get("quantity"))
        if price is None:
            return None
        worth += price * (Decimal(1) if quantity is None else quantity)
    return worth


def line_rows(properties: Json, platform: str, at: int) -> list[dict[str, str]]:
    """What the event tells of the order's goods; columns as of `Kind.LINE`."""
    order_id = order_id_of(properties, platform)
    return [
        filled(
            {
                "order_id": order_id,
                # The place tells two equal goods apart, and the same one when it is told again.
                "line_id": f"{EVENT}:{place}",
                "updated_at": moment(at),
                "told_by": EVENT,
                "product_id": product_id_of(one, platform),
                "product_name": first_of(one, "name", "product_name", "title"),
                "category": first_of(one, "category"),
                "variant": first_of(one, "variant"),
                "quantity": first_of(one, "quantity"),
                "unit_price": first_of(one, "price", "unit_price"),
                "shop_discount": first_of(one, "discount"),
            }
        )
        for place, one in enumerate(objects_of(properties.get("products")), start=1)
    ]


def product_id_of(product: Json, platform: str) -> str | None:
    """The product's number as the platform's own exports of orders have it.

    Shopify names goods by their SKU and, without one, by title; others by the product's number.
    """
    names = ["product_id", "productId", "id", "sku", "name"]
    if platform == "shopify":
        names = ["sku", "name", "product_id", "id"]
    return first_of(product, *names)


def refunded_amount(properties: Json) -> Decimal | None:
    """How much an Order Refunded event gives back; None where it does not say: then all.

    With `products`, only these come back; `total` is the sum of this refund.
    """
    told = first_amount(
        properties, "refund_amount", "refunded", "amount", "total", "revenue", "value"
    )
    return told if told is not None else _sum_of(objects_of(properties.get("products")))
