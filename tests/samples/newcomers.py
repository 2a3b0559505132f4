"""Newcomers made by hand: visits and orders, with the columns of people that their value needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.insight.picture import View
from regulars.settings import LineSettings, Settings
from samples.visits import Visits

_MONEY = pa.decimal128(18, 4)


@dataclass
class Newcomers(Visits):
    """Visits with what is known of the people, and the clicks of advertising."""

    values: dict[int, float] = field(default_factory=dict)
    """Lifetime value by customer."""
    traits: dict[int, tuple[str | None, str | None, str | None]] = field(default_factory=dict)
    """Gender, province and category bought most, by customer."""
    clicks: dict[str, int] = field(default_factory=dict)
    """By source; of each day that money is spent on it."""
    line: LineSettings = field(default_factory=LineSettings)
    knows_events: bool = True
    knows_orders: bool = True

    def view(self, as_of: date, engine: Any = None) -> View:
        """The tables behind an engine; DuckDB in memory unless told otherwise."""
        engine = engine or Warehouse.in_memory()
        for name, table in self.tables().items():
            if name == "events" and not self.knows_events:
                continue
            if name in ("purchases", "people") and not self.knows_orders:
                continue
            engine.load(name, table)
        return View(engine, Settings(line=self.line), as_of)

    def tables(self) -> dict[str, pa.Table]:
        """The tables by name."""
        tables = super().tables()
        days = [_day(at) for _, at, _, _ in self.orders]
        bought = tables["purchases"].append_column("day", pa.array(days, pa.date32()))
        source = bought.column_names.index("source")
        nothing = pa.array([None] * len(days), pa.string())
        tables["purchases"] = bought.set_column(source, "source", nothing)
        told = tables["advertising"]
        clicks = [Decimal(self.clicks.get(one[1], 0)) for one in self.spend]
        place = told.column_names.index("clicks")
        tables["advertising"] = told.set_column(place, "clicks", pa.array(clicks, _MONEY))
        return tables | {"people": self._people()}

    def _people(self) -> pa.Table:
        days: dict[int, list[date]] = {}
        for customer, at, _, _ in self.orders:
            if customer is not None:
                days.setdefault(customer, []).append(_day(at))
        known = sorted({*days, *self.stages})
        traits = [self.traits.get(one, (None, None, None)) for one in known]
        values = [self.values.get(one) for one in known]
        columns: dict[str, pa.Array] = {
            "customer_id": pa.array(known, pa.int64()),
            "stage": pa.array([self.stages.get(one, "first_order") for one in known]),
            "orders": pa.array([len(days.get(one, ())) for one in known], pa.int32()),
            "first_order_on": pa.array(
                [min(days[one]) if one in days else None for one in known], pa.date32()
            ),
            "lifetime_value": pa.array(
                [None if one is None else Decimal(str(one)) for one in values], _MONEY
            ),
        }
        for place, name in enumerate(("gender", "province", "top_category")):
            columns[name] = pa.array([one[place] for one in traits], pa.string())
        return pa.table(columns)


def _day(at: datetime) -> date:
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()
