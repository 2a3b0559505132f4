"""Orders earn once, refunds take back, whatever is told when and how often."""

from __future__ import annotations

from regulars.app.rewarding.sources import order_source
from regulars.benefit.definition.terms import Earning, Points, Scope, Tier, Tiers
from regulars.benefit.names import order_owner

GOODS = Earning(name="goods", on="order", points=1, growth=1, per=100)
REVIEW = Earning(name="review", on="Product Reviewed", points=20, limit=2, limit_days=1)


def test_a_paid_order_earns_once_on_each_database(anywhere):
    anywhere.publish(Points(earn=(GOODS, REVIEW)))
    anywhere.now("2026-03-10 12:00")
    anywhere.orders(
        "A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60",
        "A2,bob,2026-03-03 10:00:00,completed,80.50,0,p2,cups,1,80.50",
        "A3,,2026-03-03 11:00:00,completed,50,0,p2,cups,1,50",
        "A4,ann,2026-03-04 11:00:00,placed,0,0,p2,cups,1,50",
    )
    anywhere.event("Product Reviewed", "ann", "2026-03-05 09:00")
    gave = anywhere.gave()
    assert gave["earn:goods"] == {"times": 2, "customers": 2, "points": 200, "growth": 200}
    assert gave["earn:review"] == {"times": 1, "customers": 1, "points": 20}
    assert (anywhere.has("ann"), anywhere.has("bob")) == (140, 80)
    assert anywhere.gave() == {}
    assert anywhere.gave(days=92) == {}
    assert anywhere.has("ann") == 140


def test_what_was_before_the_rule_earns_nothing_unless_the_rule_says_so(shop):
    shop.now("2026-03-05 00:00")
    shop.publish(Points(earn=(GOODS,)))
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60")
    shop.now("2026-03-10 12:00")
    assert shop.gave() == {}
    from_march = Earning(
        name="march", on="order", points=2, per=100, starts_at=shop.at - 9 * 86_400_000_000
    )
    shop.publish(Points(earn=(GOODS, from_march)))
    assert shop.gave()["earn:march"]["points"] == 240


def test_an_order_earns_by_the_rules_of_its_day(shop):
    waits = Earning(name="goods", on="order", points=1, per=100, wait_days=7)
    twice = Earning(name="goods", on="order", points=2, per=100, wait_days=7)
    shop.publish(Points(earn=(waits,)))
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,100,0,p1,tea,1,100")
    shop.now("2026-03-05 00:00")
    assert shop.gave() == {}, "it waits"
    shop.publish(Points(earn=(twice,)))
    shop.orders("A2,bob,2026-03-06 10:00:00,completed,100,0,p1,tea,1,100")
    shop.now("2026-03-20 00:00")
    assert shop.gave()["earn:goods"]["points"] == 300
    assert (shop.has("ann"), shop.has("bob")) == (100, 200)


def test_what_is_refunded_while_it_waits_earns_only_on_the_rest(shop):
    shop.publish(Points(earn=(Earning(name="goods", on="order", points=1, per=100, wait_days=7),)))
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,30,p1,tea,2,60")
    shop.now("2026-03-20 00:00")
    assert shop.gave()["earn:goods"]["points"] == 90


def test_a_later_refund_takes_back_and_more_of_it_takes_more(shop):
    shop.publish(Points(earn=(GOODS,)))
    shop.now("2026-03-10 12:00")
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60")
    shop.gave()
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,30,p1,tea,2,60")
    assert shop.run().taken_back.as_dict() == {"orders": 1, "points": 30, "owed": 0, "growth": 30}
    assert (shop.has("ann"), shop.growth("ann")) == (90, 90)
    assert shop.run().taken_back.orders == 0
    shop.orders("A1,ann,2026-03-02 10:00:00,cancelled,120,120,p1,tea,2,60")
    assert shop.run().taken_back.points == 90
    assert (shop.has("ann"), shop.growth("ann"), shop.owes("ann")) == (0, 0, 0)


def test_an_order_that_comes_late_earns_at_the_next_pass(shop):
    shop.publish(Points(earn=(GOODS,)))
    shop.now("2026-09-10 12:00")
    shop.orders("A2,ann,2026-09-02 10:00:00,completed,50,0,p1,tea,1,50")
    assert shop.gave(days=92)["earn:goods"]["points"] == 50
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60")
    assert shop.gave(days=92) == {}, "it is older than this pass looks"
    assert shop.gave()["earn:goods"]["points"] == 120
    assert shop.gave() == {}


def test_a_refund_of_an_old_order_is_seen_by_a_pass_of_the_last_days(shop):
    shop.publish(Points(earn=(GOODS,)))
    shop.orders("A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60")
    shop.now("2026-09-10 12:00")
    shop.gave()
    shop.event("Order Refunded", "ann", "2026-09-09 10:00", order_id="A1", total=40)
    assert shop.run(days=30).taken_back.points == 40


def test_only_lines_that_are_meant_earn(shop):
    tea = Earning(name="tea", on="order", points=1, per=100, scope=Scope(categories=("tea",)))
    shop.publish(Points(earn=(tea,)))
    shop.now("2026-03-10 12:00")
    shop.orders(
        "A1,ann,2026-03-02 10:00:00,completed,60,0,p1,tea/green,1,60",
        "A2,bob,2026-03-02 10:00:00,completed,60,0,p2,cups,1,60",
    )
    assert shop.gave()["earn:tea"] == {"times": 1, "customers": 1, "points": 60}
    row = shop.rows(lambda rows: rows.earned(order_owner("A1")))
    assert (row.base, row.points) == (6000, 60)


def test_a_tier_that_the_first_order_reaches_multiplies_the_second_of_the_same_pass(shop):
    tiers = Tiers(tiers=(
        Tier(name="one", title="One", growth=0),
        Tier(name="two", title="Two", growth=100, points_percent=15_000),
    ))  # fmt: skip
    shop.publish(Points(earn=(GOODS,)), tiers)
    shop.orders(
        "A2,ann,2026-03-04 10:00:00,completed,10,0,p1,tea,1,10",
        "A1,ann,2026-03-02 10:00:00,completed,100,0,p1,tea,1,100",
    )
    shop.now("2026-03-10 12:00")
    shop.gave()
    assert shop.has("ann") == 115


def test_orders_of_several_platforms_with_one_number_are_several(shop):
    assert len({order_source(one, "1001") for one in ("shop", "taobao", "shopify")}) == 3
    assert order_source("shop", "1001") == order_owner("1001")
    assert order_source("taobao", "1001") == order_owner("taobao:1001")
