"""Attribution gives the same on both engines, down to the last unit of money."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from regulars.engines.spark import SparkWarehouse
from regulars.insight.attribution.draw import draw
from samples.visits import Visits

AS_OF = date(2026, 3, 31)


@pytest.fixture(scope="module")
def shop() -> Visits:
    """Ninety days of 400 customers, at full hours and half hours, so that instants are shared."""
    random = np.random.default_rng(3)
    shop = Visits(stages=dict.fromkeys(range(0, 400, 2), "growing"))
    names = ["google", "Google", "mailing", None, None, "friend"]
    sites = ["https://blog.example/a", "https://www.shop.example/b", None, None]
    for customer in range(400):
        for _ in range(random.integers(1, 7)):
            at = f"2026-0{random.integers(1, 4)}-{random.integers(10, 29)}"
            at += f" {random.integers(8, 12):02}:{random.choice(['00', '30'])}"
            if random.random() < 0.35:
                shop.buy(customer, at, str(random.integers(1, 900) / 7)[:6], "-1.5")
            else:
                shop.see(
                    customer, at, url="https://shop.example/x", source=names[random.integers(6)],
                    referrer=sites[random.integers(4)],
                    inviter="X7" if random.random() < 0.05 else None,
                )  # fmt: skip
    shop.see(None, "2026-03-01 12:00", source="nobody")
    shop.buy(None, "2026-03-01 12:00")
    shop.spend = [(date(2026, 2, 1), "GOOGLE", "123.45"), (date(2026, 2, 2), "poster", "5")]
    return shop


@pytest.mark.parametrize("asked", [{}, {"stage": ["growing"], "top": 2, "from_": "2026-02-14"}])
def test_one_attribution(shop: Visits, sail_engine: SparkWarehouse, asked: dict[str, Any]) -> None:
    one = draw(shop.view(AS_OF), **asked)
    other = draw(shop.view(AS_OF, sail_engine), **asked)
    assert one.facts == other.facts
    assert [said.en for said in one.says] == [said.en for said in other.says]
    assert {name: rows.to_pylist() for name, rows in one.tables.items()} == {
        name: rows.to_pylist() for name, rows in other.tables.items()
    }
    learned = "markov" in one.tables["credits"]["method"].to_pylist()
    assert learned == (not asked)
