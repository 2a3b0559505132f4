"""The steps between a first visit and a first order: following, installing, opening the app."""

from __future__ import annotations

import numpy as np

from regulars.simulate.browsing import LINE_EVENTS
from regulars.simulate.columns import DAY
from regulars.simulate.crowd import Crowd
from regulars.simulate.happened import Happened, happened
from regulars.simulate.orders import Sold
from regulars.simulate.rhythm import Ints
from regulars.simulate.streams import stream
from regulars.simulate.visits import Visits
from regulars.simulate.worlds import World

NEVER = np.iinfo(np.int64).max
"""A second that does not come."""
_TIME, _LONGEST = 3600, 5 * DAY
"""Seconds that the line takes at least, and those of visitors at most."""


def draw_line(
    world: World, sold: Sold, visits: Visits, crowd: Crowd, *, seed: int, block: int, end: int
) -> Ints:
    """The second of each person's first visit and of each step after it, shape (4, people).

    All steps of a customer lie before the first order; NEVER stands for what does not happen.
    """
    random = stream(seed, "line", block)
    count = len(crowd)
    seen = np.full(count, NEVER)
    first = np.flatnonzero(visits.is_first)
    seen[visits.person[first]] = visits.second[first]
    ends = np.full(count, end)
    # The last one written stays: the first order of each, since they stand in the order of time.
    ends[sold.customer[::-1]] = sold.placed[::-1]
    is_buyer = np.arange(count) < crowd.customers
    come = seen < NEVER
    room = np.where(come, ends - np.where(come, seen, 0), 0)
    room = np.where(is_buyer, room, np.minimum(room, _LONGEST))

    ways = [world.browsing.way_of(one.name) for one in world.channels]
    buyers, others = np.array([one.buyers for one in ways]), np.array([one.others for one in ways])
    chances = np.where(is_buyer[:, None], buyers[crowd.channel], others[crowd.channel]).T
    draw, wait = random.random((2, len(LINE_EVENTS), count))
    passed = np.cumprod((draw < chances) & (room >= _TIME), axis=0).astype(np.bool_)
    waits = np.stack(
        [20 + 100 * wait[0], 30 + 0.4 * room * wait[1] ** 2, 20 + 0.1 * room * wait[2]]
    )
    after = np.floor(np.cumsum(waits, axis=0)).astype(np.int64)
    steps = np.where(passed, np.where(come, seen, 0) + after, NEVER)
    return np.concatenate([seen[None, :], np.where(steps < end, steps, NEVER)])


def line_events(line: Ints) -> list[Happened]:
    """The events of the line."""
    parts = []
    for name, second in zip(LINE_EVENTS, line[1:], strict=True):
        who = np.flatnonzero(second < NEVER)
        parts.append(happened(second[who], who, name))
    return parts
