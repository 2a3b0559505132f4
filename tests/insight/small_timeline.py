"""A hand-made timeline: events and orders of a few lines, as pictures are given them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.insight.entries import TEXTS
from regulars.insight.picture import View
from regulars.settings import Settings

ZONE = "Asia/Shanghai"
MONEY = pa.decimal128(18, 4)

EVENTS = pa.schema(
    [
        ("customer_id", pa.int64()), ("at", pa.timestamp("us", "UTC")), ("seq", pa.int64()),
        ("type", pa.string()), *((name, pa.string()) for name in TEXTS),
        ("amount", MONEY), ("quantity", MONEY),
    ]
)  # fmt: skip
PURCHASES = pa.schema(
    [
        ("order_no", pa.int64()), ("customer_id", pa.int64()),
        ("placed_at", pa.timestamp("us", "UTC")), ("day", pa.date32()), ("net", MONEY),
        ("profit", MONEY), ("items", MONEY), ("source", pa.string()),
        ("main_category", pa.string()),
    ]
)  # fmt: skip

Row = dict[str, Any]


def instant(told: str) -> datetime:
    """The instant of a local time of Shanghai."""
    return datetime.fromisoformat(told).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def event(customer: int | None, at: str, name: str | None, kind: str = "track", **more: Any) -> Row:
    """An event at a local time of Shanghai."""
    return {"customer_id": customer, "at": instant(at), "type": kind, "name": name} | more


def order(customer: int | None, at: str, net: float, **more: Any) -> Row:
    """A purchase of one piece at a local time of Shanghai."""
    told = {"customer_id": customer, "placed_at": instant(at), "net": Decimal(str(net))}
    return told | {"day": date.fromisoformat(at[:10]), "items": Decimal(1)} | more


def tables(events: Sequence[Row], orders: Sequence[Row] = ()) -> dict[str, pa.Table]:
    """The tables `events` and `purchases`; without the latter if there are no orders."""
    numbered = [{"seq": place} | row for place, row in enumerate(events)]
    found = {"events": pa.Table.from_pylist(numbered, EVENTS)}
    if orders:
        listed = [{"order_no": place} | row for place, row in enumerate(orders, 1)]
        found["purchases"] = pa.Table.from_pylist(listed, PURCHASES)
    return found


def shop(
    events: Sequence[Row],
    orders: Sequence[Row] = (),
    *,
    as_of: date,
    settings: Settings | None = None,
    **further: pa.Table,
) -> View:
    """A view of nothing but these."""
    warehouse = Warehouse.in_memory()
    for name, table in (tables(events, orders) | further).items():
        warehouse.load(name, table)
    return View(warehouse, settings or Settings(), as_of)
