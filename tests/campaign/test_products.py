"""The product that a message names: the customer's own good, or one that is new to the customer."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from regulars.campaign.plan import make_plan
from regulars.campaign.playbook import default_playbook
from regulars.campaign.products import PRODUCTS
from regulars.permission.assignment import Epoch, HoldOuts
from regulars.settings import Settings, ShopSettings

SETTINGS = Settings(shop=ShopSettings(name="Tea & Co"))
NAMED = {
    "product_id": "p1",
    "product": "白露优选纸尿裤 标准装",
    "why_zh": "每 28 天左右买一次，距上次已 30 天",
    "why_en": "bought every 28 days, last 30 days ago",
    "new_product_id": "p2",
    "new_product": "Wet wipes, mild, for hands and face",
    "new_why_zh": "没买过，店内近期热销",
    "new_why_en": "new, and sells best in the shop now",
}


def _plan(
    rows: SimpleNamespace, *people: dict[str, Any], products: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    nobody = Epoch(1, date(2026, 11, 11), date(2027, 2, 8), 0.0, "shop:global:1")
    made = make_plan(
        rows.people(*people),
        default_playbook(),
        SETTINGS,
        rows.today,
        HoldOuts("shop", nobody),
        budget=10**9,
        products=None if products is None else pa.Table.from_pylist(products, PRODUCTS),
    )
    found: list[dict[str, Any]] = made.table.to_pylist()
    return sorted(found, key=lambda row: row["customer_id"])


def _first_order(rows: SimpleNamespace, customer_id: int) -> dict[str, Any]:
    """Somebody whose first order was a week ago: the cross-sell play's."""
    changes = {"stage": "first_order", "depth": "first_order", "warmth": "on_time", "orders": 1}
    last = rows.today - timedelta(days=7)
    return dict(rows.customer(customer_id, **changes, last_order_on=last, recency_days=7))


def test_a_reminder_names_the_good_to_be_bought_again(rows: SimpleNamespace) -> None:
    (found,) = _plan(rows, rows.customer(1), products=[{"customer_id": 1, **NAMED}])
    assert found["play"] == "due_replenish"
    assert (found["product_id"], found["product"]) == ("p1", "白露优选纸尿裤 标准装")
    assert found["message_zh"] == (
        "您常买的白露优选纸尿裤 标准装差不多该补货了，Tea & Co已为您备好，点开即可再来一单。"
        "拒收请回复R"
    )
    assert found["reason_en"].endswith(
        "; offers 白露优选纸尿裤 标准装: bought every 28 days, last 30 days ago"
    )
    assert found["reason_zh"].endswith(
        "；推荐白露优选纸尿裤 标准装：每 28 天左右买一次，距上次已 30 天"
    )


def test_a_cross_sale_names_a_good_that_is_new_to_the_customer(rows: SimpleNamespace) -> None:
    (found,) = _plan(rows, _first_order(rows, 1), products=[{"customer_id": 1, **NAMED}])
    assert found["play"] == "first_order_cross_sell"
    assert (found["product_id"], found["product"]) == ("p2", NAMED["new_product"])
    # The message shows 24 characters of a long title, the plan all of it.
    assert "Wet wipes, mild, for ha…" in found["message_en"]
    assert "offers Wet wipes, mild, for hands and face: new" in found["reason_en"]


@pytest.mark.parametrize("products", [None, [], [{"customer_id": 7, **NAMED}]])
def test_without_a_product_the_category_stands_for_it(
    rows: SimpleNamespace, products: list[dict[str, Any]] | None
) -> None:
    due, new, bare = _plan(
        rows,
        rows.customer(1),
        _first_order(rows, 2),
        rows.customer(3, top_category=None),
        products=products,
    )
    assert due["message_en"] == "It may be time to restock nappies. Tea & Co has it ready for you."
    assert "something new" in new["message_en"]
    assert "your last order" in bare["message_en"]
    assert {row["product"] for row in (due, new, bare)} == {""}
    assert "offers" not in due["reason_en"]


def test_products_change_neither_choice_nor_rank(rows: SimpleNamespace) -> None:
    people = [rows.customer(1), _first_order(rows, 2), rows.customer(3)]
    same = ("customer_id", "play", "decision", "expected_worth", "rank", "send_on")
    without = _plan(rows, *people)
    named = _plan(rows, *people, products=[{"customer_id": 3, **NAMED}])
    for one, other in zip(without, named, strict=True):
        assert [one[name] for name in same] == [other[name] for name in same]
