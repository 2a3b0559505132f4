"""Every declared picture of a made shop is the same on both engines, and defines its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from regulars import Shop
from regulars.engines.spark import SparkWarehouse
from regulars.errors import CannotTell
from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import Picture, View
from regulars.simulate import simulate

TABLES = (
    "events", "purchases", "purchase_categories", "purchase_goods", "goods", "credit_notes",
    "advertising", "people", "stage_history", "category_cycles", "cycle_fits", "shop_pace",
    "model_cards",
)  # fmt: skip
"""The tables that pictures may read (docs/tables.md): events, and those as of a day."""

GOAL = """
[[goals]]
metric = "sales"
from = 2024-10-01
to = 2025-03-31
target = 200_000
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("pictures")
    made = simulate(folder / "files", customers=1_200, days=600, seed=4, events="all", visitors=1)
    files = sorted(
        file
        for kind in ("orders", "customers", "products", "spend", "events")
        for file in made.folder.glob(f"{kind}*.parquet")
    )
    Shop.create(folder / "shop", name="made", language="en").close()
    settings = folder / "shop" / "regulars.toml"
    text = settings.read_text("utf-8").replace("# enabled = false", "enabled = true")
    settings.write_text(text + GOAL, "utf-8")
    with Shop(folder / "shop") as shop:
        shop.import_files(*files)
        shop.understand()
        yield shop


@pytest.fixture(scope="module")
def here(shop: Shop) -> View:
    from regulars.app.as_of import understood_as_of

    return View(shop.warehouse, shop.home.settings, understood_as_of(shop.warehouse))


@pytest.fixture(scope="module")
def there(here: View, sail_engine: SparkWarehouse) -> View:
    for name in TABLES:
        sail_engine.load(name, here.run(here.relation(name)))
    return View(sail_engine, here.settings, here.as_of)


def _drawn(name: str, view: View) -> Picture | str:
    try:
        return PICTURES[name].draw(view)
    except CannotTell as error:
        return str(error)


@pytest.mark.parametrize("name", PICTURES)
def test_one_answer(name: str, here: View, there: View) -> None:
    one, other = _drawn(name, here), _drawn(name, there)
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    assert [said.en for said in one.says] == [said.en for said in other.says]
    assert list(one.tables) == list(other.tables)
    for table, rows in one.tables.items():
        assert _plain(rows) == _plain(other.tables[table]), table


@pytest.mark.parametrize("name", PICTURES)
def test_a_made_shop_has_enough_for_the_picture_and_each_number_is_defined(
    name: str, here: View
) -> None:
    declared, drawn = PICTURES[name], _drawn(name, here)
    assert isinstance(drawn, Picture), drawn
    assert drawn.name == name
    assert drawn.says
    assert list(drawn.tables) == [table.name for table in declared.tables]
    for table in declared.tables:
        columns = drawn.tables[table.name].schema
        assert set(table.metrics) <= set(columns.names)
        assert set(table.shown) <= set(columns.names)
        real = {
            field.name
            for field in columns
            if pa.types.is_floating(field.type) or pa.types.is_decimal(field.type)
        }
        assert real <= set(table.metrics), f"{table.name} has numbers without a definition"


def _plain(table: pa.Table) -> list[dict[str, Any]]:
    return [
        {
            name: pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in table.to_pylist()
    ]


def test_one_diagnosis(here: View, there: View) -> None:
    from regulars.app.diagnose import remedies
    from regulars.campaign.playbook import default_playbook
    from regulars.insight.diagnosis import words
    from regulars.insight.diagnosis.diagnose import diagnose

    plays = tuple(remedies(default_playbook(), 100, 0.3, "CNY"))
    assert {one.leak for one in plays} == {"second_orders", "slipping"}
    one, other = diagnose(here, plays), diagnose(there, plays)
    assert one.first is not None
    assert other.first is not None
    assert one.first.remedy == other.first.remedy
    for said in (words.headline, words.leak, words.late, words.makers):
        assert said(one) == said(other)
    assert _plain(one.slipping.listed) == _plain(other.slipping.listed)
