"""A shop's own requests, signed as Standard Webhooks: a type, a time, and data in our columns.

    {"type": "order.paid", "timestamp": "2026-03-01T09:00:00+08:00",
     "data": {"order_id": "A1", "placed_at": "…", "customer_id": "1001", "paid": 90,
              "lines": [{"product_id": "T1", "quantity": 2, "gross": 100}]}}

What is before the dot says what the data is: order, refund, customer, product, spend, receipt. Any
other type is kept as an event of that name, so nothing is lost.
"""

from __future__ import annotations

from typing import Any

from regulars.intake.events.facts import REFUND
from regulars.intake.events.facts_cells import (
    amount_of,
    filled,
    first_of,
    money,
    object_of,
    objects_of,
    text_of,
)
from regulars.intake.events.message import Fact
from regulars.intake.records import Kind, Status
from regulars.intake.webhooks.endpoints import refusal, row_of
from regulars.intake.webhooks.order_messages import WEBHOOK, order_messages
from regulars.intake.webhooks.receipts import of_receipts
from regulars.intake.webhooks.saying import Refusal, Told, track

STANDARD = "webhook"
"""The route."""

_KINDS = {"customer": Kind.CUSTOMER, "product": Kind.PRODUCT, "spend": Kind.SPEND}
_STATUS_OF = {
    "order.placed": Status.PLACED,
    "order.paid": Status.PAID,
    "order.shipped": Status.SHIPPED,
    "order.completed": Status.COMPLETED,
    "order.cancelled": Status.CANCELLED,
}


def of_standard(body: dict[str, Any], at: int, platform: str, delivery: str) -> Told:
    """What a body tells.

    Args:
        body: type, timestamp and data.
        at: when it was received.
        platform: the namespace of its numbers.
        delivery: the id of the delivery, for types that are kept as they are.
    """
    kind, data = first_of(body, "type"), body.get("data")
    if kind is None:
        return Told.refused("type", "", "missing", body)
    if not isinstance(data, dict):
        return Told.refused("data", text_of(data) or "", "not_an_object", body)
    when = first_of(body, "timestamp")
    what = kind.partition(".")[0]
    if what == "order":
        return _order(kind, data, when, at, platform)
    if what == "refund":
        return _refund(data, when, at, platform)
    if what == "receipt":
        return of_receipts(data | ({"at": when} if when and "at" not in data else {}))
    if what in _KINDS:
        row = row_of(data, _KINDS[what])
        if isinstance(row, Refusal):
            return Told(rejects=[row])
        if when and what != "spend":
            row.setdefault("updated_at", when)
        return Told(facts=[Fact(platform, _KINDS[what], row, at)])
    return _as_it_is(kind, data, when, delivery)


def _order(kind: str, data: dict[str, Any], when: str | None, at: int, platform: str) -> Told:
    head = {name: value for name, value in data.items() if name != "lines"}
    row = row_of(head, Kind.ORDER)
    if isinstance(row, Refusal):
        return Told(rejects=[row])
    if kind in _STATUS_OF:
        row.setdefault("status", str(_STATUS_OF[kind]))
    changed = {"updated_at": row.get("updated_at") or when or ""}
    if row.get("status") == Status.CANCELLED:
        row.setdefault("closed_at", changed["updated_at"])
    row = filled(row | changed | {"told_by": WEBHOOK})
    lines = []
    for place, one in enumerate(objects_of(data.get("lines")), start=1):
        line = row_of({"order_id": row["order_id"]} | one, Kind.LINE)
        if isinstance(line, Refusal):
            return Told(rejects=[line])
        number = line.get("line_id", str(place))
        told = {"line_id": f"{WEBHOOK}:{number}", "told_by": WEBHOOK,
                "placed_at": row["placed_at"]}  # fmt: skip
        lines.append(filled(line | changed | told))
    _fill_amounts(row, lines)
    facts = [Fact(platform, Kind.ORDER, row, at)]
    facts += [Fact(platform, Kind.LINE, line, at) for line in lines]
    products = [
        filled(
            {
                "product_id": line.get("product_id"),
                "name": line.get("product_name"),
                "price": line.get("unit_price"),
                "quantity": line.get("quantity"),
            }
        )
        for line in lines
    ]
    shipped = []
    if row.get("status") in (Status.SHIPPED, Status.COMPLETED):
        shipped = [(f"order:{row['order_id']}:shipped", row.get("updated_at"))]
    return Told(order_messages(row, products=products, shipped=shipped), facts)


def _fill_amounts(row: dict[str, str], lines: list[dict[str, str]]) -> None:
    """What the order itself does not tell is the sum of its lines."""
    for name in ("gross", "paid", "quantity"):
        amounts = [_amount(line, name) for line in lines]
        if name not in row and amounts and None not in amounts:
            row[name] = money(sum(filter(None, amounts))) or "0"


def _amount(line: dict[str, str], name: str) -> Any:
    told = amount_of(line.get(name))
    if told is None and name == "quantity":
        return amount_of("1")
    if told is None and name == "gross":
        price, quantity = amount_of(line.get("unit_price")), amount_of(line.get("quantity", "1"))
        return None if price is None or quantity is None else price * quantity
    return told


def _refund(data: dict[str, Any], when: str | None, at: int, platform: str) -> Told:
    for name in ("order_id", "refund_id", "amount"):
        if text_of(data.get(name)) is None:
            return Told(rejects=[refusal(data, name, "missing")])
    amount = amount_of(data.get("amount"))
    if amount is None:
        return Told(rejects=[refusal(data, "amount", "not_an_amount")])
    order_id, number = text_of(data["order_id"]), text_of(data["refund_id"])
    assert order_id is not None  # noqa: S101 - looked at above
    row = filled(
        {
            "order_id": order_id,
            "payment_id": f"refund:{number}",
            "method": REFUND,
            "paid": money(-abs(amount)),
            "paid_at": first_of(data, "refunded_at") or when,
            "currency": first_of(data, "currency"),
        }
    )
    message = track(
        f"refund:{number}",
        "Order Refunded",
        first_of(data, "refunded_at") or when,
        {"order_id": order_id, "total": money(abs(amount)), "reason": first_of(data, "reason")},
        user_id=first_of(data, "customer_id"),
    )
    return Told([message], [Fact(platform, Kind.PAYMENT, row, at)])


def _as_it_is(kind: str, data: dict[str, Any], when: str | None, delivery: str) -> Told:
    who = {name: first_of(data, name) for name in ("email", "phone")}
    kept = {name: value for name, value in data.items() if name not in who}
    message = track(
        f"webhook:{delivery}" if delivery else "",
        kind,
        when,
        kept,
        user_id=first_of(object_of(data), "customer_id", "user_id"),
        who=who,
    )
    return Told([message])
