"""The way through a visit, step by step, from the page on which it begins to the order.

A visit without an order goes as far as it goes: it looks around, puts something into the cart,
begins to check out. One that ends in an order has all steps behind it at the order's second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from regulars.simulate.catalogue import Catalogue
from regulars.simulate.happened import CODE, MISSING, PAGES, Happened, Site
from regulars.simulate.orders import Sold
from regulars.simulate.reading import Read
from regulars.simulate.rhythm import Bools, Floats, Ints
from regulars.simulate.streams import stream
from regulars.simulate.visits import Visits
from regulars.simulate.worlds import World

HOME, LIST, PRODUCT, ARTICLE, ANSWER = range(len(PAGES))
_ENTRIES = (0.45, 0.20, 0.35)
"""Share of visits that begin at home, a list, a product."""
_BANDS = (0.4, 0.4, 0.2)
_SLOW_BY = 2.5
_ON_THE_WAY = 1 / 3
"""Of searches on the way to an order so many, of those that find nothing, find nothing."""
_SECOND_LOOK = 0.4

_STEPS = (
    ("Page Loaded", 0, 0), ("Answer", 5, 40), ("Question Asked", 20, 90),
    ("Products Searched", 5, 30), ("Product List Viewed", 5, 30), ("Product Viewed", 10, 60),
    ("Product Viewed", 10, 90), ("Product Added", 15, 90), ("Cart Viewed", 5, 40),
    ("Checkout Started", 5, 40), ("Checkout Step Completed", 15, 60),
    ("Checkout Step Completed", 8, 40), ("Order Completed", 4, 20), ("Product Shared", 20, 200),
)  # fmt: skip
"""What may happen in a visit after its first page and the articles: least and most seconds before
it. They stand in the order of time."""
(LOADED, ANSWERED, ASKED, SEARCHED, LISTED, VIEWED, VIEWED_2, ADDED, CART, CHECKOUT, ADDRESS,
 PAYMENT, ORDERED, SHARED) = range(len(_STEPS))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ways:
    """How far each visit goes.

    Attributes:
        taken: which steps, shape (visits, steps).
        entry: on which sort of page it begins.
        product: that it is about.
        load: milliseconds until its first page has loaded.
        found: results of its search.
        searched: the word searched for: a category, then MISSING.
    """

    taken: Bools
    entry: Ints
    product: Ints
    load: Floats
    found: Ints
    searched: Ints


def draw_ways(
    world: World, catalogue: Catalogue, sold: Sold, visits: Visits, read: Read, random: Generator
) -> Ways:
    """How far each visit goes, and by which way."""
    effort, count = world.browsing.effort, len(visits)
    has_order = visits.order >= 0
    paid = has_order & sold.is_paid[visits.order]
    product = _products(world, catalogue, sold, visits, random)
    entry = np.searchsorted(np.cumsum(_ENTRIES)[:-1], random.random(count), side="right")
    poor = np.where(random.random(count) < effort.poor_network, _SLOW_BY, 1.0)
    spread = np.exp(effort.spread * random.standard_normal(count))
    load = np.round(np.array(effort.load)[entry] * poor * spread)

    draw = random.random((10, count))
    searches = draw[0] < effort.searches
    nothing = effort.no_result * np.where(has_order, _ON_THE_WAY, 1.0)
    fails = searches & (draw[1] < nothing)
    category = product // catalogue.price[0].size
    word = len(world.categories) + np.floor(draw[2] * len(MISSING)).astype(np.int64)
    discouraged = np.where(fails | (load > effort.slow), effort.discouraged, 1.0)

    taken = np.zeros((count, len(_STEPS)), dtype=np.bool_)
    looks = has_order | (draw[3] < effort.looks * discouraged)
    adds = has_order | (looks & (draw[4] < effort.adds))
    begins = has_order | (adds & (draw[5] < effort.checks_out))
    taken[:, LOADED] = True
    taken[:, ANSWERED], taken[:, ASKED] = read.found, read.asked
    taken[:, SEARCHED] = searches
    taken[:, LISTED] = (entry == LIST) | (~searches & (draw[6] < effort.lists))
    taken[:, VIEWED] = looks | (entry == PRODUCT)
    taken[:, VIEWED_2] = looks & (draw[7] < _SECOND_LOOK)
    taken[:, ADDED] = adds
    taken[:, CART] = adds & (draw[8] < effort.sees_cart)
    taken[:, CHECKOUT] = begins
    taken[:, ADDRESS] = has_order | (begins & (draw[9] < effort.first_step))
    taken[:, PAYMENT] = taken[:, ORDERED] = paid
    taken[:, SHARED] = read.shared
    return Ways(
        taken=taken,
        entry=entry,
        product=product,
        load=load,
        found=np.where(fails, 0, 3 + product % 16),
        searched=np.where(fails, word, category),
    )


def _products(
    world: World, catalogue: Catalogue, sold: Sold, visits: Visits, random: Generator
) -> Ints:
    """What each visit is about: the first product of the order near it, or any."""
    lead = np.array([one.lead for one in world.categories])
    shares = (lead / lead.sum(), np.array(_BANDS))
    draw = random.random((3, len(visits)))
    category, band = (
        np.searchsorted(np.cumsum(share)[:-1], one, side="right")
        for share, one in zip(shares, draw[:2], strict=True)
    )
    place = np.searchsorted(catalogue.popularity, draw[2], side="right")
    bands, places = catalogue.price.shape[1:]
    chosen = (category * bands + band) * places + place
    near = sold.product[sold.first_line[visits.near]]
    return np.where(visits.near >= 0, near, chosen)


def walk(
    world: World,
    catalogue: Catalogue,
    sold: Sold,
    visits: Visits,
    read: Read,
    site: Site,
    *,
    seed: int,
    block: int,
) -> tuple[Ways, Happened]:
    """What happens in the visits."""
    random = stream(seed, "steps", block)
    ways = draw_ways(world, catalogue, sold, visits, read, random)
    count, articles = read.articles.shape
    # The first page and its loading, then the articles, then the other steps.
    taken = np.concatenate(
        [np.ones((count, 1), np.bool_), ways.taken[:, :1], read.articles, ways.taken[:, 1:]], axis=1
    )
    gap = np.empty(taken.shape, dtype=np.int32)
    gap[:, 0] = 0
    gap[:, 1] = np.ceil(ways.load / 1000) + 2
    bounds = [(20, 120)] * articles + [(least, most) for _, least, most in _STEPS[1:]]
    least, most = np.array(bounds, dtype=np.float32).T
    draw = random.random((count, len(bounds)), dtype=np.float32)
    gap[:, 2:] = least + draw * (most - least)
    passed = np.cumsum(gap * taken, axis=1)
    # Who ends in an order is there at the order's second; the others begin at theirs.
    begins = np.where(visits.order >= 0, passed[:, 1 + articles + ORDERED], 0)
    visit, slot = np.nonzero(taken)
    second = visits.second[visit] + passed[visit, slot] - begins[visit]
    return ways, _told(catalogue, sold, visits, ways, read, site, visit, slot, second)


def _told(
    catalogue: Catalogue,
    sold: Sold,
    visits: Visits,
    ways: Ways,
    read: Read,
    site: Site,
    visit: Ints,
    slot: Ints,
    second: Ints,
) -> Happened:
    """The steps with what each tells."""
    articles = read.articles.shape[1]
    is_entry, is_article = slot == 0, (slot >= 2) & (slot < 2 + articles)
    # The loading stands before the articles, all others behind them.
    step = np.where(slot == 1, LOADED, slot - 1 - articles)
    step = np.where(is_entry | is_article, -1, step)
    names = np.array([*(CODE[name] for name, _, _ in _STEPS), -1], dtype=np.int8)
    name = np.where(is_entry, ways.entry[visit], np.where(is_article, ARTICLE, names[step]))
    name = name.astype(np.int8)

    product = ways.product[visit]
    per_category = catalogue.price[0].size
    category = product // per_category
    # The second look is at another product of the same category.
    other = category * per_category + (product % per_category + 1 + visit % 7) % per_category
    product = np.where(step == VIEWED_2, other, product)
    entry_page = np.select(
        [ways.entry[visit] == HOME, ways.entry[visit] == LIST],
        [site.home, site.lists + category],
        site.products + product,
    )
    page = np.select(
        [
            step <= LOADED,
            step == ANSWERED,
            step == SEARCHED,
            step == LISTED,
            step == CART,
            (step >= CHECKOUT) & (step <= ORDERED),
        ],
        [
            entry_page,
            site.answers + read.question[visit],
            np.full(len(step), site.search),
            site.lists + category,
            np.full(len(step), site.cart),
            np.full(len(step), site.checkout),
        ],
        site.products + product,
    )
    page = np.where(is_article, site.articles + slot - 2, page)
    page = np.where((step == ASKED) & read.found[visit], site.answers + read.question[visit], page)
    tells_product = np.isin(step, (VIEWED, VIEWED_2, ADDED, SHARED))
    asks = (step == ANSWERED) | (step == ASKED)
    order = visits.order[visit]
    word = np.select(
        [asks, step == SEARCHED, step == LISTED],
        [read.question[visit], ways.searched[visit], category],
        -1,
    )
    return Happened(
        second=second,
        person=visits.person[visit],
        name=name,
        visit=visit,
        page=page.astype(np.int32),
        product=np.where(tells_product, product, -1).astype(np.int32),
        order=np.where(step == ORDERED, order, -1),
        word=word.astype(np.int16),
        number=_numbers(sold, ways, visit, step, order),
    )


def _numbers(sold: Sold, ways: Ways, visit: Ints, step: Ints, order: Ints) -> Floats:
    """Milliseconds, results, pieces, step or fen."""
    pieces: NDArray[np.int64] = sold.pieces[sold.first_line[order]]
    paid = np.bincount(sold.order_of_line, weights=sold.line_paid, minlength=len(sold.placed))
    return np.select(
        [
            step == LOADED, step == SEARCHED, step == ADDED, step == ADDRESS, step == PAYMENT,
            step == ORDERED,
        ],
        [
            ways.load[visit], ways.found[visit], np.where(order >= 0, pieces, 1.0),
            np.full(len(step), 1.0), np.full(len(step), 2.0), paid[order],
        ],
        np.nan,
    )  # fmt: skip
