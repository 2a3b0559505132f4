"""What customers would do within a horizon if left alone: the chance of an order, and purchases.

The chance is exact given the state on the day. With u the clock (rhythm.py) and each need's Weibull
law of scale s and shape k since the last one at v,

    p0 = 1 - exp(-sum over categories of ((u(T + H) - v) / s)^k - (max(u(T) - v, 0) / s)^k)

and 0 for those who have left. Expected purchases by category are close, to three percent in what
they earn: needs of the horizon, those after it that are bought along, categories begun with the
next orders, less what is lost with those who leave after the first order.
"""

from __future__ import annotations

import numpy as np

from regulars.simulate.life import Life
from regulars.simulate.people import NEVER
from regulars.simulate.rhythm import Floats, Ints


def outlook(life: Life, who: Ints, day: int, horizon: int) -> tuple[Floats, Floats]:
    """p0 of these customers, shape (n,), and expected purchases, shape (n, categories)."""
    chance, purchases = np.zeros(len(who)), np.zeros((len(who), len(life.shape)))
    here = np.flatnonzero(np.isfinite(life.next[who]))
    chance[here], purchases[here] = _of_those_present(life, who[here], day, horizon)
    return chance, purchases


def _of_those_present(life: Life, who: Ints, day: int, horizon: int) -> tuple[Floats, Floats]:
    people, categories = life.people, len(life.shape)
    clock = np.arange(categories) + categories * people.festival_only[who][:, None]
    since, scale, window = life.since_read[who], life.scale[who], life.window[who]
    begun = np.isfinite(since)

    def read(days: Floats | float) -> Floats:
        return life.clock.at(np.broadcast_to(days, clock.shape), clock)

    def reached(reading: Floats) -> Floats:
        power = (np.maximum(reading - since, 0.0) / scale) ** life.shape
        return np.asarray(np.where(begun, power, 0.0))

    now, then = read(float(day)), read(float(day + horizon))
    before = reached(now)
    hazard = reached(then) - before
    total = hazard.sum(axis=1, keepdims=True)
    chance = -np.expm1(-total)

    once = -np.expm1(-hazard)
    # After a first purchase somewhere in the horizon: (x / s)^k averaged over the x that are left,
    # and no more than one in a mean time.
    span = (then - now) / scale
    needs = once * (1 + np.minimum(span**life.shape / (life.shape + 1), span / 2))
    later = -np.expm1(before - reached(read(day + horizon + window))) - once
    along = later * -np.expm1(-(total - hazard) * window / 2 / horizon)

    number = life.orders[who] + 1
    nothing = np.zeros(len(who), dtype=np.bool_)
    leaves = life.chance_to_leave(who, number, nothing, nothing, nothing)[:, None]
    orders = np.maximum((chance + total) / 2, 1e-12)
    another = (1 - leaves) * -np.expm1(-orders / 2)
    ahead = people.adopt[who] - life.orders[who][:, None]
    waits = ~begun & (people.adopt[who] < NEVER)
    begins = np.where(waits, chance * another ** (np.maximum(ahead, 1) - 1), 0.0)
    stays = 1 - leaves * (1 - np.minimum(chance / orders, 1.0))
    return chance[:, 0], (needs + along) * stays + begins
