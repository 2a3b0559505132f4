"""A customer known under two numbers: what both had is one's once the shop knows."""

from __future__ import annotations

from regulars.benefit.definition.terms import Coupon, Earning, Give, Incentive, Points
from regulars.benefit.names import coupon_asset, order_owner
from regulars.benefit.points.changing import Adjust

GOODS = Earning(name="goods", on="order", points=1, growth=1, per=100)


def test_points_of_both_numbers_are_the_survivors_and_a_refund_finds_them(anywhere):
    shop = anywhere
    shop.publish(Points(earn=(GOODS,)))
    shop.now("2026-03-10 12:00")
    shop.orders(
        "A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60",
        "A2,bob,2026-03-03 10:00:00,completed,80,0,p2,cups,1,80",
    )
    shop.gave()
    ann, bob = shop.number("ann"), shop.number("bob")
    shop.shop.identity_join("ann", "bob")
    assert shop.run().merged == 1
    survivor = shop.number("ann")
    other = ({ann, bob} - {survivor}).pop()
    assert shop.number("bob") == survivor
    assert (shop.has(survivor), shop.has(other)) == (200, 0)
    assert shop.run().merged == 0
    shop.orders("A2,bob,2026-03-03 10:00:00,completed,80,80,p2,cups,1,80")
    shop.run()
    assert (shop.has(survivor), shop.owes(other), shop.owes(survivor)) == (120, 0, 0)
    assert shop.rows(lambda rows: rows.earned(order_owner("A2"))).customer_id == survivor


def test_what_comes_back_to_the_old_number_later_is_moved_by_a_later_pass(shop):
    shop.publish(Points(earn=(GOODS,)))
    shop.now("2026-03-10 12:00")
    shop.orders(
        "A1,ann,2026-03-02 10:00:00,completed,120,0,p1,tea,2,60",
        "A2,bob,2026-03-03 10:00:00,completed,80,0,p2,cups,1,80",
    )
    shop.gave()
    shop.shop.identity_join("ann", "bob")
    shop.run()
    survivor = shop.number("ann")
    other = 3 - survivor

    back = Adjust(key="back", customer_id=other, points=5, why="by hand", zone="Asia/Shanghai")
    shop.ledger.ask(back, by="cli")
    assert shop.run().merged == 1
    assert shop.has(survivor) == 205


def test_an_incentive_with_a_limit_is_not_given_to_each_of_the_numbers(shop):
    shop.publish(Incentive(name="once", when="event", on="X", give=Give(points=10), hold_out=0))
    shop.event("X", "ann", "2026-03-02 10:00")
    shop.event("X", "bob", "2026-03-03 10:00")
    shop.now("2026-03-02 23:00")
    assert shop.gave()["incentive:once"]["times"] == 1
    shop.shop.identity_join("ann", "bob")
    shop.now("2026-03-04 00:00")
    assert shop.gave() == {}
    assert shop.has("ann") == 10


def test_a_coupon_that_one_number_has_had_is_not_given_to_the_other(shop):
    ten = Coupon(name="ten", title="10 off", kind="amount", amount=1000, per_customer=1)
    first, second = (
        Incentive(name=name, when="event", on=name, give=Give(coupon="ten"), hold_out=0)
        for name in ("X", "Y")
    )
    shop.publish(ten, first, second)
    shop.event("Signed Up", "ann", "2026-03-01 10:00")
    shop.event("X", "bob", "2026-03-02 10:00")
    shop.now("2026-03-03 00:00")
    assert shop.gave()["incentive:X"]["times"] == 1
    bob = shop.number("bob")
    shop.shop.identity_join("ann", "bob")
    shop.event("Y", "ann", "2026-03-04 10:00")
    shop.now("2026-03-05 00:00")
    assert shop.gave()["incentive:Y"] == {
        "times": 0, "customers": 0, "refused": {"ledger.limit_reached": 1}
    }  # fmt: skip
    assert shop.number("ann") != bob
    assert shop.has("ann", coupon_asset("ten", 1)) == 1
