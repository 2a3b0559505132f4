"""Retention and stickiness are the same on both engines, of a timeline full of ties."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from insight.small_timeline import event, order, shop, tables
from regulars.engines.spark import SparkWarehouse
from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import View

AS_OF = date(2026, 4, 5)
PEOPLE = pa.table({"customer_id": range(0, 200, 2), "stage": ["growing"] * 100})


def _made() -> dict[str, pa.Table]:
    """Five weeks of 200 customers, at midnights, noons and the seconds beside them."""
    random = np.random.default_rng(5)
    names = ["Product Viewed", "Product Added", "Email Delivered", None]
    sources = ["wechat", "baidu", "shop", None, None]
    events, orders = [], []
    for customer in range(200):
        for _ in range(random.integers(1, 9)):
            day = date(2026, 3, 1) + timedelta(days=int(random.integers(0, 36)))
            clock = random.choice(["00:00:00", "00:00:00", "23:59:59", "12:00:00", "12:30:00"])
            at = f"{day} {clock}"
            if random.random() < 0.15:
                orders.append(order(customer, at, 10))
                continue
            name = names[random.integers(4)]
            kind = "page" if name is None else "track"
            told = event(customer, at, name, kind, source=sources[random.integers(5)])
            events.append(told | {"properties": '{"price": "7"}'})
    events.append(event(None, "2026-03-02 00:00", "Product Viewed"))
    orders.append(order(None, "2026-03-02 00:00", 10))
    return tables(events, orders) | {"people": PEOPLE}


@pytest.fixture(scope="module")
def here() -> View:
    made = _made()
    view = shop([], [], as_of=AS_OF)
    for name, table in made.items():
        view.engine.load(name, table)  # type: ignore[attr-defined]
    return view


@pytest.fixture(scope="module")
def there(here: View, sail_engine: SparkWarehouse) -> View:
    for name, table in _made().items():
        sail_engine.load(name, table)
    return View(sail_engine, here.settings, here.as_of)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("retention", {}),
        ("retention", {"days": "hours", "by": "source", "top": 2, "from_": "2026-03-08"}),
        ("retention", {"mode": "unbounded", "start": "Product Viewed", "back": "order"}),
        ("retention", {"brackets": "1-3,4-7", "first": "span", "stage": ["growing"]}),
        ("retention", {"period": "week", "back": "Product Viewed[price>=7]|page"}),
        ("retention", {"period": "month", "start": "order", "back": "any"}),
        ("stickiness", {}),
        ("stickiness", {"active": "order", "from_": "2026-03-20", "to": "2026-03-31"}),
        ("stickiness", {"gap": 29, "stage": ["growing"], "active": "page"}),
    ],
)
def test_one_answer(here: View, there: View, name: str, asked: dict[str, Any]) -> None:
    one, other = (PICTURES[name].draw(view, **asked) for view in (here, there))
    assert [said.en for said in one.says] == [said.en for said in other.says]
    assert one.facts == other.facts
    for table, rows in one.tables.items():
        assert rows.num_rows
        assert rows.to_pylist() == other.tables[table].to_pylist(), table
