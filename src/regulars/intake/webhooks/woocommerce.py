"""WooCommerce's webhooks: orders, customers, products (REST API v3 bodies).

Numbers, people and amounts are told as the exports tell them (`sources/woocommerce`): the order's
number is its id, the customer's the billing e-mail address, a good's the product's id; gross is
the sum of the items' subtotals, paid the total, and the refunds' totals come with a minus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from regulars.intake.events.facts_cells import (
    Json,
    amount_of,
    filled,
    first_of,
    joined,
    moment,
    money,
    object_of,
    objects_of,
)
from regulars.intake.events.facts_orders import EVENT
from regulars.intake.events.message import Fact
from regulars.intake.records import Kind, Status
from regulars.intake.sources.woocommerce import STATUSES
from regulars.intake.webhooks.order_messages import WEBHOOK, order_messages
from regulars.intake.webhooks.saying import Told
from regulars.intake.webhooks.shopify import account

_NEVER_PAID = ("failed", "cancelled")
_UTM = "_wc_order_attribution_utm_"
_CREATED = frozenset({"created", "updated", "restored"})


def of_woocommerce(topic: str, body: dict[str, Any], at: int, platform: str) -> Told:
    """What a webhook of this topic tells."""
    kind, _, what = topic.partition(".")
    if topic == "order.deleted":
        return _deleted(body, at, platform)
    if kind in _READERS and what in _CREATED:
        return _READERS[kind](body, at, platform)
    return Told.refused("topic", topic, "unknown_topic", body)


def _deleted(body: Json, at: int, platform: str) -> Told:
    """An order moved to the bin, of which only the number is told, is as good as cancelled."""
    order_id = first_of(body, "id")
    if order_id is None:
        return Told.refused("id", "", "missing", dict(body))
    row = {
        "order_id": order_id,
        "status": str(Status.CANCELLED),
        "closed_at": moment(at),
        "updated_at": moment(at),
        "told_by": EVENT,
    }
    return Told(facts=[Fact(platform, Kind.ORDER, row, at)])


def _order(body: Json, at: int, platform: str) -> Told:
    order_id = first_of(body, "id")
    if order_id is None:
        return Told.refused("id", "", "missing", dict(body))
    word = (first_of(body, "status") or "").lower()
    status = STATUSES.get(word)
    if status is None:
        return Told.refused("status", word, "unknown_status", dict(body))
    paid_at = _time(body, "date_paid")
    changed_at = _time(body, "date_modified")
    items = objects_of(body.get("line_items"))
    refunds = [
        (
            f"refund:{first_of(one, 'id')}",
            changed_at,
            abs(amount_of(one.get("total")) or Decimal(0)),
        )
        for one in objects_of(body.get("refunds"))
    ]
    meta = {first_of(one, "key"): one.get("value") for one in objects_of(body.get("meta_data"))}
    source = first_of({"source": meta.get(f"{_UTM}source")}, "source")
    goods = [_value(one) for one in items]
    row = filled(
        {
            "order_id": order_id,
            **_buyer(body),
            "placed_at": _time(body, "date_created"),
            "paid_at": paid_at,
            "updated_at": changed_at,
            "closed_at": changed_at if status is Status.CANCELLED else None,
            "status": str(status),
            "gross": money(sum(goods, Decimal(0))) if items else None,
            "shop_discount": first_of(body, "discount_total"),
            "shipping": first_of(body, "shipping_total"),
            "paid": "0" if word in _NEVER_PAID and not paid_at else first_of(body, "total"),
            "refunded": money(sum((amount for *_, amount in refunds), Decimal(0))),
            "currency": first_of(body, "currency"),
            "coupon": joined(
                (first_of(one, "code") for one in objects_of(body.get("coupon_lines"))), by=","
            ),
            "source": source.strip("()") if source else None,
            "told_by": WEBHOOK,
            **_delivery(body),
        }
    )
    facts = [Fact(platform, Kind.ORDER, row, at)]
    facts += [Fact(platform, Kind.LINE, line, at) for line in _lines(items, row)]
    messages = order_messages(
        row,
        products=[_product_of(one) for one in items],
        amounts={"tax": first_of(body, "total_tax"), "total": first_of(body, "total")},
        campaign=_campaign(meta),
        shipped=[(f"order:{order_id}:shipped", changed_at)] if status is Status.SHIPPED else (),
        refunds=refunds,
    )
    return Told(messages, facts)


def _time(body: Json, name: str) -> str | None:
    """A time in UTC, where it is told; the other one is of the site's own zone."""
    utc = first_of(body, f"{name}_gmt")
    return f"{utc.removesuffix('Z')}Z" if utc else first_of(body, name)


def _buyer(body: Json) -> dict[str, str | None]:
    bill = object_of(body.get("billing"))
    email = first_of(bill, "email")
    return {
        "customer_key": account(email),
        "email": email,
        "phone": first_of(bill, "phone"),
    }


def _value(item: Json) -> Decimal:
    """The list value of an item."""
    told = amount_of(item.get("subtotal"))
    return told if told is not None else amount_of(item.get("total")) or Decimal(0)


def _delivery(body: Json) -> dict[str, str | None]:
    to, bill = object_of(body.get("shipping")), object_of(body.get("billing"))
    return {
        "recipient_name": joined((first_of(to, "first_name"), first_of(to, "last_name"))),
        "recipient_phone": first_of(to, "phone"),
        "recipient_address": joined(
            (first_of(to, "address_1"), first_of(to, "address_2"), first_of(to, "postcode"))
        ),
        "province": first_of(to, "state") or first_of(bill, "state"),
        "city": first_of(to, "city") or first_of(bill, "city"),
        "country": first_of(to, "country") or first_of(bill, "country"),
    }


def _product_id(item: Json) -> str | None:
    number = first_of(item, "product_id")
    return number if number and number != "0" else first_of(item, "sku", "name")


def _lines(items: list[dict[str, Any]], order: dict[str, str]) -> Iterator[dict[str, str]]:
    for place, one in enumerate(items, start=1):
        value, total = _value(one), amount_of(one.get("total"))
        quantity = amount_of(one.get("quantity"))
        yield filled(
            {
                "order_id": order["order_id"],
                "line_id": f"{WEBHOOK}:{first_of(one, 'id') or place}",
                "placed_at": order.get("placed_at"),
                "updated_at": order.get("updated_at"),
                "told_by": WEBHOOK,
                "product_id": _product_id(one),
                "product_name": first_of(one, "name"),
                "quantity": money(quantity),
                "gross": money(value),
                "unit_price": money(round(value / quantity, 4)) if quantity else None,
                "shop_discount": money(value - total) if total is not None else None,
            }
        )


def _product_of(item: Json) -> dict[str, str]:
    return filled(
        {
            "product_id": _product_id(item),
            "name": first_of(item, "name"),
            "price": first_of(item, "price"),
            "quantity": first_of(item, "quantity"),
        }
    )


def _campaign(meta: dict[str | None, Any]) -> dict[str, str]:
    names = ("source", "medium", "campaign", "term", "content")
    told = {("name" if name == "campaign" else name): meta.get(_UTM + name) for name in names}
    return filled({name: first_of({"v": value}, "v") for name, value in told.items()})


def _customer(body: Json, at: int, platform: str) -> Told:
    bill = object_of(body.get("billing"))
    email = first_of(body, "email") or first_of(bill, "email")
    row = filled(
        {
            "customer_key": account(email),
            "email": email,
            "phone": first_of(bill, "phone"),
            "name": joined((first_of(body, "first_name"), first_of(body, "last_name"))),
            "address": joined(
                (
                    first_of(bill, "address_1"),
                    first_of(bill, "address_2"),
                    first_of(bill, "postcode"),
                )
            ),
            "registered_at": _time(body, "date_created"),
            "updated_at": _time(body, "date_modified"),
            "city": first_of(bill, "city"),
            "province": first_of(bill, "state"),
            "country": first_of(bill, "country"),
        }
    )
    if not row.keys() & {"customer_key", "phone"}:
        return Told.refused("email", "", "no_identity", dict(body))
    return Told(facts=[Fact(platform, Kind.CUSTOMER, row, at)])


def _product(body: Json, at: int, platform: str) -> Told:
    product_id = first_of(body, "id")
    if product_id is None:
        return Told.refused("id", "", "missing", dict(body))
    is_variation = first_of(body, "type") == "variation"
    options = (first_of(one, "option") for one in objects_of(body.get("attributes")))
    row = filled(
        {
            "product_id": product_id,
            "product_name": first_of(body, "name"),
            "category": _first_name(body.get("categories")),
            "brand": _first_name(body.get("brands")),
            "variant": joined(options, by=" / ") if is_variation else None,
            "unit_price": first_of(body, "regular_price", "price"),
            "updated_at": _time(body, "date_modified"),
        }
    )
    return Told(facts=[Fact(platform, Kind.PRODUCT, row, at)])


def _first_name(listed: object) -> str | None:
    return next((name for one in objects_of(listed) if (name := first_of(one, "name"))), None)


_READERS: dict[str, Callable[[Json, int, str], Told]] = {
    "order": _order,
    "customer": _customer,
    "product": _product,
}
