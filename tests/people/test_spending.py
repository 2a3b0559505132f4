"""Recency, frequency and monetary alone are those of the people table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from regulars import Shop
from regulars.app.understand import core_columns
from regulars.errors import NotUnderstood

ORDERS = """order_id,customer_id,placed_at,status,paid,refunded
A1,ada,2026-01-05 23:30:00,completed,100,
A2,ada,2026-02-10 10:00:00,completed,50,20
A3,ada,2026-02-20 10:00:00,cancelled,80,
A4,ada,2026-03-01 10:00:00,completed,30,30
B1,bob,2026-03-05 10:00:00,completed,40,
C1,cleo,2026-03-06 10:00:00,cancelled,60,
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS)
    with Shop.create(tmp_path / "home", name="test") as opened:
        opened.import_files(file)
        yield opened


def test_the_core_columns_are_worked_out_without_the_people_table(shop):
    ada, bob, cleo = core_columns(shop.warehouse, shop.home, date(2026, 3, 10)).to_pylist()
    assert not shop.warehouse.has("people")
    assert (ada["first_order_on"], ada["last_order_on"]) == (date(2026, 1, 5), date(2026, 2, 10))
    # 28 days from 10 February to 10 March 2026; the order taken back whole counts for neither.
    assert (ada["recency_days"], ada["tenure_days"]) == (28, 64)
    assert (ada["orders"], ada["cancelled_orders"]) == (2, 2)
    # 100 + (50 - 20), over two orders.
    assert (ada["monetary"], ada["average_order_value"]) == (Decimal(130), Decimal(65))
    assert (bob["orders"], bob["monetary"]) == (1, Decimal(40))
    assert (cleo["orders"], cleo["last_order_on"], cleo["monetary"]) == (0, None, Decimal(0))


@pytest.mark.parametrize("as_of", [None, date(2026, 2, 15)])
def test_the_core_columns_equal_those_of_the_people_table(shop, as_of):
    core = core_columns(shop.warehouse, shop.home, as_of)
    shop.understand(as_of)
    people = shop.people().sort_by("customer_id")
    known = {row["customer_id"]: row for row in people.select(core.column_names).to_pylist()}
    for row in core.to_pylist():
        assert row == known[row["customer_id"]]
    assert {row["customer_id"] for row in core.to_pylist()} <= known.keys()


def test_without_orders_there_is_nothing_to_tell(tmp_path):
    with Shop.create(tmp_path / "home", name="test") as empty, pytest.raises(NotUnderstood):
        core_columns(empty.warehouse, empty.home)
