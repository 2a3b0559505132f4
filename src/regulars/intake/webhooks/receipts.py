"""Receipts: what became of a message that was sent to a customer, through whatever channel.

{"receipts": [{"id": "r-1", "type": "opened", "channel": "email", "customer_id": "1001",
               "message": "spring-2026/1001", "campaign": "spring-2026",
               "at": "2026-03-01T09:00:00+08:00"}]}
"""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from regulars.intake.events.facts_cells import filled, text_of
from regulars.intake.events.message import Message
from regulars.intake.webhooks.endpoints import records_of, refusal
from regulars.intake.webhooks.saying import ENCODE, Refusal, Told

RECEIPTS = "receipts"

TYPES: dict[str, str] = {
    "sent": "Sent",
    "delivered": "Delivered",
    "opened": "Opened",
    "read": "Opened",
    "clicked": "Link Clicked",
    "bounced": "Bounced",
    "failed": "Bounced",
    "complained": "Marked as Spam",
    "spam": "Marked as Spam",
    "unsubscribed": "Unsubscribed",
    "replied": "Replied",
}
"""What became of a message, with the words of the Segment spec for e-mail."""

CHANNELS: dict[str, str] = {
    "email": "Email",
    "sms": "SMS",
    "push": "Push Notification",
    "wechat": "WeChat Message",
    "wecom": "WeCom Message",
    "app": "In-App Message",
}
"""Channels, as they begin the name of an event; any other channel is named as it is."""

COLUMNS = (
    "id", "type", "channel", "at", "customer_id", "anonymous_id", "email", "phone", "message",
    "campaign", "play", "url", "reason",
)  # fmt: skip


def of_receipts(body: dict[str, Any]) -> Told:
    """What a body tells that came to the endpoint for receipts."""
    told = Told()
    for record in records_of(body, RECEIPTS):
        message = _message(record)
        if isinstance(message, Refusal):
            told.rejects.append(message)
        else:
            told.messages.append(message)
    return told


def event_of(kind: str, channel: str) -> str:
    """The name of the event.

    >>> event_of("clicked", "email"), event_of("delivered", "sms"), event_of("unsubscribed", "sms")
    ('Email Link Clicked', 'SMS Delivered', 'Unsubscribed')
    """
    word = TYPES[kind]
    # The spec has one name for it, whatever the channel.
    return word if word == "Unsubscribed" else f"{CHANNELS.get(channel, channel)} {word}"


def _message(record: dict[str, Any]) -> Message | Refusal:
    for name, value in record.items():
        if name not in COLUMNS:
            return refusal(record, name, "unknown_column")
        if isinstance(value, (dict, list)):
            return refusal(record, name, "not_text")
    cells = filled({name: text_of(record.get(name)) for name in COLUMNS})
    kind = cells.get("type", "").lower()
    if kind not in TYPES:
        return refusal(record, "type", "unknown_receipt" if kind else "missing")
    if "channel" not in cells:
        return refusal(record, "channel", "missing")
    if not cells.keys() & {"customer_id", "anonymous_id", "email", "phone"}:
        return refusal(record, "customer_id", "no_identity")
    channel = cells["channel"].lower()
    who = {name: cells[name] for name in ("email", "phone") if name in cells}
    told = {
        name: cells[name]
        for name in ("message", "campaign", "play", "url", "reason")
        if name in cells
    }
    properties: dict[str, str] = {"type": kind, "channel": channel} | told
    context: dict[str, Any] = {"traits": who} if who else {}
    return Message(
        type="receipt",
        message_id=f"receipt:{cells['id']}" if "id" in cells else None,
        user_id=cells.get("customer_id"),
        anonymous_id=cells.get("anonymous_id"),
        event=event_of(kind, channel),
        timestamp=cells.get("at"),
        properties=Raw(ENCODE(properties)),
        context=Raw(ENCODE(context)),
    )
