"""What a new customer costs and brings, worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from math import exp, sqrt
from typing import Any

import numpy as np
import pytest

from regulars.errors import CannotTell
from regulars.insight.acquisition.draw import draw
from regulars.insight.acquisition.judged import NORMAL_975, cost, course, over_cost
from samples.hand_made import HandMade

AS_OF = date(2026, 12, 31)
DAY = date(2026, 2, 1)


def _shop(source: str = "ad") -> HandMade:
    """30 come by advertising for 300; the first order earns 4; 15 buy again twice and earn 8 each.

    10 days and 40 days after the first purchase: in its first and second month. To come: 5 each.
    """
    shop = HandMade(values=dict.fromkeys(range(30), 5.0))
    for customer in range(30):
        shop.buy(customer, DAY, ("tea", 10, 4), source=source)
        if customer < 15:
            for days in (10, 40):
                shop.buy(customer, DAY + timedelta(days=days), ("tea", 20, 8), source="direct")
    shop.spend = [
        (date(2026, 1, 1), "ad", "search", 100.0, 5_000.0, 100.0),
        (AS_OF, "ad", "search", 200.0, 5_000.0, 100.0),
    ]
    return shop


def _sources(shop: HandMade, **asked: Any) -> dict[str, dict[str, Any]]:
    rows = draw(shop.view(AS_OF), **asked).tables["sources"].to_pylist()
    return {row["source"]: row for row in rows}


def test_what_a_source_costs_and_brings() -> None:
    ad = _sources(_shop())["ad"]
    assert (ad["spend"], ad["new_customers"], ad["cost"]) == (Decimal(300), 30, 10.0)
    # Garwood's limits of a count of 30 are 20.241 and 42.827.
    assert ad["cost_low"] == pytest.approx(300 / 42.827, rel=1e-4)
    assert ad["cost_high"] == pytest.approx(300 / 20.241, rel=1e-4)
    # The first day earns 4; with 15 x 16 it is (120 + 240) / 30 = 12 so far, and 5 to come: 17.
    assert (ad["first_profit"], ad["profit_so_far"], ad["expected_profit"]) == (4.0, 12.0, 5.0)
    assert ad["value"] == 17.0
    # 15 are worth 25 and 15 worth 9: standard deviation 8, error 8 / sqrt(29).
    assert ad["value_low"] == pytest.approx(17 - NORMAL_975 * 8 / sqrt(29))
    # 510 / 300 = 1.7; error of its logarithm sqrt(15 x 625 + 15 x 81) / 510.
    assert ad["value_to_cost"] == pytest.approx(1.7)
    factor = exp(NORMAL_975 * sqrt(15 * 625 + 15 * 81) / 510)
    assert ad["value_to_cost_low"] == pytest.approx(1.7 / factor)
    assert ad["value_to_cost_high"] == pytest.approx(1.7 * factor)
    assert ad["earned_back"] == pytest.approx(360 / 300)
    assert ad["verdict"] == "earns"


def test_the_months_until_payback() -> None:
    drawn = draw(_shop().view(AS_OF))
    ad = drawn.tables["sources"].to_pylist()[0]
    lines = drawn.tables["payback"].to_pylist()
    # 4 at once; + 15 x 8 / 30 = 4 in each of two months: 8, 12, and no more. CAC is 10.
    assert [line["profit"] for line in lines[:4]] == [4.0, 8.0, 12.0, 12.0]
    assert {line["watched"] for line in lines} == {30}
    assert ad["payback_months"] == 2
    # Month 1: 4 or 12 each, error 4 / sqrt(29); all 30 together 240, whose error with that of the
    # number of customers is sqrt((30 x 0.7428)^2 + 30 x 64) = 49.2: up to 336, over 300.
    error = 4 / sqrt(29)
    assert lines[1]["profit_high"] == pytest.approx(8 + NORMAL_975 * error)
    assert 240 + NORMAL_975 * sqrt((30 * error) ** 2 + 30 * 64) > 300
    # Month 2: 4 or 20, error 8 / sqrt(29): 360 - 1.96 x sqrt(44.57^2 + 30 x 144) = 204, below 300.
    assert lines[2]["profit_low"] == pytest.approx(12 - NORMAL_975 * 8 / sqrt(29))
    assert (ad["payback_low"], ad["payback_high"]) == (1, None)


def test_campaigns_are_shown_with_clicks() -> None:
    shop = _shop()
    shop.spend.append((DAY, "ad", "feed", 50.0, 1_000.0, 0.0))
    rows = draw(shop.view(AS_OF)).tables["campaigns"].to_pylist()
    search, feed = rows
    assert (search["campaign"], search["spend"], search["clicks"]) == (
        "search",
        Decimal(300),
        Decimal(200),
    )
    assert (search["cost_per_click"], search["click_rate"]) == (1.5, 0.02)
    assert (feed["cost_per_click"], feed["click_rate"]) == (None, None)


def test_a_month_is_thirty_days_and_counts_once_it_was_watched_whole() -> None:
    shop = _shop()
    for customer in range(100, 140):  # watched for 59 days: one month
        shop.buy(customer, AS_OF - timedelta(days=59), ("tea", 10, 4), source="ad")
        shop.buy(customer, AS_OF - timedelta(days=29), ("tea", 10, 2), source="ad")  # day 30
        shop.buy(customer, AS_OF - timedelta(days=28), ("tea", 10, 9), source="ad")  # day 31
    lines = draw(shop.view(AS_OF)).tables["payback"].to_pylist()
    assert [line["watched"] for line in lines[:3]] == [70, 70, 30]
    # Month 0: 4 each. Month 1: (15 x 8 + 40 x 2) / 70. Month 2, of the 30 watched: 4.
    assert lines[1]["profit"] == pytest.approx(4 + 200 / 70)
    assert lines[2]["profit"] == pytest.approx(4 + 200 / 70 + 4)


def test_a_source_without_advertising_is_free_and_has_no_cost() -> None:
    shop = _shop()
    for customer in range(100, 130):
        shop.buy(customer, DAY, ("tea", 10, 4), source="friends")
    friends = _sources(shop)["friends"]
    assert (friends["spend"], friends["cost"], friends["value_to_cost"]) == (None, None, None)
    assert (friends["first_profit"], friends["verdict"]) == (4.0, "free")


def test_names_that_do_not_meet_are_told() -> None:
    shop = _shop()
    shop.spend.append((DAY, "radio", "spot", 50.0, 0.0, 0.0))
    drawn = draw(shop.view(AS_OF))
    radio = next(row for row in drawn.tables["sources"].to_pylist() if row["source"] == "radio")
    assert (radio["new_customers"], radio["cost"], radio["verdict"]) == (0, None, "cannot_tell")
    assert any("no customer has a source of that name" in said.en for said in drawn.says)
    # What was spent there is not what the others cost.
    assert "30 new customers came by paid sources for ¥300 of advertising" in drawn.says[0].en


def test_names_meet_whatever_their_case_and_spaces() -> None:
    assert _sources(_shop(source=" AD "))[" AD "]["cost"] == 10.0


def test_fewer_than_thirty_new_customers_are_not_judged() -> None:
    shop = _shop()
    shop.orders = [order for order in shop.orders if order.customer != 29]
    ad = _sources(shop)["ad"]
    assert (ad["new_customers"], ad["cost"], ad["value"], ad["first_profit"]) == (
        29,
        None,
        None,
        None,
    )
    assert ad["verdict"] == "cannot_tell"


def test_without_a_lifetime_value_only_what_was_earned_counts() -> None:
    shop = _shop()
    shop.values = {}
    drawn = draw(shop.view(AS_OF))
    (ad,) = drawn.tables["sources"].to_pylist()
    assert (ad["value"], ad["value_to_cost"]) == (None, None)
    # 360 for 300 is not more than chance, and what is still to come is not known: no verdict.
    assert ad["verdict"] == "cannot_tell"
    shop.spend = [(DAY, "ad", "search", 100.0, 0.0, 0.0)]
    shop.spend.append((AS_OF, "ad", "search", 1.0, 0.0, 0.0))
    assert _sources(shop)["ad"]["verdict"] == "earns"
    assert any("cannot be told yet" in said.en for said in drawn.says)


def test_a_source_that_brings_less_than_it_costs_loses() -> None:
    shop = _shop()
    shop.spend.append((DAY, "ad", "feed", 2_000.0, 0.0, 0.0))
    drawn = draw(shop.view(AS_OF))
    assert drawn.tables["sources"].to_pylist()[0]["verdict"] == "loses"
    assert any("Bid lower" in said.en for said in drawn.says)


def test_only_days_whose_advertising_is_known_are_looked_at() -> None:
    shop = _shop()
    shop.spend = [(DAY, "ad", "search", 100.0, 0.0, 0.0), (DAY, "ad", "feed", 50.0, 0.0, 0.0)]
    shop.buy(200, DAY - timedelta(days=1), ("tea", 10, 4), source="ad")
    shop.buy(201, DAY + timedelta(days=1), ("tea", 10, 4), source="ad")
    drawn = draw(shop.view(AS_OF))
    assert drawn.tables["sources"].to_pylist()[0]["new_customers"] == 30
    assert (drawn.facts["begins"], drawn.facts["ends"]) == ("2026-02-01", "2026-02-01")
    assert any("only those days are looked at" in said.en for said in drawn.says)


def test_without_advertising_it_is_said_what_to_import() -> None:
    shop = _shop()
    shop.spend = []
    with pytest.raises(CannotTell, match="--kind spend"):
        draw(shop.view(AS_OF))
    shop.spend = [(date(2025, 1, 1), "ad", "search", 100.0, 0.0, 0.0)]
    with pytest.raises(CannotTell, match=r"(?i)known until 2025-01-01 only"):
        draw(shop.view(AS_OF))
    nobody = HandMade(spend=[(DAY, "ad", "search", 100.0, 0.0, 0.0)])
    with pytest.raises(CannotTell, match=r"(?i)nobody bought for the first time"):
        draw(nobody.view(AS_OF))


def test_new_customers_and_advertising_add_up_over_the_sources() -> None:
    shop = _shop()
    for customer in range(100, 150):
        source = ("friends", "radio", None)[customer % 3]
        shop.buy(customer, DAY, ("tea", 10, 4), source=source)
    drawn = draw(shop.view(AS_OF))
    rows = drawn.tables["sources"].to_pylist()
    assert sum(row["new_customers"] for row in rows) == 80 == drawn.facts["new_customers"]
    assert sum(row["spend"] or 0 for row in rows) == Decimal(300)


def _sums(months: np.ndarray, watched: np.ndarray) -> dict[str, float]:
    """What the engine would sum of customers' profit by month, and months watched."""
    sums: dict[str, float] = {}
    for month in range(months.shape[1]):
        seen = watched >= month
        gain, before = months[seen, month], months[seen, :month].sum(axis=1)
        sums |= {
            f"watched_{month}": float(seen.sum()),
            f"gain_{month}": float(gain.sum()),
            f"squares_{month}": float((gain**2).sum()),
            f"before_{month}": float(before.sum()),
            f"cross_{month}": float((gain * before).sum()),
        }
    return sums


def _made(draws: np.random.Generator, customers: int) -> tuple[np.ndarray, np.ndarray]:
    """Customers of two kinds, who come at any time within a year: 2 a month, or nothing."""
    regular = draws.random(customers) < 0.3
    months = draws.poisson(np.where(regular, 2.0, 0.1)[:, None], (customers, 13)).astype(float)
    return months, draws.integers(0, 13, customers)


def test_who_came_lately_does_not_bend_the_course_and_its_interval_holds_the_truth() -> None:
    draws = np.random.default_rng(8)
    truth = 7 * (0.3 * 2.0 + 0.7 * 0.1)  # months 0 to 6
    held, profits = 0, []
    for _ in range(300):
        points = course(_sums(*_made(draws, 600)), 12)
        low, high = points[6].span
        profits.append(points[6].profit)
        held += low <= truth <= high
    assert np.mean(profits) == pytest.approx(truth, rel=0.01)
    assert held / 300 > 0.93


def test_the_interval_of_value_to_cost_holds_the_truth() -> None:
    draws = np.random.default_rng(9)
    held = 0
    for _ in range(500):
        customers = draws.poisson(200)
        worth = draws.gamma(0.5, 40, customers)  # mean 20; 200 of them for 2,000: 2
        _, low, high = over_cost(float(worth.sum()), float((worth**2).sum()), 2_000, customers)
        assert low is not None
        assert high is not None
        held += low <= 2 <= high
    assert held / 500 == pytest.approx(0.95, abs=0.025)


def test_the_interval_of_the_cost_holds_the_truth() -> None:
    draws = np.random.default_rng(10)
    held = 0
    for customers in draws.poisson(60, 1_000).tolist():
        _, low, high = cost(600.0, customers)
        assert low is not None
        assert high is not None
        held += low <= 10 <= high
    assert held / 1_000 >= 0.94


def test_a_source_too_good_for_advertising_is_no_proof_for_paid_reach() -> None:
    shop = _shop("parcel card")
    # Each earned 4 + 8 on average and 5 to come: 17 x 30 = 510 for 25 is 20.4.
    shop.spend = [(DAY, "parcel card", "", 25.0, 0.0, 0.0)]
    said = [one.en for one in draw(shop.view(AS_OF)).says]
    assert any("(parcel card): such sources reach people who know the shop" in one for one in said)
    # For 26 it is 19.6.
    shop.spend = [(DAY, "parcel card", "", 26.0, 0.0, 0.0)]
    assert not any("no proof for paid reach" in one.en for one in draw(shop.view(AS_OF)).says)
