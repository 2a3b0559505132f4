"""A made shop is taken in and understood like any other."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from regulars import Shop
from regulars.simulate import WORLDS, simulate

CUSTOMERS = 900


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_every_row_is_taken_in_and_the_totals_agree(tmp_path, form):
    made = simulate(tmp_path / "made", customers=CUSTOMERS, seed=3, format=form)
    files = [
        made.folder / f"{name}.{form}" for name in ("orders", "customers", "products", "spend")
    ]
    with Shop.create(tmp_path / "shop") as shop:
        reports = [report.as_dict() for report in shop.import_files(*files)]
    days_by_paid_source = 730 * sum(channel.cost > 0 for channel in WORLDS["plain"].channels)
    rows_of = (made.totals["lines"], CUSTOMERS, 216, days_by_paid_source)
    for told, rows in zip(reports, rows_of, strict=True):
        assert told["rows_read"] == told["accepted"] == rows
        assert told["duplicate"] == told["rejected"] == 0
        assert not told.get("ignored")
    orders = reports[0]
    assert orders["orders"] == made.totals["orders"]
    for name in ("gross", "paid", "refunded"):
        assert Decimal(str(orders[name])) == Decimal(str(made.totals[name])), name


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_every_event_is_taken_in_and_belongs_to_somebody(tmp_path, form):
    made = simulate(tmp_path / "made", customers=150, days=200, seed=3, format=form, visitors=2)
    files = [made.folder / f"{name}.{form}" for name in ("orders", "customers", "events")]
    truth = json.loads((made.folder / "truth" / "events.json").read_text("utf-8"))
    with Shop.create(tmp_path / "shop") as shop:
        *_, told = (report.as_dict() for report in shop.import_files(*files))
        shop.understand()
        whole = shop.warehouse.sql(
            """
            SELECT count(DISTINCT customer_id) AS people, count(*) FILTER (customer_id IS NULL) AS
                   nobodys, count(DISTINCT message_id) AS events, count(source) AS with_source,
                   count(DISTINCT inviter) > 0 AS invited,
                   count(*) FILTER (name = 'Order Completed' AND amount > 0) AS orders,
                   count(*) FILTER (try_cast(properties ->> '$.load_ms' AS INTEGER) > 0) AS loads
            FROM events
            """
        ).to_pylist()[0]
        orders = shop.warehouse.sql(
            "SELECT count(DISTINCT order_no) AS orders FROM orders"
        ).to_pylist()
    events = sum(truth["events"].values())
    assert told["format"] == "segment_flat"
    assert told["rows_read"] == told["accepted"] == events
    assert told["rejected"] == told["duplicate"] == 0
    assert not told["ignored"]
    # Every customer and every visitor is one person, with and without an account.
    assert (whole["people"], whole["nobodys"], whole["events"]) == (150 * 3, 0, events)
    assert whole["orders"] == truth["events"]["Order Completed"]
    assert whole["loads"] == truth["events"]["Page Loaded"]
    assert 0.3 * events < whole["with_source"] < 0.9 * events
    assert whole["invited"]
    # Events that tell of orders add none to those of the orders file.
    assert orders == [{"orders": made.totals["orders"]}]


def test_a_made_shop_is_understood_like_a_real_one(tmp_path):
    made = simulate(tmp_path / "made", customers=CUSTOMERS, seed=3)
    with Shop.create(tmp_path / "shop") as shop:
        shop.import_files(made.folder / "orders.parquet", made.folder / "customers.parquet")
        found = shop.understand()
        people = shop.people()
    assert found.as_of.isoformat() == "2024-12-31"
    assert found.customers == people.num_rows == CUSTOMERS
    stages = found.as_dict()["stages"]
    # Two years on, most have tried the shop once and are gone.
    assert 0.45 < (stages["lost"] + stages["dormant"]) / CUSTOMERS < 0.85
    assert stages["core"] > 15
    buyers = sum(one is not None for one in people["first_order_on"].to_pylist())
    assert buyers == made.totals["buyers"]
