"""Incentives, badges and what tiers give: each occurrence once, within limits and budgets."""

from __future__ import annotations

import pytest

from regulars.benefit.definition.terms import (
    Budget,
    Coupon,
    Give,
    Incentive,
)
from regulars.benefit.names import cost_asset, coupon_asset
from regulars.errors import NoSuchThing

TEN = Coupon(name="ten", title="10 off", kind="amount", amount=1000, per_customer=None, stock=50)
PROFILE = Incentive(
    name="profile", when="event", on="Profile Completed", give=Give(points=100), hold_out=0
)


def test_what_a_rule_gives_is_given_once_on_each_database(anywhere):
    cart = Incentive(
        name="cart", when="conversion", after="Signed Up", on="Product Added", within_days=7,
        give=Give(coupon="ten"), hold_out=0,
    )  # fmt: skip
    money = Incentive(
        name="money", when="event", on="Profile Completed", give=Give(balance=250, expires_days=9),
        hold_out=0, budget="cash",
    )  # fmt: skip
    cash = Budget(name="cash", asset="money:CNY", amount=1000)
    anywhere.publish(TEN, PROFILE, cart, money, cash)
    anywhere.event("Signed Up", "ann", "2026-03-02 10:00")
    anywhere.event("Product Added", "ann", "2026-03-03 10:00")
    anywhere.event("Product Added", "ann", "2026-03-04 10:00")
    anywhere.event("Signed Up", "bob", "2026-03-02 10:00")
    anywhere.event("Product Added", "bob", "2026-03-12 10:00")
    anywhere.event("Profile Completed", "bob", "2026-03-05 10:00")
    anywhere.event("Profile Completed", "bob", "2026-03-06 10:00")
    anywhere.now("2026-03-20 00:00")
    gave = anywhere.gave()
    assert gave["incentive:cart"] == {"times": 1, "customers": 1, "coupons": 1}
    assert gave["incentive:profile"] == {"times": 1, "customers": 1, "points": 100}
    assert gave["incentive:money"] == {"times": 1, "customers": 1, "balance": 250}
    assert anywhere.has("ann", coupon_asset("ten", 1)) == 1
    assert (anywhere.has("bob"), anywhere.has("bob", "money:CNY")) == (100, 250)
    spent = anywhere.ledger.balance(cost_asset("cash"), "spent")
    assert spent.available == 250
    assert anywhere.gave() == {}


def test_what_was_met_before_the_rule_was_published_does_not_count(shop):
    shop.event("Profile Completed", "ann", "2026-02-20 10:00")
    shop.publish(PROFILE)
    shop.now("2026-03-20 00:00")
    assert shop.gave() == {}


def test_entering_a_stage_gives_on_the_day_and_never_again_for_it(shop):
    shop.publish(
        TEN,
        Incentive(name="slipping", when="stage", stage="at_risk", give=Give(coupon="ten"),
                  limit=1, limit_days=180, hold_out=0),
    )  # fmt: skip
    shop.orders(*(
        f"A{n},ann,2026-0{1 + n // 4}-{1 + 7 * (n % 4):02d} 10:00:00,completed,50,0,p1,tea,1,50"
        for n in range(12)
    ))  # fmt: skip
    shop.orders("B1,bob,2026-10-31 10:00:00,completed,50,0,p1,tea,1,50")
    shop.now("2026-11-01 00:00")
    shop.shop.understand()
    changes = shop.shop.warehouse.sql("SELECT * FROM stage_history WHERE stage = 'at_risk'")
    assert changes.num_rows >= 1
    assert shop.gave()["incentive:slipping"]["times"] == 1
    assert shop.gave() == {}


def test_a_streak_gives_each_so_many_days_within_its_limit(shop):
    shop.publish(
        Incentive(name="three", when="streak", on="Checked In", days=3, give=Give(points=5),
                  limit=2, limit_days=30, hold_out=0),
    )  # fmt: skip
    for day in range(2, 12):
        shop.event("Checked In", "ann", f"2026-03-{day:02d} 09:00")
    shop.now("2026-03-20 00:00")
    assert shop.gave()["incentive:three"]["points"] == 10, "of the 3rd, 6th and 9th day two count"


def test_a_surprise_is_for_some_of_a_stage_and_the_same_ones_whenever_it_is_drawn(shop):
    shop.publish(
        Incentive(name="thanks", when="surprise", stage="first_order", chance=5000,
                  give=Give(points=66), limit=None, hold_out=0),
    )  # fmt: skip
    shop.orders(*(
        f"A{n},c{n},2026-03-02 10:00:00,completed,50,0,p1,tea,1,50" for n in range(30)
    ), "B,last,2026-03-31 10:00:00,completed,50,0,p1,tea,1,50")  # fmt: skip
    shop.shop.understand()
    shop.now("2026-03-15 12:00")
    first = shop.gave().get("incentive:thanks", {"times": 0})["times"]
    shop.now("2026-04-01 00:00")
    rest = shop.gave().get("incentive:thanks", {"times": 0})["times"]
    assert 5 < first + rest < 25
    assert first, "some by the middle of the month"
    assert rest, "others after it"
    assert shop.gave() == {}


def test_a_budget_that_has_ended_gives_no_more_even_once_there_is_more(shop):
    habit = Budget(name="habit", asset="points", amount=150)
    paid = Incentive(name="paid", when="event", on="Profile Completed", give=Give(points=100),
                     hold_out=0, budget="habit")  # fmt: skip
    shop.publish(paid, habit)
    shop.event("Profile Completed", "bob", "2026-03-06 10:00")
    shop.event("Profile Completed", "ann", "2026-03-05 10:00")
    shop.now("2026-03-20 00:00")
    assert shop.gave()["incentive:paid"] == {
        "times": 1, "customers": 1, "points": 100, "refused": {"ledger.insufficient": 1}
    }  # fmt: skip
    assert (shop.has("ann"), shop.has("bob")) == (100, 0), "who met it first"
    shop.publish(paid, Budget(name="habit", asset="points", amount=1000))
    assert shop.gave() == {}


def test_a_rule_that_has_ended_gives_nothing_for_what_was_met_before(shop):
    shop.publish(PROFILE)
    shop.event("Profile Completed", "ann", "2026-03-05 10:00")
    shop.now("2026-03-06 00:00")
    shop.publish()
    assert shop.gave() == {}


def test_a_shop_without_rules_gives_nothing_and_makes_no_asset(shop):
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,1,120")
    assert shop.gave() == {}
    with pytest.raises(NoSuchThing):
        shop.ledger.balance("points", "customer:1")
    assert shop.ledger.head().n == 0
