"""Events on the way to an order, named as Segment's specification names them.

Each order ends a session (page, products, basket, checkout, order); before it come visits that end
without one. A visit before the customer registered carries no userId.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from regulars.simulate.columns import DAY, coded, digits, instants, money
from regulars.simulate.orders import DIRECT, Sold
from regulars.simulate.people import People
from regulars.simulate.profiles import FIRST_CUSTOMER, customer_ids
from regulars.simulate.rhythm import Bools, Ints
from regulars.simulate.streams import stream
from regulars.simulate.worlds import World

NAMES = (
    "Page Viewed", "Product Viewed", "Product Added", "Checkout Started", "Order Completed",
)  # fmt: skip
_BEFORE = np.array([420, 300, 180, 90, 0])
"""Seconds before the order at which each step is taken."""
_VISITS = np.array([0.4, 0.3, 0.2, 0.1])
"""Share of orders that 0, 1, 2 or 3 visits without an order precede."""
_LONGEST_AGO = 12 * DAY
_MOST_EVENTS = 10_000_000_000
_DEVICE_STRIDE = 2_654_435_761


def event_table(
    world: World, people: People, sold: Sold, watched: Bools, *, seed: int, block: int, start: date
) -> pa.Table:
    """The events of the watched customers of a block, in the order of time."""
    random = stream(seed, "events", block)
    orders = np.flatnonzero(watched[sold.customer])
    steps = len(NAMES)
    placed = sold.placed[orders]
    jitter = np.floor(random.random((steps, len(orders))) * 60).astype(np.int64)
    jitter[-1] = 0
    session = (placed - _BEFORE[:, None] - jitter).ravel()
    step = np.repeat(np.arange(steps), len(orders))
    order = np.tile(orders, steps)
    kept = (step < steps - 1) | sold.is_paid[order]

    visits = np.searchsorted(np.cumsum(_VISITS)[:-1], random.random(len(orders)), side="right")
    before = np.repeat(orders, visits)
    ago = np.floor(3600 + random.random(len(before)) ** 2 * _LONGEST_AGO).astype(np.int64)
    looked = np.concatenate([sold.placed[before] - ago, sold.placed[before] - ago + 45])
    seconds = np.concatenate([session[kept], looked])
    step = np.concatenate([step[kept], np.repeat([0, 1], len(before))])
    order = np.concatenate([order[kept], before, before])
    inside = seconds >= 0
    by_time = np.argsort(seconds[inside], kind="stable")
    seconds, step = seconds[inside][by_time], step[inside][by_time]
    order = order[inside][by_time]
    return _table(world, people, sold, seconds, step, order, block=block, start=start)


def _table(
    world: World,
    people: People,
    sold: Sold,
    seconds: Ints,
    step: Ints,
    order: Ints,
    *,
    block: int,
    start: date,
) -> pa.Table:
    who = sold.customer[order]
    known = seconds >= np.floor(people.arrives[who]) * DAY
    device = (FIRST_CUSTOMER + people.first + np.arange(len(people))) * _DEVICE_STRIDE % 2**40
    line = pa.array(sold.first_line[order], mask=(step == 0))
    is_order = step == len(NAMES) - 1
    paid = np.bincount(sold.order_of_line, weights=sold.line_paid, minlength=len(sold.placed))
    order_id = sold.order_id.take(pa.array(order, mask=step < len(NAMES) - 2))
    revenue = money(paid[order].astype(np.int64))
    return pa.table(
        {
            "messageId": digits((block + 1) * _MOST_EVENTS + np.arange(len(seconds))),
            "event": coded(NAMES, step),
            "timestamp": instants(seconds, start),
            "userId": coded(customer_ids(people), np.where(known, who, -1)),
            "anonymousId": coded(digits(device), who),
            "source": coded([*(one.name for one in world.channels), DIRECT], sold.channel[order]),
            "product_id": sold.table["product_id"].combine_chunks().take(line),
            "order_id": order_id,
            "revenue": _only(revenue, is_order),
        }
    )


def _only(column: pa.Array, rows: Bools) -> pa.Array:
    import pyarrow.compute as pc

    return pc.if_else(pa.array(rows), column, pa.scalar(None, column.type))
