"""Small as-of tables for pictures of people, written row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.insight.picture import View
from regulars.people.columns import SCHEMA
from regulars.settings import Settings

MONEY = pa.decimal128(18, 4)
PURCHASES = pa.schema(
    [("order_no", pa.int64()), ("customer_id", pa.int64())]
    + [("placed_at", pa.timestamp("us", "UTC")), ("day", pa.date32())]
    + [("hour", pa.int32()), ("weekday", pa.int32())]
    + [(name, MONEY) for name in ("paid", "refunded", "net", "profit", "gross", "discount")]
    + [("items", MONEY)]
    + [(name, pa.string()) for name in ("source", "main_category", "recipient", "province")]
    + [(name, pa.string()) for name in ("city", "country")]
)
HISTORY = pa.schema(
    [("customer_id", pa.int64()), ("changed_on", pa.date32())]
    + [(name, pa.string()) for name in ("depth", "warmth", "stage")]
)
LINES = pa.schema(
    [("order_no", pa.int64()), ("customer_id", pa.int64()), ("day", pa.date32())]
    + [("good_no", pa.int64())]
    + [(name, MONEY) for name in ("pieces", "gross", "net", "profit")]
    + [("cost_known", pa.bool_())]
)
GOODS = pa.schema(
    [("good_no", pa.int64()), ("title", pa.string()), ("variant", pa.string())]
)  # the columns that pictures of people read


def purchase(customer: int | None, day: str, net: float = 10, **more: Any) -> dict[str, Any]:
    """A purchase at noon; what is not named is plain."""
    on = date.fromisoformat(day)
    hour = more.pop("hour", 12)
    amount = Decimal(str(net))
    discount = Decimal(str(more.pop("discount", 0)))
    at = datetime(on.year, on.month, on.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))
    return {
        "customer_id": customer, "placed_at": at, "day": on, "hour": hour,
        "weekday": on.isoweekday(), "paid": amount, "refunded": Decimal(0), "net": amount,
        "profit": amount * Decimal("0.3"), "gross": amount + discount, "discount": discount,
        "items": Decimal(1), "main_category": "tea", **more,
    }  # fmt: skip


def view(
    purchases: Sequence[dict[str, Any]] = (),
    people: Sequence[dict[str, Any]] = (),
    *,
    as_of: str,
    history: Sequence[dict[str, Any]] = (),
    lines: Sequence[dict[str, Any]] = (),
    goods: Sequence[dict[str, Any]] = (),
    settings: Settings | None = None,
) -> View:
    """The tables behind DuckDB in memory."""
    numbered = [{"order_no": at, **row} for at, row in enumerate(purchases, 1)]
    warehouse = Warehouse.in_memory()
    warehouse.load("purchases", pa.Table.from_pylist(numbered, schema=PURCHASES))
    warehouse.load("people", pa.Table.from_pylist(list(people), schema=SCHEMA))
    warehouse.load("stage_history", pa.Table.from_pylist(list(history), schema=HISTORY))
    warehouse.load("purchase_goods", pa.Table.from_pylist(list(lines), schema=LINES))
    warehouse.load("goods", pa.Table.from_pylist(list(goods), schema=GOODS))
    return View(warehouse, settings or Settings(), date.fromisoformat(as_of))


def person(customer: int, **more: Any) -> dict[str, Any]:
    """A customer who bought once."""
    return {
        "customer_id": customer, "ref": f"r{customer}", "orders": 1, "depth": "first_order",
        "stage": "first_order", "monetary": Decimal(10), "profit": Decimal(3), "categories": 1,
        "discounted_share": 0.0, "refund_share": 0.0, "promotion_orders": 0, "recency_days": 30,
        "average_order_value": Decimal(10), "first_order_on": date(2026, 1, 1), **more,
    }  # fmt: skip


def days_after(day: str, days: int) -> str:
    """The day so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
