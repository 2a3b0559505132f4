"""The Spark adapter tells what is missing, and keeps Arrow tables as they are."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from regulars.engines.spark import SparkError, SparkWarehouse
from regulars.errors import MissingDependency


def test_a_missing_client_is_told_with_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(MissingDependency, match=r"regulars\[spark\]"):
        SparkWarehouse.connect("sc://localhost:15002")


@pytest.mark.parametrize("address", ["sc://127.0.0.1:1", "sc://127.0.0.1:notaport", "sc://"])
def test_a_closed_door_is_told_at_once(address: str) -> None:
    with pytest.raises(SparkError, match="no Spark Connect server answers"):
        SparkWarehouse.connect(address)


def test_tables_come_back_as_they_went_in(sail_engine: SparkWarehouse) -> None:
    table = pa.table(
        {
            "customer_id": pa.array([1, None], pa.int64()),
            "net": pa.array([Decimal("1.2345"), None], pa.decimal128(18, 4)),
            "placed_at": pa.array(
                [datetime(2026, 1, 1, tzinfo=UTC), None], pa.timestamp("us", "UTC")
            ),
            "tags": pa.array([["a", "b"], None], pa.list_(pa.string())),
            "traits": pa.array([[("pet", "cat")], None], pa.map_(pa.string(), pa.string())),
        }
    )
    sail_engine.load("kept", table)
    assert sail_engine.has("kept")
    assert "kept" in sail_engine.tables()
    found = sail_engine.run(sail_engine.relation("kept"))
    assert found.to_pylist() == table.to_pylist()
    assert sail_engine.sql("SELECT current_timezone() AS zone")["zone"].to_pylist() == ["UTC"]
    sail_engine.load("kept", table.slice(0, 0))
    assert sail_engine.run(sail_engine.relation("kept")).num_rows == 0
