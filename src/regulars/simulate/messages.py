"""Messages and assignments of a block's campaigns, as a sending platform would export them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from regulars.simulate.campaigns import ARMS, SENT_AT, Reached, campaign_id
from regulars.simulate.columns import DAY, coded, digits, instants
from regulars.simulate.people import People
from regulars.simulate.profiles import customer_ids
from regulars.simulate.rhythm import Floats, Ints

_MESSAGES_OF_A_CAMPAIGN = 10_000_000_000
_ASSIGNED_AT = 8 * 3600
_SOON, _FOLLOWS = 150, 30
"""Seconds within which who follows a message opens it, and then follows it."""
CHANNEL = "sms"


def message_table(people: People, reached: Reached, day: int, start: date) -> pa.Table:
    """One row per message: whom, in which arm, when it was sent, arrived, was opened and so on."""
    sent_rows = reached.arm > 0
    who, delay = reached.customer[sent_rows], reached.delay[sent_rows]
    n = len(who)
    delivered, opened = reached.delivered[sent_rows], reached.opened[sent_rows]
    clicked, refused = reached.clicked[sent_rows], reached.refused[sent_rows]
    sent = np.full(n, day * DAY + SENT_AT, dtype=np.int64)
    arrived = _arrived(day, delay)
    # Who follows the message opens it at once, the others in the course of the day.
    soon = np.floor(_SOON * delay).astype(np.int64)
    seen = arrived + 10 + np.where(clicked, soon, np.floor(11 * 3600 * delay**2).astype(np.int64))
    numbers = (reached.number + 1) * _MESSAGES_OF_A_CAMPAIGN + people.first + who
    return pa.table(
        {
            "message_id": digits(numbers),
            "campaign_id": coded([campaign_id(reached.number)], np.zeros(n)),
            "customer_id": coded(customer_ids(people), who),
            "arm": coded(ARMS, reached.arm[sent_rows]),
            "channel": coded([CHANNEL], np.zeros(n)),
            "sent_at": instants(sent, start),
            "delivered_at": instants(arrived, start, delivered),
            "opened_at": instants(seen, start, opened),
            "clicked_at": instants(seen + _FOLLOWS, start, clicked),
            "unsubscribed_at": instants(arrived + 60 + soon, start, refused),
        }
    )


def clicks(reached: Reached, day: int) -> tuple[Ints, Ints]:
    """Who followed a message of a campaign, and the second at which they did."""
    clicked = (reached.arm > 0) & reached.clicked
    delay = reached.delay[clicked]
    soon = np.floor(_SOON * delay).astype(np.int64)
    return reached.customer[clicked], _arrived(day, delay) + 10 + soon + _FOLLOWS


def _arrived(day: int, delay: Floats) -> Ints:
    sent = np.full(len(delay), day * DAY + SENT_AT, dtype=np.int64)
    return np.asarray(sent + 2 + np.floor(20 * delay).astype(np.int64))


def assignment_table(people: People, reached: Reached, day: int, start: date) -> pa.Table:
    """One row per customer of the audience: the arm, the hold-out included."""
    n = len(reached.customer)
    return pa.table(
        {
            "campaign_id": coded([campaign_id(reached.number)], np.zeros(n)),
            "customer_id": coded(customer_ids(people), reached.customer),
            "arm": coded(ARMS, reached.arm),
            "assigned_at": instants(np.full(n, day * DAY + _ASSIGNED_AT), start),
        }
    )
