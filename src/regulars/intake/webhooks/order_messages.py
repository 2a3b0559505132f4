"""What happened to an order, as messages for the timeline, from the order as a platform tells it.

Each happening has an id that rests on the order's number, so that it is told once however many
webhooks repeat it, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from regulars.intake.events.facts_cells import money
from regulars.intake.events.message import Message
from regulars.intake.records import Status
from regulars.intake.webhooks.saying import track

WEBHOOK = "webhook"
"""What `told_by` says of facts that a platform's or shop's own request has told in full."""

OTHER_NUMBER = "number"
"""The method of a payment record of nothing: its payment_id is another number of the order."""


def order_messages(
    row: Mapping[str, str],
    *,
    products: Sequence[Mapping[str, str]] = (),
    amounts: Mapping[str, str | None] | None = None,
    campaign: dict[str, str] | None = None,
    reason: str | None = None,
    shipped: Iterable[tuple[str, str | None]] = (),
    refunds: Iterable[tuple[str, str | None, Decimal]] = (),
) -> list[Message]:
    """The messages of an order.

    Args:
        row: of the order's fact.
        products: as the Segment spec has them.
        amounts: further amounts under the names of the spec.
        campaign: utm fields of the visit that led to the order.
        reason: why it was cancelled.
        shipped: id and time of each parcel.
        refunds: id, time and amount of each.
    """
    order_id = row["order_id"]
    user_id = row.get("customer_key")
    who = {"email": row.get("email"), "phone": row.get("phone")}
    due = row.get("paid") if row.get("status") != Status.PLACED else None
    properties: dict[str, Any] = {
        "order_id": order_id,
        "total": due,
        "subtotal": row.get("gross"),
        "shipping": row.get("shipping"),
        "discount": row.get("shop_discount"),
        "coupon": row.get("coupon"),
        "currency": row.get("currency"),
        "source": row.get("source"),
        **(amounts or {}),
        "products": list(products),
    }

    def say(
        what: str, event: str, at: str | None, told: dict[str, Any], **more: dict[str, str] | None
    ) -> Message:
        return track(what, event, at, told, user_id=user_id, who=who, **more)

    messages = []
    placed_at = row.get("placed_at")
    is_paid = row.get("status") != Status.PLACED and money_is_there(row)
    if is_paid:
        at = row.get("paid_at") or placed_at
        what, event = f"order:{order_id}:completed", "Order Completed"
    else:
        at, what, event = placed_at, f"order:{order_id}:placed", "Order Placed"
    # The campaign led to the order, not to what became of it.
    messages.append(say(what, event, at, properties, campaign=campaign))
    brief = {"order_id": order_id}
    messages += [say(what, "Order Shipped", at, brief) for what, at in shipped]
    for what, at, amount in refunds:
        told = {"order_id": order_id, "total": money(amount), "currency": row.get("currency")}
        messages.append(say(what, "Order Refunded", at, told))
    if row.get("status") == Status.CANCELLED and (closed_at := row.get("closed_at")):
        messages.append(
            say(
                f"order:{order_id}:cancelled",
                "Order Cancelled",
                closed_at,
                {"order_id": order_id, "reason": reason},
            )
        )
    return messages


def money_is_there(row: Mapping[str, str]) -> bool:
    """Whether anything was paid for the order; one that was cancelled before never was."""
    return row.get("status") != Status.CANCELLED or row.get("paid", "0") != "0"
