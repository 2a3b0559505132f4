"""A small shop of goods and lines, for the pictures of prices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.insight.picture import View
from regulars.settings import Settings

AS_OF = date(2026, 6, 30)
MONEY = pa.decimal128(18, 4)

Good = tuple[int, str, str | None, str | None, str, str | None]
"""Number, title, category, variant, price, cost."""
Line = tuple[int | None, str, int, int, str]
"""Customer, day, good, pieces, what it brought in."""


def price_shop(
    goods: Sequence[Good],
    lines: Sequence[Line],
    cycles: Sequence[tuple[int, str, float]] = (),
    as_of: date = AS_OF,
) -> View:
    """The view of a shop in memory; every line is an order of its own.

    Args:
        goods: each a product of its own.
        lines: profit is net - cost x pieces, or 30 % of net where the cost is not known.
        cycles: customer, category, P50.
        as_of: of the view.
    """
    warehouse = Warehouse.in_memory()
    of = {good[0]: good for good in goods}
    warehouse.load("goods", _goods(goods))
    warehouse.load("purchase_goods", _lines(lines, of))
    warehouse.load("purchases", _purchases(lines, of))
    warehouse.load(
        "category_cycles",
        pa.table(
            {
                "customer_id": pa.array([row[0] for row in cycles], pa.int64()),
                "category": pa.array([row[1] for row in cycles], pa.string()),
                "cycle_p50": pa.array([row[2] for row in cycles], pa.float64()),
            }
        ),
    )
    return View(warehouse, Settings(), as_of)


def _goods(goods: Sequence[Good]) -> pa.Table:
    numbers, titles, categories, variants, prices, costs = (
        [good[place] for good in goods] for place in range(6)
    )
    return pa.table(
        {
            "good_no": pa.array(numbers, pa.int64()),
            "product_no": pa.array(numbers, pa.int64()),
            "product_id": pa.array([f"p{number}" for number in numbers], pa.string()),
            "title": pa.array(titles, pa.string()),
            "category": pa.array(categories, pa.string()),
            "variant": pa.array(variants, pa.string()),
            "price": _money(prices),
            "cost": _money(costs),
        }
    )


def _lines(lines: Sequence[Line], of: dict[int, Good]) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for number, (customer, day, good, pieces, net) in enumerate(lines, 1):
        price, cost = Decimal(of[good][4]), of[good][5]
        earned = (
            Decimal(net) * Decimal("0.3") if cost is None else Decimal(net) - Decimal(cost) * pieces
        )
        rows.append(
            {
                "order_no": number,
                "customer_id": customer,
                "day": date.fromisoformat(day),
                "good_no": good,
                "pieces": Decimal(pieces),
                "gross": price * pieces,
                "net": Decimal(net),
                "profit": earned,
                "cost_known": cost is not None,
            }
        )
    schema = pa.schema(
        [
            ("order_no", pa.int64()),
            ("customer_id", pa.int64()),
            ("day", pa.date32()),
            ("good_no", pa.int64()),
            *((name, MONEY) for name in ("pieces", "gross", "net", "profit")),
            ("cost_known", pa.bool_()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _purchases(lines: Sequence[Line], of: dict[int, Good]) -> pa.Table:
    sold = _lines(lines, of)
    return pa.table(
        {
            "order_no": pa.array(range(1, len(lines) + 1), pa.int64()),
            "customer_id": pa.array([line[0] for line in lines], pa.int64()),
            "day": pa.array([date.fromisoformat(line[1]) for line in lines], pa.date32()),
            "net": sold["net"],
            "profit": sold["profit"],
        }
    )


def _money(values: Sequence[Any]) -> pa.Array:
    return pa.array([None if value is None else Decimal(value) for value in values], MONEY)
