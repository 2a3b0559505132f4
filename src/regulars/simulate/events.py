"""Events of a block as Segment's flattened files have them, named as its specification names them.

Pages, sources and measurements are told as the snippet for web pages tells them (docs/snippet.md).
A visit before the customer registered, and whatever visitors do who never order, carries no userId.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from regulars.simulate.afterwards import draw_afterwards
from regulars.simulate.arrivals import Arrivals
from regulars.simulate.campaigns import Reached
from regulars.simulate.catalogue import Catalogue
from regulars.simulate.columns import DAY
from regulars.simulate.crowd import draw_crowd
from regulars.simulate.event_columns import event_columns
from regulars.simulate.happened import Site, by_time
from regulars.simulate.line import draw_line, line_events
from regulars.simulate.messages import clicks
from regulars.simulate.orders import Sold
from regulars.simulate.people import People
from regulars.simulate.reading import draw_reading
from regulars.simulate.rhythm import Bools
from regulars.simulate.truth_events import EventTruth
from regulars.simulate.visits import draw_visits
from regulars.simulate.way import walk
from regulars.simulate.worlds import World


@dataclass(frozen=True, slots=True)
class Block:
    """A block of customers as it was made, for its events.

    Attributes:
        number: of the block.
        people: its customers.
        sold: their orders.
        watched: whose events are written.
        reached: its campaigns, with the first day of each.
    """

    number: int
    people: People
    sold: Sold
    watched: Bools
    reached: Sequence[tuple[Reached, int]]


def event_table(
    world: World,
    catalogue: Catalogue,
    arrivals: Arrivals,
    one: Block,
    truth: EventTruth,
    *,
    visitors: float,
    seed: int,
    start: date,
    days: int,
) -> pa.Table:
    """The events of the watched customers of a block and of visitors, in the order of time.

    Args:
        world: of the shop.
        catalogue: its products.
        arrivals: when people come.
        one: the block.
        truth: to which the block's is added.
        visitors: who never order, for each watched customer.
        seed: of the shop.
        start: its first day.
        days: how long it lives.
    """
    block, sold, end = one.number, one.sold, days * DAY
    crowd = draw_crowd(
        world, one.people, sold, one.watched, arrivals, visitors=visitors, seed=seed, block=block
    )
    clicked = [(reached.number, *clicks(reached, day)) for reached, day in one.reached]
    visits = draw_visits(world, sold, one.watched, crowd, clicked, seed=seed, block=block, end=end)
    read = draw_reading(world, visits, seed=seed, block=block)
    site = Site(world, catalogue.price.size)
    ways, walked = walk(world, catalogue, sold, visits, read, site, seed=seed, block=block)
    line = draw_line(world, sold, visits, crowd, seed=seed, block=block, end=end)
    after, asked = draw_afterwards(world, sold, one.watched, visits, read, seed=seed, block=block)
    events = by_time([walked, *line_events(line), *after], end)
    truth.add(crowd, sold, visits, read, ways, line, asked, events, end)
    columns = event_columns(
        world, catalogue, one.people, sold, crowd, visits, site, events, block=block, start=start
    )
    return pa.table(columns)
