"""Effort, content and screening give the same on both engines."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from regulars.engines.spark import SparkWarehouse
from regulars.insight.content.draw import draw as content
from regulars.insight.effort.draw import draw as effort
from regulars.insight.screening.draw import draw as screening
from samples.looks import Looks

AS_OF = date(2026, 3, 31)
GOODS = [(f"P{number}", f"kind {number % 3}", str(5 + number * number)) for number in range(9)]
DEEDS = (
    "Product Viewed", "Product Viewed", "Product Added", "Product Removed", "Checkout Started",
    "Checkout Step Completed", "Question Asked", "Product Shared", "Products Searched",
    "Page Loaded", "Return Requested", "Order Refunded", "Order Completed", "Order Shipped",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Looks:
    """Ninety days of 300 customers, at full hours and quarters, so that instants are shared."""
    random = np.random.default_rng(8)
    shop = Looks(stages=dict.fromkeys(range(0, 300, 2), "growing"), goods=GOODS)
    for customer in range(300):
        for _ in range(random.integers(2, 9)):
            day = f"2026-0{random.integers(1, 4)}-{random.integers(10, 29)}"
            at = f"{day} {random.integers(8, 11):02}:{random.choice(['00', '15', '30'])}"
            shop.see(
                customer, at, url="https://shop.example/", source=random.choice(["Ads", "live"])
            )
            for _ in range(random.integers(0, 3)):
                _do(shop, customer, at, random)
            if random.random() < 0.4:
                shop.see(customer, at, url=f"https://shop.example/blog/{random.integers(2)}")
            if random.random() < 0.25:
                shop.order(customer, at, f"P{random.integers(9)}", f"P{random.integers(9)}")
    shop.see(None, "2026-03-01 12:00", url="https://shop.example/")
    shop.order(None, "2026-03-01 12:00", "P1")
    return shop


def _do(shop: Looks, customer: int, at: str, random: np.random.Generator) -> None:
    """Something, with all that such a thing tells."""
    name = str(random.choice(DEEDS))
    told: dict[str, Any] = {}
    if name.startswith("Product ") or name == "Order Completed":
        told = {"product_id": f"P{random.integers(11)}"}
    if name in ("Product Added", "Product Removed") and random.random() < 0.7:
        told["amount"] = str(random.integers(1, 900) / 100)
    if name == "Question Asked":
        told = {"question": f"question {random.integers(3)}"}
    if name == "Products Searched":
        results: list[Any] = [0, "3", [], [{"id": 1}], None]
        told = {"search": f" Term{random.integers(3)}", "results": results[random.integers(5)]}
    if name == "Page Loaded":
        url = f"https://shop.example/{random.choice(['a', 'b'])}/{random.integers(3)}"
        told = {"url": url, "load_ms": int(random.integers(0, 700_000) ** random.random())}
    if name == "Checkout Step Completed":
        told = {"step": int(random.integers(1, 4))}
    if name in ("Return Requested", "Order Refunded", "Order Completed", "Order Shipped"):
        told |= {"order_id": f"A{random.integers(60)}", "platform": "shop"}
    shop.do(customer, at, name, **told)


@pytest.mark.parametrize(
    ("draw", "asked"),
    [
        (content, {"from_": "2026-01-01"}),
        (content, {"stage": ["growing"], "top": 2, "days": 20, "pages": ["blog"]}),
        (effort, {}),
        (effort, {"stage": ["growing"], "window": 2, "top": 3}),
        (screening, {"minimum": 5, "days": 30}),
        (screening, {"stage": ["growing"], "top": 2, "from_": "2026-01-01", "to": "2026-01-31"}),
    ],
)
def test_one_answer(
    shop: Looks, sail_engine: SparkWarehouse, draw: Any, asked: dict[str, Any]
) -> None:
    one = draw(shop.view(AS_OF), **asked)
    other = draw(shop.view(AS_OF, sail_engine), **asked)
    assert one.facts == other.facts
    for name, rows in one.tables.items():
        assert rows.to_pylist() == other.tables[name].to_pylist(), name
        assert rows.num_rows or "stage" in asked, f"{name} has nothing to agree on"
    assert [said.en for said in one.says] == [said.en for said in other.says]
