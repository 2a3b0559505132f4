"""All pictures together, drawn through both engines, are the same."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from regulars.app.pictures import gather
from regulars.app.pictures_ahead import Ahead
from regulars.engines.duckdb import Warehouse
from regulars.engines.spark import SparkWarehouse
from regulars.insight.picture import Picture
from regulars.settings import Settings


def test_one_answer(
    duckdb_engine: Warehouse,
    sail_engine: SparkWarehouse,
    small_shop: dict[str, pa.Table],
    small_shop_ahead: dict[str, pa.Table],
) -> None:
    told: list[str] = []
    drawn = []
    for engine in (duckdb_engine, sail_engine):
        for name, table in (small_shop | small_shop_ahead).items():
            engine.load(name, table)
        drawn.append(_plain(gather(engine, Settings(), date(2026, 4, 15), told.append, ())))
    assert drawn[0] == drawn[1]
    assert told.count("overview") == 2
    assert drawn[0]["portraits"] is None
    assert set(drawn[0]["flows"]) == {30, 90}
    assert drawn[0]["ahead"]["card"] == {"chosen": None}
    assert [row["name"] for row in drawn[0]["ahead"]["pace"]][::11] == ["01", "12"]


def _plain(pictures: Any) -> dict[str, Any]:
    return {
        field.name: _value(getattr(pictures, field.name)) for field in dataclasses.fields(pictures)
    }


def _value(value: Any) -> Any:
    if isinstance(value, Ahead | Picture):
        return _plain(value)
    if isinstance(value, pa.Table):
        return [{key: _value(cell) for key, cell in row.items()} for row in value.to_pylist()]
    if isinstance(value, dict):
        return {key: _value(each) for key, each in value.items()}
    return pytest.approx(value, abs=1e-9) if isinstance(value, float) else value
