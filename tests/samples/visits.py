"""Visits and orders made by hand: the tables that pictures of the timeline read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.insight.picture import View
from regulars.settings import Settings

_MONEY = pa.decimal128(18, 4)
_INSTANT = pa.timestamp("us", "UTC")
_TEXTS = (
    "connection", "platform", "type", "name", "product_id", "category", "order_id", "search", "url",
    "referrer", "source", "medium", "campaign", "inviter", "session", "properties",
)  # fmt: skip


def instant(text: str) -> datetime:
    """A time of the shop's zone, Asia/Shanghai, as UTC.

    >>> instant("2026-03-01 08:00").isoformat()
    '2026-03-01T00:00:00+00:00'
    """
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


@dataclass
class Visits:
    """What customers did and bought."""

    events: list[dict[str, Any]] = field(default_factory=list)
    orders: list[tuple[int | None, datetime, str, str]] = field(default_factory=list)
    stages: dict[int, str] = field(default_factory=dict)
    spend: Sequence[tuple[date, str, str]] = ()
    """Day, source, spend."""

    def see(self, customer: int | None, at: str, kind: str = "page", **told: Any) -> None:
        """Add an event; `told` are its further columns."""
        self.events.append({"customer_id": customer, "at": instant(at), "type": kind} | told)

    def buy(self, customer: int | None, at: str, net: str = "10", profit: str = "4") -> None:
        """Add an order."""
        self.orders.append((customer, instant(at), net, profit))

    def view(self, as_of: date, engine: Any = None) -> View:
        """The tables behind an engine; DuckDB in memory unless told otherwise."""
        engine = engine or Warehouse.in_memory()
        for name, table in self.tables().items():
            engine.load(name, table)
        return View(engine, Settings(), as_of)

    def tables(self) -> dict[str, pa.Table]:
        """The tables by name."""
        return {
            "events": self._events(),
            "purchases": self._purchases(),
            "people": pa.table(
                {
                    "customer_id": pa.array(list(self.stages), pa.int64()),
                    "stage": pa.array(list(self.stages.values()), pa.string()),
                }
            ),
            "advertising": pa.table(
                {
                    "day": pa.array([one[0] for one in self.spend], pa.date32()),
                    "source": pa.array([one[1] for one in self.spend], pa.string()),
                    "campaign": pa.array([None for _ in self.spend], pa.string()),
                    "spend": pa.array([Decimal(one[2]) for one in self.spend], _MONEY),
                    "impressions": pa.array([None for _ in self.spend], _MONEY),
                    "clicks": pa.array([None for _ in self.spend], _MONEY),
                }
            ),
        }

    def _events(self) -> pa.Table:
        columns: dict[str, pa.Array] = {
            "seq": pa.array(range(len(self.events)), pa.int64()),
            "customer_id": pa.array([one["customer_id"] for one in self.events], pa.int64()),
            "at": pa.array([one["at"] for one in self.events], _INSTANT),
        }
        for name in _TEXTS:
            columns[name] = pa.array([one.get(name) for one in self.events], pa.string())
        for name in ("amount", "quantity"):
            columns[name] = pa.array([None for _ in self.events], _MONEY)
        return pa.table(columns)

    def _purchases(self) -> pa.Table:
        rows = len(self.orders)
        return pa.table(
            {
                "order_no": pa.array(range(1, rows + 1), pa.int64()),
                "customer_id": pa.array([one[0] for one in self.orders], pa.int64()),
                "placed_at": pa.array([one[1] for one in self.orders], _INSTANT),
                "net": pa.array([Decimal(one[2]) for one in self.orders], _MONEY),
                "profit": pa.array([Decimal(one[3]) for one in self.orders], _MONEY),
                "items": pa.array([Decimal(1)] * rows, _MONEY),
                "main_category": pa.array([None] * rows, pa.string()),
                "source": pa.array(["order file"] * rows, pa.string()),
            }
        )
