"""The effort that a shop made by hand asks of people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from regulars.errors import CannotTell, NotUnderstood
from regulars.insight.effort.draw import draw
from regulars.insight.picture import Picture, View
from regulars.settings import Settings
from samples.looks import Looks

AS_OF = date(2026, 3, 31)


def _drawn(shop: Looks, **asked: Any) -> Picture:
    return draw(shop.view(AS_OF), **asked)


def _rows(picture: Picture, table: str, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in picture.tables[table].to_pylist()}


def _said(picture: Picture, part: str) -> bool:
    return any(part in one.en for one in picture.says)


def test_the_way_to_an_order_by_hand() -> None:
    shop = Looks()
    shop.see(9, "2026-01-01 12:00", name="Home")  # visits are known from here on
    # Customer 1 comes on the 1st, the 10th, and orders on the 12th after 3 steps and 20 minutes; of
    # the two orders of that visit only the first has a way. A month before does not count.
    for at in ("02-05 12:00", "03-01 12:00", "03-10 12:00", "03-12 12:00", "03-12 12:10"):
        shop.see(1, f"2026-{at}", name="Home")
    shop.do(1, "2026-03-12 12:20", "Product Viewed", product_id="T1")
    shop.buy(1, "2026-03-12 12:20")
    shop.do(1, "2026-03-12 12:20", "Order Completed", order_id="A1")
    shop.do(1, "2026-03-12 12:21", "Page Loaded", load_ms=100)
    shop.buy(1, "2026-03-12 12:25")
    # Customer 2 orders at once after one step, customer 3 without a visit.
    shop.see(2, "2026-03-12 12:00", name="Home")
    shop.buy(2, "2026-03-12 12:30")
    shop.buy(3, "2026-03-12 12:30")
    shop.see(3, "2026-03-13 12:00", name="Home")
    rows = _rows(_drawn(shop), "way", "orders_of")
    first = rows["first"]
    assert (first["orders"], first["unseen"], first["timed"]) == (3, 1, 2)
    # Steps 1 and 3, minutes 30 and 20, visits 1 and 3: of two the lower one is the median.
    assert (first["median_steps"], first["p75_steps"]) == (1, 3)
    assert first["median_minutes"] == pytest.approx(20, rel=0.004)
    assert first["p75_minutes"] == pytest.approx(30, rel=0.004)
    assert (first["visits_known"], first["median_visits"], first["p75_visits"]) == (2, 1, 3)
    assert (rows["later"]["orders"], rows["later"]["timed"]) == (1, 0)
    # With 80 days looked back, nobody's visits are all known.
    assert _rows(_drawn(shop, lookback=80), "way", "orders_of")["first"]["visits_known"] == 0


def test_searches_without_result_by_hand() -> None:
    shop = Looks()
    for term, told in (
        ("Tea", {"results": 3}),
        ("tea ", {"results": 0}),
        ("Cup", {"result_count": "0"}),
        ("cup", {"results": []}),
        ("bowl", {"results": [{"product_id": "B1"}]}),
        ("spoon", {}),
    ):
        shop.do(1, "2026-03-12 12:00", "Products Searched", search=term, **told)
    picture = _drawn(shop)
    rows = _rows(picture, "searches", "term")
    assert list(rows) == ["(all)", "cup", "tea"]
    whole = rows["(all)"]
    assert (whole["searches"], whole["told"], whole["without"]) == (6, 5, 3)
    assert whole["share"] == 0.6
    # Wilson of 3 of 5.
    assert whole["share_low"] == pytest.approx(0.2307, abs=1e-4)
    assert whole["share_high"] == pytest.approx(0.8824, abs=1e-4)
    assert (rows["cup"]["without"], rows["tea"]["told"]) == (2, 2)
    assert _said(picture, "3 (60%) found nothing, most often cup (2), tea (1)")


def test_load_times_by_hand() -> None:
    shop = Looks()
    for ms, path in ((100, "/a/1"), (200, "/a/2"), (250, "/a/3?x=1"), (5000, "/b"), (0, "/b")):
        url = f"https://shop.example{path}"
        shop.do(1, "2026-03-12 12:00", "Page Loaded", load_ms=ms, url=url)
    shop.see(1, "2026-03-12 12:00", name="Home")
    rows = _rows(_drawn(shop), "pages", "page")
    assert list(rows) == ["(all)", "/a/…", "/b"]
    assert (rows["(all)"]["loads"], rows["(all)"]["slow_share"]) == (4, 0.25)
    # Of 100, 200, 250, 5000: the second, the third, the fourth.
    assert (rows["(all)"]["median_ms"], rows["(all)"]["p75_ms"]) == (200, 250)
    assert rows["(all)"]["p95_ms"] == pytest.approx(5000, rel=0.004)
    assert (rows["/a/…"]["loads"], rows["/a/…"]["median_ms"]) == (3, 200)
    few = _rows(_drawn(shop, top=1), "pages", "page")
    assert list(few) == ["(all)", "/a/…", "(other)"]


def test_waits_by_hand() -> None:
    shop = Looks()
    shop.see(1, "2026-03-01 00:00", name="Home")
    # Money after 2 and 4 days, one waits since 3 days, one got it before asking; B5 is asked for
    # twice, and the first time counts.
    for order, asked, back in (
        ("B1", "2026-03-01 12:00", "2026-03-03 12:00"),
        ("B5", "2026-03-10 12:00", "2026-03-14 12:00"),
        ("B5", "2026-03-11 12:00", None),
        ("B2", "2026-03-29 00:00", None),
        ("B3", "2026-03-10 12:00", "2026-03-09 12:00"),
    ):
        shop.do(1, asked, "Return Requested", order_id=order)
        if back:
            shop.do(1, back, "Order Refunded", order_id=order)
    # Shipped after 1 day; cancelled after 2 and never shipped.
    shop.do(1, "2026-03-10 12:00", "Order Completed", order_id="C1")
    shop.do(1, "2026-03-11 12:00", "order shipped", order_id="C1")
    shop.do(1, "2026-03-10 12:00", "Order Completed", order_id="C2")
    shop.do(1, "2026-03-12 12:00", "Order Cancelled", order_id="C2")
    picture = _drawn(shop)
    rows = _rows(picture, "waits", "wait")
    money = rows["return_to_refund"]
    assert (money["begun"], money["over"], money["still"]) == (3, 2, 1)
    # 1 of 3 over after 2 days; the one who waits 3 days leaves one, who has it after 4: the curve
    # falls from 1 to 2/3 and then to 0.
    assert (money["median_days"], money["p95_days"]) == (4, 4)
    shipped = rows["order_to_shipping"]
    assert (shipped["begun"], shipped["over"], shipped["still"]) == (2, 1, 1)
    # Half are over after 1 day; the other was broken off, and three in four are not reached.
    assert (shipped["median_days"], shipped["p75_days"]) == (1, None)
    assert rows["shipping_to_delivery"]["over"] == 0
    assert _said(picture, "from shipping to delivery is not observable")
    assert _said(picture, "from asking for a return to the money, half are over after 4.0 days")


def test_carts_and_checkouts_left_by_hand() -> None:
    shop = Looks(stages={1: "growing", 2: "growing", 3: "lost"})
    # Customer 1 puts in 10 and 5, takes out 5, and leaves it; nine days later another of 7, bought.
    shop.do(1, "2026-03-01 12:00", "Product Added", product_id="T1", amount="10")
    shop.do(1, "2026-03-02 12:00", "Product Added", product_id="C1", amount="5")
    shop.do(1, "2026-03-02 12:01", "Product Removed", product_id="C1", amount="5")
    shop.do(1, "2026-03-10 12:00", "Product Added", product_id="T1", amount="7")
    shop.do(1, "2026-03-10 12:01", "Checkout Started")
    shop.do(1, "2026-03-10 12:02", "Checkout Step Completed", step=1)
    shop.buy(1, "2026-03-10 12:05")
    # Customer 2 leaves a cart that does not tell its worth, after step 2 of 2.
    shop.do(2, "2026-03-01 12:00", "Product Added", product_id="T1")
    shop.do(2, "2026-03-01 12:01", "Checkout Started")
    shop.do(2, "2026-03-01 12:02", "Checkout Step Completed", step=1)
    shop.do(2, "2026-03-01 12:03", "Checkout Step Completed", step=2)
    # Customer 3 orders on the eighth day: too late; that of customer 4 is not over yet.
    shop.do(3, "2026-03-01 12:00", "Product Added", product_id="T1", amount="20")
    shop.do(3, "2026-03-01 12:00", "Checkout Started")
    shop.buy(3, "2026-03-08 12:01")
    shop.do(4, "2026-03-30 12:00", "Product Added", product_id="T1", amount="20")
    picture = _drawn(shop)
    rows = _rows(picture, "carts", "stage")
    assert list(rows) == ["(all)", "growing", "lost"]
    whole = rows["(all)"]
    assert (whole["carts"], whole["left"], whole["left_share"]) == (4, 3, 0.75)
    assert (whole["valued"], whole["value_left"]) == (2, Decimal(30))
    assert (rows["growing"]["carts"], rows["growing"]["left"]) == (3, 2)
    assert rows["growing"]["value_left"] == 10
    steps = _rows(picture, "checkout", "step")
    assert {name: (row["reached"], row["left"]) for name, row in steps.items()} == {
        "started": (3, 1), "step_1": (2, 0), "step_2": (2, 1),
    }  # fmt: skip
    assert steps["step_2"]["left_share"] == 0.5
    assert _said(picture, "Of 4 carts, 3 (75%) have no order within 7 days; 2 of them tell")
    assert _rows(_drawn(shop, window=8), "carts", "stage")["(all)"]["left"] == 2


def test_where_people_leave_by_hand() -> None:
    shop = Looks(stages={1: "growing", 2: "lost"})
    for customer, day, steps, buys in (
        (1, "01", ["Home", "Cart"], False),
        (1, "02", ["Home", "Cart"], True),
        (2, "01", ["Home"], False),
        (3, "01", ["Home", "Cart"], False),
    ):
        for minute, step in enumerate(steps):
            shop.see(customer, f"2026-03-{day} 12:0{minute}", name=step)
        if buys:
            shop.buy(customer, f"2026-03-{day} 12:05")
    rows = [
        (row["stage"], row["step"], row["sessions"], row["without_order"], row["left"])
        for row in _drawn(shop).tables["leaves"].to_pylist()
    ]
    assert rows == [
        ("(all)", "page: Cart", 4, 3, 2),
        ("(all)", "page: Home", 4, 3, 1),
        ("growing", "page: Cart", 2, 1, 1),
        ("lost", "page: Home", 1, 1, 1),
        ("not_in_people", "page: Cart", 1, 1, 1),
    ]


def test_what_no_event_tells_is_not_observable_and_has_no_number() -> None:
    shop = Looks()
    shop.see(1, "2026-03-01 12:00", name="Home")
    shop.do(1, "2026-03-01 12:01", "Products Searched", search="tea")
    picture = _drawn(shop)
    for table in ("way", "pages", "carts", "checkout"):
        assert picture.tables[table].num_rows == 0, table
    assert picture.tables["searches"]["without"].to_pylist() == [None]
    for part in (
        "carts left are not observable",
        "checkouts left are not observable",
        "searches without result are not observable",
        "load time is not observable",
        "from the order to its shipping is not observable",
    ):
        assert _said(picture, part), part


def test_without_orders_of_the_records_nothing_counts_as_left() -> None:
    shop = Looks()
    shop.do(1, "2026-03-01 12:00", "Product Added", product_id="T1")
    view = shop.view(AS_OF)
    events = view.run(view.relation("events"))
    from regulars.engines.duckdb import Warehouse

    bare = Warehouse.in_memory()
    bare.load("events", events)
    picture = draw(View(bare, Settings(), AS_OF))
    assert picture.tables["carts"].num_rows == 0
    assert _said(picture, "No orders are known")


def test_without_events_the_reason_is_told() -> None:
    shop = Looks()
    shop.buy(1, "2026-03-01 12:00")
    with pytest.raises(CannotTell, match="othing is known of what customers did"):
        _drawn(shop)
    from regulars.engines.duckdb import Warehouse

    bare = Warehouse.in_memory()
    bare.load("purchases", shop.tables()["purchases"])
    with pytest.raises(NotUnderstood, match="No visits have come in yet"):
        draw(View(bare, Settings(), AS_OF))


def test_only_customers_of_the_stages_asked_for_are_looked_at() -> None:
    shop = Looks(stages={1: "growing", 2: "lost"})
    for customer in (1, 2, 3):
        shop.see(customer, "2026-03-01 12:00", name="Home")
    leaves = _drawn(shop, stage=["lost"]).tables["leaves"]
    assert leaves["stage"].to_pylist() == ["(all)", "lost"]
    assert isinstance(leaves, pa.Table)
