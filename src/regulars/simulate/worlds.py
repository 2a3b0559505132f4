"""The worlds: every number from which a made shop is drawn, as data.

`plain` is a Chinese shop of everyday goods in which most people buy once; each other world changes
a few of its numbers. docs/simulate.md gives the reason for every number of `plain`.

>>> WORLDS["no_effect"].responses[0].coupon
0.0
>>> round(sum(kind.share for kind in WORLDS["plain"].kinds), 6)
1.0
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from regulars.errors import UnknownValue
from regulars.simulate.browsing import BROWSING, Browsing

Whose = Literal["all", "baby", "pet"]


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of goods that a household uses up and buys again.

    Attributes:
        name: for programs.
        zh: as the shop calls it.
        department: the larger group, as the shop calls it.
        days: mean days between two needs of a household of average size and pace.
        shape: of the Weibull law of that time; above 1 the need comes the surer the longer ago.
        prices: list price in the low, middle and high band, in yuan.
        cost: what a piece costs the shop, as a share of its list price.
        lead: weight with which a first order begins here.
        keeps: added to the logit of leaving after the first order if it began here.
        used: share of the households concerned that use it at all.
        whose: all households, those with a baby, those with a pet.
        peak: day of the year on which a season peaks.
        season: amplitude of the yearly season in `plain`, as a share of the mean.
    """

    name: str
    zh: str
    department: str
    days: float
    shape: float
    prices: tuple[float, float, float]
    cost: float
    lead: float
    keeps: float
    used: float
    whose: Whose
    peak: int
    season: float


@dataclass(frozen=True, slots=True)
class Kind:
    """A latent kind of customer; the mixture of kinds is what no single curve describes.

    Attributes:
        name: for programs.
        share: of all customers.
        leaves: logit of leaving after the first order.
        spread: half-width of the uniform spread of that logit between customers.
        pace: factor of the days between needs (above 1: slower).
        range: factor of the chance to use a category.
        adopts: chance per order to begin with a further category.
        festival_only: whether needs come up at festivals only.
    """

    name: str
    share: float
    leaves: float
    spread: float
    pace: float
    range: float
    adopts: float
    festival_only: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A source of new customers.

    Attributes:
        name: as orders, customers and spend name it.
        share: of new customers.
        cost: advertising spent for one new customer, in yuan; 0 where nothing is paid.
        leaves: added to the logit of leaving (above 0: worse customers).
        campaign: what the advertising account calls it.
    """

    name: str
    share: float
    cost: float
    leaves: float
    campaign: str


@dataclass(frozen=True, slots=True)
class Response:
    """How a part of the customers responds to being addressed.

    Attributes:
        name: persuadable, indifferent or sleeping_dog.
        share: of all customers.
        message: chance of an extra order by a message alone.
        coupon: chance of an extra order by a message with a coupon, at average price sensitivity.
        annoyance: chance that a message makes the customer leave.
    """

    name: str
    share: float
    message: float
    coupon: float
    annoyance: float


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The campaigns of a world: one every so often, all alike.

    Attributes:
        first: day of the first.
        every: days between two.
        horizon: days within which an order counts.
        recency: the audience ordered last so many days ago, from and to (exclusive).
        hold_out: share of the audience that is left alone.
        face: value of the coupon in yuan.
        message_cost: of one message, in yuan.
        gone: factor of the chances of an extra order for a customer who has left.
    """

    first: int = 90
    every: int = 60
    horizon: int = 30
    recency: tuple[int, int] = (21, 181)
    hold_out: float = 0.2
    face: float = 8.0
    message_cost: float = 0.05
    gone: float = 0.35


@dataclass(frozen=True, slots=True)
class Experience:
    """What can go wrong with an order, and what that does to the logit of leaving.

    Attributes:
        cancelled: share of orders cancelled.
        paid_first: share of the cancelled that had been paid.
        refunded: share of the remaining orders with a refund.
        whole: share of refunds that give all lines back; else one line.
        late: share of deliveries that come late, near the coast; twice that far from it.
        after_late: added to the logit of leaving.
        after_refund: likewise.
        after_cancel: likewise.
        tenure: times ln(number of the order), added to the logit: habit holds.
    """

    cancelled: float = 0.06
    paid_first: float = 0.55
    refunded: float = 0.045
    whole: float = 0.4
    late: float = 0.07
    after_late: float = 0.5
    after_refund: float = 0.7
    after_cancel: float = 0.4
    tenure: float = -1.15


@dataclass(frozen=True, slots=True)
class Basket:
    """How a need becomes lines and amounts.

    Attributes:
        window: share of a category's mean days by which a need is met early if one shops anyway.
        window_most: in days.
        second: share of purchases of two or more pieces.
        third: share of purchases of three pieces.
        stretch: by how much of a pack a further piece puts off the next need.
        variant: chance that a second product of the category is added.
        promoted: chance that a line is on offer, at price sensitivity 0; twice and a half at 1.
        off: range of a line's discount, as shares.
        platform: share of orders with a platform's coupon.
        platform_off: its range, as shares.
        free_from: yuan from which no postage is charged.
        postage: yuan.
        trade_up: times ln(number of the order), added to the score that chooses the price band.
    """

    window: float = 0.3
    window_most: float = 14.0
    second: float = 0.25
    third: float = 0.06
    stretch: float = 0.6
    variant: float = 0.45
    promoted: float = 0.2
    off: tuple[float, float] = (0.05, 0.2)
    platform: float = 0.15
    platform_off: tuple[float, float] = (0.02, 0.08)
    free_from: float = 59.0
    postage: float = 6.0
    trade_up: float = 0.25


@dataclass(frozen=True, slots=True)
class Festivals:
    """618 and Double 11.

    Attributes:
        lift: factor of needs on the festival's days.
        wait: factor of needs in the `around` days before and after: waiting, and stocked up.
        around: days.
        off: extra discount on every line, as a share.
        newcomers: factor of new customers on the festival's days.
    """

    lift: float = 1.0
    wait: float = 1.0
    around: int = 20
    off: float = 0.0
    newcomers: float = 1.0


@dataclass(frozen=True, slots=True)
class World:
    """All that a made shop is drawn from."""

    name: str
    zh: str
    note: str
    note_zh: str
    categories: tuple[Category, ...]
    kinds: tuple[Kind, ...]
    channels: tuple[Channel, ...]
    responses: tuple[Response, ...]
    campaigns: Campaigns = Campaigns()
    experience: Experience = Experience()
    basket: Basket = Basket()
    festivals: Festivals = Festivals()
    season: float = 1.0
    """Factor of the categories' seasons."""
    growth: float = 0.25
    """New customers per day grow by this share a year."""
    with_baby: float = 0.22
    with_pet: float = 0.18
    for_others: float = 0.12
    """Chance that an order goes to somebody else: parents, children, friends."""
    browsing: Browsing = BROWSING


_C = Category
CATEGORIES = (
    _C("tissue", "纸品", "家清",
       40, 2.2, (16.9, 27.9, 42.9), 0.72, 14, -0.15, 0.62, "all", 15, 0.05),
    _C("laundry", "衣物清洁", "家清",
       62, 2.0, (21.9, 34.9, 56.9), 0.62, 10, 0.0, 0.5, "all", 180, 0.1),
    _C("kitchen", "厨房清洁", "家清",
       70, 1.8, (10.9, 19.9, 30.9), 0.58, 7, 0.15, 0.4, "all", 20, 0.15),
    _C("oral_care", "口腔护理", "个护",
       74, 2.0, (13.9, 25.9, 49.9), 0.5, 8, 0.1, 0.42, "all", 1, 0.0),
    _C("shampoo", "洗发护发", "个护",
       78, 2.1, (25.9, 42.9, 75.9), 0.5, 9, 0.05, 0.45, "all", 190, 0.1),
    _C("skincare", "面部护肤", "个护",
       85, 1.7, (35.9, 69.9, 135.0), 0.42, 12, 0.1, 0.35, "all", 335, 0.25),
    _C("snacks", "休闲零食", "食品",
       26, 1.4, (10.9, 21.9, 38.9), 0.65, 16, 0.3, 0.45, "all", 10, 0.25),
    _C("milk", "牛奶冲饮", "食品",
       24, 2.4, (25.9, 42.9, 59.9), 0.76, 9, -0.4, 0.4, "all", 25, 0.1),
    _C("rice_and_oil", "粮油米面", "食品",
       38, 2.3, (29.9, 47.9, 75.9), 0.8, 7, -0.25, 0.38, "all", 20, 0.15),
    _C("diapers", "纸尿裤", "母婴",
       25, 2.6, (49.9, 75.9, 119.0), 0.74, 14, -0.5, 0.75, "baby", 1, 0.0),
    _C("baby_food", "婴幼辅食", "母婴",
       28, 1.9, (16.9, 29.9, 49.9), 0.6, 8, -0.2, 0.55, "baby", 1, 0.0),
    _C("pet_food", "宠物主粮", "宠物",
       34, 2.5, (33.9, 66.9, 119.0), 0.68, 16, -0.6, 0.8, "pet", 1, 0.0),
)  # fmt: skip

KINDS = (
    Kind("tryer", 0.48, 2.5, 0.8, 2.2, 0.5, 0.10),
    Kind("light", 0.32, 0.6, 0.9, 1.8, 0.75, 0.20),
    Kind("household", 0.20, -1.2, 0.9, 1.15, 1.15, 0.35),
)

CHANNELS = (
    Channel("搜索广告", 0.22, 26.0, 0.0, "搜索-品类词"),
    Channel("信息流广告", 0.24, 32.0, 0.25, "信息流-新客"),
    Channel("直播", 0.18, 18.0, 0.4, "直播间引流"),
    Channel("自然流量", 0.20, 0.0, -0.15, ""),
    Channel("老客推荐", 0.10, 6.0, -0.6, "推荐有礼"),
    Channel("包裹扫码", 0.06, 2.0, -0.35, "扫码进群"),
)

RESPONSES = (
    Response("persuadable", 0.25, 0.04, 0.12, 0.004),
    Response("indifferent", 0.65, 0.004, 0.012, 0.004),
    Response("sleeping_dog", 0.10, 0.0, 0.006, 0.08),
)

PLAIN = World(
    name="plain",
    zh="平常",
    note="a shop of everyday goods in which most people buy once",
    note_zh="日用百货店，多数人只买一次",
    categories=CATEGORIES,
    kinds=KINDS,
    channels=CHANNELS,
    responses=RESPONSES,
)


def _all_alike(message: float, coupon: float, annoyance: float) -> tuple[Response, ...]:
    return tuple(
        replace(one, message=message, coupon=coupon, annoyance=annoyance) for one in RESPONSES
    )


_OTHERS = (
    replace(
        PLAIN,
        name="no_effect",
        zh="营销无效",
        note="campaigns change nothing; a coupon only costs those who would have bought",
        note_zh="营销不改变任何人，优惠券只补贴了本来就买的人",
        responses=_all_alike(0.0, 0.0, 0.0),
    ),
    replace(
        PLAIN,
        name="harmful_messages",
        zh="消息有害",
        note="messages win nobody and make customers leave",
        note_zh="消息赢不来订单，只会让人离开",
        responses=_all_alike(0.0, 0.002, 0.3),
    ),
    replace(
        PLAIN,
        name="coupon_for_all_is_best",
        zh="人人发券最优",
        note="a small coupon pays with nearly everybody: sending it to all earns most",
        note_zh="小额券对几乎所有人都划算，全员发券利润最高",
        responses=_all_alike(0.01, 0.25, 0.0),
        campaigns=Campaigns(face=1.5, gone=1.0),
    ),
    replace(
        PLAIN,
        name="festival",
        zh="大促",
        note="618 and Double 11 pull purchases forward and bring bargain hunters",
        note_zh="618 与双 11 提前了消费，并带来只在大促购买的人",
        kinds=(
            Kind("tryer", 0.41, 2.5, 0.8, 2.2, 0.5, 0.10),
            Kind("light", 0.28, 0.6, 0.9, 1.8, 0.75, 0.20),
            Kind("household", 0.17, -1.2, 0.9, 1.15, 1.15, 0.35),
            Kind("bargain_hunter", 0.14, 0.2, 0.6, 1.5, 0.9, 0.30, festival_only=True),
        ),
        festivals=Festivals(lift=5.0, wait=0.55, around=20, off=0.15, newcomers=4.0),
    ),
    replace(
        PLAIN,
        name="seasonal",
        zh="季节性",
        note="each category has a strong season of its own",
        note_zh="各品类有强烈的季节性",
        categories=tuple(
            replace(one, season=0.7, peak=1 + (place * 91) % 365)
            for place, one in enumerate(CATEGORIES)
        ),
    ),
    replace(
        PLAIN,
        name="two_sided",
        zh="两面效应",
        note="persuadables and sleeping dogs: the mean effect is near 0, targeting is everything",
        note_zh="可说服者与勿扰者并存，平均效果近于零，关键在于选人",
        responses=(
            Response("persuadable", 0.30, 0.20, 0.22, 0.0),
            Response("indifferent", 0.42, 0.0, 0.0, 0.0),
            Response("sleeping_dog", 0.28, 0.0, 0.0, 0.9),
        ),
        campaigns=Campaigns(recency=(14, 91), gone=0.4),
    ),
)

WORLDS: dict[str, World] = {world.name: world for world in (PLAIN, *_OTHERS)}
"""Every world by its name."""


def world_named(name: str) -> World:
    """The world of this name.

    Raises:
        UnknownValue: there is none.
    """
    if name not in WORLDS:
        raise UnknownValue.of("world", name, list(WORLDS))
    return WORLDS[name]
