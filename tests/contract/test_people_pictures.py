"""Pictures of people on every engine, where a made shop does not reach them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import View
from regulars.insight.portraits.draw import Asked, portray
from regulars.people.columns import SCHEMA
from regulars.settings import EndUsersSettings, Settings
from samples.made_people import GOODS, LINES, PURCHASES, person, purchase

AS_OF = date(2026, 4, 12)
ON = Settings(end_users=EndUsersSettings(enabled=True, guardian_consent=True))


def _tables() -> dict[str, pa.Table]:
    people, bought, lines = [], [], []
    for who in range(1, 91):
        people.append(person(who, orders=3, end_users=1 + who % 2))
        for place in range(3):
            day = date(2025, 9, 1) + timedelta(days=2 * who)
            to = "friend" if who % 2 and not place else "self"
            row = purchase(
                who, day.isoformat(), recipient=f"{to} {who}", main_category="ab"[place // 2]
            )
            bought.append({"order_no": len(bought) + 1, **row})
        lines.append(
            {
                "order_no": len(bought), "customer_id": who, "day": day, "good_no": 1 + who % 2,
                "pieces": Decimal(1), "gross": Decimal(9), "net": Decimal(9),
                "profit": Decimal(1), "cost_known": True,
            }
        )  # fmt: skip
    goods = [{"good_no": 1, "title": "奶粉 2段"}, {"good_no": 2, "title": "纸尿裤 3-6个月"}]
    return {
        "people": pa.Table.from_pylist(people, schema=SCHEMA),
        "purchases": pa.Table.from_pylist(bought, schema=PURCHASES),
        "purchase_goods": pa.Table.from_pylist(lines, schema=LINES),
        "goods": pa.Table.from_pylist(goods, schema=GOODS),
    }


@pytest.fixture
def shop(engine: Any) -> View:
    for name, table in _tables().items():
        engine.load(name, table)
    return View(engine, ON, AS_OF)


def test_what_is_told_of_end_users_is_the_same_on_every_engine(shop: View) -> None:
    drawn = PICTURES["end-users"].draw(shop)
    recipients = drawn.tables["recipients"].to_pylist()
    assert [row["customers"] for row in recipients] == [45, 45, 0]
    gifts = {row["category"]: row for row in drawn.tables["gifts"].to_pylist()}
    # One of three purchases of the 45 with a friend, the first, and it is of category a.
    assert (gifts["a"]["to_others"], gifts["a"]["purchases"]) == (45, 180)
    assert (gifts["b"]["to_others"], gifts["b"]["purchases"]) == (0, 90)
    ages = {row["months"]: row["customers"] for row in drawn.tables["ages"].to_pylist()}
    assert sum(known for known in ages.values() if known) <= 90
    assert any(known for known in ages.values())


def test_tags_and_further_attributes_are_counted_alike(
    load: Any, engine: Any, small_shop: Any
) -> None:
    """Of the seven buyers 1, 2, 4, 5 and 7 bought twice or more."""
    load(**small_shop)
    shop = View(engine, Settings(), date(2026, 4, 15))
    asked = Asked(("orders >= 2",), attributes=("tags", "traits.pet", "gender"), minimum=1)
    drawn, _ = portray(shop, asked)
    told = {(row["attribute"], row["value"]): row for row in drawn.table.to_pylist()}
    # Tags: 1 a b, 2 a, 5 b, 6 a (twice), 7 a b; 3 has none and 4 is not known.
    tag = told["tags", "a"]
    assert (tag["group_customers"], tag["group_known"]) == (3, 4)
    assert (tag["base_customers"], tag["base_known"]) == (4, 5)
    # Pets: 1, 6, 7 a cat, 2 and 5 a dog.
    pet = told["traits.pet", "cat"]
    assert (pet["group_customers"], pet["base_customers"], pet["base_known"]) == (2, 3, 5)
    # Women: 1, 2, 4, 6; men 3 and 5.
    assert told["gender", "F"]["base_known"] == 6
    assert told["gender", "F"]["group_customers"] == 3
