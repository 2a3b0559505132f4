"""Sessions and paths are the same on both engines, of a timeline full of ties."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from regulars.engines.spark import SparkWarehouse
from regulars.insight.catalogue import PICTURES
from samples.visits import Visits

AS_OF = date(2026, 3, 31)


@pytest.fixture(scope="module")
def shop() -> Visits:
    """A month of 300 customers, at full and half hours, so that instants and gaps are shared."""
    random = np.random.default_rng(11)
    shop = Visits(stages=dict.fromkeys(range(0, 300, 2), "growing"))
    names = ["Product Viewed", "Product Added", "Products Searched", "Email Delivered", None]
    sources = ["google", "Google ", "direct", None, None]
    for customer in range(300):
        for _ in range(random.integers(1, 12)):
            at = f"2026-03-{random.integers(10, 13)} {random.integers(0, 24):02}"
            at += f":{random.choice(['00', '29', '30'])}"
            if random.random() < 0.15:
                shop.buy(customer, at)
                continue
            name = names[random.integers(5)]
            told: dict[str, Any] = {"source": sources[random.integers(5)], "name": name}
            if name is None:
                told |= {"kind": "page", "url": f"https://shop.example/{random.integers(70)}"}
            shop.see(customer, at, **{"kind": "track"} | told)
    shop.see(None, "2026-03-11 12:00", name="Home")
    shop.buy(None, "2026-03-11 12:00")
    return shop


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("sessions", {}),
        ("sessions", {"midnight": True, "gap": 29, "from_": "2026-03-11", "stage": ["growing"]}),
        ("paths", {}),
        ("paths", {"to_step": "order", "per": "customer", "window": "6h", "top": 5}),
        ("paths", {"from_step": "page|Product Viewed", "repeats": True, "depth": 10}),
        ("paths", {"to_step": "order[amount>=10]", "stage": ["growing"]}),
    ],
)
def test_one_answer(
    shop: Visits, sail_engine: SparkWarehouse, name: str, asked: dict[str, Any]
) -> None:
    one = PICTURES[name].draw(shop.view(AS_OF), **asked)
    other = PICTURES[name].draw(shop.view(AS_OF, sail_engine), **asked)
    assert one.facts == other.facts
    assert [said.en for said in one.says] == [said.en for said in other.says]
    assert {table: rows.to_pylist() for table, rows in one.tables.items()} == {
        table: rows.to_pylist() for table, rows in other.tables.items()
    }
    assert all(rows.num_rows for rows in one.tables.values())
