"""The life of a block of customers: needs come up, orders follow, some leave, campaigns reach in.

Each category that a customer uses has a need that comes up after Weibull times, stretched by the
pieces bought last, on the shop's clock (rhythm.py). The first need that is due leads to an order;
what is nearly due is bought along. The need itself stays when it was, so that buying early does not
change how often one buys. After each order a customer may leave: less likely the longer the habit,
more likely after a late parcel, a refund or a cancelled order. A campaign's effects are drawn where
they happen (campaigns.py): an extra order, a coupon that is used up, a customer annoyed away.

All times are days since the shop opened; arrays have one entry per customer of the block.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gamma
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import expit

from regulars.simulate.people import PLACES, People
from regulars.simulate.rhythm import Bools, Clock, Floats, Ints
from regulars.simulate.streams import stream
from regulars.simulate.worlds import World

NO_REFUND, ONE_LINE, WHOLE = 0, 1, 2
STAYS, EXPERIENCE, MESSAGE = 0, 1, 2
"""Why a customer left."""


@dataclass(frozen=True, slots=True)
class Bought:
    """Orders of a block and their lines, in the order in which they were drawn.

    Attributes:
        customer: place in the block, one per order.
        time: when, in days.
        number: which order of the customer it is, from 1; extra orders count with the next.
        cancelled: 0 no, 1 before it was paid, 2 after.
        refund: NO_REFUND, ONE_LINE or WHOLE.
        campaign: number of the campaign it answers, from 0; -1 for none.
        coupon: number of the campaign whose coupon it uses; -1 for none.
        order: place of each line's order.
        category: of each line.
        pieces: of each line.
    """

    customer: Ints
    time: Floats
    number: Ints
    cancelled: NDArray[np.int8]
    refund: NDArray[np.int8]
    campaign: NDArray[np.int16]
    coupon: NDArray[np.int16]
    order: Ints
    category: NDArray[np.int8]
    pieces: NDArray[np.int8]


def mean_pieces(world: World) -> float:
    """Expected pieces of a category when it is bought, without a second product of it."""
    return 1 + world.basket.second + world.basket.third


def stretch_of(world: World, pieces: NDArray[np.int8] | int) -> Floats:
    """By how much the time to the next need is longer than usual after so many pieces."""
    extra = world.basket.stretch
    usual = 1 + extra * (mean_pieces(world) - 1)
    return np.asarray((1 + extra * (np.asarray(pieces, dtype=np.float64) - 1)) / usual)


@dataclass(slots=True)
class Life:
    """The state of a block as time goes on."""

    world: World
    people: People
    clock: Clock
    seed: int
    block: int
    needs: Generator = field(init=False)
    fortune: Generator = field(init=False)
    shape: Floats = field(init=False)
    window: Floats = field(init=False)
    late: Floats = field(init=False)
    orders: Ints = field(init=False)
    next: Floats = field(init=False)
    last: Floats = field(init=False)
    due: Floats = field(init=False)
    due_read: Floats = field(init=False)
    since_read: Floats = field(init=False)
    scale: Floats = field(init=False)
    left: Floats = field(init=False)
    why: NDArray[np.int8] = field(init=False)
    coupon_until: Floats = field(init=False)
    coupon: NDArray[np.int16] = field(init=False)
    refuses: Bools = field(init=False)
    _drawn: list[tuple[NDArray[Any], ...]] = field(init=False, default_factory=list)
    _lines: list[tuple[NDArray[Any], ...]] = field(init=False, default_factory=list)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        people, categories = self.people, self.world.categories
        shape = people.scale.shape
        self.needs = stream(self.seed, "needs", self.block)
        self.fortune = stream(self.seed, "experience", self.block)
        self.shape = np.array([one.shape for one in categories])
        mean = people.scale * np.array([gamma(1 + 1 / one.shape) for one in categories])
        basket = self.world.basket
        self.window = np.minimum(mean * basket.window, basket.window_most)
        fast = np.array([fast for _, _, _, fast in PLACES])
        self.late = np.where(fast, 1.0, 2.0)[people.place] * self.world.experience.late
        self.orders = np.zeros(len(people), dtype=np.int64)
        self.next = people.arrives.copy()
        self.last = np.full(len(people), -np.inf)
        self.due = np.full(shape, np.inf)
        self.due_read = np.full(shape, np.inf)
        self.since_read = np.full(shape, np.nan)
        self.scale = people.scale.copy()
        self.left = np.full(len(people), np.inf)
        self.why = np.zeros(len(people), dtype=np.int8)
        self.coupon_until = np.full(len(people), -np.inf)
        self.coupon = np.full(len(people), -1, dtype=np.int16)
        self.refuses = np.zeros(len(people), dtype=np.bool_)

    def until(self, end: float) -> None:
        """Let the block live until `end` (exclusive)."""
        who = np.flatnonzero(self.next < end)
        while who.size:
            self._shop(who)
            who = who[self.next[who] < end]

    def _shop(self, who: Ints) -> None:
        """The next order of each of these customers."""
        time = self.next[who]
        number = self.orders[who] + 1
        due = self.due[who]
        begins = (self.people.adopt[who] <= number[:, None]) & np.isinf(due)
        row, category = np.nonzero(begins | (due <= time[:, None] + self.window[who]))
        customer, new = who[row], begins[row, category]
        clock = category + len(self.shape) * self.people.festival_only[customer]

        pieces = self._buy(row, category)
        since = self.due_read[customer, category]
        since[new] = self.clock.at(time[row[new]], clock[new])
        scale = self.people.scale[customer, category] * stretch_of(self.world, pieces)
        wait = self.needs.standard_exponential(len(row)) ** (1 / self.shape[category])
        self.since_read[customer, category] = since
        self.scale[customer, category] = scale
        self.due_read[customer, category] = read = since + scale * wait
        self.due[customer, category] = self.clock.back(read, clock)

        cancelled, refund, late = self._fortune(who)
        used = time < self.coupon_until[who]
        coupon = np.where(used, self.coupon[who], -1).astype(np.int16)
        self.coupon_until[who[used]] = -np.inf
        none = np.full(len(who), -1, dtype=np.int16)
        self._record(who, time, number, cancelled, refund, none, coupon)

        self.orders[who] = number
        self.last[who] = time
        # One order a day at most.
        self.next[who] = np.maximum(self.due[who].min(axis=1), np.floor(time) + 1)
        leaving = self._leaves(who, number, cancelled > 0, refund > 0, late)
        self.leave(who[leaving], time[leaving], EXPERIENCE)

    def _buy(self, row: Ints, category: Ints) -> NDArray[np.int8]:
        """Draw pieces and second products of each purchase and note its lines."""
        basket = self.world.basket
        uniform = self.needs.random(len(row))
        pieces = (1 + (uniform < basket.second) + (uniform < basket.third)).astype(np.int8)
        again = 1 + (self.needs.random(len(row)) < basket.variant)
        order = np.repeat(self._count + row, again)
        many = np.repeat(pieces, again)
        # The second product of a category is a single piece and puts nothing off.
        many[np.cumsum(again)[again == 2] - 1] = 1
        self._lines.append((order, np.repeat(category, again).astype(np.int8), many))
        return pieces

    def _fortune(self, who: Ints) -> tuple[NDArray[np.int8], NDArray[np.int8], Bools]:
        """What befalls the orders: cancelled, refunded, late."""
        rule = self.world.experience
        first, second, third = self.fortune.random((3, len(who)))
        paid = np.where(second < rule.paid_first, 2, 1)
        cancelled = np.where(first < rule.cancelled, paid, 0).astype(np.int8)
        kept = cancelled == 0
        # One uniform number serves both: rescaled, it is uniform again among the kept.
        rest = (first - rule.cancelled) / (1 - rule.cancelled)
        kind = np.where(second < rule.whole, WHOLE, ONE_LINE)
        refund = np.where(kept & (rest < rule.refunded), kind, NO_REFUND).astype(np.int8)
        return cancelled, refund, kept & (third < self.late[who])

    def _leaves(
        self, who: Ints, number: Ints, cancelled: Bools, refunded: Bools, late: Bools
    ) -> Bools:
        chance = self.chance_to_leave(who, number, cancelled, refunded, late)
        return np.asarray(self.fortune.random(len(who)) < chance)

    def chance_to_leave(
        self, who: Ints, number: Ints, cancelled: Bools, refunded: Bools, late: Bools
    ) -> Floats:
        """The chance to leave after the order of this number, given what befell it."""
        rule = self.world.experience
        logit = self.people.leaves[who] + rule.tenure * np.log(number)
        logit = logit + rule.after_late * late + rule.after_refund * refunded
        return np.asarray(expit(logit + rule.after_cancel * cancelled))

    def leave(self, who: Ints, time: Floats | float, why: int) -> None:
        """These customers order no more of themselves."""
        self.next[who] = np.inf
        self.left[who] = time
        self.why[who] = why

    def order_extra(self, who: Ints, time: Floats, campaign: int, coupon: Bools) -> None:
        """Orders that a campaign adds: the category of the first order, beside every need."""
        if not len(who):
            return
        self._buy(np.arange(len(who)), self.people.lead[who])
        cancelled, refund, _ = self._fortune(who)
        answered = np.full(len(who), campaign, dtype=np.int16)
        used = np.where(coupon, campaign, -1).astype(np.int16)
        number = self.orders[who] + 1
        self._record(who, time, number, cancelled, refund, answered, used)
        self.last[who] = np.maximum(self.last[who], time)

    def _record(self, *columns: NDArray[Any]) -> None:
        self._drawn.append(columns)
        self._count += len(columns[0])

    def bought(self) -> Bought:
        """All orders so far."""
        orders = [np.concatenate(column) for column in zip(*self._drawn, strict=True)]
        lines = [np.concatenate(column) for column in zip(*self._lines, strict=True)]
        return Bought(*orders, *lines)
