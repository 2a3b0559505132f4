"""What happened, as columns of numbers, until it is written: names, pages and words by code.

>>> from regulars.simulate.worlds import WORLDS
>>> site = Site(WORLDS["plain"], products=216)
>>> site.paths[site.product(3)], site.paths[site.article(0)]
('/products/600004', '/articles/care-guide')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from regulars.simulate.browsing import LINE_EVENTS
from regulars.simulate.catalogue import FIRST_ID
from regulars.simulate.rhythm import Floats, Ints
from regulars.simulate.worlds import World

PAGES = ("Home", "List", "Product", "Article", "Answer")
"""Pages by name; messages of the type `page`."""

NAMES = (
    *PAGES,
    "Page Loaded", "Question Asked", "Products Searched", "Product List Viewed", "Product Viewed",
    "Product Added", "Cart Viewed", "Checkout Started", "Checkout Step Completed",
    "Order Completed", "Product Shared", "Product Reviewed", "Return Requested", "Order Refunded",
    "Order Cancelled", *LINE_EVENTS,
)  # fmt: skip
"""Of pages and events, in the words of the Segment spec and of the snippet (docs/snippet.md)."""

CODE = {name: code for code, name in enumerate(NAMES)}

MISSING = ("蓝牙耳机", "保温杯", "手机壳", "雨伞", "抽纸", "尿不湿")
"""What is searched for and not found: goods the shop lacks, and two that it calls otherwise."""

REASONS = ("质量问题", "不想要了", "商品破损", "与描述不符", "拍错了")
"""Why something is sent back."""


class Site:
    """The shop's pages: their addresses, in one row."""

    address = "https://shop.example"

    def __init__(self, world: World, products: int) -> None:
        browsing = world.browsing
        self.lists, self.products, self.articles = 4, 4 + len(world.categories), 0
        self.articles = self.products + products
        self.answers = self.articles + len(browsing.articles)
        self.home, self.cart, self.checkout, self.search = range(4)
        self.paths = [
            "/", "/cart", "/checkout", "/search",
            *(f"/lists/{one.name}" for one in world.categories),
            *(f"/products/{FIRST_ID + number}" for number in range(products)),
            *(one.path for one in browsing.articles),
            *(f"/answers/{number + 1}" for number in range(len(browsing.questions))),
        ]  # fmt: skip

    def product(self, number: int) -> int:
        """The page of a product."""
        return self.products + number

    def article(self, number: int) -> int:
        """The page of an article."""
        return self.articles + number


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry per event; -1 (nan) where it does not tell a thing.

    Attributes:
        second: when.
        person: of the crowd.
        name: of NAMES.
        visit: in which it happened.
        page: of the site.
        product: of the catalogue.
        order: of the block.
        word: category of a list, word searched for (categories, then MISSING), question, reason.
        number: results, milliseconds, step, pieces, grade, or fen.
    """

    second: Ints
    person: Ints
    name: NDArray[np.int8]
    visit: Ints
    page: NDArray[np.int32]
    product: NDArray[np.int32]
    order: Ints
    word: NDArray[np.int16]
    number: Floats

    def __len__(self) -> int:
        return len(self.second)

    def at(self, rows: NDArray[np.bool_] | Ints) -> Self:
        """These events only."""
        return type(self)(*(getattr(self, one.name)[rows] for one in fields(self)))


def happened(
    second: Ints,
    person: Ints,
    name: str,
    *,
    product: Ints | None = None,
    order: Ints | None = None,
    word: Ints | None = None,
    number: Floats | None = None,
) -> Happened:
    """Events of one name outside of visits."""
    count = len(second)

    def told(column: Ints | None) -> Ints:
        return np.full(count, -1) if column is None else column

    return Happened(
        second=second,
        person=person,
        name=np.full(count, CODE[name], dtype=np.int8),
        visit=told(None),
        page=told(None).astype(np.int32),
        product=told(product).astype(np.int32),
        order=told(order),
        word=told(word).astype(np.int16),
        number=np.full(count, np.nan) if number is None else number,
    )


def by_time(parts: Sequence[Happened], end: int) -> Happened:
    """All of these within the shop's life, in the order of time."""
    whole = Happened(
        *(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Happened))
    )
    inside = np.flatnonzero((whole.second >= 0) & (whole.second < end))
    return whole.at(inside[np.argsort(whole.second[inside], kind="stable")])
