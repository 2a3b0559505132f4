"""The visits of a block: on the way to orders, after them, by messages, and those of visitors.

The orders are there before the visits, so what a visit and an order have in common is drawn given
the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.random import Generator

from regulars.simulate.browsing import FOLLOWS_WITHIN
from regulars.simulate.columns import DAY
from regulars.simulate.crowd import SPAN, Crowd
from regulars.simulate.orders import Sold
from regulars.simulate.rhythm import Bools, Floats, Ints
from regulars.simulate.streams import stream
from regulars.simulate.worlds import World

_LONGEST_AGO, _LONGEST_BACK = 12 * DAY, 10 * DAY
NO_SOURCE = -1


@dataclass(frozen=True, slots=True)
class Visits:
    """One entry per visit.

    Attributes:
        person: of the crowd.
        second: when it begins; of a visit that ends in an order, when the order is placed.
        order: place of the order that it ends in; -1 for none.
        near: place of the order that it is about, before or after it; -1 for none.
        source: by place among the world's channels, then one for messages; NO_SOURCE for none.
        message: number of the campaign whose message was followed; -1 for none.
        is_first: whether it is the person's first.
        stage: lasting orders so far: 0, 1, 2, or 3 for more.
        follows: whether a lasting order is placed within FOLLOWS_WITHIN days.
    """

    person: Ints
    second: Ints
    order: Ints
    near: Ints
    source: Ints
    message: Ints
    is_first: Bools
    stage: Ints
    follows: Bools

    def __len__(self) -> int:
        return len(self.person)

    def at(self, rows: Ints) -> Self:
        """These visits only."""
        return type(self)(*(getattr(self, one.name)[rows] for one in fields(self)))


def draw_visits(
    world: World,
    sold: Sold,
    watched: Bools,
    crowd: Crowd,
    clicked: Sequence[tuple[int, Ints, Ints]],
    *,
    seed: int,
    block: int,
    end: int,
) -> Visits:
    """The visits within the shop's life, in the order of person and time.

    Args:
        world: of the shop.
        sold: the block's orders.
        watched: whose events are written.
        crowd: who may come.
        clicked: of each campaign its number, who followed its message, and the second.
        seed: of the shop.
        block: of customers.
        end: the first second after the shop's life.
    """
    random = stream(seed, "visits", block)
    orders = np.flatnonzero(watched[sold.customer])
    rank = _ranks(sold.customer)
    parts = [(sold.customer[orders], sold.placed[orders], orders, orders, _none(orders))]
    parts.append(_before(world, sold, orders, rank, random))
    parts.append(_after(world, sold, orders, random))
    parts.append(_of_visitors(world, crowd, random))
    for number, customer, second in clicked:
        mine = watched[customer]
        who, when = customer[mine], second[mine]
        none = _none(who)
        parts.append((who, when, none, _last_order(sold, who, when), none + 1 + number))
    person, second, order, near, message = (np.concatenate(one) for one in zip(*parts, strict=True))
    inside = (second >= 0) & (second < end)
    key = person * SPAN + second
    by_time = np.argsort(key, kind="stable")
    by_time = by_time[inside[by_time]]
    person, second, order, near, message = (
        one[by_time] for one in (person, second, order, near, message)
    )
    is_first = np.ones(len(person), dtype=np.bool_)
    is_first[1:] = person[1:] != person[:-1]
    source = _sources(world, crowd, sold, rank, person, second, order, is_first, random)
    return Visits(
        person=person,
        second=second,
        order=order,
        near=near,
        source=np.where(message >= 0, len(world.channels), source),
        message=message,
        is_first=is_first,
        stage=np.minimum(crowd.orders_before(person, second), 3),
        follows=crowd.orders_within(person, second, FOLLOWS_WITHIN * DAY),
    )


def _none(like: Ints) -> Ints:
    return np.full(len(like), -1, dtype=np.int64)


def _ranks(customer: Ints) -> Ints:
    """Which order of its customer each one is, from 0; they stand in the order of time."""
    by_customer = np.argsort(customer, kind="stable")
    ordered = customer[by_customer]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    lengths = np.diff(np.append(starts, len(ordered)))
    rank = np.empty(len(ordered), dtype=np.int64)
    rank[by_customer] = np.arange(len(ordered)) - np.repeat(starts, lengths)
    return rank


Part = tuple[Ints, Ints, Ints, Ints, Ints]
"""Person, second, order, near and message of some visits."""


def _before(world: World, sold: Sold, orders: Ints, rank: Ints, random: Generator) -> Part:
    """Visits before orders: people look around, the longer ago the rarer."""
    edges = np.cumsum(world.browsing.lead)[:-1]
    visits = np.searchsorted(edges, random.random(len(orders)), side="right")
    visits = np.where(rank[orders] == 0, np.maximum(visits, 1), visits)
    near = np.repeat(orders, visits)
    ago = np.floor(3600 + random.random(len(near)) ** 2 * _LONGEST_AGO).astype(np.int64)
    none = _none(near)
    return sold.customer[near], sold.placed[near] - ago, none, near, none


def _after(world: World, sold: Sold, orders: Ints, random: Generator) -> Part:
    """Visits after orders, whether or not another order comes of it."""
    near = np.repeat(orders, random.poisson(world.browsing.after, len(orders)))
    wait = random.standard_exponential(len(near)) * world.browsing.after_days * DAY
    none = _none(near)
    second = sold.placed[near] + 3600 + np.floor(wait).astype(np.int64)
    return sold.customer[near], second, none, near, none


def _of_visitors(world: World, crowd: Crowd, random: Generator) -> Part:
    """The visits of those who never order: once for most."""
    who = np.arange(crowd.customers, len(crowd))
    edges = np.cumsum(world.browsing.comes_back)[:-1]
    more = np.searchsorted(edges, random.random(len(who)), side="right")
    again = np.repeat(who, more)
    later = np.floor(3600 + random.random(len(again)) ** 2 * _LONGEST_BACK).astype(np.int64)
    person = np.concatenate([who, again])
    second = np.concatenate([crowd.arrives[who], crowd.arrives[again] + later])
    none = _none(person)
    return person, second, none, none, none


def _last_order(sold: Sold, who: Ints, when: Ints) -> Ints:
    """The order that each placed last before the second; all have one."""
    by_key = np.argsort(sold.customer * SPAN + sold.placed, kind="stable")
    keys = (sold.customer * SPAN + sold.placed)[by_key]
    return np.asarray(by_key[np.maximum(np.searchsorted(keys, who * SPAN + when) - 1, 0)])


def _sources(
    world: World,
    crowd: Crowd,
    sold: Sold,
    rank: Ints,
    person: Ints,
    second: Ints,
    order: Ints,
    is_first: Bools,
    random: Generator,
) -> Ints:
    """By which source each visit comes.

    The first visit comes by the person's own source; so the first touch tells the truth. A later
    order's visit has the source that the platform tells of the order. Any other comes without a
    source, by the own one once more, or by another.
    """
    browsing, channels = world.browsing, [one.name for one in world.channels]
    first_order = np.full(len(crowd), np.iinfo(np.int64).max)
    first = np.flatnonzero(rank == 0)
    first_order[sold.customer[first]] = sold.placed[first]
    is_early = second <= first_order[person]
    has_none, whose, other = random.random((3, len(person)))
    early, later = (_by_weight(browsing.again, channels, which, other) for which in (1, 2))
    found = np.where(is_early, early, later)
    own = is_early & (whose < browsing.own)
    found = np.where(own, crowd.channel[person], found)
    found = np.where(has_none < np.where(is_early, *browsing.direct), NO_SOURCE, found)
    told = sold.channel[order]
    told = np.where(told < len(channels), told, NO_SOURCE)
    found = np.where((order >= 0) & (rank[order] > 0), told, found)
    return np.where(is_first, crowd.channel[person], found)


def _by_weight(
    weighted: Sequence[tuple[str, float, float]], channels: Sequence[str], which: int, draw: Floats
) -> Ints:
    """The channel drawn by each number, with the weights that stand at this place."""
    known = {one[0]: float(one[which]) for one in weighted}
    weights = np.array([known.get(name, 0.0) for name in channels])
    weights = weights if weights.sum() else np.ones(len(channels))
    edges = np.cumsum(weights)[:-1] / weights.sum()
    return np.asarray(np.searchsorted(edges, draw, side="right"))


def touches_of(visits: Visits, sold: Sold, days: int, channels: int) -> tuple[Ints, Ints]:
    """By source, the lasting orders whose first and whose last touch it was.

    A touch of an order is a visit with a source, of at most so many days before it and after the
    customer's order before it.
    """
    touched = np.flatnonzero(visits.source != NO_SOURCE)
    second = visits.second[touched] - (visits.order[touched] >= 0)
    keys = visits.person[touched] * SPAN + second
    lasting = np.flatnonzero(sold.valid)
    lasting = lasting[np.argsort(sold.customer[lasting], kind="stable")]
    who, placed = sold.customer[lasting], sold.placed[lasting]
    since = placed - days * DAY
    again = np.flatnonzero(who[1:] == who[:-1]) + 1
    since[again] = np.maximum(since[again], placed[again - 1])
    begin = np.searchsorted(keys, who * SPAN + np.maximum(since, 0))
    until = np.searchsorted(keys, who * SPAN + placed)
    some = until > begin
    source = visits.source[touched]
    counts = (np.bincount(source[at[some]], minlength=channels) for at in (begin, until - 1))
    first, last = counts
    return first, last
