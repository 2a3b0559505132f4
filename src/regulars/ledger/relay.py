"""Rows of the journal as events for landing, each under an id that is the same whenever it is made.

The id is a sum of the book's own, the row's number, the event's place in it and the row's hash,
which holds all that came before. So what is passed on twice is one event, and a store that was
restored and has gone another way since tells other ones under its old numbers.

>>> row = TellingRow(3, 0, '{"events":[["Points Earned",7,{"points":50}]]}', bytes(32), "post")
>>> (event,) = events_of("book", row)
>>> event.event, event.customer_id, bytes(event.properties)
('Points Earned', 7, b'{"points":50,"journal":3}')
>>> events_of("another book", row)[0].message_id == event.message_id
False

An entry that takes away what has expired tells nothing by itself; what it tells of each customer is
for whoever knows what was lost.

>>> lines = '[["points","customer:7",9,-50,0],["points","customer:7",8,-2,0],'
>>> lines += '["points","expired",9223372036854775807,52,52]]'
>>> row = TellingRow(4, 0, f'{{"lines":{lines},"asset":"points"}}', bytes(32), "expire")
>>> (event,) = events_of("book", row, lambda asset, amount: ("Expired", {asset: amount}))
>>> event.event, event.customer_id, bytes(event.properties)
('Expired', 7, b'{"points":52,"journal":4}')
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Raw

from regulars.engines.store_relay import EXPIRE, TellingRow
from regulars.intake.inbox.frame import Received
from regulars.intake.inbox.from_store import StoreEvent, told
from regulars.ledger.command import Told
from regulars.ledger.receipt import DECODE_BODY, Body

OfExpiry = Callable[[str, int], tuple[str, dict[str, Any]] | None]
"""The event of the expiry of so much of an asset, and its properties; None where none is told."""

_ENCODE = msgspec.json.Encoder().encode
_CUSTOMER = re.compile("customer:([1-9][0-9]{0,15})")
"""Anything else may be an owner too, and is nobody whom an event could be told of."""
_AT_ONCE = 20_000
"""Events in one portion: an entry may tell hundreds."""


def _untold(_asset: str, _amount: int) -> None:
    return None


def events_of(book: str, row: TellingRow, of_expiry: OfExpiry = _untold) -> list[StoreEvent]:
    """The events that a row tells.

    Args:
        book: its id.
        row: of its journal.
        of_expiry: what is told of what customers lose by an entry that takes away what has expired.
    """
    body = DECODE_BODY(row.body)
    tells = body.events if row.kind != EXPIRE else (*body.events, *_expired(body, of_expiry))
    return [
        StoreEvent(
            _message_id(book, row, place),
            one.event,
            one.customer_id,
            row.at,
            Raw(_ENCODE(one.properties | {"journal": row.n})),
        )
        for place, one in enumerate(tells)
    ]


def requests_of(
    book: str, rows: Iterable[TellingRow], of_expiry: OfExpiry = _untold
) -> Iterator[list[Received]]:
    """What rows tell, a request for each that tells anything, in portions that fit into memory."""
    portion: list[Received] = []
    count = 0
    for row in rows:
        if events := events_of(book, row, of_expiry):
            portion.append(told(*events))
            count += len(events)
        if count >= _AT_ONCE:
            yield portion
            portion, count = [], 0
    if portion:
        yield portion


def _expired(body: Body, of_expiry: OfExpiry) -> Iterator[Told]:
    """What each customer has lost, of all lots together, in the order of the first of them."""
    lost: dict[tuple[str, int], int] = {}
    for line in body.lines:
        found = _CUSTOMER.fullmatch(line.owner)
        if found is not None and line.amount < 0:
            whose = line.asset, int(found[1])
            lost[whose] = lost.get(whose, 0) - line.amount
    for (asset, customer_id), amount in lost.items():
        if told := of_expiry(asset, amount):
            yield Told(told[0], customer_id, told[1])


def _message_id(book: str, row: TellingRow, place: int) -> str:
    whole = f"{book}\0{row.n}\0{place}\0{row.hash.hex()}"
    return f"store:{blake2b(whole.encode(), digest_size=16).hexdigest()}"
