"""What messages of the Segment spec tell of orders, lines and customers.

Browsing tells no facts: a product that is looked at names itself on every page, and what it is
called is told once by the products that a shop sends or imports.

>>> from regulars.intake.events.message import Message
>>> from msgspec import Raw
>>> told = Raw(b'{"order_id": "A1", "total": 30, "products": [{"sku": "T", "price": 15,'
...            b' "quantity": 2}]}')
>>> message = Message("track", "m1", user_id="c7", event="Order Completed", properties=told)
>>> order, line = facts_of(message, 1_767_600_000_000_000, "shop")
>>> order.row["gross"], order.row["paid"], order.row["customer_key"], line.row["product_id"]
('30', '30', 'c7', 'T')
"""

from __future__ import annotations

from typing import Any

from regulars.intake.events.facts_cells import (
    Json,
    decode,
    filled,
    first_of,
    moment,
    money,
    object_of,
    text_of,
)
from regulars.intake.events.facts_orders import (
    ORDER_EVENTS,
    REFUND_EVENTS,
    line_rows,
    order_id_of,
    order_row,
    refunded_amount,
)
from regulars.intake.events.facts_people import customer_row, identity_cells
from regulars.intake.events.message import Fact, Message
from regulars.intake.records import Kind

IDENTIFY = "identify"
REFUND = "refund"
"""The method of a payment that is money given back; its amount is negative."""

FACTUAL: frozenset[str] = frozenset(ORDER_EVENTS) | REFUND_EVENTS | {IDENTIFY}
"""Names of events, in lower case, that tell facts; and the type of message that does."""


def name_in_short(message: Message) -> str:
    """The name under which `FACTUAL` knows a message."""
    if message.type == "track":
        return (message.event or "").strip().lower()
    return message.type


def facts_of(message: Message, at: int, platform: str) -> list[Fact]:
    """What a message tells of the shop's records; nothing if it tells none.

    Args:
        message: one message, with a message id (it tells one refund from another).
        at: when it happened (UTC microseconds), the sender's clock corrected.
        platform: the namespace of its numbers.
    """
    name = name_in_short(message)
    if name == IDENTIFY:
        return _of_customer(message, at, platform)
    if name in REFUND_EVENTS:
        return _of_refund(message, at, platform)
    if name in ORDER_EVENTS and message.type == "track":
        return _of_order(message, at, platform)
    return []


def _of_customer(message: Message, at: int, platform: str) -> list[Fact]:
    traits = decode(message.traits)
    if not traits:
        return []
    row = customer_row(traits, _who(message, traits), at)
    return [] if row is None else [Fact(platform, Kind.CUSTOMER, row, at)]


def _of_order(message: Message, at: int, platform: str) -> list[Fact]:
    properties = decode(message.properties)
    if order_id_of(properties, platform) is None:
        return []
    event = ORDER_EVENTS[name_in_short(message)]
    context = decode(message.context)
    row = order_row(event, properties, platform, at)
    who = _who(message, properties, object_of(context.get("traits")))
    if not event.places:
        # Whoever sends it may be the shop's own browser: only an account tells whose order it is.
        who.pop("anonymous_id", None)
    row |= who
    row |= filled({"source": _source(properties, context)})
    facts = [Fact(platform, Kind.ORDER, row, at)]
    if event.lists:
        facts += [
            Fact(platform, Kind.LINE, line, at) for line in line_rows(properties, platform, at)
        ]
    return facts


def _source(properties: Json, context: Json) -> str | None:
    """Where the customer came in: utm_source, else what the event itself calls so."""
    campaign = object_of(context.get("campaign"))
    return first_of(campaign, "source") or first_of(properties, "source", "utm_source")


def _of_refund(message: Message, at: int, platform: str) -> list[Fact]:
    properties = decode(message.properties)
    order_id = order_id_of(properties, platform)
    if order_id is None:
        return []
    amount = refunded_amount(properties)
    if amount is None:  # all of it
        row = order_row(ORDER_EVENTS["order cancelled"], {"order_id": order_id}, platform, at)
        return [Fact(platform, Kind.ORDER, row, at)]
    refund = filled(
        {
            "order_id": order_id,
            "payment_id": text_of(message.message_id) or str(at),
            "method": REFUND,
            "paid": money(-abs(amount)),
            "paid_at": moment(at),
            "currency": first_of(properties, "currency"),
        }
    )
    return [Fact(platform, Kind.PAYMENT, refund, at)]


def _who(message: Message, *told: dict[str, Any]) -> dict[str, str]:
    return identity_cells(text_of(message.user_id), text_of(message.anonymous_id), *told)
