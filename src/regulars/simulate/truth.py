"""What the shop cannot see, written down beside what it can: the answers to grade a model by."""

from __future__ import annotations

from datetime import date
from math import gamma

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.simulate.campaigns import ARMS, OFFERS, Reached, campaign_id
from regulars.simulate.columns import coded, instants
from regulars.simulate.life import MESSAGE, STAYS, Life, stretch_of
from regulars.simulate.people import NEVER, People
from regulars.simulate.profiles import customer_ids
from regulars.simulate.rhythm import Floats, Ints
from regulars.simulate.worlds import World

GROUPS = ("persuadable", "sure_thing", "lost_cause", "sleeping_dog")
_MOVES, _SURE = 0.02, 0.5
"""An effect below two percent of a chance is none; who buys in half of all cases is sure."""
_ROUNDS = 12


def mean_days(world: World, people: People) -> Floats:
    """True mean days between two needs, shape (n, categories), used or not."""
    per_scale = np.array([gamma(1 + 1 / one.shape) for one in world.categories])
    return np.asarray(people.scale * per_scale)


def orders_per_day(world: World, people: People) -> tuple[Floats, Floats]:
    """Needs and orders per day of a customer who has begun with every category that is used.

    A need leads to an order of its own unless an order that another category led to came within
    its window before it. With r_c the rate of orders that category c leads to and R their sum,

        r_c = 1 / mean_c . (1 - window_c (R - r_c))

    as orders keep about a window apart; solved by repetition. Needs are exact, orders close to two
    percent (measured on customers who never leave).
    """
    days = mean_days(world, people)
    needs = np.where(people.adopt < NEVER, 1 / days, 0.0)
    window = np.minimum(days * world.basket.window, world.basket.window_most)
    led = needs.copy()
    for _ in range(_ROUNDS):
        others = window * (led.sum(axis=1, keepdims=True) - led)
        led = (led + needs * np.maximum(1 - others, 0.0)) / 2
    return needs.sum(axis=1), led.sum(axis=1)


def groups_of(without: Floats, chance: Floats) -> NDArray[np.int8]:
    """The group of each customer, by the chance of an order without and with an offer."""
    effect = chance - without
    return np.select(
        [effect > _MOVES, effect < -_MOVES, without >= _SURE], [0, 3, 1], default=2
    ).astype(np.int8)


def customer_truth(life: Life, start: date, days: int) -> pa.Table:
    """One row per customer of a block."""
    world, people = life.world, life.people
    n = len(people)
    needs, orders = orders_per_day(world, people)
    chance = -np.expm1(-orders * world.campaigns.horizon)
    own = (1 - people.annoyance) * chance
    with_coupon = own + people.coupon * (1 - own)
    none = np.zeros(n, dtype=np.bool_)
    everybody = np.arange(n)
    first = life.chance_to_leave(everybody, np.ones(n, dtype=np.int64), none, none, none)
    left = np.isfinite(life.left) & (life.left < days)
    reasons = np.where(left & (life.why != STAYS), np.where(life.why == MESSAGE, 1, 0), -1)
    effects = np.array([one.leaves for one in world.channels])
    return pa.table(
        {
            "customer_id": customer_ids(people),
            "kind": coded([one.name for one in world.kinds], people.kind),
            "group": coded(GROUPS, groups_of(chance, with_coupon)),
            "response": coded([one.name for one in world.responses], people.response),
            "source": coded([one.name for one in world.channels], people.channel),
            "source_effect": effects[people.channel],
            "household_size": pa.array(people.size.astype(np.int32)),
            "has_baby": people.baby,
            "has_pet": people.pet,
            "categories": pa.array((people.adopt < NEVER).sum(axis=1).astype(np.int32)),
            "needs_per_day": needs,
            "orders_per_day": orders,
            "arrived_at": instants(np.floor(people.arrives * 86_400), start),
            "left_at": instants(np.floor(np.where(left, life.left, 0.0) * 86_400), start, left),
            "left_because": coded(["experience", "message"], reasons),
            "alive_at_end": ~left,
            "orders": pa.array(life.orders.astype(np.int32)),
            "chance_to_leave_first": first,
            "spend_level": people.spend,
            "price_sensitivity": people.sensitivity,
            "message_effect": people.message,
            "coupon_effect": people.coupon,
            "annoyance": people.annoyance,
        }
    )


def median_factors(world: World) -> Floats:
    """The median of a category's law in units of its one-piece scale, over pieces bought."""
    basket = world.basket
    shares = np.array([1 - basket.second, basket.second - basket.third, basket.third])
    stretch = np.array([stretch_of(world, pieces) for pieces in (1, 2, 3)])
    shape = np.array([one.shape for one in world.categories])
    low, high = np.zeros(len(shape)), np.full(len(shape), 5.0)
    for _ in range(60):
        middle = (low + high) / 2
        below = -np.expm1(-((middle[:, None] / stretch) ** shape[:, None])) @ shares
        low, high = np.where(below < 0.5, middle, low), np.where(below < 0.5, high, middle)
    return np.asarray((low + high) / 2)


def cycle_truth(life: Life) -> pa.Table:
    """One row per customer and category bought: the law of the time between two needs."""
    world, people = life.world, life.people
    row, category = np.nonzero(np.isfinite(life.due))
    days = mean_days(world, people)[row, category]
    scale = people.scale[row, category]
    return pa.table(
        {
            "customer_id": coded(customer_ids(people), row),
            "category": coded([one.zh for one in world.categories], category),
            "mean_days": days.astype(np.float32),
            "median_days": (scale * median_factors(world)[category]).astype(np.float32),
            "shape": life.shape[category].astype(np.float32),
            "from_order": pa.array(people.adopt[row, category]),
            "festival_only": people.festival_only[row],
        }
    )


def response_truth(people: People, reached: Reached) -> pa.Table:
    """One row per customer of the audience and offer: the chances and the profit."""
    n, offers = reached.chance.shape
    row, offer = np.repeat(np.arange(n), offers), np.tile(np.arange(offers), n)
    without, chance = reached.without[row], reached.chance.ravel()
    return pa.table(
        {
            "campaign_id": coded([campaign_id(reached.number)], np.zeros(n * offers)),
            "customer_id": coded(customer_ids(people), reached.customer[row]),
            "arm": coded(ARMS, reached.arm[row]),
            "offer": coded(OFFERS, offer),
            "chance_without": without.astype(np.float32),
            "chance_with": chance.astype(np.float32),
            "incremental_profit": reached.profit.ravel().astype(np.float32),
            "group": coded(GROUPS, groups_of(without, chance)),
        }
    )


class CampaignTruth:
    """The truth of a campaign over the whole audience, summed block by block."""

    def __init__(self, number: int, starts: str, ends: str) -> None:
        self.number, self.starts, self.ends = number, starts, ends
        self._counts: Ints = np.zeros(1 + len(ARMS), dtype=np.int64)
        self._sums: Floats = np.zeros(1 + 2 * len(OFFERS) + 1)
        self._best: Ints = np.zeros(len(ARMS), dtype=np.int64)

    def add(self, reached: Reached) -> None:
        """Add the audience of a block."""
        n = len(reached.customer)
        self._counts += [n, *np.bincount(reached.arm, minlength=len(ARMS))]
        choices = np.concatenate([np.zeros((n, 1)), reached.profit], axis=1)
        self._sums += [
            reached.without.sum(),
            *(reached.chance - reached.without[:, None]).sum(axis=0),
            *reached.profit.sum(axis=0),
            choices.max(axis=1).sum(),
        ]
        self._best += np.bincount(choices.argmax(axis=1), minlength=len(ARMS))

    def as_dict(self) -> dict[str, object]:
        """Effects per customer of the audience; profits of policies in yuan, over all of it."""
        n = int(self._counts[0])
        per = 1 / max(n, 1)
        without, *rest = self._sums.tolist()
        effects, profits, best = rest[:2], rest[2:4], rest[4]
        policies = {"none": 0.0, "message_to_all": profits[0], "coupon_to_all": profits[1]}
        return {
            "campaign_id": campaign_id(self.number),
            "starts": self.starts,
            "ends": self.ends,
            "audience": n,
            "arms": dict(zip(ARMS, self._counts[1:].tolist(), strict=True)),
            "chance_without": round(without * per, 9),
            "effect": {o: round(e * per, 9) for o, e in zip(OFFERS, effects, strict=True)},
            "profit": {o: round(p * per, 6) for o, p in zip(OFFERS, profits, strict=True)},
            "policies": {name: round(value, 2) for name, value in policies.items()}
            | {"best_for_each": round(best, 2)},
            "best_uniform_policy": max(policies, key=lambda name: policies[name]),
            "best_for_each": dict(zip(("none", *OFFERS), self._best.tolist(), strict=True)),
        }
