"""Messages: what a row of the journal tells, as the bodies of Standard Webhooks.

The id and the body are the same whenever a message is made, so one that is sent twice is known by
its id, and a receiver that keeps ids does everything once.

>>> type_of("Coupon Claimed"), type_of("Red Envelope Claimed"), type_of("Points Taken Back")
('coupon.claimed', 'red_envelope.claimed', 'points.taken_back')
>>> type_of("Parcel Lost")
'event.parcel_lost'
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from regulars.benefit.expiry import EXPIRIES, told_of_expiry
from regulars.engines.store_relay import TellingRow
from regulars.intake.inbox.from_store import StoreEvent
from regulars.ledger.relay import events_of

THINGS = (
    "red_envelope", "badge", "balance", "benefits", "coupon", "gift", "points", "streak", "tier",
    "wallets",
)  # fmt: skip
"""Of which events of benefits tell; types of others begin with `event`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        id: the same whenever it is made.
        event: its name, as the journal tells it.
        type: its name, as webhooks tell it.
        n: the row of the journal.
        place: of the event among those of the row, from 0.
        body: JSON: `type`, `timestamp` and `data`.
    """

    id: str
    event: str
    type: str
    n: int
    place: int
    body: bytes

    def is_wanted(self, events: Collection[str]) -> bool:
        """Whether it is one of these events, named either way; none named are all but expiries.

        Of those there may be a million in a night, which everything else would have to wait for.
        """
        if not events:
            return self.event not in EXPIRIES
        return self.event in events or self.type in events


def messages_of(book: str, row: TellingRow) -> list[Message]:
    """What a row tells, a message for each event.

    Args:
        book: its id.
        row: of its journal.
    """
    return [
        Message(one.message_id, one.event, type_of(one.event), row.n, place, _body(one))
        for place, one in enumerate(events_of(book, row, told_of_expiry))
    ]


def probe_body(at: int) -> bytes:
    """The body of a message that tells nothing, to see whether it arrives.

    Args:
        at: UTC microseconds.
    """
    return _ENCODE({"type": "webhook.test", "timestamp": _time(at), "data": {}})


def type_of(event: str) -> str:
    """The event's name as Standard Webhooks has them: letters, digits, `_` and full stops."""
    words = re.sub(r"[^a-z0-9]+", "_", event.lower()).strip("_")
    for thing in THINGS:
        if words.startswith(thing + "_"):
            return f"{thing}.{words.removeprefix(thing + '_')}"
    return f"event.{words or 'other'}"


def wants_expiries(events: Collection[str]) -> bool:
    """Whether any of these events, named either way, tells that something has expired."""
    return any(one in events or type_of(one) in events for one in EXPIRIES)


def _body(one: StoreEvent) -> bytes:
    data = {"event": one.event, "customer_id": one.customer_id, "properties": one.properties}
    return _ENCODE({"type": type_of(one.event), "timestamp": _time(one.at), "data": data})


def _time(at: int) -> str:
    """ISO 8601 in UTC, to the microsecond."""
    told = (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds")
    return told.replace("+00:00", "Z")
