"""Who comes to look: the customers whose events are written, and visitors who never order.

Both are numbered in one row: first all customers of the block, then the visitors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.simulate.arrivals import Arrivals
from regulars.simulate.orders import Sold, seconds_of
from regulars.simulate.people import People
from regulars.simulate.profiles import FIRST_CUSTOMER
from regulars.simulate.rhythm import Bools, Floats, Ints
from regulars.simulate.streams import stream
from regulars.simulate.worlds import World

SPAN = 2**32
"""More seconds than any shop lives: people and seconds in one number, to be searched at once."""
_VISITORS_OF_A_BLOCK, _FIRST_VISITOR = 100_000_000, 1_000_000_000
_DEVICE_STRIDE = 2_654_435_761
_DEVICES, _FIRST_DEVICE = 2**40, 2 * 10**12
"""Of thirteen digits each, so that none looks like a phone."""
_GRACE = 13.0
"""Days: who invites has ordered before the invited looked around for the first time."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people of a block who may come, customers first.

    Attributes:
        customers: how many customers the block has; the others are visitors.
        channel: source by which each came first.
        device: the number of each one's browser.
        arrives: second of the first visit of each visitor; 0 for customers.
        bought: of lasting orders `person * SPAN + second`, in order.
        inviter: customer who invited each, by place in the block; -1 for nobody.
    """

    customers: int
    channel: Ints
    device: Ints
    arrives: Ints
    bought: Ints
    inviter: Ints

    def __len__(self) -> int:
        return len(self.channel)

    def orders_before(self, person: Ints, second: Ints) -> Ints:
        """How many lasting orders each had placed before the second."""
        here = np.searchsorted(self.bought, person * SPAN + second)
        return np.asarray(here - np.searchsorted(self.bought, person * SPAN), dtype=np.int64)

    def orders_within(self, person: Ints, second: Ints, seconds: int) -> Bools:
        """Whether each places a lasting order at the second or within so many after it."""
        until = np.searchsorted(self.bought, person * SPAN + second + seconds, side="right")
        return np.asarray(until > np.searchsorted(self.bought, person * SPAN + second))


def draw_crowd(
    world: World,
    people: People,
    sold: Sold,
    watched: Bools,
    arrivals: Arrivals,
    *,
    visitors: float,
    seed: int,
    block: int,
) -> Crowd:
    """The watched customers of a block and so many visitors for each of them."""
    random = stream(seed, "visitors", block)
    browsing = world.browsing
    count = round(visitors * int(watched.sum()))
    shares = np.array([one.share for one in world.channels])
    shares = shares * [browsing.way_of(one.name).visitors for one in world.channels]
    edges = np.cumsum(shares)[:-1] / max(shares.sum(), 1e-12)
    channel = np.searchsorted(edges, random.random(count), side="right")
    days = arrivals.draw(channel, np.zeros(count, dtype=np.bool_), random.random(count))
    arrives = np.concatenate([np.zeros(len(people), dtype=np.int64), seconds_of(days, random)])
    channel = np.concatenate([people.channel, channel])

    lasting = np.flatnonzero(sold.valid)
    bought = np.sort(sold.customer[lasting] * SPAN + sold.placed[lasting])
    numbers = np.concatenate(
        [
            FIRST_CUSTOMER + people.first + np.arange(len(people)),
            _FIRST_VISITOR + block * _VISITORS_OF_A_BLOCK + np.arange(count),
        ]
    )
    # Odd, so the stride meets every device once before it meets one again, overflow or not.
    device = numbers.astype(np.uint64) * np.uint64(_DEVICE_STRIDE) % np.uint64(_DEVICES)
    inviter = _inviters(world, people, watched, channel, arrives, random.random(len(channel)))
    return Crowd(
        customers=len(people),
        channel=channel,
        device=device.astype(np.int64) + _FIRST_DEVICE,
        arrives=arrives,
        bought=bought,
        inviter=inviter,
    )


def _inviters(
    world: World, people: People, watched: Bools, channel: Ints, arrives: Ints, draw: Floats
) -> Ints:
    """Of those who were invited, one of the watched customers who came before them."""
    invited = np.array([world.browsing.way_of(one.name).invited for one in world.channels])
    came = np.concatenate([people.arrives, arrives[len(people) :] / 86_400])
    elders = np.flatnonzero(watched)
    elders = elders[np.argsort(people.arrives[elders], kind="stable")]
    before = np.searchsorted(people.arrives[elders], came - _GRACE)
    place = np.floor(draw * before).astype(np.int64)
    return np.where(invited[channel] & (before > 0), np.append(elders, -1)[place], -1)
