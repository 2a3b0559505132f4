"""What the book of record tells: events of customers whom it names by our own numbers.

They stand in the inbox under a connection and a route of which no key leads to either, so that
nobody outside can name a customer by our number, or tell an event under an id of the store's.

>>> event = StoreEvent("store:5f", "Points Earned", 7, 1_767_600_000_000_000, Raw(b'{"points":50}'))
>>> request = told(event)
>>> request.connection, request.route, read(request) == [event]
('regulars:store', 'store', True)
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from regulars.intake.inbox.frame import Received

CONNECTION = "regulars:store"
"""No connection that is made can be named so (`connection.Connections.add`)."""
ROUTE = "store"
"""No client can send to it."""


class StoreEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One event.

    Attributes:
        message_id: the same whenever it is told.
        event: its name.
        customer_id: the number that the customer had when it happened.
        at: UTC microseconds.
        properties: a JSON object.
    """

    message_id: str
    event: str
    customer_id: int
    at: int
    properties: Raw


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(list[StoreEvent]).decode


def told(*events: StoreEvent) -> Received:
    """The request that tells events of one instant.

    It says that it was received when they happened: told again, it is the same to the last bit.
    """
    return Received(CONNECTION, ROUTE, events[0].at, _ENCODE(events))


def read(request: Received) -> list[StoreEvent]:
    """The events that a request of this route tells."""
    return _DECODE(request.body)
