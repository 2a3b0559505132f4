"""Goals of a made shop are the same on both engines, and every number is defined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from regulars import Shop
from regulars.app.as_of import understood_as_of
from regulars.engines.spark import SparkWarehouse
from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import View
from regulars.simulate import simulate

GOALS = """
[[goals]]
metric = "sales"
from = 2024-10-01
to = 2025-03-31
target = 200_000

[[goals]]
metric = "profit"
period = "quarter"
target = 30_000
drivers = { new_buyers = 300 }

[[goals]]
metric = "orders"
from = 2024-12-16
to = 2025-01-31
target = 500

[[goals]]
metric = "buyers"
from = 2025-01-01
to = 2025-01-31
target = 400

[[goals]]
metric = "new_buyers"
from = 2025-02-01
to = 2025-03-31
target = 200

[[goals]]
metric = "average_order_value"
period = "month"
target = 130

[[goals]]
metric = "repeat_rate"
from = 2024-12-01
to = 2025-01-31
target = 0.3
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    folder = tmp_path_factory.mktemp("goals")
    made = simulate(folder / "files", customers=900, days=600, seed=4, events="none")
    files = sorted(
        file for kind in ("orders", "customers") for file in made.folder.glob(f"{kind}*.parquet")
    )
    Shop.create(folder / "shop", name="made", language="en").close()
    settings = folder / "shop" / "regulars.toml"
    settings.write_text(settings.read_text("utf-8") + GOALS, "utf-8")
    with Shop(folder / "shop") as shop:
        shop.import_files(*files)
        shop.understand()
        yield View(shop.warehouse, shop.home.settings, understood_as_of(shop.warehouse))


def test_one_answer_on_both_engines(here: View, sail_engine: SparkWarehouse) -> None:
    for name in ("purchases", "credit_notes"):
        sail_engine.load(name, here.run(here.relation(name)))
    one = PICTURES["goals"].draw(here)
    other = PICTURES["goals"].draw(View(sail_engine, here.settings, here.as_of))
    assert [said.en for said in one.says] == [said.en for said in other.says]
    for table, rows in one.tables.items():
        assert _plain(rows) == _plain(other.tables[table]), table


def test_every_goal_has_its_row_and_the_causes_add_up_to_the_gap(here: View) -> None:
    assert here.as_of == date(2024, 12, 31)
    drawn = PICTURES["goals"].draw(here)
    goals, causes = (drawn.tables[name].to_pylist() for name in ("goals", "causes"))
    assert [row["metric"] for row in goals] == [goal.metric for goal in here.settings.goals]
    assert [row["state"] for row in goals] == [
        "running", "ended", "running", "ahead", "ahead", "ended", "running",
    ]  # fmt: skip
    for row in goals:
        own = [cause["effect"] for cause in causes if cause["goal"] == row["goal"]]
        assert row["forecast"] is not None, row
        assert sum(own) == pytest.approx(row["gap"], rel=1e-6, abs=1e-6), row["metric"]
    declared = {one.name: one.metrics for one in PICTURES["goals"].tables}
    for name, table in drawn.tables.items():
        real = {field.name for field in table.schema if pa.types.is_floating(field.type)}
        assert real <= set(declared[name])


def _plain(table: pa.Table) -> list[dict[str, Any]]:
    return [
        {
            name: pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in table.to_pylist()
    ]
