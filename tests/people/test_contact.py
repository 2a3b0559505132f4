"""Masked fields come out right however many customers are opened at one time."""

from __future__ import annotations

from regulars import Shop
from regulars.people import contact

ORDERS = """order_id,customer_id,placed_at,paid,phone
A1,ada,2026-01-05 10:00:00,100,13800000001
A2,ada,2026-01-06 10:00:00,100,13800000002
B1,bob,2026-01-05 10:00:00,40,13900000003
C1,cleo,2026-01-05 10:00:00,60,
"""


def test_phones_are_the_same_one_customer_at_a_time_and_all_at_once(tmp_path, monkeypatch):
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS)
    with Shop.create(tmp_path / "home", name="test") as shop:
        shop.import_files(file)
        shop.understand()
        at_once = shop.people()["phone"].to_pylist()
        monkeypatch.setattr(contact, "_AT_ONCE", 1)
        shop.understand()
        one_by_one = shop.people()["phone"].to_pylist()
    assert at_once == one_by_one
    # Of two phones the one known later holds.
    assert at_once == ["138****0002", "139****0003", None]
