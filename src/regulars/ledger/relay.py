"""Rows of the journal as events for landing, each under an id that is the same whenever it is made.

The id is a sum of the book's own, the row's number, the event's place in it and the row's hash,
which holds all that came before. So what is passed on twice is one event, and a store that was
restored and has gone another way since tells other ones under its old numbers.

>>> row = TellingRow(3, 0, '{"events":[["Points Earned",7,{"points":50}]]}', bytes(32))
>>> (event,) = events_of("book", row)
>>> event.event, event.customer_id, bytes(event.properties)
('Points Earned', 7, b'{"points":50,"journal":3}')
>>> events_of("another book", row)[0].message_id == event.message_id
False
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import msgspec
from msgspec import Raw

from regulars.engines.store_relay import TellingRow
from regulars.intake.inbox.frame import Received
from regulars.intake.inbox.from_store import StoreEvent, told
from regulars.ledger.receipt import DECODE_BODY

_ENCODE = msgspec.json.Encoder().encode


def events_of(book: str, row: TellingRow) -> list[StoreEvent]:
    """The events that a row tells.

    Args:
        book: its id.
        row: of its journal.
    """
    return [
        StoreEvent(
            _message_id(book, row, place),
            one.event,
            one.customer_id,
            row.at,
            Raw(_ENCODE(one.properties | {"journal": row.n})),
        )
        for place, one in enumerate(DECODE_BODY(row.body).events)
    ]


def requests_of(book: str, rows: Iterable[TellingRow]) -> list[Received]:
    """What rows tell, a request for each that tells anything."""
    return [told(*events) for row in rows if (events := events_of(book, row))]


def _message_id(book: str, row: TellingRow, place: int) -> str:
    whole = f"{book}\0{row.n}\0{place}\0{row.hash.hex()}"
    return f"store:{blake2b(whole.encode(), digest_size=16).hexdigest()}"
