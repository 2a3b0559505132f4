"""A shop made by hand: the as-of tables that pictures read, from a few orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.insight.picture import View
from regulars.settings import Settings

Line = tuple[str, float, float]
"""Product, net, profit."""

_MONEY = pa.decimal128(18, 4)


@dataclass(frozen=True)
class Order:
    """An order of a customer, or of a guest (None)."""

    customer: int | None
    day: date
    lines: Sequence[Line]
    source: str | None = None
    at: int = 0
    """Second of the day."""


@dataclass
class HandMade:
    """Orders and what belongs to them, as tables."""

    orders: list[Order] = field(default_factory=list)
    categories: Mapping[str, str | None] = field(default_factory=dict)
    values: Mapping[int, float] = field(default_factory=dict)
    """Lifetime value by customer."""
    spend: list[tuple[date, str, str, float, float, float]] = field(default_factory=list)
    """Day, source, campaign, spend, impressions, clicks."""

    def buy(
        self,
        customer: int | None,
        day: date,
        *lines: Line,
        source: str | None = None,
        at: int = 0,
    ) -> None:
        """Add an order."""
        self.orders.append(Order(customer, day, lines, source, at))

    def view(self, as_of: date, engine: Any = None) -> View:
        """The tables behind an engine; DuckDB in memory unless told otherwise."""
        engine = engine or Warehouse.in_memory()
        for name, table in self.tables(as_of).items():
            engine.load(name, table)
        return View(engine, Settings(), as_of)

    def tables(self, as_of: date) -> dict[str, pa.Table]:
        """The as-of tables by name."""
        known = [order for order in self.orders if order.day <= as_of]
        names = sorted({line[0] for order in known for line in order.lines})
        number = {name: place + 1 for place, name in enumerate(names)}
        return {
            "purchases": _purchases(known),
            "purchase_goods": _purchase_goods(known, number),
            "goods": pa.table(
                {
                    "good_no": pa.array(range(1, len(names) + 1), pa.int64()),
                    "product_no": pa.array(range(1, len(names) + 1), pa.int64()),
                    "product_id": pa.array([f"P-{name}" for name in names], pa.string()),
                    "title": pa.array(names, pa.string()),
                    "category": pa.array([self.categories.get(n) for n in names], pa.string()),
                }
            ),
            "people": self._people(known),
            "advertising": _advertising([row for row in self.spend if row[0] <= as_of]),
        }

    def _people(self, known: Iterable[Order]) -> pa.Table:
        first: dict[int, Order] = {}
        for order in sorted(known, key=lambda one: (one.day, one.at)):
            if order.customer is not None:
                first.setdefault(order.customer, order)
        return pa.table(
            {
                "customer_id": pa.array(list(first), pa.int64()),
                "source": pa.array([one.source for one in first.values()], pa.string()),
                "first_order_on": pa.array([one.day for one in first.values()], pa.date32()),
                "lifetime_value": pa.array(
                    [_money(self.values.get(customer)) for customer in first], _MONEY
                ),
            }
        )


def _money(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _purchases(orders: Sequence[Order]) -> pa.Table:
    def total(order: Order, place: int) -> Decimal:
        return sum((Decimal(str(line[place])) for line in order.lines), Decimal(0))

    placed = [
        datetime(one.day.year, one.day.month, one.day.day, tzinfo=UTC) + timedelta(seconds=one.at)
        for one in orders
    ]
    return pa.table(
        {
            "order_no": pa.array(range(1, len(orders) + 1), pa.int64()),
            "customer_id": pa.array([one.customer for one in orders], pa.int64()),
            "placed_at": pa.array(placed, pa.timestamp("us", "UTC")),
            "day": pa.array([one.day for one in orders], pa.date32()),
            "net": pa.array([total(one, 1) for one in orders], _MONEY),
            "profit": pa.array([total(one, 2) for one in orders], _MONEY),
            "source": pa.array([one.source for one in orders], pa.string()),
        }
    )


def _purchase_goods(orders: Sequence[Order], number: Mapping[str, int]) -> pa.Table:
    rows = [
        (place, order.customer, order.day, number[line[0]], _money(line[1]), _money(line[2]))
        for place, order in enumerate(orders, start=1)
        for line in order.lines
    ]
    kinds = {
        "order_no": pa.int64(),
        "customer_id": pa.int64(),
        "day": pa.date32(),
        "good_no": pa.int64(),
        "net": _MONEY,
        "profit": _MONEY,
    }
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], kind)
            for place, (name, kind) in enumerate(kinds.items())
        }
    )


def _advertising(rows: Sequence[tuple[date, str, str, float, float, float]]) -> pa.Table:
    kinds = {"day": pa.date32(), "source": pa.string(), "campaign": pa.string()} | dict.fromkeys(
        ("spend", "impressions", "clicks"), _MONEY
    )
    return pa.table(
        {
            name: pa.array(
                [row[place] if place < 3 else _money(row[place]) for row in rows],  # type: ignore[arg-type]
                kind,
            )
            for place, (name, kind) in enumerate(kinds.items())
        }
    )
