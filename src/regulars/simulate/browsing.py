"""What people do in a made shop besides ordering, as data: sources, touches, content, effort.

Every number stands here with its meaning; docs/simulate.md gives the reasons.

>>> one = Browsing()
>>> one.way_of("直播").medium, one.way_of("elsewhere").source
('live', '')
"""

from __future__ import annotations

from dataclasses import dataclass

FOLLOWED, INSTALLED, OPENED = "Followed", "Application Installed", "Application Opened"
LINE_EVENTS = (FOLLOWED, INSTALLED, OPENED)
"""The steps between a first visit and a first order, in their order."""

FOLLOWS_WITHIN = 7
"""Days within which an order counts as following a visit, for what is read in it."""

Stages = tuple[float, float, float, float]
"""By orders so far: none, one, two, more."""


@dataclass(frozen=True, slots=True)
class Way:
    """How people of a source come in, and how far they go before a first order.

    Attributes:
        source: the channel's name; empty for channels that have no way of their own.
        medium: utm_medium of its visits.
        referrer: site from which its visits come; empty if none is told.
        visitors: who never order, for one who does, in relation to the other sources.
        buyers: chance to follow, then to install, then to open the app, before the first order, of
            those who will order.
        others: likewise of those who never order.
        invited: whether its visits carry the code of a customer who invited.
    """

    source: str
    medium: str
    referrer: str
    visitors: float
    buyers: tuple[float, float, float]
    others: tuple[float, float, float]
    invited: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """Something to read.

    Attributes:
        path: of its page.
        title: of its page.
        read: chance to be read in a visit that no order follows, by orders so far.
        factor: how much likelier it is read where an order follows within a week, by orders so
            far. Among its readers the odds of an order are so many times those of all visits,
            which is what an effect of the article looks like; 1 for none.
    """

    path: str
    title: str
    read: Stages
    factor: Stages = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that comes up again and again.

    Attributes:
        text: as it is asked.
        share: of all questions that come up.
        has_page: whether a page answers it.
    """

    text: str
    share: float
    has_page: bool


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard it is to get from a visit to an order.

    Attributes:
        searches: share of visits with a search.
        lists: share of the others with a list of a category.
        looks: share of visits without an order in which a product is looked at.
        adds: share of these in which it is put into the cart.
        sees_cart: share of carts that are looked at.
        checks_out: share of carts without an order in which the checkout begins.
        first_step: share of these that complete its first step.
        no_result: share of searches that find nothing; of those on the way to an order a third.
        discouraged: factor of `looks` after a search that found nothing, or a slow page.
        slow: milliseconds from which on a page is slow.
        load: median milliseconds until home, list, product, article and answer have loaded.
        spread: standard deviation of their logarithm.
        poor_network: share of visits in which pages load 2.5 times as long.
        returns_asked: when a refund was asked for, on the way from payment to refund, as shares.
    """

    searches: float = 0.3
    lists: float = 0.4
    looks: float = 0.75
    adds: float = 0.2
    sees_cart: float = 0.55
    checks_out: float = 0.25
    first_step: float = 0.5
    no_result: float = 0.15
    discouraged: float = 0.5
    slow: float = 4000.0
    load: tuple[float, ...] = (900.0, 2600.0, 1300.0, 800.0, 700.0)
    spread: float = 0.45
    poor_network: float = 0.08
    returns_asked: tuple[float, float] = (0.3, 0.7)


WAYS = (
    Way("搜索广告", "cpc", "", 0.9, (0.45, 0.50, 0.80), (0.06, 0.30, 0.50)),
    Way("信息流广告", "feed", "", 2.2, (0.40, 0.45, 0.75), (0.10, 0.25, 0.40)),
    Way("直播", "live", "", 1.2, (0.70, 0.35, 0.70), (0.25, 0.15, 0.40)),
    Way("自然流量", "organic", "https://www.baidu.com/", 0.6,
        (0.40, 0.50, 0.85), (0.05, 0.35, 0.60)),
    Way("老客推荐", "referral", "", 0.25, (0.75, 0.60, 0.90), (0.35, 0.40, 0.70), invited=True),
    Way("包裹扫码", "qr", "", 0.2, (0.90, 0.55, 0.85), (0.50, 0.30, 0.60)),
)  # fmt: skip

ARTICLES = (
    Article("/articles/care-guide", "换季洗护怎么选", (0.06, 0.06, 0.06, 0.06), (2.5, 2.5, 1, 1)),
    Article("/articles/member-stories", "熟客的一周", (0.01, 0.05, 0.12, 0.30)),
    Article("/articles/our-brand", "我们的故事", (0.05, 0.05, 0.05, 0.05)),
    Article("/articles/delivery", "配送与售后", (0.04, 0.03, 0.02, 0.02)),
)

QUESTIONS = (
    Question("多久能发货？", 0.30, has_page=True),
    Question("敏感肌能用吗？", 0.20, has_page=True),
    Question("可以开发票吗？", 0.15, has_page=True),
    Question("孕妇可以用吗？", 0.15, has_page=False),
    Question("能指定快递吗？", 0.12, has_page=False),
    Question("保质期还有多久？", 0.08, has_page=True),
)


@dataclass(frozen=True, slots=True)
class Browsing:
    """All that events are drawn from, given the orders.

    Attributes:
        ways: of each source that has one of its own.
        other: of the other sources.
        again: sources of visits after the first, with their weights before the first order and
            after it (nobody scans a parcel's code before); those the world lacks are left out.
        own: share of visits between the first and the first order that come by the first's source.
        direct: share without a source: of visits before the first order, of later ones.
        lead: share of orders that 0, 1, 2 or 3 visits without an order precede; a first order has
            one at least.
        after: mean number of further visits after an order, with a mean of `after_days` days.
        after_days: exponential, so that most look again soon.
        comes_back: share of those who never order that come 1, 2 or 3 times.
        articles: to read.
        questions: that come up.
        wonders: share of visits in which a question comes up.
        finds: share of questions with a page for which the page is found.
        still_asks: share of these that ask all the same.
        asks_again: share of asked questions that are asked once more in the days after.
        shares: share of visits with and without an order in which a product is shared.
        reviews: share of lasting orders that are reviewed.
        effort: what the way to an order takes.
    """

    ways: tuple[Way, ...] = WAYS
    other: Way = Way("", "other", "", 1.0, (0.5, 0.5, 0.8), (0.1, 0.3, 0.5))
    again: tuple[tuple[str, float, float], ...] = (
        ("搜索广告", 0.4, 0.3), ("信息流广告", 0.2, 0.18), ("直播", 0.12, 0.12),
        ("自然流量", 0.28, 0.2), ("包裹扫码", 0.0, 0.2),
    )  # fmt: skip
    own: float = 0.2
    direct: tuple[float, float] = (0.25, 0.6)
    lead: tuple[float, ...] = (0.4, 0.3, 0.2, 0.1)
    after: float = 0.7
    after_days: float = 18.0
    comes_back: tuple[float, ...] = (0.62, 0.25, 0.13)
    articles: tuple[Article, ...] = ARTICLES
    questions: tuple[Question, ...] = QUESTIONS
    wonders: float = 0.06
    finds: float = 0.7
    still_asks: float = 0.2
    asks_again: float = 0.12
    shares: tuple[float, float] = (0.03, 0.008)
    reviews: float = 0.12
    effort: Effort = Effort()

    def way_of(self, source: str) -> Way:
        """The way of a source."""
        return next((one for one in self.ways if one.source == source), self.other)


BROWSING = Browsing()
"""Of every world so far."""
