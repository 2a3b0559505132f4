"""Shopify's webhooks: orders, refunds, checkouts, customers, products (REST Admin API bodies).

Numbers, people and amounts are told as Shopify's exports tell them (`sources/shopify_orders`), so
that an order of a webhook and of an export is one order of one customer: the order's number is its
name (#1001), the customer's the e-mail address, a good's its SKU or, without one, its name.

- subtotal_price is after discounts; gross adds total_discounts.
- total_price stays what was ordered; what came back is the sum of the refunds' transactions.
- refunds/create names the order by its other number (id), which every order's webhook tells too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from regulars.intake.events.facts import REFUND
from regulars.intake.events.facts_cells import (
    Json,
    amount_of,
    filled,
    first_of,
    joined,
    money,
    object_of,
    objects_of,
    text_of,
)
from regulars.intake.events.message import TRAIT, Fact
from regulars.intake.records import Kind, Status
from regulars.intake.sources.shopify_orders import SHOPIFY_ORDERS
from regulars.intake.webhooks.order_messages import OTHER_NUMBER, WEBHOOK, order_messages
from regulars.intake.webhooks.saying import Told, track

_NOT_CAPTURED = ("pending", "authorized", "voided", "expired")


def of_shopify(topic: str, body: dict[str, Any], at: int, platform: str) -> Told:
    """What a webhook of this topic tells."""
    kind, _, what = topic.partition("/")
    if kind in TOPICS and what in TOPICS[kind]:
        if body.get("test") is True:
            return Told.refused("test", "true", "test_record", body)
        return _READERS[kind](body, at, platform)
    return Told.refused("topic", topic, "unknown_topic", body)


def _order(body: Json, at: int, platform: str) -> Told:
    order_id = first_of(body, "name")
    if order_id is None:
        return Told.refused("name", "", "missing", dict(body))
    financial = (first_of(body, "financial_status") or "paid").lower()
    status = SHOPIFY_ORDERS.statuses.get(financial)
    if status is None:
        return Told.refused("financial_status", financial, "unknown_status", dict(body))
    cancelled_at = first_of(body, "cancelled_at")
    if cancelled_at:
        status = Status.CANCELLED
    elif financial == "paid" and body.get("fulfillment_status") == "fulfilled":
        status = Status.SHIPPED
    discount = amount_of(body.get("total_discounts"))
    who = _buyer(body)
    row = filled(
        {
            "order_id": order_id,
            **who,
            "placed_at": first_of(body, "created_at"),
            "updated_at": first_of(body, "updated_at"),
            "closed_at": cancelled_at,
            "status": str(status),
            "gross": money(_plus(amount_of(body.get("subtotal_price")), discount)),
            "shop_discount": money(discount),
            "shipping": money(_shipping(body)),
            "paid": money(_paid(body, financial)),
            "refunded": money(sum((_given_back(one) for one in _refunds(body)), Decimal(0))),
            "currency": first_of(body, "currency"),
            "coupon": joined(
                (first_of(one, "code") for one in objects_of(body.get("discount_codes"))), by=", "
            ),
            "source": first_of(body, "source_name"),
            "told_by": WEBHOOK,
            **_delivery(body),
        }
    )
    facts = [Fact(platform, Kind.ORDER, row, at)]
    facts += [Fact(platform, Kind.LINE, line, at) for line in _lines(body, order_id)]
    if number := first_of(body, "id"):
        other = {
            "order_id": order_id,
            "payment_id": number,
            "method": OTHER_NUMBER,
            "paid": "0",
            **filled({"paid_at": row.get("placed_at")}),
        }
        facts.append(Fact(platform, Kind.PAYMENT, other, at))
    messages = order_messages(
        row,
        products=_products_of(body),
        amounts={"tax": first_of(body, "total_tax"), "total": first_of(body, "total_price")},
        campaign=_campaign(body),
        reason=first_of(body, "cancel_reason"),
        shipped=[
            (f"fulfillment:{one.get('id')}", first_of(one, "created_at"))
            for one in objects_of(body.get("fulfillments"))
        ],
        refunds=[
            (f"refund:{one.get('id')}", first_of(one, "created_at"), _given_back(one))
            for one in _refunds(body)
        ],
    )
    return Told(messages, facts)


def _buyer(body: Json) -> dict[str, str | None]:
    customer = object_of(body.get("customer"))
    email = first_of(body, "email", "contact_email") or first_of(customer, "email")
    return {
        "customer_key": account(email),
        "email": email,
        "phone": first_of(body, "phone") or first_of(customer, "phone"),
    }


def account(email: str | None) -> str | None:
    """The account's name, as `sources.western_account` has it."""
    return email.strip().lower() if email and "@" in email else None


def _paid(body: Json, financial: str) -> Decimal | None:
    total = amount_of(body.get("total_price"))
    if financial in _NOT_CAPTURED:
        return Decimal(0)
    if financial == "partially_paid" and total is not None:
        return total - (amount_of(body.get("total_outstanding")) or 0)
    return total


def _shipping(body: Json) -> Decimal | None:
    told = object_of(object_of(body.get("total_shipping_price_set")).get("shop_money"))
    if (amount := amount_of(told.get("amount"))) is not None:
        return amount
    lines = objects_of(body.get("shipping_lines"))
    return sum((amount_of(one.get("price")) or Decimal(0) for one in lines), Decimal(0))


def _refunds(body: Json) -> list[dict[str, Any]]:
    return objects_of(body.get("refunds"))


def _given_back(refund: Json) -> Decimal:
    """What a refund paid back: its transactions that went through."""
    return sum(
        (
            amount_of(one.get("amount")) or Decimal(0)
            for one in objects_of(refund.get("transactions"))
            if one.get("kind") == "refund" and one.get("status") in ("success", None)
        ),
        Decimal(0),
    )


def _delivery(body: Json) -> dict[str, str | None]:
    to, bill = object_of(body.get("shipping_address")), object_of(body.get("billing_address"))
    return {
        "recipient_name": first_of(to, "name") or _name(to),
        "recipient_phone": first_of(to, "phone"),
        "recipient_address": joined((first_of(to, "address1"), first_of(to, "address2")), by=", "),
        # Goods that nobody sends have no address but the bill's.
        "province": first_of(to, "province", "province_code")
        or first_of(bill, "province", "province_code"),
        "city": first_of(to, "city") or first_of(bill, "city"),
        "country": first_of(to, "country_code") or first_of(bill, "country_code"),
    }


def _lines(body: Json, order_id: str) -> Iterator[dict[str, str]]:
    for place, one in enumerate(objects_of(body.get("line_items")), start=1):
        name = _line_name(one)
        yield filled(
            {
                "order_id": order_id,
                "line_id": f"{WEBHOOK}:{first_of(one, 'id') or place}",
                "placed_at": first_of(body, "created_at"),
                "updated_at": first_of(body, "updated_at"),
                "told_by": WEBHOOK,
                "product_id": first_of(one, "sku") or name,
                "product_name": name,
                "quantity": first_of(one, "quantity"),
                "unit_price": first_of(one, "price"),
                "shop_discount": first_of(one, "total_discount"),
                "is_goods": "false" if name == "Tip" else "true",
            }
        )


def _line_name(line: Json) -> str | None:
    return first_of(line, "name") or joined(
        (first_of(line, "title"), first_of(line, "variant_title")), by=" - "
    )


def _products_of(body: Json) -> list[dict[str, str]]:
    return [
        filled(
            {
                "product_id": first_of(one, "sku") or _line_name(one),
                "name": _line_name(one),
                "price": first_of(one, "price"),
                "quantity": first_of(one, "quantity"),
            }
        )
        for one in objects_of(body.get("line_items"))
    ]


def _campaign(body: Json) -> dict[str, str]:
    """The utm fields of the page on which the visit began."""
    site = first_of(body, "landing_site")
    if not site:
        return {}
    try:
        asked = parse_qs(urlsplit(site).query)
    except ValueError:  # an address that is none
        return {}
    names = {"source": "utm_source", "medium": "utm_medium", "name": "utm_campaign",
             "term": "utm_term", "content": "utm_content"}  # fmt: skip
    return {name: asked[utm][0] for name, utm in names.items() if utm in asked}


def _refund(body: Json, at: int, platform: str) -> Told:
    number, refund = first_of(body, "order_id"), first_of(body, "id")
    if number is None or refund is None:
        return Told.refused("order_id" if number is None else "id", "", "missing", dict(body))
    row = {
        "order_id": number,
        "payment_id": f"refund:{refund}",
        "method": REFUND,
        "paid": money(-_given_back(body)) or "0",
        **filled({"paid_at": first_of(body, "created_at", "processed_at")}),
    }
    return Told(facts=[Fact(platform, Kind.PAYMENT, row, at)])


def _checkout(body: Json, at: int, platform: str) -> Told:  # noqa: ARG001 - one of `_READERS`
    token = first_of(body, "token", "id")
    if token is None:
        return Told.refused("token", "", "missing", dict(body))
    who = _buyer(body)
    message = track(
        f"checkout:{token}",
        "Checkout Started",
        first_of(body, "created_at"),
        {
            "checkout_id": token,
            "value": first_of(body, "total_price"),
            "currency": first_of(body, "currency"),
            "products": _products_of(body),
        },
        user_id=who["customer_key"],
        who={"email": who["email"], "phone": who["phone"]},
        campaign=_campaign(body),
    )
    return Told([message])


def _customer(body: Json, at: int, platform: str) -> Told:
    home = object_of(body.get("default_address"))
    email = first_of(body, "email")
    consent = object_of(body.get("email_marketing_consent"))
    by_sms = object_of(body.get("sms_marketing_consent"))
    row = filled(
        {
            "customer_key": account(email),
            "email": email,
            "phone": first_of(body, "phone") or first_of(home, "phone"),
            "name": _name(body),
            "address": joined(
                (first_of(home, "address1"), first_of(home, "address2"), first_of(home, "zip"))
            ),
            "registered_at": first_of(body, "created_at"),
            "updated_at": first_of(body, "updated_at"),
            "city": first_of(home, "city"),
            "province": first_of(home, "province_code", "province"),
            "country": first_of(home, "country_code"),
            "tags": first_of(body, "tags"),
            TRAIT + "accepts_email": _consents(consent, body.get("accepts_marketing")),
            TRAIT + "accepts_sms": _consents(by_sms, None),
            TRAIT + "tax_exempt": _yes_or_no(body.get("tax_exempt")),
        }
    )
    if not row.keys() & {"customer_key", "phone"}:
        return Told.refused("email", "", "no_identity", dict(body))
    return Told(facts=[Fact(platform, Kind.CUSTOMER, row, at)])


def _consents(consent: Json, before: object) -> str | None:
    state = text_of(consent.get("state"))
    return _yes_or_no(before) if state is None else _yes_or_no(state == "subscribed")


def _yes_or_no(value: object) -> str | None:
    return ("yes" if value else "no") if isinstance(value, bool) else None


def _name(person: Json) -> str | None:
    return joined((first_of(person, "first_name"), first_of(person, "last_name")))


def _product(body: Json, at: int, platform: str) -> Told:
    title = first_of(body, "title")
    facts = []
    for one in objects_of(body.get("variants")):
        variant = first_of(one, "title")
        if variant == "Default Title":
            variant = None
        row = filled(
            {
                "product_id": first_of(one, "sku") or joined((title, variant), by=" - "),
                "product_name": title,
                "variant": variant,
                "category": first_of(body, "product_type"),
                "department": first_of(object_of(body.get("category")), "full_name", "name"),
                "brand": first_of(body, "vendor"),
                "unit_price": first_of(one, "price"),
                "updated_at": first_of(body, "updated_at"),
            }
        )
        facts.append(Fact(platform, Kind.PRODUCT, row, at))
    if not facts:
        return Told.refused("variants", "", "missing", dict(body))
    return Told(facts=facts)


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None else one + (other or 0)


_READERS: dict[str, Callable[[Json, int, str], Told]] = {
    "orders": _order,
    "refunds": _refund,
    "checkouts": _checkout,
    "customers": _customer,
    "products": _product,
}
TOPICS: dict[str, frozenset[str]] = {
    "orders": frozenset(
        {"create", "updated", "paid", "cancelled", "fulfilled", "partially_fulfilled"}
    ),
    "refunds": frozenset({"create"}),
    "checkouts": frozenset({"create", "update"}),
    "customers": frozenset({"create", "update", "enable", "disable"}),
    "products": frozenset({"create", "update"}),
}
"""Topics that are understood. orders/edited has a body of its own; orders/updated comes with it."""
