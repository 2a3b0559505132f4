"""Layered screening of a shop made by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from regulars.errors import CannotTell
from regulars.insight.picture import Picture
from regulars.insight.screening.draw import draw
from samples.looks import Looks

AS_OF = date(2026, 5, 31)
GOODS = [("T1", "tea", "10"), ("T2", "tea", "100"), ("C1", "cups", "20")]


def _drawn(shop: Looks, **asked: Any) -> Picture:
    return draw(shop.view(AS_OF), **({"from_": "2026-03-01", "to": "2026-03-31"} | asked))


def _layers(picture: Picture) -> dict[str, int | None]:
    return {row["layer"]: row["customers"] for row in picture.tables["layers"].to_pylist()}


def _branches(picture: Picture) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["layer"], row["value"]): row for row in picture.tables["branches"].to_pylist()}


def _six() -> Looks:
    """Six who come in March, each one layer further than the one before, and some who do not count.

    Tea has two price bands, 10 and 100; cups have one.
    """
    shop = Looks(goods=GOODS)
    for customer in range(1, 7):
        shop.see(customer, "2026-03-01 12:00", source="ads" if customer < 4 else "Live ")
        if customer > 1:
            shop.do(customer, "2026-03-01 12:01", "Product Viewed", product_id="T1")
        if customer > 2:
            shop.do(customer, "2026-03-01 12:02", "Product Viewed", product_id="T2")
        if customer > 3:
            product = "C1" if customer == 4 else "T2"
            shop.do(customer, "2026-03-01 12:03", "Product Added", product_id=product)
    shop.order(5, "2026-03-02 12:00", "T1", "C1")
    shop.order(6, "2026-03-02 12:00", "T1")
    shop.order(6, "2026-04-02 12:00", "T2")
    # The seventh came in February, the eighth comes too late to be watched for 60 days.
    shop.see(7, "2026-02-01 12:00")
    shop.order(7, "2026-03-02 12:00", "T1")
    shop.see(8, "2026-04-15 12:00")
    return shop


def test_layers_and_branches_by_hand() -> None:
    picture = _drawn(_six(), minimum=5)
    assert _layers(picture) == {
        "source": 6, "lead_in": 5, "band": 4, "need": 3, "order": 2, "again": 1,
    }  # fmt: skip
    third = picture.tables["layers"].to_pylist()[2]
    assert (third["of_before_share"], third["of_all"]) == (0.8, 4 / 6)
    # Wilson of 4 of 5.
    assert third["of_before_low"] == pytest.approx(0.3755, abs=1e-4)
    assert third["of_before_high"] == pytest.approx(0.9638, abs=1e-4)
    found = {
        key: (row["customers"], row["went_on"], row["ordered"], row["again"])
        for key, row in _branches(picture).items()
    }
    assert found == {
        ("source", "ads"): (3, 2, 0, 0),
        ("source", "live"): (3, 3, 2, 1),
        ("lead_in", "T1"): (5, 4, 2, 1),
        # The fourth came to the cups, which have one band; the fifth bought them, the sixth the
        # cheap tea.
        ("band", "2/2"): (1, 0, 0, 0),
        ("band", "1/1"): (2, 2, 1, 0),
        ("band", "1/2"): (1, 1, 1, 1),
        ("need", "cups"): (1, 0, 0, 0),
        ("need", "tea"): (2, 2, 2, 1),
        # The fifth's order has tea and the dearer cups.
        ("order", "another_item"): (1, 0, 1, 0),
        ("order", "lead_in_item"): (1, 1, 1, 1),
    }
    titles = {key: row["title"] for key, row in _branches(picture).items() if row["title"]}
    assert titles == {("lead_in", "T1"): "the T1"}


def test_what_comes_after_the_days_watched_does_not_count() -> None:
    assert _layers(_drawn(_six(), days=30))["again"] == 0
    # After 15 days of watching, the eighth is over too, but came after the days looked at.
    assert _layers(_drawn(_six(), days=15))["source"] == 6


def test_by_default_those_are_looked_at_who_can_be_watched() -> None:
    picture = draw(_six().view(AS_OF))
    # The last of 60 days watched begins on 1 April; 90 days before that begin on 2 January.
    assert (picture.facts["from"], picture.facts["to"]) == ("2026-01-02", "2026-04-01")
    assert picture.facts["customers"] == 7


def test_nobody_to_be_watched_is_said() -> None:
    with pytest.raises(CannotTell, match=r"Nobody who came .* can be watched for 60 days"):
        _drawn(_six(), from_="2026-04-10", to="2026-05-20")


def _branching() -> Looks:
    """From ads 40 of 100 order, live 10 of 100, and 4 of 4 from too small a source.

    Within ads 30 of 50 who look at tea order, and 10 of 50 who look at cups; within live none of
    the 50 who look at tea, 10 of the 50 who look at cups.
    """
    shop = Looks(goods=GOODS)
    numbers = iter(range(1, 1000))
    for source, product, count, orders in (
        ("ads", "T1", 50, 30),
        ("ads", "C1", 50, 10),
        ("live", "T1", 50, 0),
        ("live", "C1", 50, 10),
        ("tiny", "T1", 4, 4),
    ):
        for place in range(count):
            customer = next(numbers)
            shop.see(customer, "2026-03-01 12:00", source=source)
            shop.do(customer, "2026-03-01 12:01", "Product Viewed", product_id=product)
            if place < orders:
                shop.order(customer, "2026-03-01 12:30", product)
    return shop


def test_the_best_branch_and_the_worst_by_hand() -> None:
    picture = _drawn(_branching())
    rows = picture.tables["routes"].to_pylist()
    told = [(row["route"], row["layer"], row["value"], row["customers"], row["ordered"])
            for row in rows if row["layer"] in ("source", "lead_in")]  # fmt: skip
    assert told == [
        ("best", "source", "ads", 100, 40),
        ("best", "lead_in", "T1", 50, 30),
        ("worst", "source", "live", 100, 10),
        ("worst", "lead_in", "T1", 50, 0),
    ]
    # Two sources have 30 customers, the third is no choice.
    assert rows[0]["of"] == 2
    # Wilson of 40 of 100.
    assert rows[0]["ordered_low"] == pytest.approx(0.3094, abs=1e-4)
    assert rows[0]["ordered_high"] == pytest.approx(0.4980, abs=1e-4)
    assert any("best branch, step by step: source ads (40% [31%, 50%]" in one.en
               for one in picture.says)  # fmt: skip


def test_a_branch_of_few_customers_has_no_verdict() -> None:
    found = _branches(_drawn(_branching()))
    assert found["source", "tiny"]["verdict"] == "cannot_tell"
    # Everybody looks at an item, so no source differs there; of the items, far more of T1 go on to
    # look again or order: 34 of 104 against 20 of 100 are within chance, too.
    assert {row["verdict"] for key, row in found.items() if key[0] == "source"} == {"cannot_tell"}


def test_a_branch_beyond_chance_is_named() -> None:
    shop = Looks(goods=GOODS)
    for customer in range(200):
        product = "T1" if customer < 100 else "C1"
        shop.do(customer, "2026-03-01 12:00", "Product Viewed", product_id=product)
        if customer < 60 or customer >= 180:
            shop.do(customer, "2026-03-01 12:05", "Product Viewed", product_id=product)
    found = _branches(_drawn(shop))
    # 60 of 100 go on against 20 of 100; of 80 in 200 one expects 40 each, with a standard deviation
    # of sqrt(100 x 0.4 x 0.6 x 100 / 199) = 3.47.
    assert found["lead_in", "T1"]["verdict"] == "goes_on_more"
    assert found["lead_in", "C1"]["verdict"] == "goes_on_less"


def test_a_shop_that_tells_orders_only_names_what_is_not_observable() -> None:
    shop = Looks(goods=GOODS)
    shop.order(1, "2026-03-02 12:00", "T2")
    shop.order(1, "2026-03-05 12:00", "T1")
    shop.order(2, "2026-03-02 12:00", "C1")
    picture = _drawn(shop)
    assert picture.facts["not_observable"] == ["source", "lead_in", "band", "need"]
    assert _layers(picture) == {
        "source": 2, "lead_in": None, "band": None, "need": None, "order": 2, "again": 1,
    }  # fmt: skip
    found = _branches(picture)
    # What goes on is ordering again.
    assert (found["lead_in", "T2"]["customers"], found["lead_in", "T2"]["went_on"]) == (1, 1)
    assert (found["band", "2/2"]["went_on"], found["need", "cups"]["went_on"]) == (1, 0)
    assert any("Not observable as layers: lead-in item, price band, need" in one.en
               for one in picture.says)  # fmt: skip


def test_a_shop_without_goods_still_has_sources_and_items() -> None:
    shop = _six()
    view = shop.view(AS_OF)
    from regulars.engines.duckdb import Warehouse
    from regulars.insight.picture import View

    bare = Warehouse.in_memory()
    for name in ("events", "purchases"):
        bare.load(name, shop.tables()[name])
    picture = draw(View(bare, view.settings, AS_OF), from_="2026-03-01", to="2026-03-31")
    assert _layers(picture)["order"] == 2
    assert ("lead_in", "T1") in _branches(picture)
    assert _branches(picture)["band", "(not told)"]["customers"] == 4
