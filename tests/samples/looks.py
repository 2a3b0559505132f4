"""Visits made by hand with the shop's goods: what looked-at and bought things are, and cost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from samples.visits import Visits

_MONEY = pa.decimal128(18, 4)


@dataclass
class Looks(Visits):
    """What customers looked at, put into carts and bought."""

    goods: list[tuple[str, str | None, str]] = field(default_factory=list)
    """Number of the product, category, price."""
    lines: list[tuple[int, str]] = field(default_factory=list)
    """Of orders: number of the order, product."""

    def do(self, customer: int | None, at: str, name: str, **told: Any) -> None:
        """Add a tracked event; what is no column of events is a property."""
        columns = ("product_id", "order_id", "search", "source", "url", "amount", "platform")
        own = {key: told.pop(key) for key in columns if key in told}
        properties = json.dumps(told) if told else None
        self.see(customer, at, "track", name=name, properties=properties, **own)

    def order(self, customer: int | None, at: str, *products: str) -> None:
        """Add an order of these products."""
        self.buy(customer, at)
        self.lines += [(len(self.orders), product) for product in products]

    def tables(self) -> dict[str, pa.Table]:
        """The tables by name."""
        tables = super().tables()
        amounts = [one.get("amount") for one in self.events]
        place = tables["events"].schema.get_field_index("amount")
        told = pa.array([None if one is None else Decimal(one) for one in amounts], _MONEY)
        tables["events"] = tables["events"].set_column(place, "amount", told)
        return tables | {"goods": self._goods(), "purchase_goods": self._lines()}

    def _goods(self) -> pa.Table:
        numbers = pa.array(range(1, len(self.goods) + 1), pa.int64())
        nothing = pa.nulls(len(self.goods), pa.string())
        return pa.table(
            {
                "good_no": numbers,
                "product_no": numbers,
                "product_id": pa.array([one[0] for one in self.goods], pa.string()),
                "title": pa.array([f"the {one[0]}" for one in self.goods], pa.string()),
                "variant": nothing,
                "category": pa.array([one[1] for one in self.goods], pa.string()),
                "price": pa.array([Decimal(one[2]) for one in self.goods], _MONEY),
                "cost": pa.nulls(len(self.goods), _MONEY),
            }
        )

    def _lines(self) -> pa.Table:
        by_product = {one[0]: number for number, one in enumerate(self.goods, start=1)}
        prices = [Decimal(self.goods[by_product[product] - 1][2]) for _, product in self.lines]
        orders = [self.orders[number - 1] for number, _ in self.lines]
        return pa.table(
            {
                "order_no": pa.array([number for number, _ in self.lines], pa.int64()),
                "customer_id": pa.array([one[0] for one in orders], pa.int64()),
                "day": pa.array(
                    [date.fromordinal(one[1].toordinal()) for one in orders], pa.date32()
                ),
                "good_no": pa.array([by_product[one] for _, one in self.lines], pa.int64()),
                "pieces": pa.array([Decimal(1)] * len(self.lines), _MONEY),
                "gross": pa.array(prices, _MONEY),
                "net": pa.array(prices, _MONEY),
                "profit": pa.array([Decimal(0)] * len(self.lines), _MONEY),
                "cost_known": pa.array([False] * len(self.lines)),
            }
        )
