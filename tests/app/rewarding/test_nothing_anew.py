"""What was given, refunded or decided is not given anew: not by a merge, an edit, or late news."""

from __future__ import annotations

import pytest

from app.rewarding.rewarding_shop import rewarding_shop
from regulars.app.relaying import Relay
from regulars.benefit.definition.terms import (
    Coupon,
    Earning,
    Gift,
    Give,
    Incentive,
    Points,
    Scope,
    Tier,
    Tiers,
)
from regulars.benefit.incentive.give import GiveIncentive
from regulars.benefit.names import coupon_asset, gift_asset
from regulars.benefit.order.hold import HoldOrder
from regulars.benefit.order.pay import PayOrder
from regulars.benefit.order.refund import RefundOrder
from regulars.benefit.points.changing import SpendPoints
from regulars.benefit.points.sweep import expire_points
from regulars.benefit.quote.basket import Basket, BasketLine
from regulars.errors import LimitReached
from regulars.intake.inbox.writer import InboxWriter
from regulars.intake.vault import Vault

GOODS = Earning(name="goods", on="order", points=1, growth=1, per=100)
DAY = 86_400_000_000


@pytest.fixture
def shop(tmp_path):
    with rewarding_shop(tmp_path) as shop:
        yield shop


def told(shop) -> None:
    """What the book tells comes to the timelines."""
    home = shop.shop.home
    with Vault.open(home.keys) as vault, InboxWriter(home.inbox, vault) as writer:
        Relay(shop.store, writer).relay_all()


@pytest.mark.parametrize("limit", [2, None])
def test_streaks_of_a_number_that_was_joined_with_another(shop, limit):
    days = {"limit": limit} | ({"limit_days": 30} if limit else {})
    give = Give(points=30)
    shop.publish(Incentive(name="week", when="streak", on="Checked In", days=7, give=give, **days))
    shop.event("Signed Up", "ann", "2026-03-01 09:00")
    for day in range(1, 29):
        shop.event("Checked In", "bob", f"2026-03-{day:02d} 10:00")
    shop.now("2026-03-29 00:00")
    shop.run()
    had = shop.has("bob")
    assert had == 30 * (limit or 4)
    shop.shop.identity_join("ann", "bob")
    for now in ("2026-03-30 00:00", "2026-07-30 00:00"):
        shop.now(now)
        assert shop.gave() == {}
        assert shop.has("ann") == had


@pytest.mark.parametrize("limit", [9, None])
def test_a_streak_that_turns_out_to_have_begun_earlier_is_given_once(shop, limit):
    rule = {"when": "streak", "on": "Checked In", "days": 7, "limit": limit}
    shop.publish(Incentive(name="week", give=Give(points=30), **rule))

    def checked_in(*days: int) -> None:
        for day in days:
            shop.event("Checked In", "ann", f"2026-03-{day:02d} 10:00")

    checked_in(*range(3, 10), *range(11, 18))
    shop.now("2026-03-18 00:00")
    shop.run()
    assert shop.has("ann") == 60, "on the 9th and on the 17th"
    checked_in(2)
    assert shop.gave() == {}
    checked_in(10)
    shop.now("2026-03-19 00:00")
    assert shop.gave() == {}, "16 days from the 2nd are two weeks"
    checked_in(*range(18, 22))
    shop.now("2026-03-23 00:00")
    assert shop.gave() == {}
    checked_in(22)
    assert shop.gave()["incentive:week"]["points"] == 30, "21 days are three"
    assert shop.gave() == {}


def test_a_conversion_is_given_once_whichever_event_turns_out_to_be_the_first_that_followed(shop):
    rule = {"when": "conversion", "after": "Signed Up", "on": "X", "within_days": 7, "limit": None}
    shop.publish(Incentive(name="soon", give=Give(points=10), **rule))
    shop.event("Signed Up", "ann", "2026-03-02 10:00")
    shop.event("X", "ann", "2026-03-05 10:00")
    shop.now("2026-03-06 00:00")
    shop.run()
    shop.event("X", "ann", "2026-03-04 10:00")
    assert shop.gave() == {}
    shop.event("Signed Up", "ann", "2026-03-04 12:00")
    assert shop.gave()["incentive:soon"]["times"] == 1, "each sign-up has one by now"
    assert shop.gave() == {}
    assert shop.has("ann") == 20


@pytest.mark.parametrize(
    ("edit", "more"),
    [({"on": "Y"}, 0), ({"limit": 5}, 3), ({"limit": None}, 3), ({"when": "streak", "days": 1}, 0)],
)
def test_what_happened_before_an_incentive_was_edited_counts_by_what_held_then(shop, edit, more):
    rule = {"name": "x", "when": "event", "on": "X", "limit": 1}
    shop.publish(Incentive(**rule, give=Give(points=10)))
    for hour in ("10:00", "11:00"):
        for name in ("X", "Y"):
            for day in (2, 3):
                shop.event(name, "ann", f"2026-03-{day:02d} {hour}")
    shop.now("2026-03-04 00:00")
    shop.publish(Incentive(**rule | edit, give=Give(points=20)))
    assert shop.gave()["incentive:x"]["points"] == 20, "as it was met, and what is given now"
    shop.now("2026-03-06 00:00")
    assert shop.gave() == {}
    shop.publish(Incentive(**rule | edit, give=Give(points=5), starts_at=shop.at - 4 * DAY))
    times = sum(row["times"] for row in shop.gave().values())
    assert times == more, "a first day of its own is looked back to"


def test_a_streak_that_was_begun_before_its_rule_was_edited_goes_on(shop):
    rule = {"name": "x", "when": "streak", "on": "X", "limit": None}
    shop.publish(Incentive(**rule, days=7, give=Give(points=10)))
    for day in range(1, 11):
        shop.event("X", "ann", f"2026-03-{day:02d} 10:00")
    shop.now("2026-03-11 00:00")
    shop.publish(Incentive(**rule, days=5, give=Give(points=10)))
    assert shop.gave()["incentive:x"]["times"] == 1, "on the 7th; on the 5th it was no rule yet"
    for day in range(11, 16):
        shop.event("X", "ann", f"2026-03-{day:02d} 10:00")
    shop.now("2026-03-16 00:00")
    assert shop.gave()["incentive:x"]["times"] == 1, "on the 15th"


def test_a_stage_whose_first_day_moves_is_entered_once(shop):
    gone = {"name": "thanks", "when": "stage", "stage": "first_order", "limit": None}
    shop.publish(Incentive(give=Give(points=10), **gone))
    shop.orders("A1,ann,2026-03-05 10:00:00,completed,120,0,p1,tea,2,60")
    shop.now("2026-03-06 00:00")
    shop.shop.understand()
    shop.run()
    assert shop.has("ann") == 10
    shop.orders("A1,ann,2026-03-03 10:00:00,completed,120,0,p1,tea,2,60")
    shop.shop.understand()
    assert shop.gave() == {}
    assert shop.has("ann") == 10


def test_what_a_tier_gave_to_a_number_that_was_joined_with_another(shop):
    ten = Coupon(name="ten", title="t", kind="amount", amount=1000, per_customer=None)
    gifts = ("coupon:ten", "gift:mug")
    tiers = (
        Tier(name="one", title="1", growth=0),
        Tier(name="two", title="2", growth=100, gifts=gifts),
    )
    mug = Gift(name="mug", title="m", stock=5)
    shop.publish(Points(earn=(GOODS,)), Tiers(tiers=tiers), ten, mug)
    shop.orders("A0,ann,2026-02-02 10:00:00,completed,1,0,p1,tea,1,1")
    shop.orders("A1,bob,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60")
    shop.now("2026-03-10 00:00")
    assert {"tier:coupon:ten", "tier:gift:mug"} <= set(shop.gave())
    told(shop)
    shop.shop.identity_join("ann", "bob")
    assert shop.gave() == {}
    assert (shop.has("ann", coupon_asset("ten", 1)), shop.has("ann", gift_asset("mug"))) == (1, 1)


def test_a_limit_holds_for_what_was_met_long_ago_in_whatever_order_it_is_told(shop):
    rule = {"when": "event", "on": "X", "limit": 1, "limit_days": 7}
    shop.publish(Incentive(name="x", give=Give(points=10), **rule))

    def met(days_ago: int) -> GiveIncentive:
        return GiveIncentive(
            key=f"{days_ago}", incentive="x", customer_id=1, occurrence=f"e{days_ago}",
            met_at=shop.at - days_ago * DAY, currency="CNY", zone="Asia/Shanghai",
        )  # fmt: skip

    assert shop.ledger.ask(met(100), by="test").lines
    for near in (101, 99, 94, 106):
        with pytest.raises(LimitReached):
            shop.ledger.ask(met(near), by="test")
    for far in (93, 107):
        assert shop.ledger.ask(met(far), by="test").lines
    assert shop.has(1) == 30


def test_of_an_order_that_was_refunded_at_the_till_before_it_earned_only_the_rest_earns(shop):
    wait = Earning(name="goods", on="order", points=1, per=100, wait_days=7)
    shop.publish(Points(earn=(wait,)))
    shop.orders(
        "A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,1,120",
        "A2,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60",
    )
    shop.now("2026-03-02 11:00")
    assert shop.gave() == {}
    ann = shop.number("ann")
    for order, pieces, back in (("A1", 1, 1), ("A2", 2, 1)):
        line = BasketLine(id="x", product="p1", quantity=pieces, unit_price=120_00 // pieces)
        basket = Basket((line,))
        hold = HoldOrder(
            key=f"h{order}", order=order, customer_id=ann, basket=basket, currency="CNY"
        )
        refund = RefundOrder(key=f"r{order}", order=order, refund="R", lines={"x": back})
        for deed in (hold, PayOrder(key=f"p{order}", order=order), refund):
            shop.ledger.ask(deed, by="till")
    shop.now("2026-03-12 00:00")
    assert shop.gave()["earn:goods"]["points"] == 60  # 120 - 120, and 120 - 60
    # A file that tells of the refund later tells nothing new, and the rest comes back in the end.
    shop.orders("A2,ann,2026-03-02 10:00:00,completed,120,60,p1,tea,2,60")
    assert shop.run().taken_back.orders == 0
    shop.orders("A2,ann,2026-03-02 10:00:00,cancelled,120,120,p1,tea,2,60")
    assert shop.run().taken_back.points == 60
    assert shop.has("ann") == 0


@pytest.mark.parametrize("status", ["returned", "cancelled", "refunded"])
def test_an_order_that_came_back_whole_keeps_no_points_whatever_the_platform_calls_it(shop, status):
    shop.publish(Points(earn=(GOODS,)))
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60")
    shop.now("2026-03-10 00:00")
    shop.run()
    assert shop.has("ann") == 120
    shop.orders(f"A1,ann,2026-03-02 10:00:00,{status},120,120,p1,tea,2,60")
    assert shop.run().taken_back.points == 120
    assert shop.has("ann") == 0


def test_a_refund_takes_back_what_a_rule_gave_that_is_not_there_any_more(shop):
    shop.now("2026-03-05 00:00")
    march = Earning(name="march", on="order", points=1, per=100, starts_at=shop.at - 9 * DAY)
    shop.publish(Points(earn=(march,)))
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60")
    shop.now("2026-03-06 00:00")
    shop.run()
    april = Earning(name="april", on="order", points=2, per=100, starts_at=shop.at)
    shop.publish(Points(earn=(april,)))
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,30,p1,tea,2,60")
    assert shop.run().taken_back.points == 30
    shop.orders("A1,ann,2026-03-02 10:00:00,cancelled,120,120,p1,tea,2,60")
    assert shop.run().taken_back.points == 90
    assert shop.has("ann") == 0


def test_a_refund_takes_back_in_proportion_whatever_rules_have_come_since(shop):
    tea, all_ = Scope(categories=("tea",)), Scope()
    earn = {"on": "order", "points": 1, "per": 100}
    shop.publish(Points(earn=(Earning(name="tea", scope=tea, **earn),)))
    shop.orders(
        "A1,ann,2026-03-02 10:00:00,completed,60,0,p1,tea,1,60",
        "A1,ann,2026-03-02 10:00:00,completed,60,0,p2,mug,1,60",
    )
    shop.now("2026-03-06 00:00")
    shop.run()
    assert shop.has("ann") == 60
    shop.now("2026-03-07 00:00")
    more = Earning(name="all", scope=all_, starts_at=shop.at - 9 * DAY, **earn)
    shop.publish(Points(earn=(Earning(name="tea", scope=tea, **earn), more)))
    shop.orders(
        "A1,ann,2026-03-02 10:00:00,completed,60,30,p1,tea,1,60",
        "A1,ann,2026-03-02 10:00:00,completed,60,30,p2,mug,1,60",
    )
    assert shop.run().taken_back.points == 30
    assert shop.has("ann") == 30


def test_whoever_was_held_out_gets_nothing_for_what_they_met_before_the_test_ended(shop):
    rule = {"name": "half", "when": "event", "on": "X", "give": Give(points=10), "limit": None}
    shop.publish(Incentive(**rule, hold_out=5_000))
    people = [f"c{n}" for n in range(20)]
    shop.now("2026-03-01 00:00")
    for who in people:
        shop.event("X", who, "2026-03-02 10:00")
    shop.now("2026-03-03 00:00")
    first = shop.gave()["incentive:half"]
    assert first["held_out"] + first["times"] == 20
    assert first["held_out"] > 0
    shop.publish(Incentive(**rule, hold_out=0))
    shop.now("2026-03-04 00:00")
    assert sum(row["times"] for row in shop.gave().values()) == 0
    for who in people:
        shop.event("X", who, "2026-03-05 10:00")
    shop.now("2026-03-06 00:00")
    assert shop.gave()["incentive:half"]["times"] == 20


def test_a_tier_stays_with_who_was_joined_though_nothing_else_is_left(shop):
    tiers = (Tier(name="a", title="a", growth=0), Tier(name="gold", title="g", growth=100))
    shop.publish(Points(earn=(GOODS,)), Tiers(tiers=tiers))
    shop.orders("A0,ann,2025-02-02 10:00:00,completed,1,0,p1,tea,1,1")
    shop.orders("A1,bob,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60")
    shop.now("2026-03-10 00:00")
    shop.run()
    bob = shop.number("bob")
    shop.ledger.ask(SpendPoints(key="s", customer_id=bob, points=120, on="x"), by="till")
    shop.now("2027-03-05 00:00")  # growth value is over, the tier is kept a while still
    expire_points(shop.ledger)
    assert shop.rows(lambda rows: rows.member(bob)).tier == "gold"
    shop.shop.identity_join("ann", "bob")
    assert shop.run().merged == 1
    assert shop.rows(lambda rows: rows.member(shop.number("ann"))).tier == "gold"


def test_a_price_that_is_a_quotient_is_the_coin_that_it_is(shop, monkeypatch):
    monkeypatch.setattr(
        "app.rewarding.rewarding_shop.HEAD",
        "order_id,customer_id,placed_at,status,paid,product_id,category,quantity,gross",
    )
    dear = Earning(name="dear", on="order", points=1, per=100, scope=Scope(price_from=1999))
    shop.publish(Points(earn=(dear,)))
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,59.97,p1,tea,3,59.97")  # 19.99 each
    shop.now("2026-03-10 00:00")
    assert shop.gave()["earn:dear"]["points"] == 59
