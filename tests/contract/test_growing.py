"""Every option of the pictures of growing gives one answer on both engines."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from insight.small_orders import Order, tables
from regulars.engines.duckdb import Warehouse
from regulars.engines.spark import SparkWarehouse
from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import View
from regulars.settings import Settings

ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("growth", {}),
    ("drivers", {}),
    ("drivers", {"days": 20}),
    ("drivers", {"month": "2026-02", "against": "previous"}),
    ("cohort", {}),
    ("cohort", {"by": "month"}),
    ("cohort", {"by": "first_category", "top": 1}),
    ("cohort", {"by": "first_product"}),
    ("second", {}),
    ("second", {"by": "source"}),
    ("second", {"by": "first_category"}),
)


def _tables() -> dict[str, pa.Table]:
    """Ties in days and money, guests, credit notes, and customers of whom little is told."""
    draws = np.random.default_rng(6)
    day = np.datetime64("2025-01-01")
    orders: list[Order] = [
        (
            None if one > 300 else int(one),
            str(day + np.timedelta64(int(back), "D")),
            f"{net}.10",
            f"{net // 3}.05",
        )
        for one, back, net in zip(
            draws.integers(0, 330, 900),
            draws.integers(0, 460, 900),
            draws.integers(0, 40, 900),
            strict=True,
        )
    ]
    return tables(
        orders,
        notes=[(3, "2026-02-03", "4.50"), (None, "2026-03-01", "2.25"), (500, "2026-02-02", "1")],
        sources={one: ("live", "search", None)[one % 3] for one in range(301)},
        categories=[("tea", "cups", "pots", None)[place % 4] for place in range(900)],
        goods=[(place % 700, f"good {place % 3}", "3") for place in range(900)],
    )


@pytest.fixture(scope="module")
def views(sail_engine: SparkWarehouse) -> Any:
    made = _tables()
    with Warehouse.in_memory() as warehouse:
        for name, table in made.items():
            warehouse.load(name, table)
            sail_engine.load(name, table)
        yield [View(engine, Settings(), date(2026, 4, 5)) for engine in (warehouse, sail_engine)]


@pytest.mark.parametrize(("name", "asked"), ASKED)
def test_one_answer(name: str, asked: dict[str, Any], views: list[View]) -> None:
    one, other = (PICTURES[name].draw(view, **asked) for view in views)
    assert [said.en for said in one.says] == [said.en for said in other.says]
    for table, told in one.tables.items():
        assert _plain(told) == _plain(other.tables[table]), table
    assert any(table.num_rows for table in one.tables.values())


def _plain(table: pa.Table) -> list[dict[str, Any]]:
    return [
        {
            name: pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in table.to_pylist()
    ]
