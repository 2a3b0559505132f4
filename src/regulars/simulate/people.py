"""Who the customers are: the latent draw that a shop never sees, and that truth/ tells.

Customers are a mixture: of kinds (most try once), of households of several sizes with or without a
baby and a pet, of ways to respond to being addressed. No gamma and no lognormal stands behind a
rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gamma

import numpy as np
from numpy.typing import NDArray

from regulars.simulate.arrivals import Arrivals
from regulars.simulate.rhythm import Bools, Floats, Ints
from regulars.simulate.streams import BLOCK, stream
from regulars.simulate.worlds import World

NEVER = 30_000
"""An order number that nobody reaches."""

_SIZES, _SIZE_SHARES = np.arange(1, 7), np.array([0.19, 0.29, 0.27, 0.16, 0.06, 0.03])
_MEAN_SIZE = float(_SIZES @ _SIZE_SHARES)
_FIRST_BASKET = 0.2
"""Chance that a further category of one's own is already in the first basket."""

PLACES: tuple[tuple[str, str, float, bool], ...] = (
    ("广东省", "广州市", 0.09, True), ("广东省", "深圳市", 0.09, True),
    ("浙江省", "杭州市", 0.08, True), ("浙江省", "宁波市", 0.05, True),
    ("江苏省", "南京市", 0.07, True), ("江苏省", "苏州市", 0.07, True),
    ("上海市", "上海市", 0.09, True), ("北京市", "北京市", 0.08, True),
    ("山东省", "青岛市", 0.05, True), ("福建省", "厦门市", 0.04, True),
    ("湖北省", "武汉市", 0.06, False), ("河南省", "郑州市", 0.06, False),
    ("四川省", "成都市", 0.07, False), ("陕西省", "西安市", 0.04, False),
    ("重庆市", "重庆市", 0.04, False), ("新疆维吾尔自治区", "乌鲁木齐市", 0.02, False),
)  # fmt: skip
"""Province, city, share of customers, whether parcels come fast."""


@dataclass(frozen=True, slots=True)
class People:
    """One entry per customer of a block; (n, categories) for what differs by category.

    Attributes:
        first: number of the block's first customer in the shop, from 0.
        kind: index of the latent kind.
        channel: index of the source.
        arrives: time of the first order, days since the shop opened.
        size: persons in the household.
        baby: whether one of them is a baby.
        pet: whether there is a pet.
        lead: category with which the first order begins.
        adopt: number of the order with which each category begins; NEVER if not.
        scale: of the Weibull law of the time between needs, for one piece, mean days.
        spend: level of spending; the score that chooses the price band.
        sensitivity: price sensitivity from 0 to 1.
        response: index of the way to respond.
        message: chance of an extra order by a message.
        coupon: chance of an extra order by a message with a coupon.
        annoyance: chance that a message makes the customer leave.
        leaves: logit of leaving after the first order, before what goes wrong with it.
        place: index into PLACES.
        festival_only: whether needs come up at festivals only.
    """

    first: int
    kind: Ints
    channel: Ints
    arrives: Floats
    size: Ints
    baby: Bools
    pet: Bools
    lead: Ints
    adopt: NDArray[np.int16]
    scale: Floats
    spend: Floats
    sensitivity: Floats
    response: Ints
    message: Floats
    coupon: Floats
    annoyance: Floats
    leaves: Floats
    place: Ints
    festival_only: Bools

    def __len__(self) -> int:
        return len(self.kind)


def _pick(shares: Floats, uniform: Floats) -> Ints:
    """The index drawn by each uniform number."""
    edges = np.cumsum(shares / np.sum(shares))[:-1]
    return np.asarray(np.searchsorted(edges, uniform, side="right"), dtype=np.int64)


def draw_people(world: World, seed: int, block: int, count: int, arrivals: Arrivals) -> People:
    """The `count` customers of a block."""
    random = stream(seed, "people", block)
    kinds, categories = world.kinds, world.categories

    def each(values: list[float], index: Ints) -> Floats:
        return np.array(values)[index]

    kind = _pick(np.array([one.share for one in kinds]), random.random(count))
    festival_only = np.array([one.festival_only for one in kinds])[kind]
    channel = _pick(np.array([one.share for one in world.channels]), random.random(count))
    arrives = arrivals.draw(channel, festival_only, random.random(count))
    size = _SIZES[_pick(_SIZE_SHARES, random.random(count))]
    baby = (random.random(count) < world.with_baby) & (size > 1)
    pet = random.random(count) < world.with_pet

    concerned = np.stack(
        [{"all": np.ones(count, np.bool_), "baby": baby, "pet": pet}[c.whose] for c in categories],
        axis=1,
    )
    reach = each([one.range for one in kinds], kind)[:, None]
    used = np.minimum(np.array([one.used for one in categories]) * reach, 0.97)
    uses = concerned & (random.random((count, len(categories))) < used)
    # The first order begins with a category that concerns the household, used again or not: the
    # largest of exponentials by weight, which picks each in proportion to it.
    weight = np.array([one.lead for one in categories])
    race = random.standard_exponential((count, len(categories))) / weight
    lead = np.argmin(np.where(concerned, race, np.inf), axis=1)
    adopts = each([one.adopts for one in kinds], kind)[:, None]
    later = 2 + np.floor(random.standard_exponential((count, len(categories))) / -np.log1p(-adopts))
    at_once = random.random((count, len(categories))) < _FIRST_BASKET
    adopt = np.where(uses, np.where(at_once, 1, np.minimum(later, NEVER)), NEVER)
    adopt[np.arange(count), lead] = 1

    pace = each([one.pace for one in kinds], kind) * (_MEAN_SIZE / size) ** 0.5
    pace *= random.triangular(0.6, 1.0, 1.4, count)
    by_category = random.uniform(0.75, 1.25, (count, len(categories)))
    per_mean = np.array([one.days / gamma(1 + 1 / one.shape) for one in categories])
    scale = per_mean * pace[:, None] * by_category

    spend = random.uniform(-1.6, 1.6, count) + 0.25 * random.standard_normal(count)
    # Two sorts: those who look at every yuan and those who rarely do; less spending, more so.
    careful = random.random(count) < 0.5 - 0.1 * spend
    sensitivity = np.where(careful, random.beta(5, 2, count), random.beta(2, 5, count))
    response = _pick(np.array([one.share for one in world.responses]), random.random(count))
    strength = random.uniform(0.5, 1.5, (3, count))
    message = each([one.message for one in world.responses], response) * strength[0]
    coupon = each([one.coupon for one in world.responses], response) * strength[1]
    coupon *= 0.4 + 1.2 * sensitivity
    annoyance = each([one.annoyance for one in world.responses], response)
    # Strong annoyance is told apart less by person: it may not exceed 1.
    annoyance = annoyance * np.where(annoyance > 0.6, 0.9 + 0.1 * strength[2], strength[2])

    spread = each([one.spread for one in kinds], kind)
    leaves = each([one.leaves for one in kinds], kind) + spread * random.uniform(-1, 1, count)
    leaves = leaves + each([one.keeps for one in categories], lead)
    leaves = leaves + each([one.leaves for one in world.channels], channel)
    return People(
        first=block * BLOCK,
        kind=kind,
        channel=channel,
        arrives=arrives,
        size=size,
        baby=baby,
        pet=pet,
        lead=lead,
        adopt=adopt.astype(np.int16),
        scale=scale,
        spend=spend,
        sensitivity=sensitivity,
        response=response,
        message=np.minimum(message, 0.9),
        coupon=np.minimum(coupon, 0.9),
        annoyance=np.minimum(annoyance, 0.98),
        leaves=leaves,
        place=_pick(np.array([share for _, _, share, _ in PLACES]), random.random(count)),
        festival_only=festival_only,
    )
