"""The goods: in every category three price bands of a few products each.

>>> from regulars.simulate.worlds import WORLDS
>>> goods = make_catalogue(WORLDS["plain"], seed=1)
>>> goods.price.shape
(12, 3, 6)
>>> bool((goods.price > goods.cost).all())
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.simulate.rhythm import Floats, Ints
from regulars.simulate.streams import stream
from regulars.simulate.worlds import World

BANDS = ("low", "middle", "high")
_BRANDS = ("清禾", "木棉", "晨屿", "小满", "云朵", "拾光", "谷雨", "南枝", "白露")
PACKS = ("标准装", "家庭装")
_POPULARITY = np.array([0.34, 0.22, 0.16, 0.12, 0.09, 0.07])
_BAND_NAMES = ("实惠", "优选", "臻享")
FIRST_ID = 600_001


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Products by category, band and place, shape (categories, 3, 6).

    Attributes:
        price: list price in fen.
        cost: in fen.
        popularity: cumulated chance of each place within its band, shape (6,).
        brand: index of the brand.
        mean_price: expected list price of a piece in yuan, shape (categories, 3).
        mean_cost: likewise of its cost.
    """

    price: Ints
    cost: Ints
    popularity: Floats
    brand: Ints
    mean_price: Floats
    mean_cost: Floats

    def columns(self, world: World) -> dict[str, list[object]]:
        """The products as a products file tells them, one row each."""
        rows: dict[str, list[object]] = {
            name: []
            for name in (
                "product_id", "product_name", "category", "department", "brand", "variant",
                "price_band", "unit_price", "cost",
            )
        }  # fmt: skip
        for place, (c, b, v) in enumerate(np.ndindex(self.price.shape)):
            category, brand = world.categories[c], _BRANDS[int(self.brand[c, b, v])]
            pack = PACKS[v % len(PACKS)]
            values = (
                str(FIRST_ID + place),
                f"{brand}{_BAND_NAMES[b]}{category.zh} {pack}",
                category.zh,
                category.department,
                brand,
                pack,
                BANDS[b],
                int(self.price[c, b, v]),
                int(self.cost[c, b, v]),
            )
            for column, value in zip(rows.values(), values, strict=True):
                column.append(value)
        return rows


def make_catalogue(world: World, seed: int) -> Catalogue:
    """The shop's products, drawn from their own stream."""
    random = stream(seed, "products")
    shape = (len(world.categories), len(BANDS), len(_POPULARITY))
    base = np.array([one.prices for one in world.categories])[:, :, None]
    # Shops end prices on .9; a product lies within a tenth of its band's price.
    price = np.round(base * random.uniform(0.9, 1.1, shape)) * 100 - 10
    share = np.array([one.cost for one in world.categories])[:, None, None]
    cost = np.round(price * share * random.uniform(0.95, 1.05, shape))
    brand = np.argsort(random.random((*shape[:2], len(_BRANDS))), axis=2)[:, :, : shape[2]]
    return Catalogue(
        price=price.astype(np.int64),
        cost=cost.astype(np.int64),
        popularity=np.cumsum(_POPULARITY)[:-1],
        brand=brand.astype(np.int64),
        mean_price=(price * _POPULARITY).sum(axis=2) / 100,
        mean_cost=(cost * _POPULARITY).sum(axis=2) / 100,
    )
