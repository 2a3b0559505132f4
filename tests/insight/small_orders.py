"""A shop of a few orders written by hand, as the pictures of growing read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.insight.picture import View
from regulars.settings import Settings

MONEY = pa.decimal128(18, 4)

Order = tuple[int | None, str, str, str]
"""customer (None: a guest), day, net, profit."""


def tables(
    orders: Sequence[Order],
    *,
    notes: Sequence[tuple[int | None, str, str]] = (),
    sources: Mapping[int, str | None] | None = None,
    categories: Sequence[str | None] | None = None,
    goods: Sequence[tuple[int, str, str]] = (),
) -> dict[str, pa.Table]:
    """The as-of tables of the orders.

    Args:
        orders: in the order of their numbers, each a minute after the one before it.
        notes: customer, day and amount of credit notes.
        sources: of customers.
        categories: of the orders.
        goods: number of the order from 0, title, and its share of the order's net.
    """
    start = [datetime.combine(date.fromisoformat(day), time(9), UTC) for _, day, _, _ in orders]
    purchases = pa.table(
        {
            "order_no": pa.array(range(len(orders)), pa.int64()),
            "customer_id": pa.array([order[0] for order in orders], pa.int64()),
            "placed_at": pa.array(
                [at + timedelta(minutes=place) for place, at in enumerate(start)],
                pa.timestamp("us", "UTC"),
            ),
            "day": pa.array([at.date() for at in start], pa.date32()),
            "net": pa.array([Decimal(order[2]) for order in orders], MONEY),
            "profit": pa.array([Decimal(order[3]) for order in orders], MONEY),
            "main_category": pa.array(categories or [None] * len(orders), pa.string()),
        }
    )
    people = sorted({order[0] for order in orders if order[0] is not None})
    told = sources or {}
    titles = sorted({title for _, title, _ in goods})
    return {
        "purchases": purchases,
        "credit_notes": pa.table(
            {
                "customer_id": pa.array([note[0] for note in notes], pa.int64()),
                "day": pa.array([date.fromisoformat(note[1]) for note in notes], pa.date32()),
                "refunded": pa.array([Decimal(note[2]) for note in notes], MONEY),
            }
        ),
        "people": pa.table(
            {
                "customer_id": pa.array(people, pa.int64()),
                "source": pa.array([told.get(one) for one in people], pa.string()),
            }
        ),
        "goods": pa.table(
            {
                "good_no": pa.array(range(len(titles)), pa.int64()),
                "product_no": pa.array(range(len(titles)), pa.int64()),
                "product_id": pa.array(titles, pa.string()),
                "title": pa.array(titles, pa.string()),
            }
        ),
        "purchase_goods": pa.table(
            {
                "order_no": pa.array([order for order, _, _ in goods], pa.int64()),
                "good_no": pa.array([titles.index(title) for _, title, _ in goods], pa.int64()),
                "net": pa.array([Decimal(net) for _, _, net in goods], MONEY),
            }
        ),
    }


@contextmanager
def shop(orders: Sequence[Order], as_of: str, **told: Any) -> Iterator[View]:
    """A view of the tables of the orders, as of the day."""
    with Warehouse.in_memory() as warehouse:
        for name, table in tables(orders, **told).items():
            warehouse.load(name, table)
        yield View(warehouse, Settings(), date.fromisoformat(as_of))


def rows(picture: Any, table: str) -> list[dict[str, Any]]:
    """The rows of a picture's table."""
    found: list[dict[str, Any]] = picture.tables[table].to_pylist()
    return found
