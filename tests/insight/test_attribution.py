"""Attribution of a shop made by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from regulars.errors import CannotTell, NotUnderstood, UnknownValue
from regulars.insight.attribution.draw import draw
from regulars.insight.picture import Picture
from samples.visits import Visits

AS_OF = date(2026, 3, 31)


def _three_customers() -> Visits:
    """Google, then the newsletter, then direct, and an order of 100; Google and an order of 50.

    The third reads the newsletter and buys nothing. A fourth buys without a visit, and a guest.
    Half-life is a day below: Google is 3 days before the last touch, the newsletter 1 day.
    """
    shop = Visits()
    shop.see(1, "2026-03-01 12:00", source="Google ", url="https://www.shop.example/tea")
    shop.see(1, "2026-03-01 12:05", source="google", url="https://shop.example/cart")
    shop.see(1, "2026-03-03 12:00", source="newsletter")
    shop.see(1, "2026-03-04 12:00")
    shop.buy(1, "2026-03-04 12:10", "100", "40")
    shop.see(2, "2026-03-10 12:00", source="google")
    shop.buy(2, "2026-03-10 12:10", "50", "10")
    shop.see(3, "2026-03-10 12:00", source="newsletter")
    shop.buy(4, "2026-03-10 12:00", "30", "3")
    shop.buy(None, "2026-03-10 12:00", "20", "2")
    shop.spend = [(date(2026, 3, 2), "Google", "30"), (date(2026, 3, 2), "billboard", "99")]
    return shop


def _drawn(shop: Visits, **asked: Any) -> Picture:
    return draw(shop.view(AS_OF), **asked)


def _side_by_side(picture: Picture) -> dict[str, dict[str, Any]]:
    return {row["source"]: row for row in picture.tables["sources"].to_pylist()}


def _by(picture: Picture, method: str) -> dict[str, dict[str, Any]]:
    rows = picture.tables["credits"].to_pylist()
    return {row["source"]: row for row in rows if row["method"] == method}


def test_what_each_rule_credits_worked_out_by_hand() -> None:
    found = _side_by_side(_drawn(_three_customers(), half_life=1.0))
    # Orders of Google, newsletter, direct; of the first order and of the second, which is Google's.
    due = {
        "last": (1, 0, 1),
        "last_non_direct": (1, 1, 0),
        "first": (2, 0, 0),
        "linear": (4 / 3, 1 / 3, 1 / 3),
        # Weights 1/8, 1/2, 1 of together 13/8.
        "time_decay": (1 + 1 / 13, 4 / 13, 8 / 13),
        "position": (1.4, 0.2, 0.4),
    }
    for rule, orders in due.items():
        told = [found[source][rule] for source in ("google", "newsletter", "(direct)")]
        assert told == pytest.approx(orders, abs=2e-6), rule


def test_a_shop_of_three_customers_by_hand() -> None:
    picture = _drawn(_three_customers())
    found = _side_by_side(picture)
    assert {name: row["touches"] for name, row in found.items()} == {
        "google": 2, "newsletter": 2, "(direct)": 1,
    }  # fmt: skip
    linear = _by(picture, "linear")
    # Of 100 and 40 a third each (the last touch has what is left over), and Google's 50 and 10.
    assert linear["google"]["sales"] == Decimal("83.3333")
    assert linear["(direct)"]["sales"] == Decimal("33.3334")
    assert linear["newsletter"]["profit"] == Decimal("13.3333")
    assert sum(row["sales"] for row in linear.values()) == 150
    assert sum(row["profit"] for row in linear.values()) == 50
    assert linear["google"]["orders"] == pytest.approx(4 / 3, abs=1e-6)
    assert linear["google"]["share"] == pytest.approx(2 / 3, abs=1e-6)
    # 30 / (4/3); nobody says what newsletters cost.
    assert linear["google"]["spend"] == 30
    assert linear["google"]["cost_per_order"] == pytest.approx(22.5, abs=1e-4)
    assert linear["newsletter"]["spend"] is None
    assert linear["newsletter"]["cost_per_order"] is None
    # One order after one touch, one after three.
    lengths = {row["touches"]: row["orders"] for row in picture.tables["paths"].to_pylist()}
    assert {length: n for length, n in lengths.items() if n} == {"1": 1, "3": 1}
    assert picture.facts["orders"] == 4
    assert picture.facts["orders_without_path"] == 1
    assert picture.facts["orders_of_guests"] == 1
    assert picture.facts["paths_without_order"] == 1
    assert picture.facts["spend_of_sources_not_met"] == ["billboard"]


def test_too_few_paths_are_said_and_no_number_is_told() -> None:
    picture = _drawn(_three_customers())
    assert picture.tables["sources"]["markov"].null_count == 3
    assert picture.tables["sources"]["removal_effect"].null_count == 3
    assert set(picture.tables["credits"]["method"].to_pylist()) == {
        "last", "last_non_direct", "first", "linear", "time_decay", "position",
    }  # fmt: skip
    assert any("Only 2 paths led to an order" in one.en for one in picture.says)


def test_that_hold_outs_outrank_all_methods_is_always_said() -> None:
    assert any("hold-out outranks" in one.en for one in _drawn(_three_customers()).says)


def test_what_has_no_visit_is_said_and_credited_to_nobody() -> None:
    first = _drawn(_three_customers()).says[0]
    assert first.en.startswith("2 of the 4 orders from 2026-01-01 to 2026-03-31 (50%)")
    assert "1 have no visit that was seen and 1 name no buyer" in first.en


def _two_hundred() -> Visits:
    """Google alone leads 80 to an order and 40 to none, mailing alone 40, one then other 40."""
    shop = Visits()
    ways = [("g", True)] * 80 + [("m", True)] * 40 + [("gm", True)] * 40 + [("g", False)] * 40
    for customer, (way, buys) in enumerate(ways):
        for day, letter in enumerate(way, start=10):
            source = {"g": "google", "m": "mailing"}[letter]
            shop.see(customer, f"2026-03-{day} 12:00", source=source)
        if buys:
            shop.buy(customer, "2026-03-15 12:00")
    return shop


def test_the_methods_that_learn_in_the_picture_by_hand() -> None:
    picture = _drawn(_two_hundred())
    found = _side_by_side(picture)
    # The example of Puzyrov (test_attribution_models.py) forty times: of 160 orders 0.6 and 0.4.
    assert found["google"]["removal_effect"] == pytest.approx(0.75)
    assert found["google"]["markov"] == pytest.approx(96)
    assert found["mailing"]["markov"] == pytest.approx(64)
    # 160 of 200 paths lead to an order, so 5 orders are expected of 6.25 paths. Worth: Google 80 of
    # 120, x 120 / 126.25 = 0.63366; mailing 40 of 40, x 40 / 46.25 = 0.86486; both 0.86486 +
    # (1 - 0.86486) x 40 / 46.25 = 0.98174. Of the 40 orders of both Google has
    # (0.63366 + 0.98174 - 0.86486) / 2 / 0.98174 = 0.38225.
    assert found["google"]["shapley"] == pytest.approx(80 + 40 * 0.38225, abs=1e-3)
    assert found["mailing"]["shapley"] == pytest.approx(40 + 40 * 0.61775, abs=1e-3)
    for method in ("markov", "shapley"):
        told = _by(picture, method)
        assert sum(row["sales"] for row in told.values()) == 1600
        assert sum(row["profit"] for row in told.values()) == 640
        assert round(sum(row["orders"] for row in told.values()) * 1e6) == 160_000_000
        for row in told.values():
            assert 0 < row["share_low"] < row["share"] < row["share_high"] < 1


def test_sources_beyond_those_asked_for_are_gathered_and_the_rest_adds_up() -> None:
    shop = _two_hundred()
    shop.see(500, "2026-03-10 12:00", source="zine")
    shop.buy(500, "2026-03-10 12:10")
    found = _side_by_side(_drawn(shop, top=2))
    assert found["(other)"]["last"] == 1
    assert found["(other)"]["kind"] == "other"
    assert sum(row["shapley"] for row in found.values()) == pytest.approx(161)


def test_what_was_spent_on_sources_of_the_rest_is_that_of_the_rest() -> None:
    shop = _three_customers()
    shop.spend = [(date(2026, 3, 2), "Newsletter", "7"), (date(2026, 3, 3), "newsletter ", "1")]
    picture = _drawn(shop, top=1)
    assert _side_by_side(picture)["(other)"]["spend"] == 8
    assert picture.facts["spend_of_sources_not_met"] == []


def test_days_without_told_spending_are_said() -> None:
    said = [one.en for one in _drawn(_three_customers()).says]
    assert (
        "Advertising is told from 2026-03-02 to 2026-03-02 only, the orders are those of all"
        in (" ".join(said))
    )


def test_an_inviter_is_a_source_and_another_site_is_one_and_the_own_site_is_none() -> None:
    shop = Visits()
    shop.see(1, "2026-03-01 12:00", inviter="X7", url="https://shop.example/")
    shop.buy(1, "2026-03-01 12:10")
    shop.see(2, "2026-03-01 12:00", referrer="https://blog.example/tea", url="https://shop.example")
    shop.buy(2, "2026-03-01 12:10")
    shop.see(3, "2026-03-01 12:00", referrer="https://www.shop.example/", url="http://shop.example")
    shop.buy(3, "2026-03-01 12:10")
    shop.see(4, "2026-03-01 12:00", source="(direct)", url="https://shop.example/")
    shop.buy(4, "2026-03-01 12:10")
    found = _side_by_side(_drawn(shop))
    assert {name: (row["kind"], row["last"]) for name, row in found.items()} == {
        "inviter": ("source", 1), "blog.example": ("site", 1), "(direct)": ("direct", 2),
    }  # fmt: skip


def test_what_the_shop_tells_touches_nothing() -> None:
    shop = _three_customers()
    shop.see(2, "2026-03-10 12:09", kind="track", name="Email Delivered", source="newsletter")
    assert _side_by_side(_drawn(shop))["newsletter"]["last"] == 0


def test_only_orders_of_the_days_and_stages_asked_for_are_attributed() -> None:
    shop = _three_customers()
    shop.stages = {1: "growing", 2: "first_order", 3: "visitor", 4: "growing"}
    assert _drawn(shop, from_="2026-03-05").facts["orders_with_path"] == 1
    assert _drawn(shop, to="2026-03-04").facts["orders_with_path"] == 1
    grown = _drawn(shop, stage=["growing"])
    assert (grown.facts["orders"], grown.facts["orders_with_path"]) == (2, 1)


def test_visits_before_the_first_day_count_as_far_as_the_window_looks_back() -> None:
    shop = _three_customers()
    assert _side_by_side(_drawn(shop, from_="2026-03-04"))["google"]["first"] == 2
    short = _side_by_side(_drawn(shop, from_="2026-03-04", lookback=2))
    assert (short["google"]["first"], short["newsletter"]["first"]) == (1, 1)


def test_shares_of_position_that_are_more_than_the_whole_are_refused() -> None:
    with pytest.raises(UnknownValue, match="ogether they are more than 1"):
        _drawn(_three_customers(), first_share=0.6, last_share=0.5)


def test_visits_that_tell_no_source_at_all_cannot_be_attributed() -> None:
    shop = Visits()
    shop.see(1, "2026-03-01 12:00")
    shop.buy(1, "2026-03-01 12:10")
    with pytest.raises(CannotTell, match="tells where it came from"):
        _drawn(shop)


def test_orders_without_any_visit_before_them_cannot_be_attributed() -> None:
    shop = Visits()
    shop.see(1, "2026-03-01 12:00", source="google")
    shop.buy(2, "2026-03-01 12:10")
    with pytest.raises(CannotTell, match=r"None of the orders from .* \(1\)"):
        _drawn(shop)


def test_of_stages_without_visits_or_orders_it_is_said_which_were_asked_for() -> None:
    shop = _three_customers()
    shop.stages = {3: "visitor", 4: "growing", 9: "lost"}
    with pytest.raises(CannotTell, match="of a customer at the stage lost or core tells where"):
        _drawn(shop, stage=["lost", "core"])
    with pytest.raises(CannotTell, match="No known customer at the stage visitor ordered from"):
        _drawn(shop, stage=["visitor"])


def test_a_shop_without_events_is_told_what_is_missing() -> None:
    from regulars.engines.duckdb import Warehouse
    from regulars.insight.picture import View
    from regulars.settings import Settings

    engine = Warehouse.in_memory()
    engine.load("purchases", _three_customers().tables()["purchases"])
    with pytest.raises(NotUnderstood, match="No visits have come in"):
        draw(View(engine, Settings(), AS_OF))
