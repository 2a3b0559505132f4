"""Cohort and growth of a real year, against an independent computation in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.engines.duckdb import Warehouse
from regulars.insight.cohort import cohort
from regulars.insight.growth.draw import growth

AS_OF = date(2010, 11, 30)


@pytest.fixture(scope="module")
def purchases(shared: Callable[[str], Path]) -> pa.Table:
    columns = ["Invoice", "InvoiceDate", "CustomerID", "Quantity", "Price"]
    path = shared("online_retail/online_retail_2009_2010.parquet")
    lines = pq.read_table(path, columns=columns).to_pylist()
    orders: dict[tuple[str, int], tuple[date, float]] = {}
    for line in lines:
        if line["CustomerID"] is None or str(line["Invoice"]).startswith("C"):
            continue
        key = (str(line["Invoice"]), line["CustomerID"])
        day, paid = orders.get(key, (line["InvoiceDate"].date(), 0.0))
        orders[key] = (day, paid + float(line["Quantity"]) * float(line["Price"]))
    return pa.table(
        {
            "customer_id": pa.array([key[1] for key in orders], pa.int64()),
            "day": pa.array([day for day, _ in orders.values()], pa.date32()),
            "net": pa.array(
                [Decimal(f"{paid:.4f}") for _, paid in orders.values()], pa.decimal128(18, 4)
            ),
        }
    )


def _months_bought(purchases: pa.Table) -> dict[int, set[int]]:
    bought: dict[int, set[int]] = defaultdict(set)
    for row in purchases.to_pylist():
        if row["day"] <= AS_OF:
            bought[row["customer_id"]].add(row["day"].year * 12 + row["day"].month - 1)
    return bought


def _run(purchases: pa.Table, picture: Any) -> list[dict[str, Any]]:
    with Warehouse.in_memory() as warehouse:
        warehouse.load("purchases", purchases)
        rows: list[dict[str, Any]] = warehouse.run(
            picture(warehouse.relation("purchases"), AS_OF)
        ).to_pylist()
    return rows


@pytest.mark.shared
def test_cohort_of_a_real_year(purchases: pa.Table) -> None:
    expected: dict[tuple[int, int], int] = {}
    bought = _months_bought(purchases)
    last = AS_OF.year * 12 + AS_OF.month - 1
    for months in bought.values():
        first = min(months)
        for month in range(first, last + 1):
            key = (first, month - first)
            expected[key] = expected.get(key, 0) + (month in months)
    found = {
        (row["cohort"].year * 12 + row["cohort"].month - 1, row["months_since"]): row["customers"]
        for row in _run(purchases, cohort)
    }
    assert len(found) > 70
    assert found == expected


@pytest.mark.shared
def test_growth_of_a_real_year_adds_up(purchases: pa.Table) -> None:
    bought = _months_bought(purchases)
    before = 0
    for row in _run(purchases, growth):
        month = row["month"].year * 12 + row["month"].month - 1
        assert row["new"] == sum(min(months) == month for months in bought.values())
        assert row["buyers"] == sum(month in months for months in bought.values())
        assert row["buyers"] == row["new"] + row["retained"] + row["resurrected"]
        assert before == row["retained"] + row["lost"]
        before = row["buyers"]
